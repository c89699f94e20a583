package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/scoring"
)

func decisionKey(d *interventions.Decision) int64 { return int64(d.Customer) }

// SaveDecisions keeps one decision for each customer of the partition: whole
// in a sealed segment, the Public copy with the score as a row of the draft.
func (s *Store) SaveDecisions(
	ctx context.Context, pub interventions.PublicationID, partition int,
	decisions []interventions.Decision, scores []scoring.Score,
) error {
	packed, err := packLines(decisions, decisionKey)
	if err != nil {
		return fmt.Errorf("pack the decisions of partition %d: %w", partition, err)
	}
	gone, err := s.decidedBefore(ctx, pub, partition, decisions)
	if err != nil {
		return err
	}
	if err := s.unlist(ctx, pub, partition, gone); err != nil {
		return err
	}
	err = s.write(ctx, bulk, fmt.Sprintf("save the decisions of partition %d", partition), func(t *tx) error {
		if err := draftList(t, pub); err != nil {
			return err
		}
		return saveLines(t, sealedSegments, int64(pub), segDecisions, partition, 0, packed)
	})
	if err != nil {
		return err
	}
	segments, owners, err := s.standing(ctx, partition)
	if err != nil {
		return err
	}
	sums := newSums()
	rows := make([][]any, len(decisions))
	for i := range decisions {
		d := &decisions[i]
		at, found := slices.BinarySearchFunc(scores, d.Customer, func(s scoring.Score, id history.CustomerID) int {
			return compare(s.Customer, id)
		})
		if !found {
			return fault.New(fault.Internal, "customer %d was decided and not scored", d.Customer)
		}
		rows[i] = listedRow(int64(pub), partition, d.Public(), &scores[at], segments[d.Customer], owners[d.Customer], sums)
	}
	return s.saveListed(ctx, pub, partition, rows, sums)
}

