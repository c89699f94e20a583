package interventions

import (
	"fmt"

	"holdfast/internal/fault"
	"holdfast/scoring"
)

// checkOutcome refuses an outcome that a family cannot be judged on.
func (t *Treatment) checkOutcome() error {
	if t.Family != FamilyDevelop {
		switch {
		case t.Event() != "":
			return fault.New(fault.Invalid, "outcome is %q: the %s family is judged on staying; only develop is judged on an event", t.Outcome, string(t.Family))
		case t.GainMinor != 0:
			return fault.New(fault.Invalid, "gain_minor is set: staying is worth the margin at stake; only develop has a gain of its own")
		}
		return nil
	}
	switch {
	case t.Channel == ChannelPhone:
		return fault.New(fault.Invalid, "channel is phone: the develop family is for messages, because what can come of a call is about staying")
	case t.Event() == "":
		return fault.New(fault.Invalid, "outcome is %q: develop is judged on what customers begin with, so name one of history.event_kinds, such as purchase", t.Outcome)
	case t.GainMinor < 1 || t.GainMinor > 1e12:
		return fault.New(fault.Invalid, "gain_minor is %d: give the margin that one customer brings who begins with %s, minor units", t.GainMinor, t.Outcome)
	}
	return nil
}

// cycle is the stretch of a relationship within which a household is developed
// once: R8 counts by it where there is no episode.
func (p *Policy) cycle(s *scoring.Score) string {
	return fmt.Sprintf("cycle-%d", s.TenureDays/p.cfg.EpisodeDays)
}
