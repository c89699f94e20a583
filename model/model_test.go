package model_test

import (
	"math"
	"strings"
	"testing"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/model"
)

// schema has a count, a number and a categorical column of three levels.
func schema() features.Schema {
	return features.Schema{Version: 3, Columns: []features.Column{
		{Name: "purchases_90d", Skewed: true},
		{Name: "tenure_days"},
		{Name: "plan", Kind: features.Categorical, Levels: []string{"other", "basic", "gold"}},
	}}
}

func linear(t testing.TB) *model.Model {
	t.Helper()
	m, err := model.NewLinear(schema(), &model.Linear{Intercept: -1, Columns: []model.LinearColumn{
		{Shape: model.SignedLog, Low: -10, High: 100, Terms: []model.Term{{Weight: -.5, Mean: 1}}, Missing: .25, Present: -.05},
		{Shape: model.Raw, Low: 0, High: 10, Spline: model.Hinges, Knots: []float64{4}, Terms: []model.Term{{Weight: .2, Mean: 3}, {Weight: -.1, Mean: .5}}},
		{Shape: model.OneHot, Levels: []float64{.1, -.3, .7}, Missing: .4},
	}}, model.Card{Name: "by hand", Sentences: []string{"Made by hand."}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// forest is one tree: plan in {other, gold} → .2; else tenure <= 5 → .4, more → .8.
func forest(t testing.TB) *model.Model {
	t.Helper()
	trees := &model.Trees{Roots: []int32{0}}
	root := trees.AddSetSplit(2, []uint64{1<<0 | 1<<2}, false, 10)
	gold := trees.AddLeaf(.2, 4)
	tenure := trees.AddSplit(1, 5, true, 6)
	trees.Join(tenure, trees.AddLeaf(.4, 2), trees.AddLeaf(.8, 4))
	trees.Join(root, gold, tenure)
	m, err := model.NewForest(schema(), trees, model.Card{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLinearMargin(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	log := func(x float64) float64 { return -.05 - .5*(math.Log1p(x)-1) }
	for name, c := range map[string]struct {
		row  []float64
		want float64
	}{
		"plain":                             {[]float64{3, 6, 1}, -1 + log(3) + .2*(6-3) - .1*(2-.5) - .3},
		"negative amount":                   {[]float64{-3, 3, 1}, -1 - .05 - .5*(-math.Log1p(3)-1) - .1*(0-.5) - .3},
		"missing":                           {[]float64{nan, nan, nan}, -1 + .25 + 0 + .4},
		"held to the training range":        {[]float64{500, -7, 2}, -1 + log(100) + .2*(0-3) - .1*(0-.5) + .7},
		"infinite counts as the farthest":   {[]float64{inf, inf, 2}, -1 + log(100) + .2*(10-3) - .1*(6-.5) + .7},
		"a level outside the list is other": {[]float64{3, 3, 9}, -1 + log(3) - .1*(0-.5) + .1},
		"a negative level is other":         {[]float64{3, 3, -1}, -1 + log(3) - .1*(0-.5) + .1},
	} {
		got, err := linear(t).Margin(c.row)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(name, "missing") {
			c.want = -1 + .25 + .4 // a number without a missing weight adds its mean, 0
		}
		if math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: margin %v, want %v", name, got, c.want)
		}
	}
}

// A restricted cubic is a straight line outside its knots: second differences vanish.
func TestNaturalCubicIsStraightOutsideItsKnots(t *testing.T) {
	t.Parallel()
	c := model.LinearColumn{Spline: model.NaturalCubic, Knots: []float64{1, 2, 4, 7}}
	if c.SplineTerms() != 2 {
		t.Fatalf("%d terms, want 2", c.SplineTerms())
	}
	for k := range 2 {
		bend := func(x float64) float64 {
			return c.SplineTerm(k, x-.5) - 2*c.SplineTerm(k, x) + c.SplineTerm(k, x+.5)
		}
		for _, x := range []float64{-5, 0, .5, 7.5, 8, 30} {
			if math.Abs(bend(x)) > 1e-9 {
				t.Errorf("term %d bends by %v at %v", k, bend(x), x)
			}
		}
		if math.Abs(bend(4)) < 1e-3 {
			t.Errorf("term %d does not bend at 4", k)
		}
	}
}

func TestTreesRouteNumbersLevelsAndMissing(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, c := range []struct {
		row  []float64
		want float64
	}{
		{[]float64{0, 0, 2}, .2},
		{[]float64{0, 9, 0}, .2},
		{[]float64{0, 5, 1}, .4},
		{[]float64{0, 5.01, 1}, .8},
		{[]float64{0, nan, 1}, .4},
		{[]float64{0, 9, nan}, .8},
		{[]float64{0, 9, 77}, .2}, // a level outside the list goes with other
	} {
		got, err := forest(t).Probability(c.row)
		if err != nil || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: %v, %v, want %v", c.row, got, err, c.want)
		}
	}
}

func TestScoreAgreesWithProbabilityAndAllocatesNothingPerRow(t *testing.T) { // not parallel: what others allocate would be counted
	for _, m := range []*model.Model{linear(t), forest(t)} {
		x := &features.Matrix{Schema: schema(), Rows: 400}
		for i := range x.Rows {
			x.Data = append(x.Data, float64(i%7), float64(i%11), float64(i%3))
		}
		dst := make([]float64, x.Rows)
		if err := m.Score(x, dst); err != nil {
			t.Fatal(err)
		}
		for i, got := range dst {
			if want, err := m.Probability(x.Row(i)); err != nil || got != want {
				t.Fatalf("%s row %d: %v, want %v, %v", m.Kind(), i, got, want, err)
			}
		}
		per := testing.AllocsPerRun(20, func() {
			if err := m.Score(x, dst); err != nil {
				t.Fatal(err)
			}
		})
		if per > 100 { // the schema's hash, once a call
			t.Errorf("%s: %v allocations for %d rows", m.Kind(), per, x.Rows)
		}
	}
}

func TestRowsOfAnotherSchemaAreRefused(t *testing.T) {
	t.Parallel()
	change := func(f func(*features.Schema)) features.Schema {
		s := schema()
		f(&s)
		return s
	}
	for want, s := range map[string]features.Schema{
		"features version 4, not 3":               change(func(s *features.Schema) { s.Version = 4 }),
		`column 2 is "age", not "tenure_days"`:    change(func(s *features.Schema) { s.Columns[1].Name = "age" }),
		`column "plan" has other levels`:          change(func(s *features.Schema) { s.Columns[2].Levels = []string{"other", "basic"} }),
		`column "tenure_days" is of another kind`: change(func(s *features.Schema) { s.Columns[1].Kind = features.Categorical }),
		`column "plan" is absent`:                 change(func(s *features.Schema) { s.Columns = s.Columns[:2] }),
		"4 columns, not 3":                        change(func(s *features.Schema) { s.Columns = append(s.Columns, features.Column{Name: "x"}) }),
	} {
		err := linear(t).Score(&features.Matrix{Schema: s}, nil)
		if fault.Of(err) != fault.Conflict || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	other := schema()
	other.Columns[0].Sentence = "wording does not count"
	if err := linear(t).Accepts(other); err != nil {
		t.Error(err)
	}
}

func TestNoProbabilityHasADefault(t *testing.T) {
	t.Parallel()
	if _, err := linear(t).Probability([]float64{1, 2}); fault.Of(err) != fault.Invalid {
		t.Errorf("a short row: %v", err)
	}
	x := &features.Matrix{Schema: schema(), Rows: 2, Data: make([]float64, 6)}
	if err := linear(t).Score(x, make([]float64, 1)); fault.Of(err) != fault.Invalid {
		t.Errorf("a short result: %v", err)
	}
	x.Data = x.Data[:5]
	if err := linear(t).Score(x, make([]float64, 2)); fault.Of(err) != fault.Invalid {
		t.Errorf("a short table: %v", err)
	}
	if _, err := linear(t).Contributions(make([]float64, 3), make([]float64, 2)); fault.Of(err) != fault.Invalid {
		t.Errorf("a short list of contributions: %v", err)
	}
}
