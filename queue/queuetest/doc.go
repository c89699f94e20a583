// Package queuetest holds the suite that every queue.Store must pass and a
// store in memory that passes it.
//
// What: Run, and Twin, the obvious implementation behind one lock.
// Why: the SQL stores and the tests of queue itself rest on one contract.
// Rejected: a mock per test, which would agree with whatever the test expects.
package queuetest
