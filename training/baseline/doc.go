// Package baseline fits the plain challengers: logistic regression and golearn's
// forest.
//
// What: an L2 logistic regression on gonum's optimiser whose penalty is chosen by
// cross-validation inside the training rows, and a bagged forest of golearn trees
// copied into the model's own form. Why: boosted trees must beat both, every
// time, or they do not deserve to be champion. Rejected: golearn's own bagging,
// random trees and votes: they draw from the process's global random source in
// several goroutines (so no seed makes them repeatable in a running server), a
// random tree never returns once fewer features are left than it draws, and votes
// rank worse than leaf shares. Its trees are grown through its RuleGenerator
// interface with our own seeded draws instead.
package baseline
