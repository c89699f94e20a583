// Package store keeps everything in one SQL database, SQLite or Postgres,
// through sqlx.
//
// What: one file per stage that implements the small store interface the stage
// declares, over transactions that are short, fenced and retried in one place.
// Why: the database is the only meeting place of web, workers and scheduler, so
// what is committed is what happened. Rejected: an ORM (it hides the row counts
// that state changes are checked by), one long transaction per import or night
// (on SQLite it locks the desk out for seconds; drafts are written in pieces
// and published by one update instead), and a second code path per database.
//
// Questions that do not need each other's answers are put together (question):
// Postgres is sent all of them in one exchange, SQLite runs one after the other.
// Why: a Next took 79 exchanges, each of which wakes two processes. Rejected: one
// query that joins unlike things (its plan is nobody's), and keeping for a moment
// what was read of a customer (a card would show what no longer holds).
//
// On Postgres a transaction begins with its first statement, and changes whose rows
// nobody counts there and then wait for the next one (tx.later): a Save's two
// pages take 17 exchanges of 46. Rejected: to send the end with changes that must
// find their row (what else was changed by then would be kept).
package store
