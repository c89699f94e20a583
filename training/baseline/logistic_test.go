package baseline_test

import (
	"context"
	"testing"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/baseline"
)

// fitter is either of the package's two fits, with its options bound.
type fitter func(x *features.Matrix, y []float64) (*model.Model, error)

// crossValidate returns the mean AUC and log loss over five folds.
func crossValidate(t *testing.T, d telco, seed uint64, fit fitter) (auc, loss float64) {
	t.Helper()
	const k = 5
	for f := range k {
		train, held := d.split(k, f, seed)
		m, err := fit(train.x, train.y)
		if err != nil {
			t.Fatal(err)
		}
		p := make([]float64, held.x.Rows)
		if err := m.Score(held.x, p); err != nil {
			t.Fatal(err)
		}
		a, err := stats.AUC(held.y, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		l, err := stats.LogLoss(held.y, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		auc, loss = auc+a/k, loss+l/k
		t.Logf("fold %d: AUC %.4f, log loss %.4f, %v", f, a, l, m.Card().Settings)
	}
	return auc, loss
}

// Reference: scikit-learn's default logistic regression on the same table, 5×2-fold:
// AUC .8451, log loss .4181; tuned .8454 / .4177.
func TestLogisticReachesTheReferenceOnTelco(t *testing.T) {
	t.Parallel()
	d := loadTelco(t)
	for _, opt := range []baseline.LogisticOptions{
		{Seed: 1},
		{Seed: 1, Spline: model.Hinges},
		{Seed: 1, Spline: model.NaturalCubic},
	} {
		t.Run(string(opt.Spline), func(t *testing.T) {
			t.Parallel()
			auc, loss := crossValidate(t, d, 7, func(x *features.Matrix, y []float64) (*model.Model, error) {
				return baseline.FitLogistic(context.Background(), x, y, nil, opt)
			})
			t.Logf("AUC %.4f, log loss %.4f", auc, loss)
			if auc < .844 || loss > .419 {
				t.Errorf("AUC %.4f and log loss %.4f: want at least .844 and at most .419", auc, loss)
			}
		})
	}
}
