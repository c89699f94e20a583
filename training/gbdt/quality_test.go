package gbdt_test

import (
	"context"
	"testing"

	"holdfast/internal/stats"
	"holdfast/training/gbdt"
)

// quality is what predictions for rows that no model had seen were worth.
type quality struct{ auc, loss, brier float64 }

// crossValidated deals the rows into five folds and predicts the first few of
// them by models of the other rows, with sizes chosen inside those.
func crossValidated(t testing.TB, d rowsOf, seed uint64, first int) (mean quality) {
	t.Helper()
	fold := d.folds(5, seed)
	for k := range first {
		train := d.where(func(i int) bool { return fold[i] != k })
		test := d.where(func(i int) bool { return fold[i] == k })
		m, err := gbdt.Train(context.Background(), train.x, train.y, nil, gbdt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := make([]float64, len(test.y))
		if err := m.Score(test.x, p); err != nil {
			t.Fatal(err)
		}
		var q quality
		for _, c := range []struct {
			to *float64
			of func(y, p, w []float64) (float64, error)
		}{{&q.auc, stats.AUC}, {&q.loss, stats.LogLoss}, {&q.brier, stats.Brier}} {
			if *c.to, err = c.of(test.y, p, nil); err != nil {
				t.Fatal(err)
			}
		}
		c := m.Card()
		t.Logf("fold %d: %.4f, %v %s", k, q, c.Settings, c.Sentences)
		n := float64(first)
		mean = quality{mean.auc + q.auc/n, mean.loss + q.loss/n, mean.brier + q.brier/n}
	}
	return mean
}

// check says where a quality is worse than asked.
func (q quality) check(t testing.TB, asked quality) {
	t.Helper()
	t.Logf("AUC %.4f, log loss %.4f, Brier %.4f", q.auc, q.loss, q.brier)
	if q.auc < asked.auc || q.loss > asked.loss || q.brier > asked.brier {
		t.Errorf("AUC, log loss and Brier are %.4f, want at least, at most and at most %.4f", q, asked)
	}
}

// TestTelco and TestMLC are the short form of BenchmarkSmallTables: two of 25
// folds, easy ones, so that more is asked of them.
func TestTelco(t *testing.T) {
	t.Parallel()
	crossValidated(t, telco(t), 1, 2).check(t, quality{0.860, 0.400, 0.131})
}

func TestMLC(t *testing.T) {
	t.Parallel()
	crossValidated(t, mlc(t), 1, 2).check(t, quality{0.915, 0.153, 0.036})
}

// BenchmarkSmallTables predicts small tables by five times repeated stratified
// five-fold cross-validation, with sizes chosen inside each fold, and fails where
// that is worse than what is known to be in reach: on IBM Telco tuned LightGBM
// reaches .8503 and .4107 (its defaults .8370 and .4315); on mlc_churn .920 to
// .926, .151 to .155 and .034 to .035.
func BenchmarkSmallTables(b *testing.B) {
	for _, c := range []struct {
		name  string
		table func(testing.TB) rowsOf
		asked quality
	}{
		{"IBMTelco", telco, quality{0.848, 0.413, 1}},
		{"mlc", mlc, quality{0.918, 0.158, 0.036}},
	} {
		b.Run(c.name, func(b *testing.B) {
			d := c.table(b)
			var mean quality
			for b.Loop() {
				mean = quality{}
				for seed := range uint64(5) {
					q := crossValidated(b, d, seed+1, 5)
					mean = quality{mean.auc + q.auc/5, mean.loss + q.loss/5, mean.brier + q.brier/5}
				}
			}
			b.ReportMetric(mean.auc, "AUC")
			b.ReportMetric(mean.loss, "log-loss")
			b.ReportMetric(mean.brier, "Brier")
			mean.check(b, c.asked)
		})
	}
}
