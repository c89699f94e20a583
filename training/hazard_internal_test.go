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
	"holdfast/model"
)

func TestCalendar(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cfg  churn.Config
		want calendar
	}{
		"ninety days":     {churn.Config{HorizonDays: 90}, calendar{0, []float64{0, 30, 60, 90}}},
		"with lead":       {churn.Config{LeadTimeDays: 7, HorizonDays: 42}, calendar{1, []float64{0, 7, 49}}},
		"a week":          {churn.Config{HorizonDays: 7}, calendar{0, []float64{0, 7}}},
		"a year, in six":  {churn.Config{HorizonDays: 366}, calendar{0, []float64{0, 61, 122, 183, 244, 305, 366}}},
		"two and a third": {churn.Config{HorizonDays: 70}, calendar{0, []float64{0, 35, 70}}},
	} {
		got := newCalendar(c.cfg)
		if d := cmp.Diff(c.want, got, cmp.AllowUnexported(calendar{})); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	c := calendar{1, []float64{0, 7, 37, 67}}
	for days, want := range map[float64]int{1e-9: 0, 6.9: 0, 7: 1, 36.9: 1, 37: 2, 66.9: 2} {
		if got := c.at(days); got != want {
			t.Errorf("day %v falls in period %d, want %d", days, got, want)
		}
	}
}

// contracted is n customers with a steady taste x for leaving and z for another
// exit, ten days a period, whose contract renews in the second: the planted truth is
// one chance for each way and period.
func contracted(seed uint64, n int, cal calendar) (s *Sample, risk []float64) {
	rng := stats.Stream(seed)
	s = &Sample{Dates: make([]time.Time, 1)}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{
		{Name: "x", Concept: "x"},
		{Name: renewalColumn, Concept: "contract"},
		{Name: "z", Kind: features.Categorical, Concept: "z", Levels: []string{"other", "a", "b"}},
	}}
	for i := range n {
		x, renewal, z := float64(int(rng.Float64()*4)), math.Floor(rng.Float64()*60), float64(int(rng.Float64()*3))
		here, true1 := 1.0, 0.0
		y, exit := 0.0, 0.0
		for k := range cal.periods() {
			p, q := leaveChance(x, renewal-cal.starts[k]), []float64{.02, .1, .3}[int(z)]
			if k < cal.lead {
				p = 0
			}
			true1 += here * p
			here *= (1 - p) * (1 - q)
			at := cal.starts[k] + rng.Float64()*(cal.starts[k+1]-cal.starts[k])
			leaves, goes := rng.Float64() < p, rng.Float64() < q
			if exit == 0 && leaves {
				y, exit = 1, at
			} else if exit == 0 && goes {
				exit = at
			}
		}
		risk = append(risk, true1)
		s.add(kept{x: []float64{x, renewal, z}, y: y, exit: exit, customer: int64(i), household: int64(i)}, 1)
	}
	return s, risk
}

// leaveChance is large in the period before the renewal.
func leaveChance(x, daysToRenewal float64) float64 {
	if daysToRenewal >= 0 && daysToRenewal < 20 {
		return stats.Sigmoid(-2 + x/2)
	}
	return .01
}

// The rows of periods, against counting them one by one.
func TestPersonPeriods(t *testing.T) {
	t.Parallel()
	cal := calendar{1, []float64{0, 10, 30, 50}}
	s, _ := contracted(3, 300, cal)
	p := personPeriods(cal, s)
	row := 0
	for i := range s.Y {
		for k := 0; k < 3 && (s.Exit[i] == 0 || s.Exit[i] >= cal.starts[k]); k++ {
			x := p.x.Row(row)
			inside := s.Exit[i] > 0 && s.Exit[i] < cal.starts[k+1]
			want := []float64{s.X.Row(i)[0], s.X.Row(i)[1] - cal.starts[k], s.X.Row(i)[2], float64(k)}
			if d := cmp.Diff(want, x); d != "" {
				t.Fatalf("customer %d, period %d: %s", i, k, d)
			}
			left, gone := inside && s.Y[i] == 1, inside && s.Y[i] == 0
			if (p.left[row] == 1) != left || (p.gone[row] == 1) != gone || p.counts[row] != (k > 0) || p.stayed[row] == left || p.household[row] != s.Household[i] {
				t.Fatalf("customer %d, period %d: left %v, gone %v; exit %v, left %v", i, k, p.left[row], p.gone[row], s.Exit[i], s.Y[i])
			}
			row++
		}
	}
	if row != p.x.Rows || len(p.x.Data) != 4*row {
		t.Fatalf("%d rows, want %d", p.x.Rows, row)
	}
}

