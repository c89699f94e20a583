package nightly

import "testing"

// The model page says why the champion is in office: no reason may deny it.
func TestTheFirstChampionSaysSo(t *testing.T) {
	t.Parallel()
	d, b := newDesk(leaving(t, 800)), newBooks()
	st := stages(t, d, b)
	st.Training.Snapshots, st.Training.RowBudget = 6, 1500
	st.Judges.Candidates = st.Judges.Candidates[:1]
	d.champion = "none"
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	if got := d.records["m-n1"]; d.champion != "m-n1" || got.Reason != "it was the first" {
		t.Errorf("%s, %s: the champion is %s, because %q", run.State, run.Reason, d.champion, got.Reason)
	}
}
