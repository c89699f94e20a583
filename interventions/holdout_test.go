package interventions

import (
	"testing"
	"time"

	"holdfast/history"
)

// Who would be drawn into the holdout is in it before it is ever selected; a
// stored arm stands for its year; the next year's draw is another.
func TestHoldout(t *testing.T) {
	t.Parallel()
	p, err := NewPolicy(DefaultConfig(), time.UTC, []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var arms []Arm
	for id := history.HouseholdID(1); id <= 2000; id += 2 {
		arms = append(arms, p.drawArm(id, LayerGlobal, .1, first, 0), p.drawArm(id, "call", .4, first, 0))
	}
	arms[0].Held = !arms[0].Held // a merge took the other arm
	h := p.Holdout(arms)
	week := func(n int) time.Time { return first.AddDate(0, 0, 7*n) }
	held, same := 0, 0
	for id := history.HouseholdID(1); id <= 2000; id++ {
		now, next := h.Held(id, week(1), week(10)), h.Held(id, week(60), week(70))
		if before := h.Held(id, week(-9), week(-8)); id > 2 && before != now {
			t.Fatalf("household %d is in the holdout %v before its first selection and %v after", id, before, now)
		}
		if now {
			held++
			if next {
				same++
			}
		}
	}
	if held < 160 || held > 240 || h.Held(1, week(1), week(2)) != arms[0].Held {
		t.Errorf("%d of 2000 are held out at a share of a tenth; the stored arm says %v", held, arms[0].Held)
	}
	// Half of the households had a stored arm that ended: those draw anew.
	if same < held/2 || same > held*3/4 {
		t.Errorf("%d of %d are held out in the next year too", same, held)
	}
	if p.Holdout(nil).Held(1, first, first) {
		t.Error("held out without any arm")
	}
}
