package interventions

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
)

// minutesOnly bounds so many treatments by the agents' minutes alone.
func minutesOnly(treatments int, amount float64) []restriction {
	per := make([]float64, treatments)
	for i := range per {
		per[i] = 1
	}
	return []restriction{{Limit{Kind: LimitMinutes, Amount: amount}, per}}
}

// The multiple-choice knapsack of the published exercise: five customers, arms
// A (cost 2) and B (cost 6), budget 12. The optimum, found by enumeration, is
// 43 at cost 12 with arms (A, A, B, A, none); the bound of the relaxed problem
// is 43.3333 at a price of 2.33333.
func TestKnapsackVector(t *testing.T) {
	t.Parallel()
	values := [][2]float32{{12, 20}, {9, 10}, {3, 14}, {8, 9}, {5, 6}}
	var cands []Candidate
	for i, v := range values {
		h := history.HouseholdID(i + 1)
		cands = append(cands, Candidate{Customer: history.CustomerID(h), Household: h, Worth: v[0], Minutes: 2, Treatment: 0},
			Candidate{Customer: history.CustomerID(h), Household: h, Worth: v[1], Minutes: 6, Treatment: 1})
	}
	pr := newProblem(cands, len(cands), minutesOnly(2, 12))
	s := pr.solve()
	var arms []int
	for _, c := range s.pick {
		if c < 0 {
			arms = append(arms, -1)
			continue
		}
		arms = append(arms, int(cands[c].Treatment))
	}
	if diff := cmp.Diff([]int{0, 0, 1, 0, -1}, arms); diff != "" || pr.total(s) != 43 || s.used[0] != 12 {
		t.Errorf("worth %v at cost %v, arms (-want +got):\n%s", pr.total(s), s.used[0], diff)
	}
	if math.Abs(s.prices[0]-7.0/3) > 1e-6 || math.Abs(s.bound-130.0/3) > 1e-4 {
		t.Errorf("the price is %v and the bound %v, want 2.33333 and 43.3333", s.prices[0], s.bound)
	}
	for price, want := range map[float64][2]float64{2: {48, 14}, 2.5: {29, 6}} {
		worth, cost := 0.0, 0.0
		tariff := pr.tariff([]float64{price})
		for h := range pr.households() {
			if c, _ := pr.best(h, &tariff); c >= 0 {
				worth, cost = worth+float64(cands[c].Worth), cost+pr.weight(c)
			}
		}
		if worth != want[0] || cost != want[1] {
			t.Errorf("at a price of %v: worth %v at cost %v, want %v", price, worth, cost, want)
		}
	}
}

// drawProblem makes a problem of every kind of limit: minutes, a skill, a
// budget, quotas, and now and then tight ones.
func drawProblem(t *rapid.T, households int) *problem {
	minutes := []float32{float32(rapid.IntRange(1, 12).Draw(t, "call")), float32(rapid.IntRange(1, 12).Draw(t, "skilled")), 0, 0}
	release := rapid.SampledFrom([]float64{1, .7, .5}).Draw(t, "release")
	limits := []restriction{
		{Limit{Kind: LimitMinutes, Amount: float64(rapid.IntRange(0, 4*households).Draw(t, "minutes"))}, []float64{release, release, 1, 1}},
		{Limit{Kind: LimitSkill, Amount: float64(rapid.IntRange(0, 2*households).Draw(t, "skill"))}, []float64{0, release, 0, 0}},
		{Limit{Kind: LimitBudget, Amount: float64(rapid.IntRange(0, 100*households).Draw(t, "budget"))}, []float64{75, 0, 300, 0}},
		{Limit{Kind: LimitQuota, Amount: float64(rapid.IntRange(0, 1+households/3).Draw(t, "quota"))}, []float64{0, 0, 0, 1}},
		{Limit{Kind: LimitChannel, Amount: float64(rapid.IntRange(0, 1+households/2).Draw(t, "letters"))}, []float64{0, 0, 1, 1}},
	}
	limits = append(limits[:1], rapid.Permutation(limits[1:]).Draw(t, "limits")[:rapid.IntRange(0, 4).Draw(t, "n")]...)
	cands := worths(rapid.Uint64().Draw(t, "seed"), households, minutes)
	return newProblem(cands, len(cands), limits)
}

