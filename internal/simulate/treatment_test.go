package simulate

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"
)

// riskiest returns the keys of the n customers most likely to leave tomorrow
// among those that pass.
func riskiest(b *Business, n int, pass func(p *person, s *state) bool) []string {
	var at []int
	for i := range b.people {
		if b.states[i].left == stays && pass(&b.people[i], &b.states[i]) {
			at = append(at, i)
		}
	}
	slices.SortFunc(at, func(i, j int) int {
		return cmp.Or(cmp.Compare(hazard(&b.people[j], &b.states[j], b.day), hazard(&b.people[i], &b.states[i], b.day)), cmp.Compare(i, j))
	})
	keys := make([]string, 0, n)
	for _, i := range at[:min(n, len(at))] {
		keys = append(keys, key(uint32(i)))
	}
	return keys
}

func anyone(*person, *state) bool { return true }

func expected(t *testing.T, b *Business, keys []string, treatment string, replicates int) Truth {
	t.Helper()
	v, err := b.Expect(keys, treatment, 42, replicates)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s on %d: treated %.4f, untreated %.4f, effect %+.4f ± %.4f, reached %.2f",
		treatment, len(keys), v.Treated, v.Untreated, v.Effect, v.StdErr, v.Reached)
	return v
}

// TestPlantedEffects holds each treatment to what its table says, by kind of
// customer.
func TestPlantedEffects(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(8_000, 300))
	dogs := func(p *person, _ *state) bool { return p.dog }
	awake := func(p *person, _ *state) bool { return !p.dog }
	unhappy := func(p *person, s *state) bool { return !p.dog && s.satisfaction < -.8 }
	happy := func(p *person, s *state) bool { return !p.dog && s.satisfaction > .5 }
	thrifty := func(p *person, _ *state) bool { return !p.dog && p.price > .6 && p.price <= .7 }
	rich := func(p *person, _ *state) bool { return !p.dog && p.price < .35 }
	hurt := func(_ *person, s *state) bool { return recentIssue(s, b.day) }
	content := func(_ *person, s *state) bool { return !recentIssue(s, b.day) }
	for _, c := range []struct {
		treatment, whom string
		pass            func(*person, *state) bool
		low, top        float64 // of effect ÷ untreated
	}{
		{"retention_call", "anyone", anyone, -.35, -.1},
		{"retention_call", "the unhappy", unhappy, -.5, -.25},
		{"retention_call", "the happy", happy, -.35, -.08},
		{"retention_call", "sleeping dogs", dogs, .1, .5},
		{"offer_message", "the thrifty", thrifty, -.3, -.1},
		{"offer_message", "the rich", rich, -.01, 0},
		{"service_recovery", "those with an issue", hurt, -.5, -.2},
		{"service_recovery", "those without", content, -.01, .005}, // an issue may open between attempts
		{"thank_you_call", "anyone", anyone, -.25, -.05},
		{"tenure_thanks_letter", "anyone", anyone, -.12, -.02},
		{"win_back_mail", "the rich", rich, .15, .5},
		{"retention_call", "those awake", awake, -.45, -.15},
	} {
		v := expected(t, b, riskiest(b, 500, c.pass), c.treatment, 60)
		if v.Untreated == 0 {
			t.Fatalf("%s: nobody of %s leaves", c.treatment, c.whom)
		}
		if relative := v.Effect / v.Untreated; relative < c.low || relative > c.top {
			t.Errorf("%s on %s changes leaving by %+.3f of it, want %+.3f to %+.3f", c.treatment, c.whom, relative, c.low, c.top)
		}
	}
}

// TestExpectIsWhatHappens treats the same customers in many forks of the
// business, through the door that agents use, and compares.
func TestExpectIsWhatHappens(t *testing.T) {
	t.Parallel()
	base := mustNew(t, small(700, 300))
	keys := riskiest(base, 150, anyone)
	for _, name := range []string{"retention_call", "win_back_mail"} {
		want := expected(t, base, keys, name, 400)
		const forks = 60
		var differences []float64
		for f := range forks {
			treated := base.Fork(uint64(f))
			untreated := treated.Clone()
			treat(t, treated, keys, name)
			differences = append(differences, leavers(t, treated, keys, base.Now())-leavers(t, untreated, keys, base.Now()))
		}
		mean, square := 0.0, 0.0
		for _, d := range differences {
			mean += d / forks
			square += d * d / forks
		}
		se := math.Hypot(math.Sqrt((square-mean*mean)/forks), want.StdErr)
		t.Logf("%s: realised %+.4f ± %.4f, expected %+.4f", name, mean, se, want.Effect)
		if math.Abs(mean-want.Effect) > 4*se {
			t.Errorf("%s: realised %+.4f, expected %+.4f; more than 4 standard errors of %.4f apart", name, mean, want.Effect, se)
		}
		if math.Signbit(mean) != math.Signbit(want.Effect) {
			t.Errorf("%s: realised and expected differ in sign", name)
		}
	}
}

