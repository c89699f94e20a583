package model_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// hazard has a lead period, two that count, and other exits in all three.
func hazard(t testing.TB) *model.Model {
	t.Helper()
	period := func(base float64) *model.Model {
		trees := new(model.Trees)
		trees.Append(forest(t).Trees())
		trees.Base = base
		m, err := model.NewBoosted(schema(), trees, model.Card{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m, err := model.NewHazard(schema(), &model.Hazard{
		Lead: 1, Leave: []*model.Model{period(-3), period(-2)}, Other: []*model.Model{period(-4), period(-3.5), period(-4.5)},
	}, model.Card{Name: "hazard"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func hazardRow(t *rapid.T) []float64 {
	row := make([]float64, len(schema().Columns))
	for j := range row {
		if row[j] = float64(rapid.IntRange(-1, 12).Draw(t, "number")); row[j] < 0 {
			row[j] = math.NaN()
		}
	}
	return row
}

// The slow twin goes through every fate a customer can have: leaving in a
// period, another exit in one, or staying, and adds up those that count.
func TestRiskIsCumulativeIncidence(t *testing.T) {
	t.Parallel()
	m := hazard(t)
	h := m.Hazard()
	chance := func(part *model.Model, row []float64) float64 {
		p, err := part.Probability(row)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	rapid.Check(t, func(rt *rapid.T) {
		row := hazardRow(rt)
		here, left, gone := 1.0, 0.0, 0.0
		for k := range 3 {
			if k >= h.Lead {
				leaves := here * chance(h.Leave[k-h.Lead], row)
				left, here = left+leaves, here-leaves
			}
			exits := here * chance(h.Other[k], row)
			gone, here = gone+exits, here-exits
		}
		got, err := m.Probability(row)
		if err != nil || math.Abs(got-left) > 1e-12 || math.Abs(left+gone+here-1) > 1e-12 {
			rt.Fatalf("%v: risk %v, want %v (%v)", row, got, left, err)
		}
	})
}

// Contributions add up to the margin, whatever the row, and rows scored together
// are scored as alone.
func TestContributionsOfHazards(t *testing.T) {
	t.Parallel()
	m := hazard(t)
	rapid.Check(t, func(rt *rapid.T) {
		x := features.Matrix{Schema: schema(), Rows: rapid.SampledFrom([]int{1, 3, 300}).Draw(rt, "rows")}
		for range min(x.Rows, 3) {
			x.Data = append(x.Data, hazardRow(rt)...)
		}
		for len(x.Data) < x.Rows*len(x.Schema.Columns) {
			x.Data = append(x.Data, x.Data[:len(x.Schema.Columns)]...)
		}
		margins, phi := make([]float64, x.Rows), make([]float64, len(x.Data))
		if err := m.Margins(&x, margins); err != nil {
			rt.Fatal(err)
		}
		base, err := m.ContributionsOf(&x, phi)
		if err != nil {
			rt.Fatal(err)
		}
		for i := range x.Rows {
			sum := base
			for _, v := range phi[i*len(x.Schema.Columns):][:len(x.Schema.Columns)] {
				sum += v
			}
			alone, err := m.Margin(x.Row(i))
			if err != nil || alone != margins[i] || math.Abs(sum-alone) > 1e-9 {
				rt.Fatalf("row %d: %v alone, %v together, contributions to %v (%v)", i, alone, margins[i], sum, err)
			}
		}
	})
}

// With one period and no other exits it is its boosted trees, contributions too.
func TestHazardOfOnePeriodIsItsTrees(t *testing.T) {
	t.Parallel()
	part := hazard(t).Hazard().Leave[0]
	m, err := model.NewHazard(schema(), &model.Hazard{Leave: []*model.Model{part}}, model.Card{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]float64{{3, 6, 1}, {math.NaN(), 2, 2}, {0, 0, 0}} {
		a, b := make([]float64, len(row)), make([]float64, len(row))
		baseA, errA := m.Contributions(row, a)
		baseB, errB := part.Contributions(row, b)
		if errA != nil || errB != nil || math.Abs(baseA-baseB) > 1e-9 {
			t.Fatalf("bases %v and %v (%v, %v)", baseA, baseB, errA, errB)
		}
		for j := range a {
			if math.Abs(a[j]-b[j]) > 1e-9 {
				t.Errorf("%v: column %d adds %v, and %v in the trees", row, j, a[j], b[j])
			}
		}
	}
}

func TestHazardsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	part := hazard(t).Hazard().Leave[0]
	calibrated, err := part.WithCalibration(model.LogisticCalibration(stats.LogitCalibration{Slope: 1}))
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]*model.Hazard{
		"no period":       {},
		"too few others":  {Lead: 1, Leave: []*model.Model{part}, Other: []*model.Model{part}},
		"a period absent": {Leave: []*model.Model{nil}},
		"not trees":       {Leave: []*model.Model{linear(t)}},
		"calibrated":      {Leave: []*model.Model{calibrated}},
	} {
		if _, err := model.NewHazard(schema(), h, model.Card{}); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