// The risk is the planted cumulative incidence, other exits and lead time
// included, and the periods' trees answer for plain rows as the trees of all
// periods do for rows moved on to the period.
func TestHazardFindsPlantedIncidence(t *testing.T) {
	t.Parallel()
	cfg := churn.Config{Kind: churn.Contract, LeadTimeDays: 10, HorizonDays: 60, Exits: []string{churn.Voluntary}}
	def, err := churn.New(cfg, history.Vocabulary{Kinds: []string{"other", "purchase"}})
	if err != nil {
		t.Fatal(err)
	}
	cal := newCalendar(cfg)
	s, _ := contracted(5, 12_000, cal)
	c := Default().hazard(def)
	m, err := c.Fit(context.Background(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	test, truth := contracted(6, 4000, cal)
	p, err := scored(m, test)
	if err != nil {
		t.Fatal(err)
	}
	var off, mean, want float64
	for i := range p {
		off += math.Abs(p[i]-truth[i]) / float64(len(p))
		mean, want = mean+p[i]/float64(len(p)), want+truth[i]/float64(len(p))
	}
	if off > .02 || math.Abs(mean-want) > .01 {
		t.Errorf("risks are off by %.4f on average; their mean is %.4f, of the truth %.4f", off, mean, want)
	}
	// Taken for stayers who might still leave, those who went another way would
	// not have lowered it.
	alone, here := 0.0, 1.0
	for k := cal.lead; k < cal.periods(); k++ {
		alone, here = alone+here*leaveChance(3, 15-cal.starts[k]), here*(1-leaveChance(3, 15-cal.starts[k]))
	}
	often, err := m.Probability([]float64{3, 15, 2})
	if err != nil || often > alone-.05 {
		t.Errorf("of those who often go another way %.3f leave, %.3f if nobody went (%v)", often, alone, err)
	}
	again, err := c.Refit(context.Background(), s.Where(func(i int) bool { return i%2 == 0 }), 2, m)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := m.Card().Settings, again.Card().Settings; len(a) == 0 || cmp.Diff(a, b) != "" {
		t.Errorf("fitted again, the sizes are others:\n%s", cmp.Diff(a, b))
	}
}

func TestTreesAtAPeriod(t *testing.T) {
	t.Parallel()
	cal := calendar{0, []float64{0, 20, 40, 60}}
	s, _ := contracted(8, 3000, cal)
	p := personPeriods(cal, s)
	all, err := Default().fitBoosted(context.Background(), &Sample{X: p.x, Y: p.left, W: p.w, Household: p.household}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for k := range cal.periods() {
		var at []*model.Model
		if err := p.add(&at, all, cal, k); err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			plain := s.X.Row(i)
			moved := []float64{plain[0], plain[1] - cal.starts[k], plain[2], float64(k)}
			want, errA := all.Margin(moved)
			got, errB := at[0].Margin(plain)
			if errA != nil || errB != nil || math.Abs(got-want) > 1e-12 {
				t.Fatalf("row %d in period %d: %v, want %v (%v, %v)", i, k, got, want, errB, errA)
			}
		}
	}
}

func TestHazardsCompeteOnlyWhereContractsEnd(t *testing.T) {
	t.Parallel()
	cfg := Default()
	cfg.Candidates = []string{NameLogistic, NameHazard}
	names := func(churned churn.Config) (out []string) {
		def, err := churn.New(churned, history.Vocabulary{Kinds: []string{"other", "purchase"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cfg.Candidate(def, time.Now) {
			out = append(out, c.Name)
		}
		return out
	}
	ends := churn.Config{Kind: churn.Contract, HorizonDays: 60, Exits: []string{churn.Voluntary}}
	if d := cmp.Diff([]string{NameLogistic, NameHazard}, names(ends)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{NameLogistic}, names(churn.Default())); d != "" {
		t.Error(d)
	}
}
