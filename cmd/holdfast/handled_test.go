package main

import (
	"encoding/json"
	"math"
	"testing"

	"holdfast/interventions"
	"holdfast/measurement"
)

// handled audits what agents are counted by: every attempt that stands, once,
// with the band of its card; and the newest report, whose expected saves add up
// to the claimed.
func (b books) handled(t testing.TB) {
	t.Helper()
	type row struct {
		Attempts, Reached, Claimed int
		Unlike                     int // of another band than the card
	}
	got := list[row](t, b.db, `SELECT COUNT(*) AS attempts, COALESCE(SUM(h.reached), 0) AS reached, COALESCE(SUM(h.claimed), 0) AS claimed,
		COALESCE(SUM(CASE WHEN k.card LIKE '%%"band":"' || h.band || '"%%' THEN 0 ELSE 1 END), 0) AS unlike FROM handled h JOIN task_cards k ON k.task = h.task`)[0]
	var want row
	for _, body := range list[string](t, b.db, "SELECT body FROM task_attempts WHERE undone = 0") {
		var a struct{ WrapUp interventions.WrapUp }
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Fatal(err)
		}
		m, err := interventions.MeaningOf(a.WrapUp.Disposition)
		if err != nil {
			t.Fatal(err)
		}
		want.Attempts++
		if m.Reached {
			want.Reached++
		}
		if a.WrapUp.Claims() {
			want.Claimed++
		}
	}
	if got != want || want.Claimed == 0 {
		t.Errorf("counted as handled: %+v, want %+v", got, want)
	}
	var report measurement.AgentReport
	if err := json.Unmarshal([]byte(list[string](t, b.db, "SELECT body FROM agent_reports ORDER BY as_of DESC LIMIT 1")[0]), &report); err != nil {
		t.Fatal(err)
	}
	expected, counted := 0.0, 0
	for _, a := range report.Agents {
		if a.Hidden {
			t.Logf("%s has fewer than %d attempts", a.Agent, measurement.MinAttempts)
			return
		}
		expected += a.Claimed.Expected
		counted += a.Claimed.Count
	}
	if math.Abs(expected-float64(counted)) > 1e-6 || counted == 0 {
		t.Errorf("%d saves are claimed, and %g expected", counted, expected)
	}
}
