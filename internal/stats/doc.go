// Package stats has the statistics we report, each with its source.
//
// What: pure functions over slices, one file per idea, each naming where its
// formula was published; randomness is a seed in the arguments. Why: a figure
// on a page, in a model card and in a test must be the same figure. Rejected:
// a general statistics library, because ties, empty arms, clusters and single
// classes need a stated answer here and usually get a silent NaN there.
//
// Labels are 0 or 1, probabilities lie in [0, 1], weights are nil (all one) or
// finite and not negative. What breaks that is an error. What the data cannot
// answer, an AUC without any leaver for instance, is ErrUndefined.
package stats
