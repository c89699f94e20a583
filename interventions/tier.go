package interventions

import (
	"slices"
	"strings"
)

// tierOf is the highest value tier that a margin of a year reaches, nil without
// tiers.
func (p *Policy) tierOf(valueMinor int64) *Tier {
	var reached *Tier
	for i := range p.cfg.Tiers {
		if t := &p.cfg.Tiers[i]; valueMinor >= t.FromMinor || reached == nil {
			reached = t
		}
	}
	return reached
}

// tier is the name of the highest value tier reached, empty without tiers.
func (p *Policy) tier(valueMinor int64) string {
	if t := p.tierOf(valueMinor); t != nil {
		return t.Name
	}
	return ""
}

// urgency is how many times a task of a customer of that worth counts in the
// order of work.
func (p *Policy) urgency(valueMinor int64) float64 {
	if t := p.tierOf(valueMinor); t != nil && t.Urgency > 0 {
		return t.Urgency
	}
	return 1
}

// perMinute is the worth of a contact by the minutes that it takes, in minor
// units, as the order of work counts it.
func (p *Policy) perMinute(w Worth, valueMinor int64, minutes float64) float64 {
	return p.urgency(valueMinor) * w.Total / max(1, minutes)
}

// tooCostly says why a treatment's channel is not for customers of a tier;
// empty where it is. What puts an issue right is for everybody.
func (t *Tier) tooCostly(of *Treatment) string {
	if t == nil || len(t.Channels) == 0 || of.Family == FamilyService || slices.Contains(t.Channels, of.Channel) {
		return ""
	}
	return "customers of the tier " + t.Name + " are not contacted by " + string(of.Channel)
}

// refusesRecognition closes for who does not want to be thanked.
func (c *check) refusesRecognition() (string, bool) {
	if c.a.Treatment.Family != FamilyThanks || c.a.Promised || c.p.cfg.RecognitionAttribute == "" {
		return "", false
	}
	said := strings.ToLower(strings.TrimSpace(c.k.Attributes[c.p.cfg.RecognitionAttribute]))
	return "says " + said, slices.Contains(noRecognition, said)
}

// noRecognition is what a profile says of who does not want to be thanked.
var noRecognition = []string{"no", "none", "never", "false", "0", "private"}
