-- +goose Up
-- Calls in which customers said that they leave, and why: counted by agent,
-- treatment and list, and listed the newest first.
CREATE INDEX handled_lost ON handled (at, task, n, reason, who, treatment, publication, segment) WHERE reason <> '';
