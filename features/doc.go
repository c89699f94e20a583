// Package features turns a history cut at an instant into one fixed row of
// numbers.
//
// What: one engine that fills one row from one customer's view, used alike for
// training dates and for tonight. Why: a feature computed by two programs is
// two features. Rejected: SQL aggregation per as-of (3.3 s a date against
// 0.9 s for twelve dates in one pass, and a second language for one meaning).
package features
