-- +goose Up
-- Each attempt that stands, in the words that agents' days, lost calls and the
-- best saves are counted by: a correction replaces its row. took is when the
-- agent was handed the task, 0 when that is not known; part is the part of the
-- day where the customer is; day counts days since 1970 in UTC; here is what
-- became of a claimed save at day 90: 0 not known, 1 still here, -1 gone.
CREATE TABLE handled (
    task         BIGINT  NOT NULL,
    n            INTEGER NOT NULL,
    at           BIGINT  NOT NULL,
    day          INTEGER NOT NULL,
    who          TEXT    NOT NULL,
    took         BIGINT  NOT NULL,
    publication  BIGINT  NOT NULL,
    treatment    TEXT    NOT NULL,
    family       TEXT    NOT NULL,
    band         TEXT    NOT NULL,
    segment      TEXT    NOT NULL,
    part         TEXT    NOT NULL,
    disposition  TEXT    NOT NULL,
    reached      INTEGER NOT NULL,
    claimed      INTEGER NOT NULL,
    reason       TEXT    NOT NULL,
    value_minor  BIGINT  NOT NULL,
    kept_promise INTEGER NOT NULL,
    here         INTEGER NOT NULL,
    PRIMARY KEY (task, n)
);

CREATE INDEX handled_at ON handled (at);
CREATE INDEX handled_who ON handled (who, at, task, n);
CREATE INDEX handled_saves ON handled (day, value_minor DESC, task, n) WHERE claimed = 1;

-- How agents compare as of a night: numbers alone, as JSON.
CREATE TABLE agent_reports (
    as_of BIGINT NOT NULL PRIMARY KEY,
    body  TEXT   NOT NULL
);

-- What was done before is counted too, without segment and part of the day.
INSERT INTO handled (task, n, at, day, who, took, publication, treatment, family, band, segment, part, disposition, reached, claimed,
    reason, value_minor, kept_promise, here)
SELECT a.task, a.n, a.at, a.at / 86400000000, a.who,
    COALESCE((SELECT MAX(c.at) FROM task_changes c WHERE c.task = a.task AND c.to_state = 'leased' AND c.at <= a.at), 0),
    t.publication, t.treatment, t.family, COALESCE((k.card::json ->> 'band'), ''), '', '',
    COALESCE((a.body::json -> 'WrapUp' ->> 'Disposition'), ''),
    CASE WHEN (a.body::json -> 'WrapUp' ->> 'Disposition') IN ('callback_agreed', 'bad_time', 'other_channel', 'saved_no_offer', 'saved_with_offer',
        'partial_save', 'no_risk_found', 'undecided', 'declined_leaving', 'already_left', 'unavoidable', 'issue_escalated', 'thanked',
        'do_not_call', 'opt_out_all', 'complaint', 'vulnerable', 'dispute') THEN 1 ELSE 0 END,
    CASE WHEN (a.body::json -> 'WrapUp' ->> 'Disposition') IN ('saved_no_offer', 'saved_with_offer', 'partial_save') THEN 1 ELSE 0 END,
    CASE WHEN (a.body::json -> 'WrapUp' ->> 'Disposition') IN ('declined_leaving', 'already_left', 'unavoidable')
        THEN COALESCE((a.body::json -> 'WrapUp' ->> 'LeaveReason'), '') ELSE '' END,
    COALESCE((k.card::json ->> 'value_minor')::BIGINT, 0),
    CASE WHEN COALESCE((a.body::json ->> 'Kept')::BIGINT, 0) <> 0 THEN 1 ELSE 0 END, 0
FROM task_attempts a JOIN tasks t ON t.id = a.task JOIN task_cards k ON k.task = a.task
WHERE a.undone = 0
ON CONFLICT DO NOTHING;
