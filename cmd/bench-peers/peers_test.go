package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/features"
)

// TestTable: the same seed gives the same files, the shares are as told, and
// what is read is what was made.
func TestTable(t *testing.T) {
	t.Parallel()
	a, b := tableFiles{t.TempDir()}, tableFiles{t.TempDir()}
	for _, f := range []tableFiles{a, b} {
		if err := f.write(3, 20_000, 500); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []string{"train", "test"} {
		one, err := os.ReadFile(a.x(part))
		if err != nil {
			t.Fatal(err)
		}
		two, err := os.ReadFile(b.x(part))
		if err != nil {
			t.Fatal(err)
		}
		if string(one) != string(two) {
			t.Errorf("the %s rows differ with the same seed", part)
		}
	}
	x, y, err := a.read("train", true)
	if err != nil {
		t.Fatal(err)
	}
	left, missing := 0.0, 0.0
	for i, v := range y {
		left += v / float64(len(y))
		for j, c := range x.Schema.Columns {
			v := x.Row(i)[j]
			if math.IsNaN(v) {
				missing++
			} else if c.Kind == features.Categorical && (v < 1 || v >= float64(len(c.Levels)) || v != math.Floor(v)) {
				t.Fatalf("row %d has level %v in column %d", i, v, j)
			}
		}
	}
	if left < 0.10 || left > 0.14 {
		t.Errorf("%.3f of the rows are positive, want about .12", left)
	}
	if share := missing / float64(len(x.Data)); share < 0.02 || share > 0.06 {
		t.Errorf("%.3f of the numbers are missing", share)
	}
}

// TestComparison runs a tiny comparison from end to end, twice: the second time
// there is nothing left to do.
func TestComparison(t *testing.T) {
	t.Parallel()
	p := plan{python: "/usr/bin/python3", results: filepath.Join(t.TempDir(), "done.jsonl"), rows: 2000, seeds: 1, quick: true}
	dir := t.TempDir()
	script := filepath.Join(dir, "peers.py")
	if err := os.WriteFile(script, peersPy, 0o600); err != nil {
		t.Fatal(err)
	}
	versions, err := p.versions(context.Background(), script)
	if err != nil {
		if strings.Contains(os.Getenv("HOLDFAST_REQUIRE"), "peers") {
			t.Fatal(err)
		}
		t.Skip("left out:", err)
	}
	e := entry{contest: p.heats()[0].contest, Library: "xgboost", Seed: 1, Held: 500}
	if err := e.do(context.Background(), p.python, dir, script); err != nil {
		t.Fatal(err)
	}
	if !(e.CPU > 0 && e.Wall > 0 && e.Predict > 0 && e.AUC > 0.6 && e.LogLoss < 0.4) {
		t.Errorf("XGBoost reached %+v, AUC %v, log loss %v", e.result, e.AUC, e.LogLoss)
	}
	if err := keep(p.results, e); err != nil {
		t.Fatal(err)
	}
	done, err := readResults(p.results)
	if err != nil || !isDone(done, e) {
		t.Fatalf("kept %+v, read %+v, %v", e, done, err)
	}
	text := report(done, "a machine", versions)
	if !strings.Contains(text, "| 2000 rows, 40 rounds, 1 threads, numbers | – | ") {
		t.Errorf("the report says\n%s", text)
	}
}

// TestOurs does a job as the subprocess does.
func TestOurs(t *testing.T) {
	t.Parallel()
	table := tableFiles{t.TempDir()}
	if err := table.write(1, 3000, 500); err != nil {
		t.Fatal(err)
	}
	x, y, err := table.read("train", true)
	if err != nil {
		t.Fatal(err)
	}
	e := entry{contest: contest{Rows: 3000, Rounds: 20, Threads: 1, Native: true}}
	p, err := e.fit(context.Background(), job{Rounds: 20, Leaves: 7, Threads: 1, Shap: 3, Passes: 2}, x, y, x)
	if err != nil || len(p) != 3000 {
		t.Fatal(len(p), err)
	}
	if !(e.CPU > 0 && e.Memory > 0 && e.Predict > 0 && e.Shap > 0 && e.Tables > 0) {
		t.Errorf("measured %+v", e.result)
	}
}

// TestReplaceSection: other sections stay as they are.
func TestReplaceSection(t *testing.T) {
	t.Parallel()
	first := replaceSection("", "one\n")
	if first != "# Benchmarks\n\n"+sectionBegins+"\none\n"+sectionEnds+"\n" {
		t.Errorf("a new document is %q", first)
	}
	second := replaceSection(first+"## Other\n", "two\n")
	if second != "# Benchmarks\n\n"+sectionBegins+"\ntwo\n"+sectionEnds+"\n## Other\n" {
		t.Errorf("the document became %q", second)
	}
	if added := replaceSection("# Benchmarks\n\n## Other\n", "one\n"); !strings.HasPrefix(added, "# Benchmarks\n\n## Other\n"+sectionBegins) {
		t.Errorf("the document became %q", added)
	}
}
