package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/store"
	"holdfast/web"
)

// Difference compares a list with the one before it.
func (l lists) Difference(ctx context.Context, id interventions.PublicationID) (web.ListDifference, error) {
	kinds := []string{"New on the list", "Not on it any more", "Treated otherwise"}
	counts := []map[web.ListReason]int{{}, {}, {}}
	var most surprises
	now, before, err := l.a.store.ListDiff(ctx, id, func(m store.ListMove) error {
		most.add(m)
		switch {
		case m.From == "":
			counts[0][web.ListReason{Was: m.Was}]++
		case m.To == "":
			counts[1][web.ListReason{Now: m.Now}]++
		default:
			counts[2][web.ListReason{From: m.From, To: m.To}]++
		}
		return nil
	})
	if err != nil {
		return web.ListDifference{}, err
	}
	d := web.ListDifference{Now: volume(now), Before: volume(before)}
	if d.Surprising, err = l.surprising(ctx, id, most); err != nil {
		return web.ListDifference{}, err
	}
	for i, text := range kinds {
		moves := web.ListMoves{Text: text}
		for why, n := range counts[i] {
			moves.Customers += n
			why.Count = n
			moves.Why = append(moves.Why, why)
		}
		slices.SortFunc(moves.Why, func(x, y web.ListReason) int {
			return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Was+x.Now+x.From, y.Was+y.Now+y.From), cmp.Compare(x.To, y.To))
		})
		d.Moves = append(d.Moves, moves)
	}
	return d, nil
}

// surprising says who the customers are whose change moves most worth.
func (l lists) surprising(ctx context.Context, id interventions.PublicationID, most surprises) ([]web.ListSurprise, error) {
	var customers []history.CustomerID
	for _, m := range most {
		customers = append(customers, m.Customer)
	}
	segments, err := l.a.store.SegmentsOn(ctx, id, customers)
	if err != nil {
		return nil, err
	}
	out := make([]web.ListSurprise, len(most))
	for i, m := range most {
		out[i] = web.ListSurprise{
			Customer: m.Customer, Key: m.Key, Segment: segments[m.Customer], WorthMinor: int64(math.Round(m.WorthMinor)),
			From: m.From, To: m.To, Was: m.Was, Now: m.Now,
		}
	}
	return out, nil
}

func volume(v store.ListVolume) web.ListVolume {
	return web.ListVolume{AsOf: v.AsOf, State: string(v.State), Contacts: v.Contacts, Minutes: v.Minutes, CostMinor: int64(v.CostMinor)}
}

// Release publishes a held list as it is, and its night goes on; one that was
// withdrawn comes back with what nobody had begun.
func (l lists) Release(ctx context.Context, pub interventions.Publication, by string, now time.Time) (string, error) {
	switch pub.State {
	case interventions.PublicationWithdrawn:
		back, err := l.a.store.ReleaseAgain(ctx, pub.ID, now)
		return fmt.Sprintf("Released again: %d tasks and %d messages are back.", back.Tasks, back.Messages), err
	case interventions.PublicationHeld:
	case interventions.PublicationDraft, interventions.PublicationReleased:
		return "", fault.New(fault.Conflict, "the list of %s is %s: only one that is held or withdrawn can be released", l.a.date(pub.AsOf), pub.State)
	}
	run, err := l.a.store.RunAt(ctx, pub.AsOf)
	if err != nil {
		return "", err
	}
	if err := l.a.store.ReleaseByHand(ctx, run.ID, pub.ID, by, now); err != nil {
		return "", err
	}
	if run.State == nightly.HeldBack || run.State == nightly.Failed {
		if _, err := l.a.store.ResumeRun(ctx, run.ID, "", now); err != nil {
			return "", err
		}
	}
	return "Released as it is; the night goes on.", nil
}

// Hold keeps the next list from being released by itself.
func (l lists) Hold(ctx context.Context, h interventions.Hold) error {
	return l.a.store.HoldNext(ctx, h)
}

// EndHold lets nights release by themselves again.
func (l lists) EndHold(ctx context.Context, by string, now time.Time) error {
	return l.a.store.EndHold(ctx, by, now)
}

// HoldNow returns who holds the next list; false when nobody does.
func (l lists) HoldNow(ctx context.Context) (interventions.Hold, bool, error) {
	return l.a.store.HoldNow(ctx)
}

// Withdraw recalls what nobody has begun of a list.
func (l lists) Withdraw(ctx context.Context, pub interventions.Publication, reason string, now time.Time) error {
	return l.a.store.Withdraw(ctx, pub.ID, now, "withdrawn: "+reason)
}

// FallBack works an older list again, without who is blocked now.
func (l lists) FallBack(ctx context.Context, pub interventions.Publication, now time.Time) (string, error) {
	back, err := l.a.store.FallBack(ctx, pub.ID, now, "fallen back to the list of "+l.a.date(pub.AsOf))
	if err != nil {
		return "", err
	}
	blocked, err := l.a.policy.BlockNow(ctx, l.a.store, pub.ID, now)
	return fmt.Sprintf("It is worked again: %d tasks and %d messages are back; %d contacts are blocked since it was made.", back.Tasks, back.Messages, blocked), err
}

// Resolve solves the rest of the day again because somebody asks for it, who
// writes it down.
func (l lists) Resolve(ctx context.Context, by, why string) (interventions.Revision, error) {
	return l.a.policy.Revise(ctx, l.a.store, interventions.Asked{Cause: interventions.RevisedByHand, Who: by, Why: why}, l.a.p.Now())
}

// Revisions returns the newest revisions of a list.
func (l lists) Revisions(ctx context.Context, id interventions.PublicationID, limit int) ([]interventions.Revision, error) {
	return l.a.store.Revisions(ctx, id, limit)
}
