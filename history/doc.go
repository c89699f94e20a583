// Package history holds customers and the dated facts they left behind, each
// with when it happened and when we learned of it.
//
// What: facts, the feeds that read them from files, the segments that keep the
// numerous ones, and the View, a history cut at an instant. Why: every later
// stage asks the same question, "what did we know then?", and must get one
// answer. Rejected: current-state tables (they cannot be cut at a past
// instant), and events as database rows (a twelve-date scan of 20 million takes
// 19 s through SQL, under 1 s over column blocks).
package history
