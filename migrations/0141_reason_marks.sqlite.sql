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
SELECT a.at / 86400000000, j.key, SUM(CASE WHEN j.type = 'true' THEN 1 ELSE 0 END), SUM(CASE WHEN j.type = 'false' THEN 1 ELSE 0 END)
FROM task_attempts a, json_each(a.body, '$.WrapUp.ReasonTruth') j
WHERE a.undone = 0 AND j.type IN ('true', 'false')
GROUP BY a.at / 86400000000, j.key;
