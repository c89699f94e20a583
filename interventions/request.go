package interventions

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Request is a manager's wish that a treatment be sent to one customer. It
// makes the customer a selected one in the nights that follow, as long as the
// gates are open and the limits suffice, and passes through the same arms as
// everybody else: whoever asked is told "queued" and no more (R7).
type Request struct {
	ID        int64
	Customer  history.CustomerID
	Treatment string
	By        string
	At        time.Time
	Until     time.Time // nights as of then or later leave it out
	// Override releases the work even to a household that is held back, which
	// stays in the arm it was assigned. Only a named director may ask for it.
	Override bool
	Reason   string // of an override
}

// requestDays is how long a request is considered.
const requestDays = 7

// maxOverrides is the share of overrides among all that was released above
// which the proof is in danger.
const maxOverrides = .01

// NewRequest makes a request, or says why it cannot be one. The refusals are
// the same for every arm.
func (p *Policy) NewRequest(customer history.CustomerID, treatment, by string, override bool, reason string, now time.Time) (Request, error) {
	r := Request{
		ID:       p.hash63("request", strconv.FormatInt(int64(customer), 10), treatment, by, now.UTC().Format(time.RFC3339Nano)),
		Customer: customer, Treatment: treatment, By: by, At: now, Until: now.AddDate(0, 0, requestDays),
		Override: override, Reason: reason,
	}
	t := p.Treatment(treatment)
	switch {
	case t == nil:
		return r, fault.New(fault.Invalid, "there is no treatment %q: choose one of those offered", treatment)
	case override && !p.IsDirector(by):
		return r, fault.New(fault.Forbidden, "only a named director may override who is held back: ask one of them, or send without it")
	case override && len([]rune(reason)) < 10:
		return r, fault.New(fault.Invalid, "an override needs a reason: write a sentence that can be read in a year")
	}
	return r, nil
}

// IsDirector says whether a user may override who is held back.
func (p *Policy) IsDirector(user string) bool { return slices.Contains(p.cfg.Directors, user) }

// Overrides counts what was asked for and released in a window of time.
type Overrides struct {
	Asked    int // overrides asked for, whether or not anybody was held back
	Released int // contacts released
}

// Share is that of overrides among the released. As a request tells nothing of
// an arm, it is also the expected share of the held-back who were contacted.
func (o Overrides) Share() float64 {
	if o.Asked == 0 {
		return 0
	}
	return float64(o.Asked) / float64(max(1, o.Released))
}

// Alarm says that so many overrides endanger the proof (R7).
func (o Overrides) Alarm() bool { return o.Share() > maxOverrides }

// setAside moves the candidates of households that a request is for behind the
// others, and returns how many are left before them and, for each household,
// the request's own candidate. The first request of a household counts.
func (p *Policy) setAside(cands []Candidate, requests []Request) (rest int, wanted []wish) {
	if len(requests) == 0 {
		return len(cands), nil
	}
	sorted := slices.Clone(requests)
	slices.SortFunc(sorted, func(a, b Request) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	first := map[history.HouseholdID]int{}
	of := map[history.CustomerID][]int{}
	for i, r := range sorted {
		of[r.Customer] = append(of[r.Customer], i)
	}
	for _, c := range cands {
		for _, i := range of[c.Customer] {
			if sorted[i].Treatment != p.cfg.Treatments[c.Treatment].Name {
				continue
			}
			if j, ok := first[c.Household]; !ok || i < j {
				first[c.Household] = i
			}
		}
	}
	var aside []Candidate
	for _, c := range cands {
		if _, ok := first[c.Household]; ok {
			aside = append(aside, c)
			continue
		}
		cands[rest] = c
		rest++
	}
	copy(cands[rest:], aside)
	for c := rest; c < len(cands); c++ {
		i := first[cands[c].Household]
		if sorted[i].Customer == cands[c].Customer && sorted[i].Treatment == p.cfg.Treatments[cands[c].Treatment].Name {
			wanted = append(wanted, wish{int32(c), i, sorted[i].Override})
		}
	}
	slices.SortFunc(wanted, func(a, b wish) int { return cmp.Compare(a.turn, b.turn) })
	return rest, wanted
}

// wish is the candidate that a request is for.
type wish struct {
	candidate int32
	turn      int
	override  bool
}

// grant takes the wishes that fit out of the limits.
func (pr *problem) grant(wanted []wish) (granted []wish) {
	for _, w := range wanted {
		fits := true
		for k := range pr.limits {
			fits = fits && !over(pr.use(w.candidate, k), pr.limits[k].Amount)
		}
		if !fits {
			continue
		}
		for k := range pr.limits {
			pr.limits[k].Amount = max(0, pr.limits[k].Amount-pr.use(w.candidate, k))
		}
		granted = append(granted, w)
	}
	return granted
}
