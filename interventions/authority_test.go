package interventions

import (
	"strings"
	"testing"

	"holdfast/internal/fault"
)

// withCeilings is the test's configuration with ceilings on its call's offer.
func withCeilings(spoil func(Ceilings)) Config {
	c := testConfig()
	c.Treatments[0].Offer.Ceilings = Ceilings{
		AuthorityAgent:   {"standard": 0, "silver": 1500, "gold": 2500},
		AuthorityManager: {"standard": 1500, "silver": 1500, "gold": 6000},
	}
	if spoil != nil {
		spoil(c.Treatments[0].Offer.Ceilings)
	}
	return c
}

func TestOfferCeilingByTierAndAuthority(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, withCeilings(nil))
	for _, tc := range []struct {
		tier string
		by   Authority
		want int64
	}{
		{"standard", AuthorityAgent, 0},
		{"silver", "", 1500}, // nothing said is an agent
		{"gold", AuthorityAgent, 2500},
		{"gold", AuthorityLead, 2500}, // not named: what an agent may
		{"standard", AuthorityManager, 1500},
		{"gold", AuthorityManager, 6000},
		{"", AuthorityManager, 0},
	} {
		got, limited := p.OfferCeiling("retention_call", tc.tier, tc.by)
		if got != tc.want || !limited {
			t.Errorf("%s by %s: %d %v, want %d", tc.tier, tc.by, got, limited, tc.want)
		}
	}
	for _, name := range []string{"offer_message", "service_recovery", "nothing"} {
		if _, limited := p.OfferCeiling(name, "gold", AuthorityAgent); limited {
			t.Errorf("%s has no ceilings", name)
		}
	}
	if got := p.MayGrant(Agent{CeilingMinor: 2000}, "retention_call", "gold"); got != 2000 {
		t.Errorf("somebody's own ceiling of 2000 became %d", got)
	}
	for _, tc := range []struct {
		minor int64
		want  Authority
		found bool
	}{{2500, AuthorityAgent, true}, {2501, AuthorityManager, true}, {6001, "", false}} {
		if by, found := p.Approver("retention_call", "gold", tc.minor); by != tc.want || found != tc.found {
			t.Errorf("%d: %q %v, want %q", tc.minor, by, found, tc.want)
		}
	}
}

func TestGrantsAreBoundByTierAndAuthority(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, withCeilings(nil))
	grant := func(tier string, a Agent, inbound bool) error {
		task := heldTask(tuesday)
		task.Owner, task.Card.Tier = a.Name, tier
		if inbound { // found by the offer's name
			task.Family, task.Treatment = FamilyInbound, ""
		}
		_, err := p.Apply(Wrap{
			Task: task, Agent: a, Fence: 3, Known: ann(tuesday), Now: tuesday,
			Up: WrapUp{Disposition: SavedWithOffer, OfferMinor: 1500, OfferName: "a month free"},
		})
		return err
	}
	boss := Agent{Name: "eve", CeilingMinor: 9000, Authority: AuthorityManager}
	for _, inbound := range []bool{false, true} {
		if err := grant("silver", bob, inbound); err != nil {
			t.Errorf("within the ceiling: %v", err)
		}
		err := grant("standard", bob, inbound)
		if fault.Of(err) != fault.Forbidden || !strings.Contains(err.Error(), "to a customer of the tier standard: a manager may") {
			t.Errorf("above the ceiling: %v", err)
		}
		if err := grant("standard", boss, inbound); err != nil {
			t.Errorf("a manager's ceiling: %v", err)
		}
	}
}

func TestAnOfferThatNobodyMayGiveIsNotProposed(t *testing.T) {
	t.Parallel()
	c := withCeilings(nil)
	c.Treatments[0].Offer.Ceilings[AuthorityManager]["standard"] = 1499
	p := mustPolicy(t, c)
	for value, want := range map[int64]string{
		20_000: "its offer is dearer than anybody may give a customer of the tier standard", 50_000: "",
	} {
		s := atRisk(tuesday)
		s.ValueMinor = value
		out, _, err := p.Propose(ann(tuesday), s, &Facts{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Trace.Considered[0].Why; got != want {
			t.Errorf("worth %d: %q, want %q", value, got, want)
		}
	}
}

func TestCeilingsAreChecked(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		spoil func(Ceilings)
		want  string
	}{
		{func(c Ceilings) { c["director"] = nil }, "offer.ceilings.director is no authority: write agent, lead or manager"},
		{func(c Ceilings) { c[AuthorityAgent]["vip"] = 1 }, "offer.ceilings.agent.vip is no value tier: value_tiers has standard, silver, gold"},
		{func(c Ceilings) { delete(c[AuthorityManager], "gold") }, "offer.ceilings.manager lacks the tier gold: give"},
		{func(c Ceilings) { c[AuthorityAgent]["gold"] = -1 }, "offer.ceilings.agent.gold is -1: give minor units from 0"},
		{func(c Ceilings) { c[AuthorityManager]["gold"] = 2499 }, "offer.ceilings.manager.gold is 2499: give minor units from 2500"},
	} {
		err := withCeilings(tc.spoil).Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "treatments[0]."+tc.want) || fault.Of(err) != fault.Invalid {
			t.Errorf("want %q, got %v", tc.want, err)
		}
	}
}

func TestAuthorityOfARole(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]Authority{
		"agent": AuthorityAgent, "lead": AuthorityLead, "manager": AuthorityManager, "senior": AuthorityManager,
		"admin": AuthorityManager, "operator": AuthorityAgent, "analyst": AuthorityAgent, "auditor": AuthorityAgent,
	} {
		if got := AuthorityOf(role); got != want {
			t.Errorf("%s: %s, want %s", role, got, want)
		}
	}
}
