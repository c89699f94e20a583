package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/internal/holdfasttest"
)

// What the real tables are known to give, with one family each and explicit sizes
// of trees, so that the test is quick; the whole search is in BenchmarkModelFit.
func TestRealTables(t *testing.T) {
	t.Parallel()
	a := analyst{t.TempDir()}
	sizes := a.write(t, "p.yaml", "{trees: 70, leaves: 31, rate: 0.07, column_share: 0.6}")
	for _, tc := range []struct {
		name, file       string
		args             []string
		auc, loss, brier float64 // at least, at most, at most
	}{
		{"IBM Telco", "ibm_telco/WA_Fn-UseC_-Telco-Customer-Churn.csv.gz", []string{"--label", "Churn", "--id", "customerID", "--family", "logistic"}, 0.848, 0.413, 0.134},
		{"mlc_churn", "mlc_churn/mlc_churn.csv.gz", []string{"--label", "churn", "--repeats", "3", "--params", sizes}, 0.916, 0.158, 0.036},
	} {
		args := append([]string{"fit", "--data", holdfasttest.Data(t, tc.file), "--out", a.path("m"), "--json"}, tc.args...)
		r := decode[fitted](t, a.must(t, args...).stdout)
		auc, loss, brier := r.CV["auc"].Mean, r.CV["log_loss"].Mean, r.CV["brier"].Mean
		t.Logf("%s: AUC %.4f, log loss %.4f, Brier %.4f, read and fitted in %.2f s", tc.name, auc, loss, brier, r.Fit)
		if auc < tc.auc || loss > tc.loss || brier > tc.brier {
			t.Errorf("%s: want at least %v, at most %v and %v", tc.name, tc.auc, tc.loss, tc.brier)
		}
	}
}

// Two columns of this table are a model's own answers, and one names the customer.
func TestAnswersAreLeftOut(t *testing.T) {
	t.Parallel()
	a := analyst{t.TempDir()}
	args := []string{
		"fit", "--data", holdfasttest.Data(t, "bankchurners/BankChurners.csv.gz"), "--label", "Attrition_Flag",
		"--positive", "Attrited Customer", "--params", a.write(t, "p.yaml", "{trees: 30, leaves: 15}"), "--folds", "2", "--out", a.path("m"), "--json",
	}
	run := a.must(t, args...)
	r := decode[fitted](t, run.stdout)
	out := 0
	var answer string
	for _, c := range r.Columns {
		if strings.HasPrefix(c.Name, "Naive_Bayes_Classifier_") {
			answer = c.Name
			if c.Role != "left out" || !strings.HasPrefix(c.Why, "alone it ranks with an AUC of ") {
				t.Errorf("%+v", c)
			}
			out++
		}
		if c.Name == "CLIENTNUM" && c.Role != "left out" {
			t.Errorf("%+v", c)
		}
	}
	if out != 2 || strings.Count(run.stderr, "holdfast: warning: column \"Naive_Bayes_Classifier_") != 2 || r.Features != 19 {
		t.Errorf("%d answers were found among %d features\n%s", out, r.Features, run.stderr)
	}
	if r.CV["auc"].Mean > 0.995 {
		t.Errorf("an AUC of %v without the answers", r.CV["auc"].Mean)
	}
	kept := decode[fitted](t, a.must(t, append(args, "--keep", answer)...).stdout)
	if kept.Features != 20 || kept.CV["auc"].Mean < 0.999 {
		t.Errorf("with an answer kept: %d features, AUC %v", kept.Features, kept.CV["auc"].Mean)
	}
}

// Every quarter of a policy carries the status it ended with.
func TestFinalStatusOnEveryRow(t *testing.T) {
	t.Parallel()
	a := analyst{t.TempDir()}
	r := a.must(t, "fit", "--data", holdfasttest.Data(t, "insurance_lapse/eusavingULnoPSperQtr.csv.gz"), "--label", "lapse.reason", "--id", "policy.ID",
		"--positive", "Surrender", "--params", a.write(t, "p.yaml", "{trees: 5}"), "--folds", "0", "--out", a.path("m"), "--json")
	for _, want := range []string{
		`holdfast: warning: the label "lapse.reason" has 3 values: "Surrender" means leaving, and "Claim" and "In force" count as staying`,
		`holdfast: warning: the label "lapse.reason" never changes within an id, though 21887 ids have 12.4 rows on average: it looks like the final status, written on every row`,
		`holdfast: warning: column "termination.date" is left out: alone it ranks with an AUC of 0.99`,
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("no %s in\n%s", want, r.stderr)
		}
	}
	if f := decode[fitted](t, r.stdout); f.Rows != 271_988 || len(f.CV) != 0 {
		t.Errorf("%d rows, %v", f.Rows, f.CV)
	}
}

// LightGBM's own models score here as LightGBM scored them, odd rows included.
func TestPredictWithLightGBM(t *testing.T) {
	t.Parallel()
	a := analyst{t.TempDir()}
	for _, name := range []string{"numeric", "missing", "zero_as_missing", "categorical"} {
		rows, err := os.ReadFile(holdfasttest.Data(t, "lightgbm/"+name+".rows.csv"))
		if err != nil {
			t.Fatal(err)
		}
		var head []string
		for j := range 8 {
			head = append(head, fmt.Sprintf("Column_%d", j))
		}
		data := a.write(t, name+".csv", strings.Join(head, ",")+"\n"+string(rows))
		a.must(t, "predict", "--model", holdfasttest.Data(t, "lightgbm/"+name+".model.txt"), "--data", data, "--out", a.path("p.csv"), "--reasons", "1")
		want, err := os.ReadFile(holdfasttest.Data(t, "lightgbm/"+name+".pred.csv"))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(strings.TrimSpace(a.read(t, "p.csv")), "\n")[1:]
		for i, line := range strings.Split(strings.TrimSpace(string(want)), "\n") {
			theirs, _ := strconv.ParseFloat(strings.Split(line, ",")[0], 64)
			ours, err := strconv.ParseFloat(strings.Split(got[i], ",")[1], 64)
			if err != nil || math.Abs(ours-theirs) > 1e-6 {
				t.Fatalf("%s, row %d: %v, LightGBM says %v (%v)", name, i, ours, theirs, err)
			}
		}
	}
}

// BenchmarkModelFit is the whole of a fit with its search, on the real tables.
func BenchmarkModelFit(b *testing.B) {
	for _, tc := range []struct {
		name, file string
		args       []string
	}{
		{"Telco", "ibm_telco/WA_Fn-UseC_-Telco-Customer-Churn.csv.gz", []string{"--label", "Churn", "--id", "customerID"}},
		{"mlc", "mlc_churn/mlc_churn.csv.gz", []string{"--label", "churn"}},
	} {
		b.Run(tc.name, func(b *testing.B) {
			for b.Loop() {
				var out strings.Builder
				args := append([]string{"--quiet", "--json", "model", "fit", "--repeats", "5", "--data", holdfasttest.Data(b, tc.file), "--out", filepath.Join(b.TempDir(), "m")}, tc.args...)
				if code := Main(b.Context(), Surroundings{Args: args, Stdout: &out, Stderr: os.Stderr, Now: time.Now}); code != 0 {
					b.Fatal(code)
				}
				r := decode[fitted](b, out.String())
				for _, m := range []string{"auc", "log_loss", "brier"} {
					b.ReportMetric(r.CV[m].Mean, m)
				}
			}
		})
	}
}
