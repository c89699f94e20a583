package interventions

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/internal/fault"
)

func choiceOf(a Allocation, c history.CustomerID) (Choice, bool) {
	i := slices.IndexFunc(a.Choices, func(ch Choice) bool { return ch.Customer == c })
	if i < 0 {
		return Choice{}, false
	}
	return a.Choices[i], true
}

// R7: what a manager asks for passes through the same arms as everything, and
// an override releases it without changing the arm.
func TestR7ARequestPassesThroughTheArms(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Roster.Agents = 1
	cfg.Directors = []string{"dora"}
	seen := map[Result]int{}
	for i := range 60 {
		cfg.Chance.Salt = fmt.Sprint(i)
		p := mustPolicy(t, cfg)
		n := night(p, 300, 11)
		last := slices.MinFunc(n.Candidates, func(a, b Candidate) int { // worth least of all: never selected by itself
			if a.Treatment != 0 || b.Treatment != 0 {
				return int(a.Treatment) - int(b.Treatment)
			}
			return int(a.Worth - b.Worth)
		})
		without, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		if ch, ok := choiceOf(without, last.Customer); ok && ch.Result == ResultTreat && ch.Treatment == int(last.Treatment) {
			t.Fatalf("the worst candidate was selected unasked")
		}
		ask := Request{ID: 1, Customer: last.Customer, Treatment: "retention_call", By: "mia", At: tuesday}
		n.Requests = []Request{ask}
		a, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		ch, ok := choiceOf(a, last.Customer)
		if !ok || ch.Treatment != 0 || ch.Assigned != "" || (ch.Result != ResultTreat && ch.Result != ResultGhost) {
			t.Fatalf("the request made %+v", ch)
		}
		if want := float64(float32(1 - cfg.Treatments[0].GhostShare)); float32(ch.Propensity) != float32(want) {
			t.Fatalf("its propensity is %v, want %v", ch.Propensity, want)
		}
		seen[ch.Result]++

		n.Requests[0].Override = true
		b, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		over, _ := choiceOf(b, last.Customer)
		if over.Result != ResultTreat || over.Propensity != 1 || (ch.Result == ResultGhost) != (over.Assigned == ResultGhost) {
			t.Fatalf("the override made %+v where chance had made %+v", over, ch)
		}
		if diff := cmp.Diff(a.NewArms, b.NewArms); diff != "" {
			t.Fatalf("the override changed the arms:\n%s", diff)
		}
		d := Decision{Customer: last.Customer, Treatment: "retention_call", Result: over.Result, Assigned: over.Assigned}
		want := map[Result]string{ResultTreat: ArmTreat, ResultGhost: ArmGhost}[ch.Result]
		if e := exposure(&d, p.Treatment("retention_call")); e.Arm != want {
			t.Fatalf("measured in arm %s, assigned to %s", e.Arm, want)
		}
		if pub := d.Public(); pub.Assigned != "" || pub.Override {
			t.Fatalf("the public decision tells the arm: %+v", pub)
		}
	}
	if seen[ResultGhost] == 0 || seen[ResultTreat] == 0 {
		t.Errorf("both arms must come up: %v", seen)
	}
}

// Whatever is asked for, no limit is exceeded, and neither the order of
// requests nor that of candidates matters.
func TestRequestsKeepTheLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cfg := testConfig()
		cfg.Roster.Agents = rapid.IntRange(0, 2).Draw(t, "agents")
		p, err := NewPolicy(cfg, tuesday.Location(), testKey)
		if err != nil {
			t.Fatal(err)
		}
		n := night(p, rapid.IntRange(1, 80).Draw(t, "n"), rapid.Uint64().Draw(t, "seed"))
		for i, c := range n.Candidates {
			if i%3 == 0 {
				n.Requests = append(n.Requests, Request{
					ID: int64(i), Customer: c.Customer, Treatment: cfg.Treatments[c.Treatment].Name, At: tuesday, Override: i%9 == 0,
				})
			}
		}
		a, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		checkLimits(t, p, a)
		slices.Reverse(n.Candidates)
		slices.Reverse(n.Requests)
		b, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("the order changed the allocation:\n%s", diff)
		}
	})
}

func TestWhoMayOverride(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Directors = []string{"dora"}
	p := mustPolicy(t, cfg)
	for _, tc := range []struct {
		treatment, by, reason string
		override              bool
		want                  fault.Kind
	}{
		{"retention_call", "mia", "", false, 0},
		{"nothing_known", "mia", "", false, fault.Invalid},
		{"retention_call", "mia", "because I want it so", true, fault.Forbidden},
		{"retention_call", "dora", "", true, fault.Invalid},
		{"retention_call", "dora", "The regulator asked us to call.", true, 0},
	} {
		r, err := p.NewRequest(7, tc.treatment, tc.by, tc.override, tc.reason, tuesday)
		switch {
		case tc.want == 0 && (err != nil || r.ID <= 0 || !r.Until.After(tuesday)):
			t.Errorf("%+v: %+v, %v", tc, r, err)
		case tc.want != 0 && fault.Of(err) != tc.want:
			t.Errorf("%+v: %v", tc, err)
		}
	}
	for _, tc := range []struct {
		o    Overrides
		want bool
	}{{Overrides{}, false}, {Overrides{1, 100}, false}, {Overrides{2, 100}, true}, {Overrides{1, 0}, true}} {
		if tc.o.Alarm() != tc.want {
			t.Errorf("%+v: alarm %v", tc.o, tc.o.Alarm())
		}
	}
}

// A group of fewer than twenty "not on this list" is never counted, and the
// counts add up all the same.
func TestSmallGroupsAreNotCounted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tally := Tally{ByResult: map[Result]int{}, ByReason: map[Result]map[string]int{}}
		for _, r := range Results {
			n := rapid.SampledFrom([]int{0, 0, 1, 5, 19, 40}).Draw(t, string(r))
			if n > 0 {
				tally.ByResult[r], tally.ByReason[r] = n, map[string]int{"why": n}
				tally.Customers += n
			}
		}
		once := tally.Public()
		again := once.Public()
		if diff := cmp.Diff(once, again); diff != "" {
			t.Fatalf("the public tally has another public tally:\n%s", diff)
		}
		sum := 0
		for r, n := range once.ByResult {
			sum += n
			if r == ResultGhost || r == ResultHoldout || (r == ResultNotSelected && n < minGroup) {
				t.Fatalf("%d %s are shown", n, r)
			}
		}
		others := tally.Customers - tally.ByResult[ResultTreat]
		if rest, ok := once.ByResult[ResultRest]; ok && rest < minGroup && rest != others {
			t.Fatalf("a group of %d is counted among %d", rest, others)
		}
		if sum != tally.Customers {
			t.Fatalf("%d of %d customers are shown", sum, tally.Customers)
		}
	})
}
