package interventions

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/internal/fault"
)

func TestCandidateIsSmall(t *testing.T) {
	t.Parallel()
	if size := unsafe.Sizeof(Candidate{}); size > 32 {
		t.Errorf("a candidate takes %d bytes, at most 32 are allowed", size)
	}
}

// night makes n households with random candidates of the default treatments.
func night(p *Policy, n int, seed uint64) Night {
	r := rand.New(rand.NewPCG(seed, 1))
	out := Night{AsOf: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), Customers: n}
	for i := range n {
		h := history.HouseholdID(r.Int64N(1<<62) + 1)
		for member := range 1 + r.IntN(5)/4 {
			for tr := range p.cfg.Treatments {
				if r.IntN(3) == 0 {
					continue
				}
				out.Candidates = append(out.Candidates, Candidate{
					Customer: history.CustomerID(int64(i)*2 + int64(member) + 1), Household: h, Treatment: uint8(tr),
					Worth: float32(r.NormFloat64()*1500 + 800), Minutes: float32(p.cfg.Treatments[tr].Minutes()),
				})
			}
		}
	}
	return out
}

func TestAllocateProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cfg := testConfig()
		cfg.Roster.Agents = rapid.IntRange(0, 6).Draw(t, "agents")
		cfg.Chance.ExplorationShare = rapid.SampledFrom([]float64{0, .05, .2}).Draw(t, "exploration")
		second := cfg.Treatments[3] // another thank-you call, of the same manager or of somebody else
		second.Name, second.DailyQuota = "tenure_thanks_call_again", rapid.IntRange(1, 5).Draw(t, "second quota")
		second.Signatory = rapid.SampledFrom([]string{second.Signatory, "the chair"}).Draw(t, "second signatory")
		cfg.Treatments = append(cfg.Treatments, second)
		if rapid.Bool().Draw(t, "named") {
			cfg.Limits.Signatories = map[string]int{second.Signatory: rapid.IntRange(0, 6).Draw(t, "calls")}
		}
		p, err := NewPolicy(cfg, time.UTC, testKey)
		if err != nil {
			t.Fatal(err)
		}
		n := night(p, rapid.IntRange(0, 400).Draw(t, "n"), rapid.Uint64().Draw(t, "seed"))
		first, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		// Another order, and another run, change nothing.
		rand.New(rand.NewPCG(7, 7)).Shuffle(len(n.Candidates), func(i, j int) {
			n.Candidates[i], n.Candidates[j] = n.Candidates[j], n.Candidates[i]
		})
		again, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatalf("the order of candidates changed the allocation:\n%s", diff)
		}
		// With its own arms stored, nobody changes arm.
		n.Arms = first.NewArms
		stored, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first.Choices, stored.Choices); diff != "" || len(stored.NewArms) != 0 {
			t.Fatalf("stored arms changed the choices, or %d arms were drawn again:\n%s", len(stored.NewArms), diff)
		}
		checkLimits(t, p, first)
	})
}

// checkLimits: one a household, no quota exceeded, expected minutes within capacity.
func checkLimits(t *rapid.T, p *Policy, a Allocation) {
	expected, selected := 0.0, map[history.HouseholdID]int{}
	for _, c := range a.Choices {
		if c.Result == ResultNotSelected {
			continue
		}
		tr := &p.cfg.Treatments[c.Treatment]
		selected[c.Household]++
		expected += tr.Minutes() * (1 - tr.GhostShare)
		if c.Propensity <= 0 || c.Propensity > 1 {
			t.Fatalf("customer %d was selected with propensity %v", c.Customer, c.Propensity)
		}
	}
	for h, n := range selected {
		if n > 1 {
			t.Fatalf("household %d was selected %d times", h, n)
		}
	}
	if expected > a.Capacity+1e-6 {
		t.Fatalf("%v minutes are expected to be released, %v there are", expected, a.Capacity)
	}
	calls := map[string]int{}
	for _, tr := range p.cfg.Treatments {
		if tr.Family == FamilyThanks && tr.Channel == ChannelPhone {
			calls[tr.Signatory] += a.Selected[tr.Name]
		}
		if tr.DailyQuota > 0 && a.Selected[tr.Name] > tr.DailyQuota {
			t.Fatalf("%s was selected %d times, its quota is %d", tr.Name, a.Selected[tr.Name], tr.DailyQuota)
		}
	}
	for who, n := range calls {
		most, named := p.cfg.Limits.Signatories[who]
		for _, tr := range p.cfg.Treatments {
			if !named && tr.Family == FamilyThanks && tr.Channel == ChannelPhone && tr.Signatory == who {
				most = max(most, tr.DailyQuota)
			}
		}
		if n > most {
			t.Fatalf("%s has %d thank-you calls to make, at most %d are theirs a day", who, n, most)
		}
	}
}

