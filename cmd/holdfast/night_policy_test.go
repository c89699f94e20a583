package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"holdfast/interventions"
)

// comparePolicies compares the policy in use with others on the night that was
// just published.
func (b *business) comparePolicies(t *testing.T, now func() time.Time) {
	t.Helper()
	text, err := os.ReadFile(b.path("holdfast.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	other := func(name, old, with string) string {
		changed := strings.Replace(string(text), old, with, 1)
		if changed == string(text) {
			t.Fatalf("the demo's configuration does not say %q", old)
		}
		return b.write(t, name, changed)
	}
	compare := func(file string, more ...string) []string {
		return append([]string{"nightly", "run", "--only", "decide", "--dry-run", "--policy", file}, more...)
	}
	shown := decode[interventions.Publication](t, b.must(t, now, "list", "show", "--json"))
	same := decode[policyComparison](t, b.must(t, now, compare(b.path("holdfast.yaml"), "--json", "--customers")...))
	if n := shown.Tally.ByResult[interventions.ResultTreat]; same.Now.Contacts != n || same.Both != n || len(same.Moves) != 0 {
		t.Errorf("the policy beside itself: %d contacts, %d alike, %d moved; the list has %d", same.Now.Contacts, same.Both, len(same.Moves), n)
	}
	idle := other("idle.yaml", "agents: ", "agents: 0 # not ")
	c := decode[policyComparison](t, b.must(t, now, compare(idle, "--json", "--customers")...))
	if c.Then.Available != 0 || c.Dropped == 0 || c.Now.Contacts-c.Dropped+c.New != c.Then.Contacts || len(c.Moves) != c.New+c.Dropped+c.Moved {
		t.Errorf("without agents: %+v", c.Comparison)
	}
	if out := b.must(t, now, compare(idle)...); !strings.Contains(out, "worth, assumed,") || !strings.Contains(out, "dropped") || strings.Contains(out, c.Moves[0].Key) {
		t.Errorf("in words: %s", out)
	}
	chance := other("chance.yaml", "ghost_share: ", "ghost_share: 0.05 # not ")
	b.must(t, now, compare(chance)...)
	refuses(t, b.run(t, now, compare(chance, "--customers")...), 2, chance+" leaves other things to chance, so that a list by name would tell who is held back: "+
		"leave --customers out, or keep treatments' names, ghost_share and chance as they are")
}
