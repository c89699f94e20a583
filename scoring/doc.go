// Package scoring gives every customer in the population a calibrated risk, a
// value and reasons as of one night.
//
// What: one pass over a shard with the champion model, yielding a Score for
// every customer and the episode it belongs to. Why: the stages after it must
// not know which model made the number. Rejected: scoring in SQL or behind a
// prediction service; a night is one pass over history that is already here.
package scoring