// Over many keys, the share of keys that release a household is its logged
// propensity, above the line, in the exploration band, and below it.
func TestPropensityIsExact(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Treatments = cfg.Treatments[:1]
	cfg.Chance.ExplorationShare = .2
	const salts = 1000
	released, logged := map[history.CustomerID]int{}, map[history.CustomerID]float64{}
	for i := range salts {
		cfg.Chance.Salt = fmt.Sprint(i)
		p, err := NewPolicy(cfg, time.UTC, testKey)
		if err != nil {
			t.Fatal(err)
		}
		n := Night{AsOf: tuesday, Customers: 200}
		for h := range 200 {
			n.Candidates = append(n.Candidates, Candidate{
				Customer: history.CustomerID(h + 1), Household: history.HouseholdID(h + 1), Worth: float32(1000 - h), Minutes: float32(cfg.Treatments[0].Minutes()),
			})
		}
		a, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range a.Choices {
			if was, ok := logged[c.Customer]; ok && was != c.Propensity {
				t.Fatalf("the propensity of %d depends on the draw: %v and %v", c.Customer, was, c.Propensity)
			}
			logged[c.Customer] = c.Propensity
			if c.Result == ResultTreat {
				released[c.Customer]++
			}
		}
	}
	bands := map[float64]int{}
	for id := history.CustomerID(1); id <= 200; id++ {
		p := logged[id]
		bands[math.Round(p*1000)/1000]++
		got := float64(released[id]) / salts
		if sd := math.Sqrt(p*(1-p)/salts) + 1e-12; math.Abs(got-p) > 4.5*sd {
			t.Errorf("customer %d was released in %.4f of the draws, logged %.4f", id, got, p)
		}
		if p > 0 && p < minInclusion*.69 {
			t.Errorf("customer %d has propensity %v, below the least inclusion", id, p)
		}
	}
	if len(bands) != 3 {
		t.Errorf("want three levels of propensity (line, band, none), got %v", bands)
	}
}

func TestGlobalHoldoutBySize(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	for _, tc := range []struct {
		share     float64
		customers int
		want      float64
	}{{-1, 5000, 0}, {-1, 99_999, 0}, {-1, 100_000, .05}, {.1, 19_999, 0}, {.1, 20_000, .1}, {0, 500_000, 0}} {
		cfg.Chance.GlobalHoldout = tc.share
		if got := mustPolicy(t, cfg).globalShare(tc.customers); got != tc.want {
			t.Errorf("configured %v, %d customers: share %v, want %v", tc.share, tc.customers, got, tc.want)
		}
	}
}

func TestArmsLastAYear(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	n := night(p, 300, 5)
	a, err := p.Allocate(n)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.NewArms) == 0 {
		t.Fatal("no arms were drawn")
	}
	n.Arms = a.NewArms
	n.AsOf = n.AsOf.AddDate(0, 0, 371) // a Monday, over a year later
	b, err := p.Allocate(n)
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, arm := range b.NewArms {
		i := slices.IndexFunc(a.NewArms, func(o Arm) bool { return o.Household == arm.Household && o.Layer == arm.Layer })
		if i >= 0 && arm.Draw != 1 {
			t.Fatalf("the second year's arm has draw %d", arm.Draw)
		}
		if i >= 0 && arm.Held != a.NewArms[i].Held {
			changed++
		}
	}
	if changed == 0 {
		t.Error("nobody's arm changed with the new year")
	}
}

func TestMergeArms(t *testing.T) {
	t.Parallel()
	from := tuesday
	a := Arm{Household: 1, Layer: "x", From: from, Until: from.AddDate(1, 0, 0)}
	b := Arm{Household: 1, Layer: "x", Held: true, From: from.AddDate(0, 1, 0), Until: from.AddDate(1, 1, 0)}
	want := Arm{Household: 1, Layer: "x", Held: true, From: from, Until: b.Until, Flagged: "merged"}
	for _, got := range []Arm{MergeArms(a, b), MergeArms(b, a)} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if got := MergeArms(a, a); got.Flagged != "" {
		t.Error("merging equal arms flags them")
	}
}

func TestAllocateRefuses(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	for name, c := range map[string][]Candidate{
		"unknown treatment": {{Customer: 1, Household: 1, Treatment: 9, Worth: 1}},
		"no number":         {{Customer: 1, Household: 1, Worth: float32(math.NaN())}},
		"negative minutes":  {{Customer: 1, Household: 1, Worth: 1, Minutes: -1}},
		"twice":             {{Customer: 1, Household: 1, Worth: 1}, {Customer: 1, Household: 1, Worth: 2}},
	} {
		if _, err := p.Allocate(Night{AsOf: tuesday, Candidates: c}); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
