package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/internal/stats"
	"holdfast/internal/tabular"
)

// analyst is somebody with a folder of tables and no configuration.
type analyst struct{ dir string }

func (a analyst) path(name string) string { return filepath.Join(a.dir, name) }

func (a analyst) write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(a.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return a.path(name)
}

func (analyst) run(t *testing.T, args ...string) result {
	t.Helper()
	return holdfast(t, time.Now, nil, "", append([]string{"--quiet", "model"}, args...)...)
}

// must runs a command that has to end well, and returns how it did.
func (a analyst) must(t *testing.T, args ...string) result {
	t.Helper()
	r := a.run(t, args...)
	if r.code != 0 {
		t.Fatalf("holdfast model %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r
}

// files lists what is in the analyst's folder.
func (a analyst) files(t *testing.T) string {
	t.Helper()
	list, err := os.ReadDir(a.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range list {
		names = append(names, f.Name())
	}
	return strings.Join(names, " ")
}

// small is a table of so many customers whose risk rises with visits missed.
func small(rows int) string {
	random := stats.Stream(11)
	var text strings.Builder
	text.WriteString("customer,missed,plan,spend,churn\n")
	for i := range rows {
		missed, plan := random.IntN(12), []string{"basic", "plus", "family"}[random.IntN(3)]
		margin := float64(missed)/3 - 3
		if plan == "basic" {
			margin++
		}
		left := "No"
		if random.Float64() < stats.Sigmoid(margin) {
			left = "Yes"
		}
		fmt.Fprintf(&text, "C%04d,%d,%s,%.2f,%s\n", i, missed, plan, 100*random.Float64(), left)
	}
	return text.String()
}

// fitted is what a fit prints that tests look at.
type fitted struct {
	Rows, Left, Features, Threads int
	Family, ID                    string
	Warnings                      []string
	Columns                       []struct{ Name, Type, Role, Why string }
	CV                            map[string]struct{ Mean, SD float64 }
	Settings                      map[string]string
	Sentences                     []string
	Budget                        float64 `json:"budget_seconds"`
	Fit                           float64 `json:"fit_seconds"`
	Predict                       float64 `json:"predict_seconds"`
	Peak                          int64   `json:"peak_memory_bytes"`
}

// From a table to a model, its card, predictions with reasons, and figures on
// another table; twice the same bytes.
func TestModelOfATable(t *testing.T) {
	t.Parallel()
	a := analyst{t.TempDir()}
	data := a.write(t, "t.csv", small(900))
	args := []string{"fit", "--folds", "3", "--data", data, "--label", "churn", "--id", "customer", "--json", "--out"}
	r := decode[fitted](t, a.must(t, append(args, a.path("m"))...).stdout)
	if r.Rows != 900 || r.Features != 3 || len(r.CV) != 9 || r.CV["auc"].Mean < 0.7 || r.CV["auc"].SD == 0 || len(r.ID) != 16 || len(r.Columns) != 5 {
		t.Errorf("%+v", r)
	}
	if r.Fit <= 0 || r.Predict <= 0 || r.Peak < 1<<20 || r.Threads < 1 {
		t.Errorf("seconds %v and %v, %d bytes, %d threads", r.Fit, r.Predict, r.Peak, r.Threads)
	}
	a.must(t, append(args, a.path("again"))...)
	if a.read(t, "m") != a.read(t, "again") {
		t.Error("two fits of one table differ")
	}
	if !strings.Contains(a.read(t, "m.html"), "Model card: m") {
		t.Error("the card is not there")
	}

	a.must(t, "predict", "--model", a.path("m"), "--data", data, "--out", a.path("p.csv"), "--reasons", "2")
	p, err := csv.NewReader(strings.NewReader(a.read(t, "p.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p[0], ","); got != "id,probability,reason_1,value_1,contribution_1,reason_2,value_2,contribution_2" || len(p) != 901 {
		t.Errorf("%d lines under %s", len(p), got)
	}
	for i, row := range p[1:] {
		v, err := strconv.ParseFloat(row[1], 64)
		one, _ := strconv.ParseFloat(row[4], 64)
		two, _ := strconv.ParseFloat(row[7], 64)
		if err != nil || !(v > 0 && v < 1) || row[0] != fmt.Sprintf("C%04d", i) || math.Abs(one) < math.Abs(two) || two == 0 {
			t.Fatalf("row %d is %v", i, row)
		}
	}
	a.must(t, "predict", "--model", a.path("m"), "--data", data, "--out", a.path("p.parquet"), "--reasons", "2")
	table, err := tabular.ReadTable(t.Context(), a.path("p.parquet"), tabular.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []int{0, 17, 899} {
		if id, v := table.Column("id").Text(row), table.Column("probability").Text(row); id != p[row+1][0] || !strings.HasPrefix(v, p[row+1][1][:6]) {
			t.Errorf("row %d of the Parquet file is %s, %s; of the CSV %v", row, id, v, p[row+1])
		}
	}

	other := a.write(t, "other.csv", strings.ReplaceAll(small(2000), ",family,", ",flat,"))
	judged := a.must(t, "evaluate", "--model", a.path("m"), "--data", other, "--label", "churn", "--json")
	e := decode[evaluateResult](t, judged.stdout)
	if e.Rows != 2000 || len(e.Metrics) != 9 || math.Abs(e.Metrics["auc"]-r.CV["auc"].Mean) > 0.06 || len(e.Warnings) != 1 {
		t.Errorf("%+v", e)
	}
	if want := `holdfast: warning: column "plan": `; !strings.HasPrefix(judged.stderr, want) || !strings.Contains(judged.stderr, "the model has not seen; they count as other") {
		t.Errorf("stderr %s, want %s", judged.stderr, want)
	}
	if r := a.must(t, "evaluate", "--model", a.path("m"), "--data", data, "--label", "churn"); !strings.Contains(r.stderr, "was fitted to this very table") {
		t.Errorf("nothing is said about judging a model on its own table: %s", r.stderr)
	}
}

func (a analyst) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(a.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The number of processors changes nothing.
func TestModelIsTheSameForAnyThreads(t *testing.T) {
	a := analyst{t.TempDir()}
	data := a.write(t, "t.csv", small(600))
	params := a.write(t, "p.yaml", "trees: 20\nleaves: 7\nrate: 0.1\n")
	for _, threads := range []string{"1", "2", "8"} {
		a.must(t, "fit", "--data", data, "--label", "churn", "--params", params, "--threads", threads, "--folds", "3", "--out", a.path("m"+threads))
	}
	if a.read(t, "m1") != a.read(t, "m2") || a.read(t, "m1") != a.read(t, "m8") {
		t.Error("1, 2 and 8 threads give different models")
	}
}

// Tables that no model can be made of: exit code 3, one sentence, nothing written.
// TestBudget: a budget that ends the search gives the same model for any number of
// threads, and the result says what ended.
func TestBudget(t *testing.T) {
	t.Parallel()
	a := analyst{t.TempDir()}
	data := a.write(t, "t.csv", small(1500))
	fit := func(more ...string) fitted {
		return decode[fitted](t, a.must(t, append([]string{"fit", "--data", data, "--label", "churn", "--family", "boosted", "--folds", "0", "--json"}, more...)...).stdout)
	}
	r := fit("--budget", "30ms", "--threads", "1", "--out", a.path("m1"))
	if said := strings.Join(r.Sentences, " "); r.Budget != 0.03 || !strings.Contains(said, "of processor time ended the search") {
		t.Errorf("a budget of %v s, and the card says %q", r.Budget, said)
	}
	fit("--budget", "30ms", "--threads", "8", "--out", a.path("m8"))
	if a.read(t, "m1") != a.read(t, "m8") {
		t.Error("within a budget 1 and 8 threads give different models")
	}
	if r := fit("--out", a.path("m")); strings.Contains(strings.Join(r.Sentences, " "), "ended") || r.Budget != 600 {
		t.Errorf("the usual budget of %v s ends the search of a small table: %q", r.Budget, r.Sentences)
	}
	refuses(t, a.run(t, "fit", "--data", data, "--label", "churn", "--budget", "-1s", "--out", a.path("none")), 2, "--budget is -1s: give a time such as 10m, or 0 for no limit")
}

func TestBadTables(t *testing.T) {
	t.Parallel()
	const finite = "is not a finite number; correct it, leave the cell empty, or name it with --missing if it means a missing value"
	for name, tc := range map[string]struct{ text, want string }{
		"empty":               {"", "FILE is empty; expected a header row with the names of the columns"},
		"no rows":             {"x,churn\n", "FILE has no rows; check the export that makes it"},
		"a column twice":      {"x,x,churn\n1,2,Yes\n", `FILE has column "x" twice; rename one of them`},
		"three values":        {"x,churn\n1,Yes\n2,No\n3,Maybe\n", `FILE, column "churn": the label has 3 values ("Yes", "No" and "Maybe") and needs two; name the one that means leaving with --positive, and all others count as staying`},
		"a missing label":     {"x,churn\n1,Yes\n2,\n3,No\n", `FILE line 3, column "churn": the label is missing here and in 1 of 3 rows in all; fill it in or leave those rows out`},
		"nobody left":         {"x,churn\n1,No\n2,No\n", `FILE, column "churn": all 2 rows are "No"; a model needs rows of customers who left and of customers who stayed`},
		"infinity":            {"x,churn\n1,No\ninf,Yes\n", `FILE line 3, column "x": "inf" ` + finite},
		"NaN":                 {"x,churn\nNaN,No\n2,Yes\n", `FILE line 2, column "x": "NaN" ` + finite},
		"a stray word":        {"x,churn\n" + strings.Repeat("1,No\n2,Yes\n", 20) + "two,No\n", `FILE line 42, column "x": "two" is not a number, and 40 of the column's 41 values are; correct it, name it with --missing "two" if it means a missing value, or read the column as text with --text "x"`},
		"a short row":         {"x,churn\n1,No\n2\n", `FILE line 3: has 1 cells where the file has 2 columns: "2"`},
		"a quote never ended": {"x,churn\n1,\"No\n", "FILE line 2: the quote opened here is never closed; close it, or double it if it is part of the text"},
		"too few":             {"x,churn\n1,No\n2,Yes\n3,No\n", "FILE: cross-validate: 1 customers left and 2 stayed: cross-validation in 5 folds takes at least 5 of each; give more rows, fewer --folds, or --folds 0 for a model without figures"},
		"nothing to learn":    {"x,churn\n1,No\n1,Yes\n", `FILE has no column left to learn from: of its 2 columns all are label, id or left out`},
		"UTF-16":              {"\xff\xfex\x00", "FILE is UTF-16; save it as UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := analyst{t.TempDir()}
			path := a.write(t, "t.csv", tc.text)
			refuses(t, a.run(t, "fit", "--data", path, "--label", "churn", "--out", a.path("m")), 3, strings.ReplaceAll(tc.want, "FILE", path))
			if left := a.files(t); left != "t.csv" {
				t.Errorf("there is %s", left)
			}
		})
	}
}

// Models that cannot be read and tables that do not fit them: exit code 3,
// nothing written.
func TestBadModels(t *testing.T) {
	t.Parallel()
	a := analyst{t.TempDir()}
	data := a.write(t, "t.csv", small(300))
	a.must(t, "fit", "--data", data, "--label", "churn", "--id", "customer", "--family", "logistic", "--folds", "0", "--out", a.path("m"))
	whole := a.read(t, "m")
	flipped := []byte(whole)
	flipped[len(flipped)/2] ^= 4
	short := a.write(t, "short", whole[:len(whole)-10])
	for name, tc := range map[string]struct{ model, data, want string }{
		"cut short":              {short, data, fmt.Sprintf("%s: the model file is cut short: %d of %d bytes are there: copy it again from where it was made", short, len(whole)-10, len(whole))},
		"one bit":                {a.write(t, "bit", string(flipped)), data, a.path("bit") + ": the model file is damaged: its checksum does not match: copy it again from where it was made"},
		"no model":               {data, data, data + ": this is not a model file: it does not begin with HOLDFAST"},
		"not there":              {a.path("none"), data, a.path("none") + " is not there; check the path of the model"},
		"an unknown LightGBM":    {a.write(t, "lgb", "tree\nversion=v9\n"), data, a.path("lgb") + ": read a LightGBM model: "},
		"a column is gone":       {a.path("m"), a.write(t, "gone.csv", "customer,missed,plan\nA,1,plus\n"), a.path("gone.csv") + ` has no column "spend"; the columns are: customer, missed, plan`},
		"a word for a number":    {a.path("m"), a.write(t, "word.csv", "customer,missed,plan,spend\nA,1,plus,2\nB,often,plus,2\n"), a.path("word.csv") + ` line 3, column "missed": "often" is not a number`},
		"the table is not there": {a.path("m"), a.path("none.csv"), a.path("none.csv") + " is not there; check the path of the file"},
	} {
		r := a.run(t, "predict", "--model", tc.model, "--data", tc.data, "--out", a.path("p.csv"))
		if r.code != 3 || r.stdout != "" || !strings.HasPrefix(r.stderr, "holdfast: "+tc.want) || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d\n got %swant holdfast: %s", name, r.code, r.stderr, tc.want)
		}
		if _, err := os.Stat(a.path("p.csv")); err == nil {
			t.Errorf("%s: predictions are written", name)
		}
	}
}

// Wrong use: exit code 2, nothing written.
func TestWrongUseOfTables(t *testing.T) {
	t.Parallel()
	a := analyst{t.TempDir()}
	data := a.write(t, "t.csv", "x,y,churn\n1,2,gone\n2,3,here\n3,4,gone\n")
	bad := a.write(t, "bad.yaml", "tres: 10\n")
	before := a.files(t)
	const columns = "the columns are: x, y, churn"
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{}, "--label is needed: see --help"},
		{[]string{"--label", "left"}, data + ` has no column "left" for --label; ` + columns},
		{[]string{"--label", "churn"}, data + `, column "churn" is "gone" and "here": name the value that means leaving with --positive`},
		{[]string{"--label", "churn", "--id", "key"}, data + ` has no column "key" for --id; ` + columns},
		{[]string{"--label", "churn", "--id", "churn"}, `column "churn" cannot be both --id and --label`},
		{[]string{"--label", "churn", "--keep", "z"}, data + ` has no column "z" for --keep; ` + columns},
		{[]string{"--label", "churn", "--text", "z"}, data + ` has no column "z" for --text`},
		{[]string{"--label", "churn", "--threads", "-1"}, "--threads is -1: give at least 1, or 0 for all processors"},
		{[]string{"--label", "churn", "--params", bad}, bad + `:1:1: there is no key "tres"; the keys are family, trees, leaves, rate, depth, min_rows, min_hessian, l1, l2, min_gain, row_share, column_share, monotone`},
		{[]string{"--label", "churn", "--params", a.path("none.yaml")}, a.path("none.yaml") + " is not there; check the path of the file"},
		{[]string{"--label", "churn", "--positive", "gone", "--family", "forest"}, `there is no family "forest"; give boosted or logistic`},
		{[]string{"--label", "churn", "--delimiter", "x"}, `delimiter "x" is not known; use ",", ";", "|", "tab" or "blanks"`},
	} {
		refuses(t, a.run(t, append([]string{"fit", "--data", data, "--out", a.path("m")}, tc.args...)...), 2, tc.want)
	}
	for out, want := range map[string]string{
		a.path("no/m"): "cannot write " + a.path("no/m") + ": there is no folder " + a.path("no"),
		a.dir:          "cannot write " + a.dir + ": it is a folder",
		data:           "cannot write " + data + ": it is read as input; choose another name",
	} {
		refuses(t, a.run(t, "fit", "--data", data, "--label", "churn", "--positive", "gone", "--out", out), 2, want)
	}
	if after := a.files(t); after != before {
		t.Errorf("there is %s", after)
	}
}
