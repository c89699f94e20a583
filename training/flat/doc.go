// Package flat fits and judges the candidates on one flat table, and writes its card.
//
// What: a table with one row a customer and a label column becomes a model with
// cross-validated figures, calibrated out of fold; columns that hold the answer
// or only name the customer are found and left out. Why: an analyst has an
// export and a question, not a history. Rejected: the time split of package
// training (a flat table has no dates to split by), and one held-out part
// instead of folds (its figures wander too far on small tables).
package flat
