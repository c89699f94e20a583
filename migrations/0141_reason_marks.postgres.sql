-- +goose Up
-- How often agents marked a reason of the card as true and as untrue, by the day
-- of the call (days since 1970 in UTC) and the reason's concept: counted when an
-- attempt is saved, and taken back when it is corrected.
CREATE TABLE reason_marks (
    day     INTEGER NOT NULL,
    concept TEXT    NOT NULL,
    holds   INTEGER NOT NULL,
    fails   INTEGER NOT NULL,
    PRIMARY KEY (day, concept)
);

INSERT INTO reason_marks (day, concept, holds, fails)
SELECT a.at / 86400000000, j.key, SUM(CASE WHEN j.value = 'true' THEN 1 ELSE 0 END), SUM(CASE WHEN j.value = 'false' THEN 1 ELSE 0 END)
FROM task_attempts a CROSS JOIN LATERAL json_each_text(CASE WHEN json_typeof(a.body::json -> 'WrapUp' -> 'ReasonTruth') = 'object'
    THEN a.body::json -> 'WrapUp' -> 'ReasonTruth' ELSE '{}'::json END) j
WHERE a.undone = 0
GROUP BY a.at / 86400000000, j.key;
