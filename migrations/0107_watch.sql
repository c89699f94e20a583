-- +goose Up
-- What a night saw of the champion in office before it decided whether to train:
-- the model's id, and the signs with the reason as JSON.
ALTER TABLE runs ADD COLUMN watched TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN watch TEXT NOT NULL DEFAULT '';
