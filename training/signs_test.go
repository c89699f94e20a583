package training_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"holdfast/training"
)

// A sign moved when it is beyond chance and material; the first that did is the
// reason to train, and what is not known has words and no numbers.
func TestSigns(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	after := func(level, shift float64) *training.Aftermath {
		return &training.Aftermath{AsOf: day, Newest: day, Customers: 900, Left: 90, Expected: .1, Rate: .1, Before: .1, Level: level, LevelSE: .05, Shift: shift, ShiftSE: .15}
	}
	for name, c := range map[string]struct {
		e     training.Evidence
		moved string // the signs, in order
		why   string
	}{
		"nothing known":        {training.Evidence{}, "", ""},
		"chance alone":         {training.Evidence{PSI: .3, Critical: .4, Feature: "f", FeaturePSI: .2, FeatureCritical: .1, Population: 100, PopulationThen: 70, Aftermath: after(.2, .35)}, "", ""},
		"scores and a feature": {training.Evidence{PSI: .3, Critical: .1, Feature: "f", FeaturePSI: .4, FeatureCritical: .1}, "scores features", "its scores have drifted: PSI 0.300, above 0.100"},
		"fewer leave":          {training.Evidence{Aftermath: after(-.3, -.5)}, "calibration leaving rate", "of 900 customers of 2026-03-10"},
		"the rate alone":       {training.Evidence{Aftermath: after(.1, .5)}, "leaving rate", "the leaving rate has moved"},
		"half the customers":   {training.Evidence{PSI: .01, Critical: .02, Population: 1000, PopulationThen: 2000}, "customers", "it scores 1000 customers and 2000"},
	} {
		c.e.AsOf, c.e.TrainedAt = day, day.AddDate(0, 0, -1)
		signs := c.e.Signs()
		var moved []string
		for _, s := range signs {
			if s.Moved() {
				moved = append(moved, s.Of)
			}
			if s.Words == "" || s.Material <= 0 || math.IsNaN(s.Value) || !s.Known && (s.Value != 0 || s.Chance != 0) {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if got := strings.Join(moved, " "); got != c.moved || len(signs) != 5 {
			t.Errorf("%s: %q moved of %d signs", name, got, len(signs))
		}
		due, why := training.Default().Due(c.e)
		if due != (c.moved != "") || !strings.HasPrefix(why, c.why) {
			t.Errorf("%s: due %v because %s", name, due, why)
		}
	}
}
