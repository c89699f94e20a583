package flat

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/internal/tabular"
)

// Rows of one group lie in one fold, and folds have as many leavers as can be.
func TestFolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 6).Draw(t, "k")
		rows := rapid.IntRange(4*k, 200).Draw(t, "rows")
		d := &Data{Y: make([]float64, rows)}
		grouped := rapid.Bool().Draw(t, "grouped")
		for i := range rows {
			if i%3 == 0 {
				d.Y[i] = 1
			}
			if grouped {
				d.Group = append(d.Group, int64(rapid.IntRange(0, rows/2).Draw(t, "group")))
			}
		}
		fold, err := d.folds(k, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			return // too few groups of a kind
		}
		of := map[int64]int{}
		left := make([]int, k)
		for i, f := range fold {
			left[f] += int(d.Y[i])
			if d.Group == nil {
				continue
			}
			if before, known := of[d.Group[i]]; known && before != f {
				t.Fatalf("group %d lies in folds %d and %d", d.Group[i], before, f)
			}
			of[d.Group[i]] = f
		}
		for f := range left {
			if !grouped && left[f] < (rows+2)/3/k {
				t.Fatalf("fold %d has %d leavers of %d in %d folds", f, left[f], (rows+2)/3, k)
			}
		}
	})
}

// What calibrates a fold knows nothing of the fold's own labels.
func TestCalibrationIsOutOfFold(t *testing.T) {
	t.Parallel()
	random := stats.Stream(1)
	const rows = 3000
	v := &validation{family: []string{Logistic, Boosted, Boosted}, fold: make([]int, rows), margin: make([]float64, rows), p: make([]float64, rows)}
	y := make([]float64, rows)
	for i := range rows {
		v.fold[i] = i % 3
		v.margin[i] = 3 * random.NormFloat64() // three times too sure of itself
		if random.Float64() < stats.Sigmoid(v.margin[i]/3) {
			y[i] = 1
		}
	}
	before := v.calibration(Boosted, 1, y)
	if slope := before.Line.Slope; math.Abs(slope-1.0/3) > 0.05 {
		t.Errorf("slope %v, want a third", slope)
	}
	flipped := make([]float64, rows)
	for i := range y {
		if flipped[i] = y[i]; v.fold[i] == 1 {
			flipped[i] = 1 - y[i]
		}
	}
	if diff := gocmp.Diff(before, v.calibration(Boosted, 1, flipped)); diff != "" {
		t.Errorf("the fold's own labels move its calibration:\n%s", diff)
	}
	for i := range y {
		if flipped[i] = y[i]; v.fold[i] == 0 {
			flipped[i] = 1 - y[i]
		}
	}
	if diff := gocmp.Diff(before, v.calibration(Boosted, 1, flipped)); diff != "" {
		t.Errorf("scores of another family move the calibration:\n%s", diff)
	}
	// Scores that rank the wrong way round are left as they are.
	for i := range y {
		y[i] = 1 - y[i]
	}
	if c := v.calibration(Boosted, 1, y); c.Kind != "" {
		t.Errorf("scores that rank the wrong way round are calibrated: %+v", c)
	}
}

func TestSpreads(t *testing.T) {
	t.Parallel()
	got := spreads([]Figures{{"auc": 0.8, "brier": 0.1}, {"auc": 0.9}, {"auc": 0.7, "brier": 0.2}})
	want := map[string]Spread{"auc": {Mean: 0.8, SD: 0.1}} // a fold has no Brier score
	if diff := gocmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Error(diff)
	}
}

// alone is the mean AUC over two halves of rates found in the other: the slow
// way, row by row.
func TestAloneIsTheSlowWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(100, 300).Draw(t, "rows")
		table := &tabular.Table{Rows: rows}
		c := tabular.TableColumn{Name: "c", Type: tabular.Words}
		values := rapid.IntRange(2, 12).Draw(t, "values")
		for k := range values {
			c.Words = append(c.Words, fmt.Sprint(k))
		}
		d := &Data{Y: make([]float64, rows)}
		for i := range rows {
			code := int32(rapid.IntRange(-1, values-1).Draw(t, "code"))
			c.Codes = append(c.Codes, code)
			if rapid.IntRange(0, values).Draw(t, "y") <= int(code) {
				d.Y[i] = 1
			}
		}
		x := newExaminer(d, table, nil, Roles{})
		got, want := x.alone(&c), slowAlone(x, &c)
		if math.Abs(got-want) > 1e-12 {
			t.Fatalf("%v, the slow way %v", got, want)
		}
	})
}