// unlist removes the rows of customers whom an earlier try decided.
func (s *Store) unlist(ctx context.Context, pub interventions.PublicationID, partition int, gone []history.CustomerID) error {
	return s.pieces(len(gone), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, fmt.Sprintf("remove rows of partition %d", partition), func(t *tx) error {
			if err := draftList(t, pub); err != nil {
				return err
			}
			for _, id := range gone[from:to] {
				if _, err := t.exec(`DELETE FROM listed WHERE publication = ? AND partition = ? AND customer = ?`,
					int64(pub), partition, int64(id)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// saveListed writes a partition's rows, and its sums last.
func (s *Store) saveListed(ctx context.Context, pub interventions.PublicationID, partition int, rows [][]any, sums sums) error {
	what := fmt.Sprintf("save the rows of partition %d", partition)
	err := s.pieces(len(rows), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, what, func(t *tx) error {
			if err := draftList(t, pub); err != nil {
				return err
			}
			return t.insert("listed", listedColumns, rows[from:to], replaceListed)
		})
	})
	if err != nil {
		return err
	}
	return s.write(ctx, bulk, what, func(t *tx) error {
		if err := draftList(t, pub); err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM list_totals WHERE publication = ? AND partition = ?`, int64(pub), partition); err != nil {
			return err
		}
		if err := t.insert("list_totals", "publication, partition, band, segment, customers, at_risk, value_minor",
			sums.totals.rows(int64(pub), partition), ""); err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM list_facets WHERE publication = ? AND partition = ?`, int64(pub), partition); err != nil {
			return err
		}
		return t.insert("list_facets", "publication, partition, facet, value, customers", sums.facets.rows(int64(pub), partition), "")
	})
}

// decidedBefore returns who was decided by an earlier try and is not in the
// file any more.
func (s *Store) decidedBefore(
	ctx context.Context, pub interventions.PublicationID, partition int, decisions []interventions.Decision,
) (gone []history.CustomerID, err error) {
	var before []interventions.Decision
	err = s.read(ctx, fmt.Sprintf("read the decisions of partition %d", partition), func(t *tx) error {
		before, _, err = loadLines[interventions.Decision](t, sealedSegments, int64(pub), segDecisions, partition)
		return err
	})
	for _, d := range before {
		_, there := slices.BinarySearchFunc(decisions, d.Customer, func(x interventions.Decision, id history.CustomerID) int {
			return compare(x.Customer, id)
		})
		if !there {
			gone = append(gone, d.Customer)
		}
	}
	return gone, err
}

// standing returns the segment of a partition's customers, and who looks after
// them: the newest values of the attributes that say so.
func (s *Store) standing(ctx context.Context, partition int) (segments, owners map[history.CustomerID]string, err error) {
	names := []string{s.opts.SegmentAttribute, s.opts.OwnerAttribute}
	if names[0] == "" && names[1] == "" {
		return nil, nil, nil
	}
	err = s.read(ctx, fmt.Sprintf("read segments and owners of partition %d", partition), func(t *tx) error {
		values, err := attributesOf(t, names, `partition = ?`, partition)
		if err == nil {
			segments, owners = values[0], values[1]
		}
		return err
	})
	return segments, owners, err
}

// attributesOf returns the newest values of profile attributes of some
// customers, one map for each name.
func attributesOf(t *tx, names []string, where string, args ...any) ([]map[history.CustomerID]string, error) {
	version, err := manifestVersion(t)
	if err != nil {
		return nil, err
	}
	set, err := shown(t, version)
	if err != nil {
		return nil, err
	}
	values, newest := make([]map[history.CustomerID]string, len(names)), make([]map[history.CustomerID]int64, len(names))
	for i := range names {
		values[i], newest[i] = map[history.CustomerID]string{}, map[history.CustomerID]int64{}
	}
	var facts []history.Fact
	seen := bodies{}
	err = t.each(`SELECT customer, kind, ref, recorded, import_id, occurred, assumed, retracted, body FROM facts
		WHERE kind = ? AND `+where, append([]any{string(history.FactProfile)}, args...), func(r scanner) error {
		facts = facts[:0]
		if err := readFact(r, set, seen, &facts); err != nil || len(facts) == 0 || facts[0].Retracted {
			return err
		}
		f := facts[0]
		given, at := f.Body.(history.Profile).Attributes, micros(f.Occurred)
		for i, name := range names {
			if value, known := given[name]; name != "" && known && at >= newest[i][f.Customer] {
				newest[i][f.Customer], values[i][f.Customer] = at, text(value)
			}
		}
		return nil
	})
	return values, err
}

const listedColumns = `publication, partition, customer, household, band, risk, value_minor, at_risk, tenure_days,
	episode, since, segment, why, result, reason, treatment, owner, concept`

const replaceListed = `ON CONFLICT (publication, partition, customer) DO UPDATE SET household = excluded.household,
	band = excluded.band, risk = excluded.risk, value_minor = excluded.value_minor, at_risk = excluded.at_risk,
	tenure_days = excluded.tenure_days, episode = excluded.episode, since = excluded.since, segment = excluded.segment,
	why = excluded.why, result = excluded.result, reason = excluded.reason, treatment = excluded.treatment,
	owner = excluded.owner, concept = excluded.concept`

func listedRow(pub int64, partition int, d interventions.Decision, s *scoring.Score, segment, owner string, sums sums) []any {
	why, concept := "", ""
	if len(s.Reasons) > 0 {
		why, concept = text(s.Reasons[0].Text), text(s.Reasons[0].Concept)
	}
	atRisk := int64(math.Round(s.Risk * float64(s.ValueMinor)))
	sums.totals.add(string(s.Band), segment, atRisk, s.ValueMinor)
	sums.facets.add(owner, concept, s)
	return []any{
		pub, partition, int64(d.Customer), int64(d.Household), string(s.Band), s.Risk, s.ValueMinor, atRisk, s.TenureDays,
		s.Episode, microsOrZero(s.EpisodeStart), segment, why, string(d.Result), text(d.Reason), d.Treatment, owner, concept,
	}
}

// sums are what is counted of a partition's rows.
type sums struct {
	totals totals
	facets facetCounts
}

func newSums() sums { return sums{totals{}, facetCounts{}} }

// totals are sums by band and segment, so that pages count without reading rows.
type totals map[[2]string]*[3]int64

func (s totals) add(band, segment string, atRisk, value int64) {
	k := [2]string{band, segment}
	if s[k] == nil {
		s[k] = &[3]int64{}
	}
	s[k][0]++
	s[k][1] += atRisk
	s[k][2] += value
}

func (s totals) rows(pub int64, partition int) (rows [][]any) {
	for k, v := range s {
		rows = append(rows, []any{pub, partition, k[0], k[1], v[0], v[1], v[2]})
	}
	return rows
}

// DecisionOf returns the Public copy of a customer's decision on the released
// list of an as-of, on the one shown when asOf is zero.
func (s *Store) DecisionOf(ctx context.Context, customer history.CustomerID, asOf time.Time) (interventions.Decision, error) {
	d, err := s.SealedDecision(ctx, customer, asOf)
	return d.Public(), err
}

// SealedDecision returns the whole decision, which tells the arm.
//
// Sealed: only measurement and the auditor's page, which is audited, may call it.
func (s *Store) SealedDecision(
	ctx context.Context, customer history.CustomerID, asOf time.Time,
) (d interventions.Decision, err error) {
	err = s.read(ctx, fmt.Sprintf("read the decision for customer %d", customer), func(t *tx) error {
		list, err := releasedList(t, asOf)
		if err != nil {
			return err
		}
		d, err = decisionOf(t, list.ID, customer)
		return err
	})
	return d, err
}

func decisionOf(t *tx, pub interventions.PublicationID, customer history.CustomerID) (interventions.Decision, error) {
	partition, err := partitionOf(t, customer)
	if err != nil {
		return interventions.Decision{}, err
	}
	d, found, err := findLine(t, sealedSegments, int64(pub), segDecisions, partition, int64(customer), decisionKey)
	if err == nil && !found {
		return d, fault.New(fault.NotFound, "there is no decision for customer %d on that list", customer)
	}
	return d, err
}

// LeftToChance returns the decisions of a night whose list was released, one
// partition's, with a propensity between 0 and 1; nothing where there are none,
// or no longer.
//
// Sealed: only the comparison of policies may call it, for sums.
func (s *Store) LeftToChance(ctx context.Context, run string, partition int) (out []interventions.Decision, err error) {
	err = s.read(ctx, fmt.Sprintf("read what was left to chance in partition %d", partition), func(t *tx) error {
		out = nil
		var released []int64
		err := t.list(&released, `SELECT id FROM publications WHERE run = ? AND state IN ('released', 'withdrawn')`, run)
		if err != nil || len(released) == 0 {
			return err
		}
		all, _, err := loadLines[interventions.Decision](t, sealedSegments, released[0], segDecisions, partition)
		out = slices.DeleteFunc(all, func(d interventions.Decision) bool { return d.Propensity <= 0 || d.Propensity >= 1 })
		return err
	})
	return out, err
}
