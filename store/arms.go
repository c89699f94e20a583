package store

import (
	"context"
	"time"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/training"
)

type armRow struct {
	Household   int64
	Layer       string
	Publication int64
	Held        int
	Share       float64
	FromAt      int64 `db:"from_at"`
	UntilAt     int64 `db:"until_at"`
	Draw        int
	Flagged     string
}

func (r armRow) arm() interventions.Arm {
	return interventions.Arm{
		Household: history.HouseholdID(r.Household), Layer: interventions.Layer(r.Layer), Held: r.Held == 1, Share: r.Share,
		From: instant(r.FromAt), Until: instant(r.UntilAt), Draw: r.Draw, Flagged: r.Flagged,
	}
}

// armQuery reads the arms of lists that have been released, and those that
// merges made, in armOrder: the first stored of a household, layer and year
// stands, and goes behind what a merge made of it.
const (
	armQuery = `SELECT a.household, a.layer, a.publication, a.held, a.share, a.from_at, a.until_at, a.draw, a.flagged FROM (
		SELECT s.household, s.layer, s.publication, s.held, s.share, s.from_at, s.until_at, s.draw, s.flagged, p.released_at
			FROM sealed_arms s JOIN publications p ON p.id = s.publication AND p.state IN ('released', 'withdrawn')
		UNION ALL SELECT household, layer, 0, held, share, from_at, until_at, draw, flagged, 0 FROM sealed_joined_arms) a`
	armOrder = ` ORDER BY a.household, a.layer, a.draw, a.released_at, a.publication`
)

// Arms returns the stored arms that began at or before asOf, ended ones
// included: one per household, layer and draw.
//
// Sealed: only allocation, the gates of R7, measurement, training and the
// auditor's page, which is audited, may call it.
func (s *Store) Arms(ctx context.Context, asOf time.Time) (arms []interventions.Arm, err error) {
	err = s.read(ctx, "read the arms", func(t *tx) error {
		arms, err = readArms(t, armQuery+` WHERE a.from_at <= ?`+armOrder, micros(asOf))
		return err
	})
	return arms, err
}

// readArms reads arms in the order of household, layer and draw and keeps the
// first of each year: an arm that is stored and not ended is left as it is.
func readArms(t *tx, query string, args ...any) (arms []interventions.Arm, err error) {
	err = t.ask(askArms(&arms, query, args...))
	return arms, err
}

func askArms(into *[]interventions.Arm, query string, args ...any) question {
	return question{query, args, func(row scanner) error {
		arms := *into
		var r armRow
		if err := row.Scan(&r.Household, &r.Layer, &r.Publication, &r.Held, &r.Share, &r.FromAt, &r.UntilAt, &r.Draw, &r.Flagged); err != nil {
			return err
		}
		a := r.arm()
		if r.Publication == 0 { // made by a merge
			for n := len(arms); n > 0 && sameArm(arms[n-1], a) && arms[n-1].Until.After(a.From); n-- {
				arms = arms[:n-1]
			}
		}
		if n := len(arms); n > 0 && sameArm(arms[n-1], a) &&
			(arms[n-1].Draw == a.Draw || arms[n-1].Until.After(a.From)) {
			*into = arms
			return nil
		}
		*into = append(arms, a)
		return nil
	}}
}

func sameArm(a, b interventions.Arm) bool { return a.Household == b.Household && a.Layer == b.Layer }

// armsIn asks for the arms of a scope of households.
func armsIn(into *[]interventions.Arm, sc scope) question {
	return askArms(into, armQuery+` WHERE a.`+sc.in()+armOrder, sc.values...)
}

// armsOf reads the arms of households.
func armsOf(t *tx, ids ...history.HouseholdID) (arms []interventions.Arm, err error) {
	err = inScopes(ids, func(sc scope) error {
		var some []interventions.Arm
		err := t.ask(armsIn(&some, sc))
		arms = append(arms, some...)
		return err
	})
	return arms, err
}

// heldLayers are the layers that these arms hold out of now.
func heldLayers(arms []interventions.Arm, now time.Time) (layers []interventions.Layer) {
	for _, a := range arms {
		if a.Held && !a.From.After(now) && a.Until.After(now) {
			layers = append(layers, a.Layer)
		}
	}
	return layers
}

// saveArms writes the arms drawn for a draft, in place of those of an earlier try.
func (s *Store) saveArms(ctx context.Context, pub interventions.PublicationID, arms []interventions.Arm) error {
	if _, err := s.deleteInPieces(ctx, deletion{"sealed_arms", "household, layer, publication", "publication = ?", chunkRows}, int64(pub)); err != nil {
		return err
	}
	return s.pieces(len(arms), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, "save arms", func(t *tx) error {
			if err := draftList(t, pub); err != nil {
				return err
			}
			rows := make([][]any, 0, to-from)
			for _, a := range arms[from:to] {
				rows = append(rows, []any{
					int64(a.Household), string(a.Layer), int64(pub), boolean(a.Held), a.Share,
					micros(a.From), micros(a.Until), a.Draw, text(a.Flagged),
				})
			}
			return t.insert("sealed_arms", "household, layer, publication, held, share, from_at, until_at, draw, flagged", rows,
				"ON CONFLICT (household, layer, publication) DO NOTHING")
		})
	})
}

// drawQuery reads exposures with the shares that the household's arms were drawn
// at: 0 where there was no draw.
const drawQuery = `SELECT e.customer, e.household, e.at, e.purpose, e.treatment, e.arm, e.propensity, e.contacted,
		` + drawnShare + `'*'), 0), ` + drawnShare + `e.treatment), 0)
	FROM sealed_exposures e JOIN publications p ON p.id = e.publication AND p.state IN ('released', 'withdrawn')`

const drawnShare = `COALESCE((SELECT MAX(a.share) FROM sealed_arms a JOIN publications q ON q.id = a.publication AND q.state IN ('released', 'withdrawn')
			WHERE a.household = e.household AND a.from_at <= e.at AND a.until_at > e.at AND a.layer = `

// Draws returns the selections of a partition's customers over the released
// lists, oldest first, with the chances they were drawn at.
//
// Sealed: only training and measurement may call it.
func (s *Store) Draws(ctx context.Context, partition int) (list []training.Draw, err error) {
	err = s.read(ctx, "read the draws", func(t *tx) error {
		list = list[:0]
		return t.each(drawQuery+` WHERE e.partition = ? ORDER BY e.at, e.customer, e.treatment`, []any{partition}, func(r scanner) error {
			var d training.Draw
			var at, contacted int64
			if err := r.Scan(&d.Customer, &d.Household, &at, &d.Purpose, &d.Treatment, &d.Arm, &d.Propensity, &contacted, &d.Global, &d.Ghost); err != nil {
				return err
			}
			d.At, d.Contacted = instant(at), instantOrZero(contacted)
			list = append(list, d)
			return nil
		})
	})
	return list, err
}
