// Package churn says who can leave, who has left, and when that is final.
//
// What: the definitions of leaving (a contract's end, or silence), the
// population they apply to, and the outcome of one customer at one as-of with
// the instant it matures. Why: training, scoring, measurement and the desk must
// mean the same thing by "left". Rejected: labels computed in SQL or in the
// feed, which cannot be cut at an as-of and hide when an outcome is final.
package churn