// treat contacts everybody on the treatment's attempt days until they talk.
func treat(t *testing.T, b *Business, keys []string, name string) {
	t.Helper()
	plan, err := treatmentOf(name)
	if err != nil {
		t.Fatal(err)
	}
	talked, start := map[string]bool{}, b.Now()
	unheard := []string{
		"no_answer", "voicemail_left", "busy", "third_party", "call_dropped", "number_invalid", "wrong_party", "bad_time", "callback_agreed",
	}
	for _, day := range plan.Attempts {
		if err := b.Advance(start.AddDate(0, 0, day)); err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if talked[k] {
				continue
			}
			if !plan.Call {
				if err := b.Message(k, name, b.Now().Add(10*time.Hour)); err != nil {
					t.Fatal(err)
				}
				continue
			}
			r, err := b.Call(k, name, b.Now().Add(10*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			talked[k] = !slices.Contains(unheard, r.Disposition)
		}
	}
}

// leavers is the share who have left by choice 42 days after start.
func leavers(t *testing.T, b *Business, keys []string, start time.Time) float64 {
	t.Helper()
	if err := b.Advance(start.AddDate(0, 0, 42)); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, k := range keys {
		h, err := b.Hidden(k)
		if err != nil {
			t.Fatal(err)
		}
		n += count(h.LeftKind == "voluntary")
	}
	return float64(n) / float64(len(keys))
}

// TestClaimsAreRosy wants agents to claim far more saves than there are.
func TestClaimsAreRosy(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(8_000, 300))
	keys := riskiest(b, 1000, anyone)
	truth := expected(t, b, keys, "retention_call", 60)
	saved := -truth.Effect * float64(len(keys))
	seen := map[string]int{}
	for _, k := range keys {
		r, err := b.Call(k, "retention_call", b.Now().Add(9*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		seen[r.Disposition]++
		if r.Disposition == "callback_agreed" && !r.CallbackAt.After(b.Now()) {
			t.Errorf("%s agreed on a call-back at %s", k, r.CallbackAt)
		}
		if r.Disposition == "declined_leaving" && r.LeaveReason == "" {
			t.Errorf("%s declines without a reason", k)
		}
	}
	claimed := float64(seen["saved_no_offer"] + seen["saved_with_offer"])
	t.Logf("claimed %.0f by one attempt, proven %.1f by all; %v", claimed, saved, seen)
	if claimed < 2*saved {
		t.Errorf("%.0f claims and %.1f true saves: agents are not rosy", claimed, saved)
	}
	for _, d := range []string{"no_answer", "saved_no_offer", "undecided", "declined_leaving", "do_not_call", "number_invalid"} {
		if seen[d] == 0 {
			t.Errorf("nobody in 1,000 calls: %s", d)
		}
	}
}

func TestExpectChangesNothing(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(300, 60))
	before := b.Clone()
	first := expected(t, b, b.Keys(), "retention_call", 5)
	second := expected(t, b, b.Keys(), "retention_call", 5)
	if d := same(before, b); d != "" {
		t.Errorf("looking into the future changed the present: %s", d)
	}
	if first.Effect != second.Effect || !slices.Equal(first.PerCustomer, second.PerCustomer) {
		t.Error("the same question has two answers")
	}
	sum := 0.0
	for _, c := range first.PerCustomer {
		sum += (c.Treated - c.Untreated) / float64(len(first.PerCustomer))
	}
	if math.Abs(sum-first.Effect) > 1e-12 {
		t.Errorf("customers add up to %v, the effect is %v", sum, first.Effect)
	}
}

func TestServiceRecoveryClosesTheIssue(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(2000, 200))
	var open []int
	closed := 0
	plan, _ := treatmentOf("service_recovery")
	for i := range b.people {
		if s := &b.states[i]; s.left == stays && s.severity > 0 {
			open = append(open, i)
			plan.apply(&b.people[i], s, b.day)
		}
	}
	if err := b.Advance(b.Now().AddDate(0, 0, 2)); err != nil {
		t.Fatal(err)
	}
	for _, i := range open {
		closed += count(b.states[i].closed >= int32(b.day-2) || b.states[i].left != stays)
	}
	if len(open) < 10 || closed != len(open) {
		t.Errorf("%d of %d issues were closed by the next day", closed, len(open))
	}
}
