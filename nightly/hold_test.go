package nightly

import (
	"testing"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// A list that somebody holds by hand stays held, with who and why, also when the
// night is resumed; a dry run does not mind, and released it goes on.
func TestAListHeldByHand(t *testing.T) {
	t.Parallel()
	d, b := newDesk(town(t, 200, 2)...), newBooks()
	st := stages(t, d, b)
	var err error
	if d.byHand, err = interventions.NewHold("mia", " the prices are not in yet ", asOf); err != nil {
		t.Fatal(err)
	}
	const want = "mia holds the list by hand: the prices are not in yet; look at it, then `holdfast list release` or its page publishes it"
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	if run.State != HeldBack || run.Reason != want || d.published != 0 || d.pub.State != interventions.PublicationHeld || d.pub.Reason != want {
		t.Errorf("held by hand: %s %q, published %d, the list is %s: %s", run.State, run.Reason, d.published, d.pub.State, d.pub.Reason)
	}
	if _, err := st.publish(t.Context(), run); fault.Of(err) != fault.Held || d.published != 0 {
		t.Errorf("resumed: %v, published %d", err, d.published)
	}
	run.DryRun = true
	if c, err := st.publish(t.Context(), run); err != nil || c["would be released"] == 0 {
		t.Errorf("a dry run: %v, %v", c, err)
	}
	run.DryRun, d.byHand = false, interventions.Hold{}
	if _, err := st.publish(t.Context(), run); err != nil || d.published != 1 {
		t.Errorf("released: %v, published %d", err, d.published)
	}
	for _, reason := range []string{"", " x ", string(make([]byte, 400))} {
		if _, err := interventions.NewHold("mia", reason, asOf); fault.Of(err) != fault.Invalid {
			t.Errorf("a hold for %.5q: %v", reason, err)
		}
	}
}
