package churn

import (
	"slices"
	"time"

	"holdfast/history"
)

// Outcome is what became of a customer in the window of one as-of. Left is
// meant only once Matured; before that it is false whatever is known, so that
// early leavers are not counted against stayers who are still undecided.
type Outcome struct {
	Left      bool
	Kind      string    // lapse, or the kind of the exit; also set for exits that do not count
	At        time.Time // lapse: the end of the silence; contract: the first exit after as-of; zero without one
	Matured   bool
	MaturesAt time.Time
}

// Outcome tells what became of the customer after the as-of of then, from a later
// view of the same customer. Only what happened in the window [as-of + lead time,
// as-of + lead time + horizon) counts:
//
//   - lapse: left if and only if no activity event occurred in the window, which
//     is as long as SilenceDays of then, so that nothing later moves it;
//   - contract: left if and only if the first exit after as-of lies in the
//     window and is of a kind that counts. An exit is the end of a contract
//     that no other contract covers at any time from the end to the end plus
//     grace. Any other exit is a non-event.
func (d *Definition) Outcome(then, known history.View) Outcome {
	asOf := then.AsOf()
	from, to := d.windowOf(then)
	out := Outcome{MaturesAt: d.MaturesAt(asOf)}
	if out.Matured = !known.AsOf().Before(out.MaturesAt); !out.Matured {
		return out
	}
	if d.cfg.Kind == Lapse {
		if d.silent(known, from, to) {
			out.Left, out.Kind, out.At = true, string(Lapse), to
		}
		return out
	}
	at, kind, ok := firstExit(known.Subscriptions(), asOf, to, d.cfg.GraceDays)
	if ok {
		out.Kind, out.At, out.Left = kind, at, d.counts(at, from, kind)
	}
	return out
}

// counts says whether an exit at this instant is leaving, where the window begins
// at from.
func (d *Definition) counts(at, from time.Time, kind string) bool {
	return !at.Before(from) && slices.Contains(d.cfg.Exits, kind)
}

// SettledAt returns up to when the ends of contracts are final at an instant: one
// that came later can still be undone within the grace.
func (d *Definition) SettledAt(at time.Time) time.Time {
	return at.AddDate(0, 0, -d.cfg.GraceDays)
}

// MaturesAfter returns when an end of a contract can no longer be undone.
func (d *Definition) MaturesAfter(end time.Time) time.Time {
	return end.AddDate(0, 0, d.cfg.GraceDays)
}

// SettledExit tells of a contract, whose outcome need not be final yet, the first
// exit after the as-of of then that is final already at the as-of of known; left
// says whether it counts. An exit of which ok is false has not come before SettledAt,
// or lies beyond the window.
func (d *Definition) SettledExit(then, known history.View) (at time.Time, left, ok bool) {
	from, to := d.Window(then.AsOf())
	if settled := d.SettledAt(known.AsOf()); settled.Before(to) {
		to = settled
	}
	at, kind, ok := firstExit(known.Subscriptions(), then.AsOf(), to, d.cfg.GraceDays)
	return at, ok && d.counts(at, from, kind), ok
}

// windowOf returns the outcome window of one customer.
func (d *Definition) windowOf(then history.View) (from, to time.Time) {
	from, to = d.Window(then.AsOf())
	if d.cfg.Kind == Lapse {
		to = from.AddDate(0, 0, d.SilenceDays(then))
	}
	return from, to
}

// DecidedAt returns from when on the outcome of then could no longer become
// another, from a later view of the same customer: activity in the window
// decides that a customer did not lapse; an exit is decided when its grace is
// over; anything else only when the window ends.
func (d *Definition) DecidedAt(then, known history.View) time.Time {
	from, to := d.windowOf(then)
	if d.cfg.Kind == Lapse {
		if at, ok := d.firstActivity(known, from, to); ok {
			return at
		}
		return to
	}
	if at, _, ok := firstExit(known.Subscriptions(), then.AsOf(), to, d.cfg.GraceDays); ok {
		return d.MaturesAfter(at)
	}
	return to
}

// silent says whether no activity event lies in [from, to).
func (d *Definition) silent(v history.View, from, to time.Time) bool {
	_, active := d.firstActivity(v, from, to)
	return !active
}

// firstActivity finds the first activity event in [from, to).
func (d *Definition) firstActivity(v history.View, from, to time.Time) (at time.Time, ok bool) {
	occurred, kinds := v.Occurred(), v.Kinds()
	i, _ := slices.BinarySearch(occurred, from.UnixMicro())
	for ; i < len(occurred) && occurred[i] < to.UnixMicro(); i++ {
		if d.isActivity(kinds[i]) {
			return time.UnixMicro(occurred[i]).In(from.Location()), true
		}
	}
	return time.Time{}, false
}

// firstExit finds the first end in [after, before) that leaves the customer
// without a contract for longer than the grace.
func firstExit(subs []history.SubscriptionState, after, before time.Time, graceDays int) (at time.Time, kind string, ok bool) {
	for i := range subs {
		end := subs[i].Ended
		if end.IsZero() || end.Before(after) || !end.Before(before) || (ok && !end.Before(at)) {
			continue
		}
		if !covered(subs, i, end, end.AddDate(0, 0, graceDays)) {
			at, kind, ok = end, subs[i].EndKind, true
		}
	}
	return at, kind, ok
}

// covered says whether a contract other than subs[i] runs at some time in
// [end, until].
func covered(subs []history.SubscriptionState, i int, end, until time.Time) bool {
	for j := range subs {
		s := &subs[j]
		if j != i && !s.Start.After(until) && (s.Ended.IsZero() || s.Ended.After(end)) {
			return true
		}
	}
	return false
}
