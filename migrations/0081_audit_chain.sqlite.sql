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
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_is_fixed BEFORE UPDATE ON audit
WHEN NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.who <> OLD.who OR NEW.what <> OLD.what OR NEW.address <> OLD.address
    OR NEW.digest <> OLD.digest OR NEW.hash <> OLD.hash OR NEW.salt <> ''
    OR NEW.subject <> 'somebody who was erased' OR NEW.detail <> ''
BEGIN
    SELECT RAISE(ABORT, 'the audit is only added to');
END;
-- +goose StatementEnd