// worths are candidates of every household, each treatment in two thirds of
// them, worth whole sums so that many tie.
func worths(seed uint64, households int, minutes []float32) []Candidate {
	r := rand.New(rand.NewPCG(seed, 1))
	var cands []Candidate
	for h := range households {
		for tr := range minutes {
			if r.IntN(3) > 0 {
				cands = append(cands, Candidate{
					Customer: history.CustomerID(h + 1), Household: history.HouseholdID(h + 1), Treatment: uint8(tr),
					Minutes: minutes[tr], Worth: float32(r.IntN(46) - 5),
				})
			}
		}
	}
	return cands
}

// Small instances against every possible assignment: within 1 % always, and no
// limit is ever broken.
func TestSolveAgainstEnumeration(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pr := drawProblem(t, rapid.IntRange(1, 7).Draw(t, "households"))
		s := pr.solve()
		got := checkSolution(t, pr, s)
		best := enumerate(pr, 0, make([]float64, len(pr.limits)))
		if got > best+1e-6 || got < best*.99-1e-6 {
			t.Fatalf("worth %v, the optimum is %v", got, best)
		}
		if best > s.bound+1e-6 {
			t.Fatalf("the optimum %v is above the bound %v", best, s.bound)
		}
	})
}

// From some hundred households on the relaxed problem's bound shows how near
// the optimum must be: what no whole solution can reach is a few households'
// worth at most, one for each limit.
func TestSolveIsNearTheBound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pr := drawProblem(t, rapid.IntRange(200, 900).Draw(t, "households"))
		s := pr.solve()
		got := checkSolution(t, pr, s)
		if got < .99*s.bound-40*float64(len(pr.limits)) {
			t.Fatalf("worth %v of at most %v, prices %v for %v", got, s.bound, s.prices, pr.limits)
		}
	})
}

// Eleven letters and a budget that the mix leaves over, so that offers and
// letters, worth the same, tie at the prices: offers taken first would eat the
// budget that the calls need, and up to a fifth of the worth was lost.
func TestTiesGoToWhatTakesLess(t *testing.T) {
	t.Parallel()
	minutes := []float32{3, 2, 0, 0} // a call, a skilled call, an offer, a letter
	limits := []restriction{
		{Limit{Kind: LimitMinutes, Amount: 66}, []float64{.7, .7, 1, 1}},
		{Limit{Kind: LimitSkill, Amount: 39}, []float64{0, .7, 0, 0}},
		{Limit{Kind: LimitBudget, Amount: 1485}, []float64{75, 0, 300, 0}},
		{Limit{Kind: LimitChannel, Amount: 11}, []float64{0, 0, 1, 1}},
	}
	for seed := range uint64(20) {
		cands := worths(seed, 900, minutes)
		pr := newProblem(cands, len(cands), limits)
		s := pr.solve()
		if got := pr.total(s); got < .98*s.bound {
			t.Errorf("seed %d: worth %v of at most %v", seed, got, s.bound)
		}
	}
}

// checkSolution fails when a limit is broken, and returns the worth.
func checkSolution(t *rapid.T, pr *problem, s *solution) float64 {
	used, worth := make([]float64, len(pr.limits)), 0.0
	for h, c := range s.pick {
		if c < 0 {
			continue
		}
		if c < pr.first[h] || c >= pr.first[h+1] {
			t.Fatalf("household %d picked another's candidate %d", h, c)
		}
		if pr.cands[c].Worth <= 0 {
			t.Fatalf("household %d picked a candidate worth %v", h, pr.cands[c].Worth)
		}
		for k := range used {
			used[k] += pr.use(c, k)
		}
		worth += float64(pr.cands[c].Worth)
	}
	for k, l := range pr.limits {
		if used[k] > l.Amount+1e-6 {
			t.Fatalf("%v of %v %s used", used[k], l.Amount, l.Kind)
		}
	}
	return worth
}

