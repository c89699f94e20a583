package interventions

import (
	"cmp"
	"slices"
	"strings"

	"holdfast/internal/fault"
)

// Authority is how much the position of somebody at the desk lets them give.
type Authority string

// The authorities. Each may give whatever those before it may.
const (
	AuthorityAgent   Authority = "agent"
	AuthorityLead    Authority = "lead"
	AuthorityManager Authority = "manager"
)

// Authorities lists all of them, the least first.
var Authorities = []Authority{AuthorityAgent, AuthorityLead, AuthorityManager}

// AuthorityOf is the authority of a member of staff by the name of their role.
// Whoever looks after a team has a lead's; seniors and administrators have a
// manager's; everybody else has an agent's.
func AuthorityOf(role string) Authority {
	switch role {
	case "lead":
		return AuthorityLead
	case "manager", "senior", "admin":
		return AuthorityManager
	}
	return AuthorityAgent
}

// Ceilings say what an offer may cost by who gives it and the value tier of the
// customer, minor units.
type Ceilings map[Authority]map[string]int64

// upTo is the dearest grant of somebody to a customer of a tier. Who is not
// named may give what those before them may.
func (c Ceilings) upTo(by Authority, tier string) int64 {
	most := int64(0)
	for _, a := range Authorities {
		most = max(most, c[a][tier])
		if a == cmp.Or(by, AuthorityAgent) {
			break
		}
	}
	return most
}

// OfferCeiling is the dearest grant of a treatment's offer by somebody of an
// authority to a customer of a value tier, minor units, whoever it is. Limited
// is false where the configuration sets no ceilings for that offer, or there is
// no such treatment or offer: then a person's own ceiling counts alone.
func (p *Policy) OfferCeiling(treatment, tier string, by Authority) (minor int64, limited bool) {
	t := p.Treatment(treatment)
	if t == nil || t.Offer == nil || len(t.Offer.Ceilings) == 0 {
		return 0, false
	}
	return t.Offer.Ceilings.upTo(by, tier), true
}

// MayGrant is the dearest grant of a treatment's offer by one agent to a
// customer of a value tier, minor units: no more than their own ceiling, and no
// more than the offer's for their authority.
func (p *Policy) MayGrant(a Agent, treatment, tier string) int64 {
	if minor, limited := p.OfferCeiling(treatment, tier, a.Authority); limited {
		return min(minor, a.CeilingMinor)
	}
	return a.CeilingMinor
}

// Approver is the least authority that may give so much of a treatment's offer
// to a customer of a value tier, minor units. Found is false where nobody may.
func (p *Policy) Approver(treatment, tier string, minor int64) (by Authority, found bool) {
	for _, a := range Authorities {
		if most, limited := p.OfferCeiling(treatment, tier, a); !limited || minor <= most {
			return a, true
		}
	}
	return "", false
}

// offering is the treatment whose offer a task grants: its own, else, for a
// customer who rang, the one that makes the offer of that name.
func (p *Policy) offering(t *Task, offer string) string {
	if name := orElse(t.Treatment, t.Card.Treatment); name != "" {
		return name
	}
	i := slices.IndexFunc(p.cfg.Treatments, func(t Treatment) bool { return t.Offer != nil && t.Offer.Name == offer })
	if i < 0 {
		return ""
	}
	return p.cfg.Treatments[i].Name
}

// refuseGrant says that a grant is above what the agent may give, and who may.
func (p *Policy) refuseGrant(w *Wrap, treatment string) error {
	tier := w.Task.Card.Tier
	most := p.MayGrant(w.Agent, treatment, tier)
	if w.Up.OfferMinor <= most {
		return nil
	}
	what := "the offer costs %s, more than the %s that %s may grant"
	cost, ceiling := p.cfg.Writer.Exact(w.Up.OfferMinor), p.cfg.Writer.Exact(most)
	if by, found := p.Approver(treatment, tier, w.Up.OfferMinor); found && slices.Index(Authorities, by) > slices.Index(Authorities, cmp.Or(w.Agent.Authority, AuthorityAgent)) {
		return fault.New(fault.Forbidden, what+" to a customer of the tier %s: a %s may", cost, ceiling, w.Agent.Name, tier, by)
	}
	return fault.New(fault.Forbidden, what, cost, ceiling, w.Agent.Name)
}

// tooDear says why nobody may give a treatment's offer to a customer of a tier;
// empty where somebody may.
func (t *Treatment) tooDear(tier string) string {
	if t.Offer == nil || len(t.Offer.Ceilings) == 0 || t.Offer.CostMinor <= t.Offer.Ceilings.upTo(AuthorityManager, tier) {
		return ""
	}
	return "its offer is dearer than anybody may give a customer of the tier " + tier
}

// checkCeilings refuses ceilings that name what there is not, leave a tier out,
// or fall where the authority rises.
func (c *Config) checkCeilings(t *Treatment) error {
	if t.Offer == nil {
		return nil
	}
	var tiers []string
	for _, tier := range c.Tiers {
		tiers = append(tiers, tier.Name)
	}
	at := "offer.ceilings"
	for _, name := range sortedKeys(t.Offer.Ceilings) {
		if !slices.Contains(Authorities, name) {
			return fault.New(fault.Invalid, "%s.%s is no authority: write agent, lead or manager", at, string(name))
		}
	}
	before := map[string]int64{}
	for _, by := range Authorities {
		amounts, given := t.Offer.Ceilings[by]
		if !given {
			continue
		}
		for _, tier := range sortedKeys(amounts) {
			switch {
			case len(tiers) == 0:
				return fault.New(fault.Invalid, "%s.%s.%s is no value tier: value_tiers has none", at, string(by), tier)
			case !slices.Contains(tiers, tier):
				return fault.New(fault.Invalid, "%s.%s.%s is no value tier: value_tiers has %s", at, string(by), tier, strings.Join(tiers, ", "))
			}
			if m := amounts[tier]; m < before[tier] || m > 1e12 {
				return fault.New(fault.Invalid, "%s.%s.%s is %d: give minor units from %d, what a lower authority may give, to 1000000000000", at, string(by), tier, m, before[tier])
			}
		}
		for _, tier := range tiers {
			amount, given := amounts[tier]
			if !given {
				return fault.New(fault.Invalid, "%s.%s lacks the tier %s: give each of value_tiers an amount, 0 for nothing", at, string(by), tier)
			}
			before[tier] = amount
		}
	}
	return nil
}
