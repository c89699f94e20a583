-- +goose Up
-- How many calls began on a channel in the last minute.
CREATE INDEX deliveries_rate ON deliveries (channel, began_at);