func enumerate(pr *problem, h int, used []float64) float64 {
	if h == pr.households() {
		return 0
	}
	best := enumerate(pr, h+1, used)
	for c := pr.first[h]; c < pr.first[h+1]; c++ {
		fits := true
		for k := range used {
			used[k] += pr.use(c, k)
			fits = fits && used[k] <= pr.limits[k].Amount+1e-9
		}
		if fits {
			best = max(best, float64(pr.cands[c].Worth)+enumerate(pr, h+1, used))
		}
		for k := range used {
			used[k] -= pr.use(c, k)
		}
	}
	return best
}

// A shadow price is what one more unit would earn: the dual never says less
// than what a larger limit brings.
func TestPriceBoundsWhatMoreWouldEarn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pr := drawProblem(t, rapid.IntRange(3, 7).Draw(t, "households"))
		s := pr.solve()
		k := rapid.IntRange(0, len(pr.limits)-1).Draw(t, "limit")
		more := float64(rapid.IntRange(1, 5).Draw(t, "more"))
		pr.limits[k].Amount += more
		if after := enumerate(pr, 0, make([]float64, len(pr.limits))); after > s.bound+more*s.prices[k]+1e-6 {
			t.Fatalf("%v more of %s make %v, above %v + %v × %v", more, pr.limits[k].Kind, after, s.bound, more, s.prices[k])
		}
	})
}

// sixTreatments is a night with a candidate for each of six treatments and
// every kind of limit.
func sixTreatments(t testing.TB, households int) (*Policy, Night) {
	cfg := testConfig()
	extra := cfg.Treatments[0]
	extra.Name, extra.Skills = "polish_call", []string{"polish"}
	cfg.Treatments = append(cfg.Treatments, extra)
	cfg.Roster.Agents = max(1, households/20_000)
	cfg.Roster.Skills = map[string]int{"polish": cfg.Roster.Agents / 4}
	cfg.Limits = Limits{OfferBudgetMinor: int64(households), Channels: map[Channel]int{ChannelLetter: households / 50}}
	cfg.Treatments[1].DailyQuota, cfg.Treatments[4].DailyQuota = households/60, households/200
	p := mustPolicy(t, cfg)
	r := rand.New(rand.NewPCG(1, 1))
	n := Night{AsOf: tuesday, Customers: households, Candidates: make([]Candidate, 0, households*len(cfg.Treatments))}
	for i := range households {
		h := history.HouseholdID(r.Int64N(1<<62) + 1)
		for tr := range cfg.Treatments {
			n.Candidates = append(n.Candidates, Candidate{
				Customer: history.CustomerID(i + 1), Household: h, Treatment: uint8(tr),
				Worth: float32(r.NormFloat64()*1500 + 800), Minutes: float32(cfg.Treatments[tr].Minutes()),
			})
		}
	}
	return p, n
}

// A middling night is within a half per cent of its bound with every kind of
// limit in force, and takes little memory beside its candidates.
func TestSolveManyHouseholds(t *testing.T) {
	t.Parallel()
	p, n := sixTreatments(t, 60_000)
	a, err := p.Allocate(n)
	if err != nil {
		t.Fatal(err)
	}
	if a.Prices.WorthMinor < .995*a.Prices.BoundMinor {
		t.Errorf("worth %.0f of at most %.0f", a.Prices.WorthMinor, a.Prices.BoundMinor)
	}
	for _, l := range a.Prices.Limits {
		if l.PriceMinor < 0 {
			t.Errorf("%s %s has a price of %v", l.Kind, l.Name, l.PriceMinor)
		}
	}
}

// The night of a large file: seconds, the share of the bound, and the bytes of
// a candidate and those of all that is ever made beside it.
func BenchmarkAllocate(b *testing.B) {
	for _, households := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(households), func(b *testing.B) {
			p, n := sixTreatments(b, households)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				a, err := p.Allocate(n)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(a.Prices.WorthMinor/a.Prices.BoundMinor, "of-bound")
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(unsafe.Sizeof(Candidate{})), "B/candidate")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/float64(len(n.Candidates)), "B-beside/candidate")
		})
	}
}
