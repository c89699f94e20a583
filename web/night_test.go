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

// failingNight is a night whose scoring failed and is tried again.
func failingNight(w *world) {
	w.runs[0] = nightRun("night-3", 0, nightly.Running)
	w.restaged = func(stages []nightly.StageRun) {
		if stages[3].Finished.IsZero() { // of this night
			stages[3].Failing = nightly.Failing{Shards: 3, Tries: 2, Next: tuesday.Add(10 * time.Minute), Error: "score, shard 7: the disk is full"}
		}
	}
}

// TestANightSaysWhatIsTriedAgain with its error, its tries and the next one,
// and what a person can do, on its page, on Nights and in the API.
func TestANightSaysWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, failingNight)
	oli := w.as(t, "oli")
	for _, path := range []string{"/nights", "/nights/night-3"} {
		page := oli.get(path)
		page.must(t, 200, "The stage Score failed, and is tried again by itself.", "score, shard 7: the disk is full",
			"<dt>Tries in vain</dt><dd>2</dd>", "<dt>Next try</dt><dd>10 Mar 2026, 10:10</dd>", "<dt>Shards that failed</dt><dd>3</dd>", `<a href="/jobs">`)
		page.without(t, "Nothing is to be done")
	}
	w.call(t, w.token(t, "oli"), "GET", "/api/v1/nights/night-3", "").must(t, 200,
		`"failing":{"shards":3,"tries":2,"next":"2026-03-10T10:10:00Z","error":"score, shard 7: the disk is full"}`)
	w.restaged = nil
	page := oli.get("/nights/night-3")
	page.must(t, 200, "Nothing is to be done")
	page.without(t, "tried again by itself")
}
