package model_test

import (
	"math"
	"strings"
	"testing"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

func TestCalibrations(t *testing.T) {
	t.Parallel()
	// Fitted parameters of science.md section 5; the probabilities follow from the
	// formulas there.
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	sigma := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	line := model.LogisticCalibration(stats.LogitCalibration{Slope: 1.03005668, Intercept: .46041256})
	beta := model.BetaCalibration(stats.Beta{A: .28638265, B: 2.25715721, C: -1.09848145})
	steps := model.IsotonicCalibration(stats.Isotonic{
		Score: []float64{.10, .15, .25, .35, .60, .70}, Level: []float64{0, 1. / 3, 1. / 3, .5, .5, 1},
	})
	for _, p := range []float64{.05, .10, .15, .20, .25, .35, .40, .55, .60, .70, .80, .95} {
		if got, want := line.Apply(logit(p)), sigma(1.03005668*logit(p)+.46041256); math.Abs(got-want) > 1e-12 {
			t.Errorf("logistic at %v: %v, want %v", p, got, want)
		}
		want := sigma(.28638265*math.Log(p) - 2.25715721*math.Log(1-p) - 1.09848145)
		if got := beta.Apply(logit(p)); math.Abs(got-want) > 1e-12 {
			t.Errorf("beta at %v: %v, want %v", p, got, want)
		}
	}
	// The merged probabilities of the same section at .30, .50 and .75.
	label, score := []float64{0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1}, []float64{.05, .10, .15, .20, .25, .35, .40, .55, .60, .70, .80, .95}
	table, err := stats.FitVennAbersSteps(label, score, nil)
	if err != nil {
		t.Fatal(err)
	}
	venn := model.VennAbersCalibration(table)
	for p, want := range map[float64]float64{.30: .444444, .50: .5, .75: .666667} {
		if got := venn.Apply(logit(p)); math.Abs(got-want) > 5e-7 {
			t.Errorf("Venn-Abers at %v: %v, want %v", p, got, want)
		}
	}
	for p, want := range map[float64]float64{.05: 0, .10: 0, .125: 1. / 6, .2: 1. / 3, .30: 5. / 12, .55: .5, .65: .75, .95: 1} {
		if got := steps.Apply(logit(p)); math.Abs(got-want) > 1e-9 {
			t.Errorf("isotonic at %v: %v, want %v", p, got, want)
		}
	}
}

func TestCalibrationsThatDoNotRiseAreRefused(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for name, c := range map[string]model.Calibration{
		"no line":       {Kind: model.Logistic},
		"falling line":  model.LogisticCalibration(stats.LogitCalibration{Slope: -1}),
		"flat line":     model.LogisticCalibration(stats.LogitCalibration{}),
		"NaN line":      model.LogisticCalibration(stats.LogitCalibration{Slope: 1, Intercept: nan}),
		"no beta":       {Kind: model.Beta},
		"falling beta":  model.BetaCalibration(stats.Beta{A: -1, B: 2}),
		"flat beta":     model.BetaCalibration(stats.Beta{C: 1}),
		"no steps":      {Kind: model.Isotonic},
		"falling steps": model.IsotonicCalibration(stats.Isotonic{Score: []float64{.1, .2}, Level: []float64{.3, .2}}),
		"equal scores":  model.IsotonicCalibration(stats.Isotonic{Score: []float64{.1, .1}, Level: []float64{.2, .3}}),
		"NaN step":      model.IsotonicCalibration(stats.Isotonic{Score: []float64{nan}, Level: []float64{.3}}),
		"above one":     model.IsotonicCalibration(stats.Isotonic{Score: []float64{.1}, Level: []float64{1.3}}),
		"no table":      {Kind: model.VennAbers},
		"short table":   model.VennAbersCalibration(stats.VennAbersSteps{Score: []float64{.1}, At: []float64{.2}, Between: []float64{.2}}),
		"certain table": model.VennAbersCalibration(stats.VennAbersSteps{Between: []float64{1}}),
		"falling table": model.VennAbersCalibration(stats.VennAbersSteps{Score: []float64{.1}, At: []float64{.2}, Between: []float64{.3, .4}}),
		"NaN table":     model.VennAbersCalibration(stats.VennAbersSteps{Score: []float64{.1}, At: []float64{nan}, Between: []float64{.1, .4}}),
		"equal at":      model.VennAbersCalibration(stats.VennAbersSteps{Score: []float64{.1, .1}, At: []float64{.2, .2}, Between: []float64{.1, .2, .4}}),
		"uneven steps":  model.IsotonicCalibration(stats.Isotonic{Score: []float64{.1}}),
		"unknown":       {Kind: "magic"},
	} {
		if _, err := forest(t).WithCalibration(c); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTreesThatCannotBeWalkedAreRefused(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*model.Trees){
		"needs at least one tree":      func(t *model.Trees) { t.Roots = nil },
		"in one array and":             func(t *model.Trees) { t.Value = t.Value[:2] },
		"start from 1":                 func(t *model.Trees) { t.Base = 1 },
		"tree 0 starts at node 1":      func(t *model.Trees) { t.Roots[0] = 1 },
		"ends before node 9":           func(t *model.Trees) { t.Roots = []int32{0, 9} },
		"strictly between 0 and 1":     func(t *model.Trees) { t.Value[1] = 1 },
		"has no cover":                 func(t *model.Trees) { t.Cover[3] = 0 },
		"a column that the schema":     func(t *model.Trees) { t.Feature[2] = 3 },
		"has a child outside its tree": func(t *model.Trees) { t.Right[2] = 0 },
		"a child of node 0 has two":    func(t *model.Trees) { t.Left[0] = 3 },
		"node 3 has no parent":         func(t *model.Trees) { t.Feature[2], t.Left[0], t.Right[0] = -1, 1, 2; t.Value[2] = .5 },
		"does not fit its column":      func(t *model.Trees) { t.Set[0] = 1 },
		"has no threshold":             func(t *model.Trees) { t.Threshold[2] = math.NaN() },
	} {
		trees := new(model.Trees)
		root := trees.AddSetSplit(2, []uint64{5}, false, 10)
		gold := trees.AddLeaf(.2, 4)
		tenure := trees.AddSplit(1, 5, true, 6)
		trees.Join(tenure, trees.AddLeaf(.4, 2), trees.AddLeaf(.8, 4))
		trees.Join(root, gold, tenure)
		trees.Roots = []int32{0}
		spoil(trees)
		_, err := model.NewForest(schema(), trees, model.Card{})
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestWeightsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*model.Linear){
		"one entry for each of the 3": func(l *model.Linear) { l.Columns = l.Columns[:2] },
		"the intercept is":            func(l *model.Linear) { l.Intercept = math.Inf(1) },
		"a number that is not finite": func(l *model.Linear) { l.Columns[0].Missing = math.NaN() },
		"a weight that is not finite": func(l *model.Linear) { l.Columns[0].Terms = []model.Term{{Weight: math.NaN()}} },
		"knots that do not rise":      func(l *model.Linear) { l.Columns[1].Knots = []float64{4, 4} },
		"weights for other levels":    func(l *model.Linear) { l.Columns[2].Levels = []float64{1} },
		"an unknown shape":            func(l *model.Linear) { l.Columns[0].Shape = "cubed" },
		"an unknown spline":           func(l *model.Linear) { l.Columns[0].Spline = "wavy" },
		"a range or a number of":      func(l *model.Linear) { l.Columns[1].Terms = l.Columns[1].Terms[:1] },
	} {
		l := *linear(t).Linear()
		l.Columns = append([]model.LinearColumn(nil), l.Columns...)
		spoil(&l)
		_, err := model.NewLinear(schema(), &l, model.Card{})
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := model.NewLinear(features.Schema{}, &model.Linear{}, model.Card{}); fault.Of(err) != fault.Invalid {
		t.Errorf("no columns: %v", err)
	}
}
