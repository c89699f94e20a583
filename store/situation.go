package store

import (
	"context"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// Known returns what is known now of a customer: the facts as they stand, without
// opening segments, and whether they are to be left alone.
func (s *Store) Known(ctx context.Context, customer history.CustomerID, now time.Time) (interventions.Known, error) {
	return s.known(ctx, customer, now)
}

// Situation returns what is known now of the customer and household: Known, and
// our own work. household is where the customer belonged when the work was made;
// of one who has moved since, that of the new one is read too.
func (s *Store) Situation(
	ctx context.Context, customer history.CustomerID, household history.HouseholdID, now time.Time,
) (known interventions.Known, facts interventions.Facts, err error) {
	var paused []string
	qs, answered := factsOf(household, customer, now)
	if known, err = s.known(ctx, customer, now, append(qs, askPaused(&paused))...); err != nil {
		return known, facts, err
	}
	if known.Household != household {
		qs, answered = factsOf(known.Household, customer, now)
		if err := s.ask(ctx, "read our own work for a household", qs...); err != nil {
			return known, facts, err
		}
	}
	facts = answered()
	facts.Paused = paused
	return known, facts, nil
}

// known is Known, with questions that go along.
func (s *Store) known(ctx context.Context, customer history.CustomerID, now time.Time, beside ...question) (known interventions.Known, err error) {
	by := map[history.CustomerID]*interventions.Exclusion{}
	shard, err := s.customerFacts(ctx, customer, append(beside, excluded(by, now, ofCustomer, int64(customer)))...)
	if err != nil {
		return known, err
	}
	// A fact is visible when it lies before the cut: what was recorded at this
	// very moment is known now.
	known = interventions.Know(shard.View(0, now.Add(time.Microsecond), new(history.Scratch)))
	known.Now = now
	if id := known.Customer.ID; id != customer { // they were merged into another
		if err := s.ask(ctx, fmt.Sprintf("read who leaves customer %d alone", id), excluded(by, now, ofCustomer, int64(id))); err != nil {
			return known, err
		}
	}
	known.Excluded = by[known.Customer.ID]
	return known, nil
}
