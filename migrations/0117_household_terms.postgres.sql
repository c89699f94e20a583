-- +goose Up
-- A customer is found by the household too: h:household.
INSERT INTO customer_terms (term, customer, import_id)
SELECT DISTINCT 'h:' || (body::json->>'h'), customer, import_id FROM facts
WHERE kind = 'relation' AND retracted = 0 AND body::json->>'k' = 'household'
ON CONFLICT DO NOTHING;
