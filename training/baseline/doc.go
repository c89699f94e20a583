// Package baseline fits the plain challengers: logistic regression and golearn's
// forest.
//
// What: an L2 logistic regression on gonum's optimiser whose penalty is chosen by
// cross-validation inside the training rows, and a bagged forest whose splits
// golearn chooses, copied into the model's own form. Why: boosted trees must beat
// both, every time, or they do not deserve to be champion. Rejected: golearn's own
// bagging, random trees and votes (they draw from the process's global random
// source, which no seed makes repeatable in a running server; a random tree never
// returns once fewer columns are left than it draws; votes rank worse than leaf
// shares), and letting it grow a whole tree (its rows become views of views).
package baseline
