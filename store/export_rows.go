package store

import (
	"context"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/scoring"
)

// HistoryParts returns the rows of one partition as they are known now, each
// under the record it came for, corrections and retractions among them; events
// only when asked for.
//
// manual: export history.
func (s *Store) HistoryParts(ctx context.Context, partition int, events bool) (parts history.Parts, err error) {
	err = s.read(ctx, fmt.Sprintf("read partition %d", partition), func(t *tx) error {
		l := loader{t: t, segments: events}
		if err := l.begin(0); err != nil {
			return err
		}
		l.parts.Partition = partition
		if l.parts.Customers, err = customersOf(t, partition, l.shown); err != nil {
			return err
		}
		if err := t.ask(l.rows(inPartition, partition)...); err != nil {
			return err
		}
		if err := l.events(partition, nil); err != nil {
			return err
		}
		parts = l.parts
		return nil
	})
	return parts, err
}

// DecisionLine is one customer of a released list, in the public form.
type DecisionLine struct {
	Customer history.Customer
	Score    scoring.Score
	Decision interventions.Decision
}

// EachDecision calls f with every decision of the released list of an as-of, of
// the one shown when asOf is zero, a partition at a time. NotFound when
// retention has let them go.
//
// manual: export decisions.
func (s *Store) EachDecision(ctx context.Context, asOf time.Time, f func(DecisionLine) error) error {
	for partition := range s.fixed.partitions {
		var lines []DecisionLine
		err := s.read(ctx, fmt.Sprintf("read the decisions of partition %d", partition), func(t *tx) error {
			list, err := releasedList(t, asOf)
			if err != nil {
				return err
			}
			lines, err = decisionLines(t, int64(list.ID), partition)
			return err
		})
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := f(l); err != nil {
				return err
			}
		}
	}
	return nil
}

func decisionLines(t *tx, pub int64, partition int) ([]DecisionLine, error) {
	decisions, found, err := loadLines[interventions.Decision](t, sealedSegments, pub, segDecisions, partition)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.NotFound, "the decisions of that list are no longer kept: nightly.retention.score_days says how long they are")
	}
	scores, _, err := loadLines[scoreLine](t, openSegments, pub, segScores, partition)
	if err != nil {
		return nil, err
	}
	scored := make(map[history.CustomerID]scoring.Score, len(scores))
	for i := range scores {
		scored[scores[i].Customer] = scores[i].score()
	}
	version, err := manifestVersion(t)
	if err != nil {
		return nil, err
	}
	set, err := shown(t, version)
	if err != nil {
		return nil, err
	}
	customers, err := customersOf(t, partition, set)
	if err != nil {
		return nil, err
	}
	named := make(map[history.CustomerID]history.Customer, len(customers))
	for _, c := range customers {
		named[c.ID] = c
	}
	object, err := unscored(t, partition)
	if err != nil {
		return nil, err
	}
	lines := make([]DecisionLine, len(decisions))
	for i, d := range decisions {
		if object[d.Customer] {
			scored[d.Customer] = scoring.Score{Customer: d.Customer, AsOf: d.AsOf, Excluded: scoring.ObjectsToProfiling}
			d = interventions.Decision{
				Customer: d.Customer, Household: d.Household, AsOf: d.AsOf, Result: interventions.ResultOut, Reason: scoring.ObjectsToProfiling,
			}
		}
		lines[i] = DecisionLine{Customer: named[d.Customer], Score: scored[d.Customer], Decision: d.Public()}
	}
	return lines, nil
}
