package interventions

import (
	"math"
	"slices"

	"holdfast/internal/fault"
)

// checkValues says which field cannot be used and what it may be. Pages say it in
// the reader's language, and translate the codes among a refusal's arguments: what
// the file has is given as text, and as numbers that nobody groups.
func (c *Config) checkValues() error {
	if len(c.Treatments) > 255 {
		return fault.New(fault.Invalid, "treatments has %d entries: give at most 255", fault.Exact(len(c.Treatments)))
	}
	names := map[string]bool{}
	for i := range c.Treatments {
		t := &c.Treatments[i]
		if names[t.Name] {
			return fault.New(fault.Invalid, "treatments[%d].name is %q a second time: names must differ", fault.Exact(i), t.Name)
		}
		names[t.Name] = true
		for _, f := range []func(*Treatment) error{(*Treatment).checkKind, (*Treatment).checkNumbers, (*Treatment).checkThanks, (*Treatment).checkOutcome, c.checkCeilings} {
			if err := f(t); err != nil {
				return fault.New(fault.Invalid, "treatments[%d].%w", fault.Exact(i), err)
			}
		}
	}
	for _, f := range []func() error{c.checkPolicy, c.checkRoster, c.checkLimits, c.checkChance, c.checkRest, c.checkProtected} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func (t *Treatment) checkKind() error {
	if t.Name == "" || t.Name == string(LayerGlobal) {
		return fault.New(fault.Invalid, "name is %q: give the treatment a name of its own", t.Name)
	}
	if !slices.Contains(Families, t.Family) {
		return fault.New(fault.Invalid, "family is %q: write save, offer, thanks, service or develop", string(t.Family))
	}
	if _, ok := points[t.Channel]; !ok {
		return fault.New(fault.Invalid, "channel is %q: write phone, email, webhook or letter", string(t.Channel))
	}
	if !slices.Contains(purposes, t.Purpose) {
		return fault.New(fault.Invalid, "purpose is %q: write retention, thanks, service or marketing", string(t.Purpose))
	}
	if (t.Family == FamilyService) != (t.Purpose == PurposeService) {
		return fault.New(fault.Invalid, "purpose is %q: the service family, and only it, has the purpose service", string(t.Purpose))
	}
	if (t.Family == FamilyThanks) != (t.Purpose == PurposeThanks) {
		return fault.New(fault.Invalid, "purpose is %q: the thanks family, and only it, has the purpose thanks", string(t.Purpose))
	}
	if t.Family == FamilyOffer && t.Offer == nil {
		return fault.New(fault.Invalid, "offer is missing: the offer family needs one")
	}
	if t.Offer != nil && (t.Family == FamilyService || t.Family == FamilyThanks) {
		return fault.New(fault.Invalid, "offer is set: the %s family sells nothing", string(t.Family))
	}
	if t.Family == FamilyService && t.GhostShare != 0 {
		return fault.New(fault.Invalid, "ghost_share is %v: service contact is the same for everyone, so give 0", t.GhostShare)
	}
	return nil
}

func (t *Treatment) checkNumbers() error {
	call := t.Channel == ChannelPhone
	ranges := []bound{
		{"dial_minutes", t.DialMinutes, 0, 240},
		{"talk_minutes", t.TalkMinutes, 0, 240},
		{"attempts", t.Attempts, 0, 100},
		{"reach", t.Reach, 0, 1},
		{"cost_minor", float64(t.CostMinor), 0, 1e12},
		{"harm_minor", float64(t.HarmMinor), 0, 1e12},
		{"effect.mean", t.Effect.Mean, -1, 1},
		{"effect.spread", t.Effect.Spread, 0, 1},
		{"durability", t.Durability, 0, 1},
		{"daily_quota", float64(t.DailyQuota), 0, 1e7},
		{"expiry_days", float64(t.ExpiryDays), 1, 365},
		{"ghost_share", t.GhostShare, 0, .9},
	}
	if t.Offer != nil {
		ranges = append(ranges, bound{"offer.cost_minor", float64(t.Offer.CostMinor), 0, 1e12}, bound{"offer.accept_rate", t.Offer.AcceptRate, 0, 1},
			bound{"offer.held_days", float64(t.Offer.HeldDays), 0, 3650}, bound{"offer.commits_minor", float64(t.Offer.CommitsMinor), 0, 1e12})
	}
	if err := checkBounds(ranges); err != nil {
		return err
	}
	if t.PlanGhostShare && t.GhostShare == 0 {
		return fault.New(fault.Invalid, "plan_ghost_share is true and ghost_share is 0: give the share to begin with, such as 0.1")
	}
	if t.Durability == 0 {
		return fault.New(fault.Invalid, "durability is missing: give the share of the margin at stake that a save keeps, such as 0.8")
	}
	if t.Effect == (Effect{}) {
		return fault.New(fault.Invalid, "effect is missing: give the mean and spread of the relative reduction in leaving you believe in")
	}
	if call && t.Attempts*t.DialMinutes+t.Reach*t.TalkMinutes <= 0 {
		return fault.New(fault.Invalid, "attempts and dial_minutes, or reach and talk_minutes, must give a call more than no time")
	}
	if !call && t.Body == "" {
		return fault.New(fault.Invalid, "body is missing: a message needs one")
	}
	return nil
}

func (t *Treatment) checkThanks() error {
	if t.Family != FamilyThanks {
		if len(t.MilestoneYears) > 0 {
			return fault.New(fault.Invalid, "milestone_years is set: only the thanks family has milestones")
		}
		return nil
	}
	if len(t.MilestoneYears) == 0 {
		return fault.New(fault.Invalid, "milestone_years is missing: give the years of tenure that are thanked for")
	}
	for i, y := range t.MilestoneYears {
		if y < 1 || (i > 0 && y <= t.MilestoneYears[i-1]) {
			return fault.New(fault.Invalid, "milestone_years[%d] is %d: years must rise and be 1 or more", fault.Exact(i), fault.Exact(y))
		}
	}
	if t.Signatory == "" {
		return fault.New(fault.Invalid, "signatory is missing: name the senior manager who says thank you")
	}
	if t.DailyQuota == 0 {
		return fault.New(fault.Invalid, "daily_quota is missing: a thank-you needs a small one")
	}
	return nil
}

type bound struct {
	name   string
	v      float64
	lo, hi float64
}

func checkBounds(ranges []bound) error {
	for _, r := range ranges {
		if math.IsNaN(r.v) || r.v < r.lo || r.v > r.hi {
			return fault.New(fault.Invalid, "%s is %v: give a number from %v to %v", r.name, r.v, r.lo, r.hi)
		}
	}
	return nil
}

func (c *Config) checkPolicy() error {
	for i, limit := range c.Policy.Caps {
		if limit.Max < 0 || limit.Days < 1 {
			return fault.New(fault.Invalid, "contact_policy.caps[%d] is max %d in %d days: give at least 0 in at least 1", fault.Exact(i), fault.Exact(limit.Max), fault.Exact(limit.Days))
		}
		if _, ok := points[limit.Channel]; !ok && limit.Channel != "" {
			return fault.New(fault.Invalid, "contact_policy.caps[%d].channel is %q: write phone, email, webhook or letter", fault.Exact(i), string(limit.Channel))
		}
		if limit.Purpose != "" && !slices.Contains(purposes, limit.Purpose) {
			return fault.New(fault.Invalid, "contact_policy.caps[%d].purpose is %q: write retention, thanks, service or marketing, or leave it out for all", fault.Exact(i), string(limit.Purpose))
		}
	}
	for i, need := range c.Policy.Consent.Required {
		if need.Purpose != "" && !slices.Contains(purposes, need.Purpose) {
			return fault.New(fault.Invalid, "contact_policy.consent.required[%d].purpose is %q: write retention, thanks, service or marketing, or leave it out for all", fault.Exact(i), string(need.Purpose))
		}
		if _, ok := points[need.Channel]; !ok && need.Channel != "" {
			return fault.New(fault.Invalid, "contact_policy.consent.required[%d].channel is %q: write phone, email, webhook or letter, or leave it out for all", fault.Exact(i), string(need.Channel))
		}
	}
	for i, ch := range c.Policy.Windowed {
		if _, ok := points[ch]; !ok {
			return fault.New(fault.Invalid, "contact_policy.windowed[%d] is %q: write phone, email, webhook or letter", fault.Exact(i), string(ch))
		}
	}
	if c.Policy.CoolOffDays < 0 || c.Policy.CoolOffDays > 365 {
		return fault.New(fault.Invalid, "contact_policy.cool_off_days is %d: give a number from 0 to 365", fault.Exact(c.Policy.CoolOffDays))
	}
	return nil
}

func (c *Config) checkRoster() error {
	if c.Roster.Agents < 0 || c.Roster.Agents > 100_000 {
		return fault.New(fault.Invalid, "roster.agents is %d: give a number from 0 to 100000", fault.Exact(c.Roster.Agents))
	}
	for _, name := range sortedKeys(c.Roster.Minutes) {
		if !slices.Contains(weekdays, name) {
			return fault.New(fault.Invalid, "roster.minutes.%s is no weekday: write monday, tuesday … sunday", name)
		}
		if m := c.Roster.Minutes[name]; m < 0 || m > 24*60 {
			return fault.New(fault.Invalid, "roster.minutes.%s is %d: give a number from 0 to 1440", name, fault.Exact(m))
		}
	}
	for _, skill := range sortedKeys(c.Roster.Skills) {
		if n := c.Roster.Skills[skill]; n < 0 || n > c.Roster.Agents {
			return fault.New(fault.Invalid, "roster.skills.%s is %d: give a number from 0 to roster.agents, %d", skill, fault.Exact(n), fault.Exact(c.Roster.Agents))
		}
	}
	return checkBounds([]bound{{"roster.inbound", c.Roster.Inbound, 0, 1}})
}

func (c *Config) checkLimits() error {
	for _, ch := range sortedKeys(c.Limits.Channels) {
		if _, ok := points[ch]; !ok {
			return fault.New(fault.Invalid, "limits.channels.%s is no channel: write phone, email, webhook or letter", string(ch))
		}
		if n := c.Limits.Channels[ch]; n < 0 {
			return fault.New(fault.Invalid, "limits.channels.%s is %d: give a number of contacts, 0 for none", string(ch), fault.Exact(n))
		}
	}
	for _, who := range sortedKeys(c.Limits.Signatories) {
		if !slices.ContainsFunc(c.Treatments, func(t Treatment) bool { return t.ThanksByPhone() && t.Signatory == who }) {
			return fault.New(fault.Invalid, "limits.signatories has %q, who is the signatory of no thank-you call: write the name as it stands under signatory", who)
		}
		if n := c.Limits.Signatories[who]; n < 0 {
			return fault.New(fault.Invalid, "limits.signatories.%s is %d: give a number of thank-you calls a day, 0 for none", who, fault.Exact(n))
		}
	}
	return checkBounds([]bound{{"limits.offer_budget_minor", float64(c.Limits.OfferBudgetMinor), 0, 1e15}})
}

func (c *Config) checkChance() error {
	if g := c.Chance.GlobalHoldout; g != -1 && !(g >= 0 && g <= .5) {
		return fault.New(fault.Invalid, "chance.global_holdout is %v: give a share from 0 to 0.5, or -1 to derive it from the number of customers", g)
	}
	return checkBounds([]bound{
		{"chance.exploration_share", c.Chance.ExplorationShare, 0, .5},
		{"chance.holdout_days", float64(c.Chance.HoldoutDays), 1, 3650},
	})
}

func (c *Config) checkRest() error {
	for i, t := range c.Tiers {
		if t.Name == "" || (i > 0 && t.FromMinor <= c.Tiers[i-1].FromMinor) {
			return fault.New(fault.Invalid, "value_tiers[%d] is %q from %d: give each a name and rising amounts", fault.Exact(i), t.Name, t.FromMinor)
		}
		for j, ch := range t.Channels {
			if _, ok := points[ch]; !ok {
				return fault.New(fault.Invalid, "value_tiers[%d].channels[%d] is %q: write phone, email, webhook or letter", fault.Exact(i), fault.Exact(j), string(ch))
			}
		}
		if !(t.Urgency >= 0 && t.Urgency <= 100) {
			return fault.New(fault.Invalid, "value_tiers[%d].urgency is %v: give how many times their tasks count in the order of work, from 0 to 100", fault.Exact(i), t.Urgency)
		}
	}
	return checkBounds([]bound{
		{"episode_days", float64(c.EpisodeDays), 1, 3650},
		{"attempts.max", float64(c.Attempts.Max), 1, 20},
		{"attempts.within_days", float64(c.Attempts.WithinDays), 1, 60},
		{"attempts.apart_hours", float64(c.Attempts.ApartHours), 1, 72},
	})
}
