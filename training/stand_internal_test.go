package training

import (
	"strings"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// office is a test date of two families beside a model in office that sees the
// signal with the given strength, trained on outcomes of the day before.
func office(t *testing.T, strength, a, b float64) (TestDate, *model.Model) {
	t.Helper()
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s := &Sample{Dates: []time.Time{at}}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{{Name: "x"}}}
	random := stats.Stream(12)
	for i := range 3000 {
		x, y := random.NormFloat64(), 0.0
		if random.Float64() < stats.Sigmoid(x-1) {
			y = 1
		}
		s.add(kept{x: []float64{x}, y: y, customer: int64(i), household: int64(i)}, 1)
	}
	straight := func(weight float64) *model.Model {
		m, err := model.NewLinear(s.X.Schema, &model.Linear{Intercept: -1, Columns: []model.LinearColumn{
			{Shape: model.Raw, Low: -9, High: 9, Terms: []model.Term{{Weight: weight}}},
		}}, model.Card{Data: model.Training{AsOfs: []time.Time{at.AddDate(0, 0, -1)}}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	d := TestDate{AsOf: at, test: s, Naive: Metrics{LogLoss: .6}} // so the margin is .006
	for name, weight := range map[string]float64{"a": a, "b": b} {
		p, err := scored(straight(weight), s)
		if err != nil {
			t.Fatal(err)
		}
		d.Trials = append(d.Trials, Trial{Candidate: name, probabilities: p})
	}
	if d.Trials[0].Candidate != "a" {
		d.Trials[0], d.Trials[1] = d.Trials[1], d.Trials[0]
	}
	return d, straight(strength)
}

// The truth has strength 1; a is in office. A refresh goes live when it is surely not
// worse by the margin, a replacement only if it is surely better.
func TestModelsInOfficeAreComparedWith(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		office, a, b float64
		best, want   int
		rows         int // all where 0
		held         bool
	}{
		"a better refresh":                                     {office: .2, a: 1, b: .1, best: 0, want: 0},
		"a refresh as good":                                    {office: 1, a: 1, b: .1, best: 0, want: 0},
		"a refresh a little worse, not surely":                 {office: 1, a: .97, b: .1, best: 0, want: 0},
		"a refresh surely worse":                               {office: 1, a: .2, b: .1, best: 0, held: true},
		"a refresh surely worse by a trifle":                   {office: 1, a: .85, b: .1, best: 0, want: 0},
		"a refresh worse by half the margin, and nobody knows": {office: 1, a: .8, b: .1, rows: 200, best: 0, held: true},
		"a replacement surely better":                          {office: .2, a: .1, b: 1, best: 1, want: 1},
		"a replacement no better than in office":               {office: 1, a: .98, b: 1, best: 1, want: 0},
		"nor the refresh":                                      {office: 1, a: .2, b: 1, best: 1, held: true},
	} {
		d, incumbent := office(t, c.office, c.a, c.b)
		if c.rows > 0 {
			d.test = d.test.Where(func(i int) bool { return i < c.rows })
			for k := range d.Trials {
				d.Trials[k].probabilities = d.Trials[k].probabilities[:c.rows]
			}
		}
		got, says, err := d.stand(c.best, "a", incumbent, 1)
		if c.held {
			if fault.Of(err) != fault.Held || !strings.Contains(err.Error(), "as well as the model in office") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || got != c.want || !strings.HasPrefix(says, "Against the model in office") {
			t.Errorf("%s: trial %d, %q, %v", name, got, says, err)
		}
	}
	// The family in office is no longer a candidate: whatever is not inferior follows it.
	d, incumbent := office(t, 1, .2, .98)
	if got, _, err := d.stand(1, "c", incumbent, 1); err != nil || got != 1 {
		t.Errorf("another family: trial %d, %v", got, err)
	}
	// Who has seen the outcomes is no fair judge.
	card := incumbent.Card()
	card.Data.AsOfs = append(card.Data.AsOfs, d.AsOf)
	for name, m := range map[string]*model.Model{"nobody": nil, "seen": incumbent.WithCard(card)} {
		if got, says, err := d.stand(0, "a", m, 1); err != nil || got != 0 || says != "" {
			t.Errorf("%s: trial %d, %q, %v", name, got, says, err)
		}
	}
}
