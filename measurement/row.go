package measurement

import (
	"cmp"
	"slices"
	"time"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/interventions"
)

// Row is one customer in one treatment's comparison, from the household's
// first selection for it. Who is selected later, and whether anybody is, may be
// a consequence of the first contact, so it is no part of the comparison.
type Row struct {
	Treatment string
	Customer  history.CustomerID
	Household history.HouseholdID
	At        time.Time // first selection
	Held      bool      // deliberately left alone
	Global    bool      // held back in every layer: not this treatment's control
	Matured   bool      // the outcome is final
	Left      bool      // left within the horizon; judged on an event, had none until its end
	Outcome   string    // the kind of event the treatment is judged on; empty is staying
	Contacted bool      // the contact took place
	Claimed   bool      // an agent said the customer was saved
	Kept      bool      // still here sustainedDays later
	KeptKnown bool      // so much time has passed
	KeptFrom  time.Time // of a claim, when it will have; zero once it has
	Accepted  bool      // the offer was taken
	Segment   string    // at the selection; empty where unknown
	Share     float64   // probability with which its arm was drawn to be left alone, below 1; 0 where not known
	Weight    float64   // in its arm, one over the probability of that arm; Measure sets its own

	Traits [3]float64 // at the selection: see interventions.Traits
}

// Event is a kind of event that a treatment is judged on.
type Event struct {
	Name string
	Code uint16 // in the history's vocabulary
}

// sustainedDays is when a claimed save is looked at again.
const sustainedDays = 90

// Rows makes the rows of one shard: for every household and treatment those
// selected at the household's first exposure in the shard count, and later
// exposures change nothing; Measure does the same for households whose members
// are in several shards. The outcome is read from the shard as known at
// knownAt, the segment from a profile attribute as it was at the selection
// (none where the name is empty); one of the currency is unit minor units. Treatments among events are judged on having
// had one from the selection to the end of the outcome window, the others on
// staying. Exposures of customers that are not in the shard are left out.
func Rows(s *history.Shard, exposures []history.Exposure, def *churn.Definition, segment string, unit int64, knownAt time.Time, events map[string]Event) []Row {
	var out []Row
	var scratch, past history.Scratch
	of := make(map[history.CustomerID][]history.Exposure)
	for _, e := range exposures {
		of[e.Customer] = append(of[e.Customer], e)
	}
	for _, e := range FirstSelections(exposures) {
		i, ok := s.Find(e.Customer)
		if !ok {
			continue
		}
		v := s.View(i, knownAt, &scratch)
		at := s.View(i, e.At, &past)
		outcome := def.Outcome(at, v)
		r := Row{
			Treatment: e.Treatment, Customer: e.Customer, Household: e.Household, At: e.At,
			Held: e.Arm != interventions.ArmTreat, Global: e.Arm == interventions.ArmGlobalHoldout,
			Matured: outcome.Matured, Left: outcome.Left, Contacted: !e.Contacted.IsZero(),
		}
		if event, judged := events[e.Treatment]; judged {
			_, to := def.Window(e.At)
			r.Outcome, r.Left = event.Name, r.Matured && !happened(v, event.Code, e.At, to)
		} else {
			r.claimed(v, e, of[e.Customer], knownAt)
		}
		known := interventions.Know(at)
		r.Traits = interventions.Traits(&known, unit)
		if segment != "" {
			r.Segment, _ = at.Attribute(segment)
		}
		out = append(out, r)
	}
	return out
}

// claimed looks for an agent's claim after the selection, and whether it held.
func (r *Row) claimed(v history.View, e history.Exposure, all []history.Exposure, knownAt time.Time) {
	for _, c := range v.AllContacts() {
		if !c.Proactive || c.Purpose != e.Purpose || !slices.Contains(interventions.Claims, interventions.Disposition(c.Disposition)) || behind(c, all) != e.Treatment {
			continue
		}
		if c.At.Before(e.At) {
			continue
		}
		r.Claimed = true
		r.Accepted = c.Disposition == string(interventions.SavedWithOffer)
		until := c.At.AddDate(0, 0, sustainedDays)
		r.KeptKnown = !knownAt.Before(until)
		r.Kept = r.KeptKnown && stillHere(v, c.At, until)
		if !r.KeptKnown {
			r.KeptFrom = until
		}
		return
	}
}

// happened says whether there was an event of a kind from one instant to
// before another.
func happened(v history.View, kind uint16, from, to time.Time) bool {
	occurred, kinds := v.Occurred(), v.Kinds()
	i, _ := slices.BinarySearch(occurred, from.UnixMicro())
	for ; i < len(occurred) && occurred[i] < to.UnixMicro(); i++ {
		if kinds[i] == kind {
			return true
		}
	}
	return false
}

// behind is the treatment that a contact belongs to: that of the customer's
// newest exposure of its purpose. A customer who got an offer in spring and a
// call in autumn stays because of the call, says the agent.
func behind(c history.ContactAt, all []history.Exposure) (treatment string) {
	var newest time.Time
	for _, e := range all {
		if e.Purpose == c.Purpose && !e.At.After(c.At) && (treatment == "" || e.At.After(newest)) {
			treatment, newest = e.Treatment, e.At
		}
	}
	return treatment
}

// stillHere says whether no subscription ended, or for a business without
// contracts something happened, between two instants.
func stillHere(v history.View, from, until time.Time) bool {
	subs := v.Subscriptions()
	for _, s := range subs {
		if s.ActiveAt(until) {
			return true
		}
	}
	if len(subs) > 0 {
		return false
	}
	after, _ := slices.BinarySearch(v.Occurred(), from.UnixMicro())
	return after < v.Len() && v.Occurred()[after] < until.UnixMicro()
}

// FirstSelections keeps the exposures of each household's first selection for a
// treatment, sorted by treatment, household and customer.
func FirstSelections(exposures []history.Exposure) []history.Exposure {
	sorted := slices.Clone(exposures)
	slices.SortFunc(sorted, func(a, b history.Exposure) int {
		return cmp.Or(cmp.Compare(a.Treatment, b.Treatment), cmp.Compare(a.Household, b.Household),
			a.At.Compare(b.At), cmp.Compare(a.Customer, b.Customer))
	})
	out := sorted[:0]
	var head history.Exposure // of the household and treatment at hand
	for i, e := range sorted {
		if i == 0 || e.Treatment != head.Treatment || e.Household != head.Household {
			head = e
		}
		if e.At.Equal(head.At) {
			out = append(out, e)
		}
	}
	return out
}
