// Package holdfasttest gives tests throwaway databases, a fixed clock and the
// shared data sets.
//
// What: each helper takes the test, cleans up after it, and skips it, saying
// so, when the machine lacks what it needs; where HOLDFAST_REQUIRE names the
// thing, the test fails instead. Why: a test that silently did not run is the
// worst kind of green. Rejected: containers started by the tests (they need a
// daemon, and Go, git and make are all one may count on), and one database
// shared by all tests (parallel tests must not meet).
package holdfasttest
