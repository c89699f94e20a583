// Package value puts a number on a customer staying.
//
// What: for now the margin of the trailing twelve months, from the margin rate
// of each event kind. Why: a list ranked by risk alone spends people's time on
// customers worth nothing. Rejected: revenue (it ranks unprofitable customers
// high) and a single lifetime figure without a stated horizon.
package value
