package training

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/training/gbdt"
)

// Censored customers are followed through whole periods that are over, and through no
// other: counted one by one.
func TestYoungRowsArePeriodsThatAreOver(t *testing.T) {
	t.Parallel()
	cal := calendar{1, []float64{0, 10, 30, 50}}
	for until, over := range map[float64]int{9.9: 0, 10: 1, 29.9: 1, 30: 2, 49: 2, 50: 3, 90: 3} {
		if got := cal.over(until); got != over {
			t.Errorf("after %g days %d periods are over, want %d", until, got, over)
		}
	}
	s, _ := contracted(3, 200, cal)
	y, _ := contracted(4, 400, cal)
	y.Dates, y.Until = make([]time.Time, 2), []float64{30, 37}
	s.Young = y
	for i := range y.Date {
		y.Date[i] = i % 2
	}
	alone := personPeriods(cal, s.Where(func(int) bool { return true }))
	p := personPeriods(cal, s)
	row := alone.x.Rows
	for i := range y.Y {
		for k := 0; k < 2 && (y.Exit[i] == 0 || y.Exit[i] >= cal.starts[k]); k++ {
			inside := y.Exit[i] > 0 && y.Exit[i] < cal.starts[k+1]
			left, gone := inside && y.Y[i] == 1, inside && y.Y[i] == 0
			want := []float64{y.X.Row(i)[0], y.X.Row(i)[1] - cal.starts[k], y.X.Row(i)[2], float64(k)}
			if d := cmp.Diff(want, p.x.Row(row)); d != "" || (p.left[row] == 1) != left || (p.gone[row] == 1) != gone || p.stayed[row] == left {
				t.Fatalf("customer %d, period %d: left %v, gone %v; exit %v, left %v\n%s", i, k, p.left[row], p.gone[row], y.Exit[i], y.Y[i], d)
			}
			row++
		}
	}
	if row != p.x.Rows || row <= alone.x.Rows {
		t.Errorf("%d rows, want %d", p.x.Rows, row)
	}
}

// Most customers are seen for a part of the window only. Followed for as long as they
// were seen, the risks are the planted ones; taken for stayers they are far too low,
// and so are those of everybody seen whole when few are.
func TestCensoredRowsLeaveTheRiskUnbiased(t *testing.T) {
	t.Parallel()
	cfg := churn.Config{Kind: churn.Contract, LeadTimeDays: 10, HorizonDays: 60, Exits: []string{churn.Voluntary}}
	cal, sizes := newCalendar(cfg), gbdt.Options{Trees: 40, Leaves: 8, Rate: .1}
	s, _ := contracted(5, 2_000, cal)
	y, _ := contracted(7, 10_000, cal)
	y.Dates, y.Until = make([]time.Time, 1), []float64{cal.starts[2] + 3}
	negatives, _ := contracted(5, 2_000, cal)
	for i, at := range y.Exit {
		if at >= y.Until[0] { // what cannot be seen yet
			y.Y[i], y.Exit[i] = 0, 0
		}
		negatives.take(y, i)
	}
	s.Young = y
	test, truth := contracted(6, 4000, cal)
	want := 0.0
	for _, v := range truth {
		want += v / float64(len(truth))
	}
	bias := func(s *Sample) (mean, off float64) {
		m, err := fitHazard(context.Background(), cal, s, 1, sizes, sizes)
		if err != nil {
			t.Fatal(err)
		}
		p, err := scored(m, test)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p {
			mean += (p[i] - truth[i]) / float64(len(p))
			off += math.Abs(p[i]-truth[i]) / float64(len(p))
		}
		return mean, off
	}
	mean, off := bias(s)
	_, few := bias(s.Where(func(int) bool { return true }))
	as, _ := bias(negatives)
	t.Logf("true mean %.4f; censored: off by %+.4f, by customer %.4f (%.4f from the final rows alone); as stayers %+.4f", want, mean, off, few, as)
	if math.Abs(mean) > .012 || off > .03 {
		t.Errorf("censored rows: the mean risk is off by %+.4f of %.4f, each by %.4f", mean, want, off)
	}
	if off > few {
		t.Errorf("with the censored rows risks are off by %.4f, by %.4f without: they taught nothing", off, few)
	}
	if as > -.04 {
		t.Errorf("taken for stayers the mean risk is off by %+.4f only: the test sees nothing", as)
	}
}

// Whatever is cut, no more is known of an earlier instant than was: the rows of the
// past follow from later ones by forgetting.
func TestKnownByForgets(t *testing.T) {
	t.Parallel()
	cfg := churn.Config{Kind: churn.Contract, HorizonDays: 60, GraceDays: 5, Exits: []string{churn.Voluntary}}
	def, err := churn.New(cfg, history.Vocabulary{Kinds: []string{"other"}})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &Sample{Dates: Every(start, start.AddDate(0, 0, 150), 0, 10)}
	s.X.Schema = features.Schema{Columns: []features.Column{{Name: "x"}}}
	rng := stats.Stream(1)
	for i := range 3000 {
		exit := 90 * rng.Float64()
		r := kept{x: []float64{0}, household: int64(i), date: i % len(s.Dates), exit: exit}
		if exit >= 60 {
			r.exit = 0
		} else if exit > 10 {
			r.y = 1
		}
		s.add(r, 1)
	}
	at := start.AddDate(0, 0, 100)
	past := Judges{Churn: def, Candidates: []Candidate{{Young: true}}}.knownBy(s, at)
	for _, d := range past.Date {
		if s.Dates[d].AddDate(0, 0, 65).After(at) {
			t.Fatalf("the outcome of %s is not final on %s", s.Dates[d], at)
		}
	}
	seen, left := make(map[int]bool), 0
	for i, d := range past.Young.Date {
		seen[d] = true
		until := at.AddDate(0, 0, -5).Sub(s.Dates[d]).Hours() / 24
		if until < 30 || until >= 60 || past.Young.Until[d] != until || past.Young.Exit[i] >= until || (past.Young.Y[i] == 1) != (past.Young.Exit[i] > 10) {
			t.Fatalf("date %d, known for %g days: exit %g, left %g", d, until, past.Young.Exit[i], past.Young.Y[i])
		}
		left += int(past.Young.Y[i])
	}
	if len(seen) != 3 || left == 0 { // days 40, 50 and 60; day 30 is final, of day 70 no period is over
		t.Errorf("young dates %v, %d left", seen, left)
	}
	if plain := (Judges{Churn: def, Candidates: []Candidate{{}}}); plain.knownBy(s, at).Young != nil {
		t.Error("young rows where nobody learns from them")
	}
}

// Dates that have unlike many leavers so far get the share that final dates had by
// then.
func TestYoungDatesAreLevelled(t *testing.T) {
	t.Parallel()
	rows := func(n int, rate float64, exit float64) *Sample {
		s := &Sample{Dates: make([]time.Time, 1), Until: []float64{30}}
		for i := range n {
			r := kept{household: int64(i)}
			if float64(i) < rate*float64(n) {
				r.y, r.exit = 1, exit
			}
			s.add(r, 1)
		}
		return s
	}
	s := rows(10_000, .2, 10)
	late := rows(10_000, .1, 40)
	s.append(late)
	s.Exit = append(s.Exit, late.Exit...)
	s.Young = rows(10_000, .4, 10)
	if got, want := s.levelledYoung(s.W).BaseRate(), .1; math.Abs(got-want) > .002 {
		t.Errorf("of the young %.4f left, want %.4f, the share of the final rows that left within 30 days", got, want)
	}
	if y := (&Sample{}).levelledYoung(nil); y != nil {
		t.Error("young rows out of nothing")
	}
}
