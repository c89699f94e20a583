package store

import "testing"

// A bulk transaction beside a working desk has a checkpoint of its own, alone
// it is one in four; small ones are checkpointed by the hundreds.
func TestACheckpointIsDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		done []class
		want []int // numbers of the transactions that were due
	}{
		{"an import alone", []class{bulk, bulk, bulk, bulk, bulk, bulk, bulk, bulk}, []int{3, 7}},
		{"an import beside the desk", []class{small, bulk, bulk, small, small, bulk}, []int{1, 5}},
	} {
		var got []int
		w := new(checkpointer)
		for i, done := range c.done {
			if w.due(done) {
				got = append(got, i)
			}
		}
		if len(got) != len(c.want) || got[0] != c.want[0] || got[1] != c.want[1] {
			t.Errorf("%s: due after %v, want %v", c.name, got, c.want)
		}
	}
	w := new(checkpointer)
	for i := range smallPerCheckpoint {
		if due, want := w.due(small), i == smallPerCheckpoint-1; due != want {
			t.Errorf("the desk alone: due after %d transactions is %v", i+1, due)
		}
	}
}
