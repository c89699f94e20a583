package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/scoring"
)

// Standings returns what a night made of the population of one partition, as
// everybody may see it, sorted by customer.
func (s *Store) Standings(ctx context.Context, run string, partition int) (out []measurement.Standing, err error) {
	err = s.read(ctx, fmt.Sprintf("read what became of partition %d", partition), func(t *tx) error {
		out = nil
		var pub int64
		err := t.get(&pub, `SELECT publication FROM runs WHERE id = ?`, run)
		if err = found(err, "there is no run %s", run); err != nil {
			return err
		}
		scores, _, err := loadLines[scoreLine](t, openSegments, pub, segScores, partition)
		if err != nil {
			return err
		}
		decisions, _, err := loadLines[interventions.Decision](t, sealedSegments, pub, segDecisions, partition)
		if err != nil {
			return err
		}
		listed := make(map[history.CustomerID]float64, len(decisions)/16)
		for i := range decisions {
			if d := decisions[i].Public(); d.Result == interventions.ResultTreat {
				listed[d.Customer] = d.Worth.Total
			}
		}
		for i := range scores {
			score := scores[i].score()
			if score.Excluded != "" {
				continue
			}
			worth, on := listed[score.Customer]
			out = append(out, measurement.Standing{Customer: score.Customer, High: score.Band == scoring.BandHigh, Listed: on, WorthMinor: worth})
		}
		slices.SortFunc(out, func(a, b measurement.Standing) int { return compare(a.Customer, b.Customer) })
		return nil
	})
	return out, err
}

// SaveGroups keeps contact and worth by group as of a night; saving again
// replaces it.
func (s *Store) SaveGroups(ctx context.Context, r measurement.GroupReport) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode the groups: %w", err)
	}
	return s.write(ctx, small, "save the groups", func(t *tx) error {
		if _, err := t.exec(`DELETE FROM group_reports WHERE as_of < ?`, micros(r.AsOf.AddDate(0, 0, -attritionDays))); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO group_reports (as_of, body) VALUES (?, ?) ON CONFLICT (as_of) DO UPDATE SET body = excluded.body`,
			micros(r.AsOf), text(string(body)))
		return err
	})
}

// Groups returns the newest report; a zero one before the first.
func (s *Store) Groups(ctx context.Context) (r measurement.GroupReport, err error) {
	err = s.read(ctx, "read the groups", func(t *tx) error {
		r = measurement.GroupReport{}
		var bodies []string
		if err := t.list(&bodies, `SELECT body FROM group_reports ORDER BY as_of DESC LIMIT 1`); err != nil || len(bodies) == 0 {
			return err
		}
		return json.Unmarshal([]byte(bodies[0]), &r)
	})
	return r, err
}
