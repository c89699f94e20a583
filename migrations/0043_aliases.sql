-- +goose Up
-- source_keys keeps only aliases from here on: keys other than the one whose
-- hash is the customer's id, which stands with the customer.
DELETE FROM source_keys WHERE alias = 0;

DROP INDEX source_keys_alias;
