package model

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/features"
	"holdfast/internal/stats"
)

// The table's own points, between them on the log-odds, and beyond its ends as
// wide as there.
func TestRangeAt(t *testing.T) {
	t.Parallel()
	r := &Range{Risk: []float64{.1, .5}, Low: []float64{.05, .4}, High: []float64{.2, .6}, Dates: 6}
	middle := stats.Sigmoid((stats.Logit(.1) + stats.Logit(.5)) / 2)
	for risk, want := range map[float64][2]float64{
		.1:     {.05, .2},
		.5:     {.4, .6},
		middle: {stats.Sigmoid((stats.Logit(.05) + stats.Logit(.4)) / 2), stats.Sigmoid((stats.Logit(.2) + stats.Logit(.6)) / 2)},
		.9:     {stats.Sigmoid(stats.Logit(.9) + stats.Logit(.4)), stats.Sigmoid(stats.Logit(.9) + stats.Logit(.6))},
	} {
		low, high, ok := r.At(risk)
		if !ok || math.Abs(low-want[0]) > 1e-12 || math.Abs(high-want[1]) > 1e-12 {
			t.Errorf("%v: %v to %v, want %v", risk, low, high, want)
		}
	}
	for _, risk := range []float64{0, 1, math.NaN()} {
		if _, _, ok := r.At(risk); ok {
			t.Errorf("a range of %v", risk)
		}
	}
	if _, _, ok := (*Range)(nil).At(.3); ok {
		t.Error("a range of no model")
	}
}

// A range is kept with the model's card, and one that is none is refused.
func TestRangeIsKept(t *testing.T) {
	t.Parallel()
	good := &Range{Risk: []float64{.1, .5}, Low: []float64{.05, .4}, High: []float64{.2, .6}, Dates: 6}
	for name, bad := range map[string]*Range{
		"lengths":  {Risk: []float64{.1}, Low: []float64{.05}},
		"crossed":  {Risk: []float64{.1}, Low: []float64{.2}, High: []float64{.3}},
		"falling":  {Risk: []float64{.5, .1}, Low: []float64{.4, .05}, High: []float64{.6, .2}},
		"at zero":  {Risk: []float64{.1}, Low: []float64{0}, High: []float64{.3}},
		"not a no": {Risk: []float64{math.NaN()}, Low: []float64{.1}, High: []float64{.3}},
	} {
		if bad.validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	m, err := NewLinear(features.Schema{Version: 1, Columns: []features.Column{{Name: "x"}}},
		&Linear{Columns: []LinearColumn{{Shape: Raw, High: 1, Terms: []Term{{Weight: 1}}}}}, Card{Name: "x", Range: good})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	back, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(good, back.Card().Range); diff != "" {
		t.Error(diff)
	}
}
