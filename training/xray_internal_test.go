package training

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/internal/holdfasttest"
	"holdfast/internal/stats"
)

// rowsOf is a sample on two dates with these columns; the label follows the first.
func rowsOf(n int, names []string, value func(i, j int, y float64) float64) *Sample {
	s := &Sample{Embargo: 24 * time.Hour, Dates: []time.Time{time.Unix(0, 0).UTC(), time.Unix(0, 0).UTC().AddDate(0, 0, 1)}}
	s.X.Schema.Version = 1
	for _, name := range names {
		s.X.Schema.Columns = append(s.X.Schema.Columns, features.Column{Name: name, Concept: name})
	}
	for i := range n {
		for d := range s.Dates {
			y := 0.0
			if stats.HashUniform(3, uint64(i)) < .3 {
				y = 1
			}
			row := make([]float64, len(names))
			for j := range row {
				row[j] = value(i, j, y)
			}
			s.add(kept{x: row, y: y, customer: int64(i), household: int64(i), date: d}, 1)
		}
	}
	return s
}

func xrayed(t *testing.T, s *Sample) []string {
	t.Helper()
	train, test := s.On(0), s.On(1)
	test.Dates, test.Date = s.Dates[1:], make([]int, test.Rows())
	leaks, err := XRay(context.Background(), train, test, 1)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range leaks {
		out = append(out, l.Feature)
		if !strings.HasSuffix(l.Says, ".") {
			t.Error(l.Says)
		}
	}
	return out
}

func TestXRay(t *testing.T) {
	t.Parallel()
	noise := func(i, j int) float64 { return stats.HashUniform(uint64(j), uint64(i)) }
	for name, c := range map[string]struct {
		columns []string
		value   func(i, j int, y float64) float64
		want    []string
	}{
		"honest": {[]string{"silence", "cancelled_orders"}, func(i, j int, y float64) float64 { return noise(i, j) + .4*y*float64(1-j) }, nil},
		"knows":  {[]string{"silence", "note"}, func(i, j int, y float64) float64 { return noise(i, j) + .4*y + .4*y*float64(j) }, []string{"note"}},
		"missing tells": {[]string{"silence", "note"}, func(i, j int, y float64) float64 {
			if j == 1 && (y == 1 || noise(i, 5) < .03) {
				return math.NaN()
			}
			return noise(i, j) + .3*y
		}, []string{"note"}},
		"process": {[]string{"silence", "cancel_calls"}, func(i, j int, y float64) float64 { return noise(i, j) + .5*y }, []string{"cancel_calls"}},
		"identifier": {[]string{"silence", "number"}, func(i, j int, y float64) float64 {
			if j == 1 {
				return float64(7 * i)
			}
			return noise(i, j) + .4*y
		}, []string{"number"}},
	} {
		if got := xrayed(t, rowsOf(600, c.columns, c.value)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A note that appears when they leave: the same customers cannot be told apart
// by their rows of an outcome's length before.
func TestXRayJump(t *testing.T) {
	t.Parallel()
	s := rowsOf(800, []string{"note"}, func(i, _ int, y float64) float64 { return stats.HashUniform(8, uint64(i)) + .6*y })
	train, test := s.On(1), s.On(1)
	test.Dates = s.Dates[1:]
	f, err := FitCalibrated(context.Background(), Candidate{Name: "logistic", Fit: fitSmall}, train, 1)
	if err != nil {
		t.Fatal(err)
	}
	before := s.On(0)
	for i := range before.X.Data {
		before.X.Data[i] = stats.HashUniform(9, uint64(i))
	}
	leaks, err := jumps(before, test, f)
	if err != nil {
		t.Fatal(err)
	}
	if len(leaks) != 1 || !strings.Contains(leaks[0].Says, "something appears only when they leave") {
		t.Errorf("%+v", leaks)
	}
}

// The bank's table has two columns that a classifier made of the outcome, which
// thousands have trained on (Kaggle, BankChurners).
func TestXRayOfBankChurners(t *testing.T) {
	t.Parallel()
	head, rows := holdfasttest.Records(t, "bankchurners/BankChurners.csv.gz")
	var names []string
	var at []int
	for j, name := range head {
		if _, err := strconv.ParseFloat(rows[0][j], 64); err == nil {
			names, at = append(names, strings.ToLower(name)), append(at, j)
		}
	}
	s := rowsOf(len(rows), names, func(i, j int, _ float64) float64 {
		v, _ := strconv.ParseFloat(rows[i][at[j]], 64)
		return v
	})
	label := slices.Index(head, "Attrition_Flag")
	for i := range s.Y {
		s.Y[i] = 0
		if rows[s.Customer[i]][label] == "Attrited Customer" {
			s.Y[i] = 1
		}
	}
	got := xrayed(t, s)
	if len(got) != 2 || !strings.HasPrefix(got[0], "naive_bayes_classifier") || !strings.HasPrefix(got[1], "naive_bayes_classifier") {
		t.Errorf("%q, want the two columns of the classifier", got)
	}
}

// Another family replaces the one in office only when it is surely better.
func TestElect(t *testing.T) {
	t.Parallel()
	s := rowsOf(900, []string{"x"}, func(int, int, float64) float64 { return 0 }).On(0)
	p := func(signal float64, seed uint64) []float64 {
		out := make([]float64, s.Rows())
		for i := range out {
			out[i] = stats.Sigmoid(-.9 + signal*(s.Y[i]-.3) + .2*(stats.HashUniform(seed, uint64(i))-.5))
		}
		return out
	}
	trial := func(name string, p []float64) Trial {
		loss := 0.0
		for i := range p {
			loss += logLoss(s.Y[i], p[i]) / float64(len(p))
		}
		return Trial{Candidate: name, Metrics: Metrics{LogLoss: loss}, probabilities: p}
	}
	for name, c := range map[string]struct {
		champion string
		a, b     []float64
		want     int
		stays    bool
	}{
		"nobody in office":          {"", p(1, 1), p(1.2, 2), 1, false},
		"the best is in":            {"b", p(1, 1), p(1.2, 2), 1, false},
		"surely better":             {"a", p(1, 1), p(2, 2), 1, false},
		"better by chance":          {"a", p(1, 1), p(1.0005, 2), 0, true},
		"the old family is no more": {"c", p(1, 1), p(1.2, 2), 1, false},
	} {
		d := TestDate{test: s, Trials: []Trial{trial("a", c.a), trial("b", c.b)}}
		if name == "better by chance" && d.Trials[1].Metrics.LogLoss >= d.Trials[0].Metrics.LogLoss {
			d.Trials[0], d.Trials[1] = trial("a", c.b), trial("b", c.a)
		}
		best, stays, err := d.elect(c.champion, 1)
		if err != nil || best != c.want || (stays != "") != c.stays {
			t.Errorf("%s: trial %d, %q, %v", name, best, stays, err)
		}
	}
}

func TestBestAlone(t *testing.T) {
	t.Parallel()
	s := rowsOf(400, []string{"a", "b", "c"}, func(i, j int, y float64) float64 { return stats.HashUniform(uint64(j), uint64(i)) + float64(j)*.2*y })
	s.X.Schema.Columns[1].Concept = "c" // the better one of a concept stands for it
	keep, err := bestAlone(s, 2)
	if err != nil || !slices.Equal(keep, []bool{true, false, true}) {
		t.Errorf("%v, %v", keep, err)
	}
}
