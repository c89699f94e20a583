-- +goose Up
-- The thank-you desk reads the few thank-yous there are, waiting and made,
-- without looking through other work.
CREATE INDEX tasks_thanks ON tasks (lane, free_at, id) WHERE family = 'thanks';
CREATE INDEX tasks_thanked ON tasks (done_at) WHERE family = 'thanks';
