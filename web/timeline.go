package web

import (
	"cmp"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// timeLine is one line of a customer's time line: one of its kinds is set.
type timeLine struct {
	At      time.Time
	Kind    string // contact, event, work, promise, issue, plan
	Contact *interventions.CardContact
	Event   *interventions.CardEvent
	Task    *interventions.Task
	Open    bool // the reader may open the task
	Promise *interventions.Promise
	Issue   *interventions.OpenIssue
	Plan    *interventions.CardPlan
	Does    string // what the plan does then: begins, renews, ended
}

// timeline is all that is known of a customer in one order: what is still to
// come, the next first, and what has been, the newest first. may says which tasks the reader may
// open.
func (f *File) timeline(now time.Time, may func(interventions.Task) bool) (coming, been []timeLine) {
	var all []timeLine
	for i := range f.Card.Contacts {
		c := &f.Card.Contacts[i]
		all = append(all, timeLine{At: c.At, Kind: "contact", Contact: c})
	}
	for i := range f.Card.Events {
		e := &f.Card.Events[i]
		all = append(all, timeLine{At: e.At, Kind: "event", Event: e})
	}
	for i := range f.Tasks {
		t := &f.Tasks[i]
		all = append(all, timeLine{At: t.CreatedAt, Kind: "work", Task: t, Open: may(*t)})
	}
	for i := range f.Promises {
		p := &f.Promises[i]
		all = append(all, timeLine{At: p.DueAt, Kind: "promise", Promise: p})
	}
	for i := range f.Card.Issues {
		o := &f.Card.Issues[i]
		all = append(all, timeLine{At: o.Opened, Kind: "issue", Issue: o})
	}
	for i := range f.Card.Plans {
		p := &f.Card.Plans[i]
		for _, step := range []struct {
			at   time.Time
			does string
		}{{p.Since, "begins"}, {p.RenewsAt, "renews"}, {p.EndedAt, "ended"}} {
			if !step.at.IsZero() && (step.does != "renews" || p.EndedAt.IsZero()) {
				all = append(all, timeLine{At: step.at, Kind: "plan", Plan: p, Does: step.does})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b timeLine) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Kind, b.Kind)) })
	past := slices.IndexFunc(all, func(l timeLine) bool { return !l.At.After(now) })
	if past < 0 {
		past = len(all)
	}
	slices.Reverse(all[:past])
	return all[:past], all[past:]
}

// standingConsents are the newest of each purpose and channel, in that order.
func standingConsents(all []history.ConsentAt) []history.ConsentAt {
	newest := map[[2]string]history.ConsentAt{}
	for _, c := range all {
		key := [2]string{c.Purpose, c.Channel}
		if was, ok := newest[key]; !ok || !c.At.Before(was.At) {
			newest[key] = c
		}
	}
	list := make([]history.ConsentAt, 0, len(newest))
	for _, c := range newest {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b history.ConsentAt) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Channel, b.Channel))
	})
	return list
}
