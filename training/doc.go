// Package training builds labelled snapshots, fits and calibrates candidates,
// and says which deserves to be champion.
//
// What: rolling snapshots of the whole base labelled by package churn, a split
// by time with an embargo, candidates behind one Fit function, calibration on
// out-of-fold scores of the newest matured slice, and a comparison on held-out
// later dates against a rule that needs no model. Why: a number a manager acts
// on must have been right on dates it had not seen. Rejected: random
// cross-validation (the same customer's neighbouring months stand on both
// sides), and resampling to balance classes (it ruins calibration: mean
// prediction .32 where the truth is .27).
package training
