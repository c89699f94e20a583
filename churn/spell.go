package churn

import (
	"cmp"
	"slices"
	"time"

	"holdfast/history"
)

// Spell is one time that a customer was with us: from From until To, the first
// instant at which they were gone; To is zero while it lasts.
type Spell struct {
	From, To time.Time
	Kind     string // how it ended: lapse, or the kind of the contract's end
	Reason   string // the feed's own word for why, of a contract's end; may be empty
}

// Covers says whether the customer was with us at t.
func (s Spell) Covers(t time.Time) bool {
	return !t.Before(s.From) && (s.To.IsZero() || t.Before(s.To))
}

// Spells tells when the customer was with us, by time and apart from each
// other, as known at the view's as-of. A contract's spell ends where no other
// contract covers the grace after the end, and begins again with the next one;
// a lapse ends a spell when the silence that is one has passed since the last
// activity, by the rhythm the customer had then. The end of a contract can
// still be undone within the grace.
func (d *Definition) Spells(v history.View) []Spell {
	if d.cfg.Kind == Contract {
		return d.contractSpells(v)
	}
	return d.activeSpells(v)
}

func (d *Definition) contractSpells(v history.View) []Spell {
	subs := slices.Clone(v.Subscriptions())
	slices.SortStableFunc(subs, func(a, b history.SubscriptionState) int { return a.Start.Compare(b.Start) })
	var out []Spell
	for i := range subs {
		sub := &subs[i]
		n := len(out)
		if n > 0 && (out[n-1].To.IsZero() || !sub.Start.After(out[n-1].To.AddDate(0, 0, d.cfg.GraceDays))) {
			last := &out[n-1]
			if !last.To.IsZero() && (sub.Ended.IsZero() || sub.Ended.After(last.To)) {
				last.To, last.Kind, last.Reason = sub.Ended, sub.EndKind, sub.EndReason
			}
			continue
		}
		out = append(out, Spell{From: sub.Start, To: sub.Ended, Kind: sub.EndKind, Reason: sub.EndReason})
	}
	return cut(out, v.AsOf())
}

func (d *Definition) activeSpells(v history.View) []Spell {
	var out []Spell
	zone := v.AsOf().Location()
	occurred, kinds := v.Occurred(), v.Kinds()
	last := -1 // the newest activity so far
	end := func() time.Time {
		at := time.UnixMicro(occurred[last]).In(zone)
		// Silence of so many days to the microsecond is not yet longer than that.
		return at.AddDate(0, 0, d.silenceOf(occurred[:last+1], kinds[:last+1], occurred[last])).Add(time.Microsecond)
	}
	shortest := int64(d.shortestSilence()) * int64(24*time.Hour/time.Microsecond) * 9 / 10 // days change with the clocks
	for i, at := range occurred {
		if !d.isActivity(kinds[i]) {
			continue
		}
		began := time.UnixMicro(at).In(zone)
		switch {
		case last < 0:
			out = append(out, Spell{From: began})
		case at-occurred[last] >= shortest:
			if to := end(); !began.Before(to) {
				out[len(out)-1].To, out[len(out)-1].Kind = to, string(Lapse)
				out = append(out, Spell{From: began})
			}
		}
		last = i
	}
	if last >= 0 {
		out[len(out)-1].To, out[len(out)-1].Kind = end(), string(Lapse)
	}
	return cut(out, v.AsOf())
}

// cut takes away what lies after as-of: beginnings that have not come, and ends.
func cut(spells []Spell, asOf time.Time) []Spell {
	for len(spells) > 0 && !spells[len(spells)-1].From.Before(asOf) {
		spells = spells[:len(spells)-1]
	}
	if n := len(spells); n > 0 && !spells[n-1].To.Before(asOf) {
		spells[n-1].To, spells[n-1].Kind, spells[n-1].Reason = time.Time{}, "", ""
	}
	return spells
}

// shortestSilence is in days; no shorter one is a lapse of anybody.
func (d *Definition) shortestSilence() int {
	if d.cfg.Rhythm.Times == 0 {
		return d.cfg.SilenceDays
	}
	return min(cmp.Or(d.cfg.Rhythm.MinDays, d.cfg.SilenceDays), d.cfg.SilenceDays)
}
