-- +goose Up
-- What is said of agents' days, one row for each agent, day and source: an
-- import, or 0 for what a manager wrote, which goes before any import. shifts
-- is JSON, an empty list for a day off. Of several imports the newest counts.
CREATE TABLE roster_days (
    agent     TEXT   NOT NULL,
    day       TEXT   NOT NULL,
    import_id BIGINT NOT NULL,
    shifts    TEXT   NOT NULL,
    said_by   TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (agent, day, import_id)
);

CREATE INDEX roster_days_day ON roster_days (day, agent);
CREATE INDEX roster_days_import ON roster_days (import_id);
