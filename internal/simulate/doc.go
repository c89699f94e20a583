// Package simulate makes a business with planted truth.
//
// What: a subscription business whose customers have hidden satisfaction,
// engagement, price sensitivity and payment trouble, which leave dated facts
// behind and answer to treatments with known effects. Why: an estimate can only
// be judged against a truth, and a demo needs two years of history in seconds.
// Rejected: resampling real histories, which have no counterfactual, and one
// random stream for all, which makes every customer depend on every other.
package simulate
