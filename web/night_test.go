package web_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/nightly"
)

// passedOver is a night that is run again from its training, past the check that held it.
func passedOver(w *world) {
	w.runs[0] = nightRun("night-3", 0, nightly.Running)
	w.runs[0].Again = w.runs[0].Started.Add(2 * time.Hour)
	w.restaged = func(stages []nightly.StageRun) {
		if stages[3].Finished.IsZero() { // of this night
			stages[1].Finished, stages[1].Note = time.Time{}, "passed over by hand"
		}
	}
}

// TestAStagePassedOverStandsAsThat while the night goes on and when it is to be
// resumed: it neither runs nor is it what comes next.
func TestAStagePassedOverStandsAsThat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, passedOver)
	_, after, _ := strings.Cut(w.as(t, "oli").get("/nights/night-3").body, `<th scope="row">Check`)
	got, _, _ := strings.Cut(after, "</tr>")
	if !strings.Contains(got, ">passed over<") || strings.Contains(got, ">running<") || strings.Contains(got, ">slow<") {
		t.Errorf("the stage reads %s", got)
	}
	w.runs[0].State = nightly.Failed
	page := w.as(t, "oli").get("/nights/night-3").body
	if !strings.Contains(page, "The night goes on with its stage Score,") {
		t.Error("a resumed night is not said to go on with the stage that it goes on with")
	}
}
