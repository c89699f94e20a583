package measurement

import (
	"slices"
	"time"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/interventions"
)

// Row is one customer in one treatment's comparison, from the household's
// first selection for it.
type Row struct {
	Treatment string
	Customer  history.CustomerID
	Household history.HouseholdID
	At        time.Time // first selection
	Held      bool      // deliberately left alone
	Global    bool      // held back in every layer: not this treatment's control
	Matured   bool      // the outcome is final
	Left      bool      // left within the horizon
	Contacted bool      // the contact took place
	Claimed   bool      // an agent said the customer was saved
	Kept      bool      // still here sustainedDays later
	KeptKnown bool      // so much time has passed
}

// sustainedDays is when a claimed save is looked at again.
const sustainedDays = 90

// claims are the dispositions with which an agent says that a customer stays.
var claims = []string{
	string(interventions.SavedNoOffer), string(interventions.SavedWithOffer), string(interventions.PartialSave),
}

// Rows makes the rows of one shard: for every household and treatment the
// first exposure counts and later ones change nothing. The outcome is read from
// the shard as known at knownAt. Exposures of customers that are not in the
// shard are left out.
func Rows(s *history.Shard, exposures []history.Exposure, def *churn.Definition, knownAt time.Time) []Row {
	var out []Row
	var scratch history.Scratch
	for _, e := range first(exposures) {
		i, ok := slices.BinarySearchFunc(s.Customers, e.Customer, func(c history.Customer, id history.CustomerID) int {
			switch {
			case c.ID < id:
				return -1
			case c.ID > id:
				return 1
			}
			return 0
		})
		if !ok {
			continue
		}
		v := s.View(i, knownAt, &scratch)
		outcome := def.Outcome(v, e.At)
		r := Row{
			Treatment: e.Treatment, Customer: e.Customer, Household: e.Household, At: e.At,
			Held: e.Arm != interventions.ArmTreat, Global: e.Arm == interventions.ArmGlobalHoldout,
			Matured: outcome.Matured, Left: outcome.Left, Contacted: !e.Contacted.IsZero(),
		}
		r.claimed(v, e, def, knownAt)
		out = append(out, r)
	}
	return out
}

// claimed looks for an agent's claim after the selection, and whether it held.
func (r *Row) claimed(v history.View, e history.Exposure, def *churn.Definition, knownAt time.Time) {
	for _, c := range v.AllContacts() {
		if !c.Proactive || c.At.Before(e.At) || c.Purpose != e.Purpose || !slices.Contains(claims, c.Disposition) {
			continue
		}
		r.Claimed = true
		until := c.At.AddDate(0, 0, sustainedDays)
		r.KeptKnown = !knownAt.Before(until)
		r.Kept = r.KeptKnown && stillHere(v, c.At, until)
		return
	}
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

// first keeps each customer's exposures from the household's first selection
// for a treatment, sorted by treatment and customer.
func first(exposures []history.Exposure) []history.Exposure {
	sorted := slices.Clone(exposures)
	slices.SortFunc(sorted, func(a, b history.Exposure) int {
		if a.Treatment != b.Treatment {
			if a.Treatment < b.Treatment {
				return -1
			}
			return 1
		}
		if a.Household != b.Household {
			if a.Household < b.Household {
				return -1
			}
			return 1
		}
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return int(min(max(int64(a.Customer)-int64(b.Customer), -1), 1))
	})
	return slices.CompactFunc(sorted, func(a, b history.Exposure) bool {
		return a.Treatment == b.Treatment && a.Household == b.Household
	})
}
