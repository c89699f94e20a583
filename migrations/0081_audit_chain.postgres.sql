-- +goose Up
-- Each entry of the audit is chained to the one before it: hash covers the
-- hash before, the entry and a salted digest of what may name a person. The
-- salt goes when somebody is erased, so that the digest tells nothing and the
-- chain still holds. Entries of before have no hash; audit_chain says where it
-- begins.
ALTER TABLE audit ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';

CREATE INDEX audit_subject ON audit (subject, id);
CREATE INDEX audit_who ON audit (who, id);

INSERT INTO settings (name, value) SELECT 'audit_chain', CAST(value + 1 AS TEXT) FROM counters WHERE name = 'audit';

-- +goose StatementBegin
CREATE FUNCTION audit_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.salt = '' AND NEW.subject = 'somebody who was erased' AND NEW.detail = '' AND ROW(NEW.id, NEW.at, NEW.who, NEW.what, NEW.address, NEW.digest, NEW.hash)
        = ROW(OLD.id, OLD.at, OLD.who, OLD.what, OLD.address, OLD.digest, OLD.hash) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit is only added to';
END $$;
-- +goose StatementEnd

CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_only_added_to();