func slowAlone(x *examiner, c *tabular.TableColumn) float64 {
	var sum float64
	for _, judged := range []bool{false, true} {
		left, all := 0.0, 0.0
		of := map[int32][2]float64{}
		for k, row := range x.some {
			if x.half[k] != judged {
				n := of[c.Codes[row]]
				of[c.Codes[row]] = [2]float64{n[0] + x.d.Y[row], n[1] + 1}
				left, all = left+x.d.Y[row], all+1
			}
		}
		var y, score []float64
		leavers := 0.0
		for k, row := range x.some {
			if x.half[k] == judged {
				n := of[c.Codes[row]]
				y, score = append(y, x.d.Y[row]), append(score, (n[0]+left/all)/(n[1]+1))
				leavers += x.d.Y[row]
			}
		}
		if min(leavers, float64(len(y))-leavers) < fewestOfAKind/2 {
			return 0
		}
		auc, err := stats.AUC(y, score, nil)
		if err != nil {
			return 0
		}
		sum += auc
	}
	return sum / 2
}

// Copies of a row are found among rows that only look alike to the hash, and
// joined with the rows of their ids.
func TestCopiesAreKeptTogether(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	d := &Data{
		X: &features.Matrix{Schema: features.Schema{Columns: make([]features.Column, 2)}, Rows: 6, Data: []float64{1, nan, 2, 2, 1, nan, 1, nan, 3, 3, 2, 2}},
		Y: []float64{0, 1, 0, 1, 0, 1},
	}
	first, copies := d.copies()
	if diff := gocmp.Diff([]int{0, 1, 0, 3, 4, 1}, first); diff != "" || copies != 2 {
		t.Errorf("%d copies: %s", copies, diff)
	}
	groups := joined([]int64{10, 11, 12, 13, 12, 14}, first) // rows 2 and 4 have one id
	same := func(a, b int) bool { return groups[a] == groups[b] }
	if !same(0, 2) || !same(2, 4) || !same(1, 5) || same(0, 1) || same(0, 3) || same(1, 3) {
		t.Errorf("groups %v", groups)
	}
}

func TestSchemaColumns(t *testing.T) {
	t.Parallel()
	words := tabular.TableColumn{Name: "w", Type: tabular.Words, Words: []string{"z", "a", "m"}, Codes: []int32{0, 1, 1, 2, -1}}
	many := tabular.TableColumn{Name: "many", Type: tabular.Words}
	for i := range 1000 {
		many.Words = append(many.Words, fmt.Sprintf("w%04d", i))
		for range cmp.Compare(i, 499) + 2 { // the later half comes three times
			many.Codes = append(many.Codes, int32(i))
		}
	}
	if got := schemaColumn(&words).Levels; gocmp.Diff([]string{"other", "a", "m", "z"}, got) != "" {
		t.Errorf("levels %q", got)
	}
	if got := schemaColumn(&many).Levels; len(got) != mostLevels+1 || got[1] != "w0500" {
		t.Errorf("%d levels from %q on", len(got), got[1])
	}
	for name, tc := range map[string]struct {
		values []float64
		want   bool
	}{
		"an amount with a tail": {[]float64{1, 1, 2, 1, 3, 1, 2, 1, 1, 500}, true},
		"even":                  {[]float64{1, 2, 3, 4, 5}, false},
		"below zero":            {[]float64{-1, 1, 1, 2, 1, 1, 1, 1, 500}, false},
		"constant":              {[]float64{2, 2}, false},
		"missing":               {[]float64{math.NaN()}, false},
	} {
		if got := skewed(tc.values); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestLargeTables: of a table that is called large some rows compete, once, and
// the first fold's choices are those of all folds and of the model; progress only
// grows.
func TestLargeTables(t *testing.T) {
	t.Parallel()
	const rows = 1500
	d := &Data{X: &features.Matrix{Rows: rows, Schema: features.Schema{Columns: []features.Column{{Name: "a"}, {Name: "b"}}}}, Label: "left", Positive: "yes"}
	random := stats.Stream(11)
	for range rows {
		a, b, y := random.NormFloat64(), random.NormFloat64(), 0.0
		if a*b+0.3*random.NormFloat64() > 0.4 { // which only trees can see
			y = 1
			d.Left++
		}
		d.X.Data, d.Y = append(d.X.Data, a, b), append(d.Y, y)
	}
	share := 0.0
	f, err := Fit(t.Context(), d, Options{Folds: 3, Seed: 2, large: 400, Now: func() time.Time { return time.Time{} }, Progress: func(p Progress) {
		if p.Share < share || p.Share > 1 {
			t.Errorf("%s: %v of the fit is behind, after %v", p.Stage, p.Share, share)
		}
		share = p.Share
	}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Family != Boosted || f.Contest == nil || f.Contest.Rows < 300 || f.Contest.Rows > 500 || share != 1 {
		t.Errorf("family %s, contest %+v, progress ends at %v", f.Family, f.Contest, share)
	}
	how := strings.Join(f.Model.Card().Sentences, " ")
	if !strings.Contains(how, "The sizes of the trees were given.") {
		t.Errorf("the model of all rows does not take the first fold's choices: %s", how)
	}
	if auc := f.CV["auc"].Mean; auc < 0.9 {
		t.Errorf("AUC %.4f", auc)
	}
}
