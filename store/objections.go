package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/scoring"
)

// saveObjections notes who says no to profiling among facts.
func saveObjections(t *tx, imp history.ImportID, facts []history.Fact) error {
	ids := objectors(facts)
	rows := make([][]any, len(ids))
	for i, id := range ids {
		rows[i] = []any{int64(imp), int64(id)}
	}
	return t.insert("objections", "import_id, customer", rows, "ON CONFLICT (import_id, customer) DO NOTHING")
}

func objectors(facts []history.Fact) (ids []history.CustomerID) {
	for i := range facts {
		c, ok := facts[i].Body.(history.Consent)
		if ok && c.Purpose == history.PurposeProfiling && !c.Allowed && !facts[i].Retracted && !slices.Contains(ids, facts[i].Customer) {
			ids = append(ids, facts[i].Customer)
		}
	}
	return ids
}

// dropObjectors takes who objects to profiling out of the scores of every list
// that is kept as rows, whatever their nights said. The query chooses whom to look
// at; who said yes since keeps their row.
func (s *Store) dropObjectors(ctx context.Context, now time.Time, query string, args ...any) error {
	var ids []int64
	err := s.read(ctx, "list who objects to profiling", func(t *tx) error {
		ids = ids[:0]
		return t.list(&ids, query, args...)
	})
	for _, id := range ids {
		if err == nil {
			err = s.dropObjector(ctx, now, history.CustomerID(id))
		}
	}
	return err
}

func (s *Store) dropObjector(ctx context.Context, now time.Time, id history.CustomerID) error {
	shard, err := s.customer(ctx, id, false, 0)
	if err != nil {
		return err
	}
	if _, objects := history.ProfilingObjection(shard.View(0, now.Add(time.Microsecond), nil).Consents()); !objects {
		return nil
	}
	c := shard.Customers[0]
	return s.write(ctx, small, fmt.Sprintf("take customer %d off the lists", c.ID), func(t *tx) error {
		return unscore(t, c.ID, c.Partition)
	})
}

// unscore makes a customer's rows those of somebody who is not scored.
func unscore(t *tx, id history.CustomerID, partition int) error {
	var rows []struct {
		Publication   int64
		Band, Segment string
		AtRisk        int64 `db:"at_risk"`
		ValueMinor    int64 `db:"value_minor"`
	}
	if err := t.list(&rows, `SELECT publication, band, segment, at_risk, value_minor FROM listed
		WHERE partition = ? AND customer = ? AND band <> ''`, partition, int64(id)); err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := t.exec(`UPDATE list_totals SET customers = customers - 1, at_risk = at_risk - ?, value_minor = value_minor - ?
			WHERE publication = ? AND partition = ? AND band = ? AND segment = ?`,
			r.AtRisk, r.ValueMinor, r.Publication, partition, r.Band, r.Segment); err != nil {
			return err
		}
		if err := t.insert("list_totals", "publication, partition, band, segment, customers, at_risk, value_minor",
			[][]any{{r.Publication, partition, "", r.Segment, 1, 0, 0}},
			"ON CONFLICT (publication, partition, band, segment) DO UPDATE SET customers = list_totals.customers + 1"); err != nil {
			return err
		}
		err := t.moving(r.Publication, int64(partition), int64(id), func() error {
			_, err := t.exec(`UPDATE listed SET band = '', risk = 0, value_minor = 0, at_risk = 0, episode = 0, since = 0, why = '',
				result = ?, reason = ?, treatment = '' WHERE publication = ? AND partition = ? AND customer = ?`,
				string(interventions.ResultOut), scoring.ObjectsToProfiling, r.Publication, partition, int64(id))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unscored are the customers of a partition whom the list that is shown leaves
// out because they object to profiling.
func unscored(t *tx, partition int) (map[history.CustomerID]bool, error) {
	pub, err := shownList(t)
	if err != nil || pub == 0 {
		return nil, err
	}
	var ids []int64
	if err := t.list(&ids, `SELECT customer FROM listed WHERE publication = ? AND partition = ? AND band = '' AND reason = ?`,
		pub, partition, scoring.ObjectsToProfiling); err != nil {
		return nil, err
	}
	set := make(map[history.CustomerID]bool, len(ids))
	for _, id := range ids {
		set[history.CustomerID(id)] = true
	}
	return set, nil
}
