// Package value puts a number on a customer staying.
//
// What: models of how customers buy (BG/NBD, MBG/NBD, Pareto/NBD and, to be
// beaten, NBD), of what a purchase is worth (gamma-gamma) and of how long
// contracts last (shifted beta-geometric), each with its likelihood, its fit
// and its expectations; from them the margin of a stated horizon, discounted,
// what is at stake if the customer leaves, and the concentration of value. The
// margin of the trailing twelve months is the rule that a model must beat.
// Why: a list ranked by risk alone spends people's time on customers worth
// nothing. Rejected: revenue (it ranks unprofitable customers high), a single
// lifetime figure without a stated horizon, and sampling the parameters
// (minutes where the likelihood's maximum takes a second, for the same means).
package value
