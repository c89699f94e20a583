package nightly

import (
	"context"
	"fmt"
	"strings"

	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/scoring"
	"holdfast/training"
)

// riskPrefix begins the counts of a night's risks by cell: they are for drift,
// and not shown.
const riskPrefix = "risk cell "

func countRisk(c Counts, risk float64) {
	c[fmt.Sprintf("%s%02d", riskPrefix, scoring.DriftCell(risk))]++
}

// cellPrefix begins the counts of a night's features by column and cell.
const cellPrefix = "feature cell "

func countCells(c Counts, cells *scoring.Cells) {
	cells.Each(func(column, cell int, customers int64) {
		c[fmt.Sprintf("%s%d.%d", cellPrefix, column, cell)] += customers
	})
}

// features are the counts of features by column and cell; nil where a night kept none.
func (c Counts) features() map[int]map[int]float64 {
	out := make(map[int]map[int]float64)
	for key, n := range c {
		text, ok := strings.CutPrefix(key, cellPrefix)
		if !ok {
			continue
		}
		var column, cell int
		if _, err := fmt.Sscanf(text, "%d.%d", &column, &cell); err != nil || column < 0 || cell < 0 {
			continue
		}
		if out[column] == nil {
			out[column] = make(map[int]float64)
		}
		out[column][cell] += float64(n)
	}
	return out
}

// cells are the counts of risks by cell; nil where a night kept none.
func (c Counts) cells() []float64 {
	var out []float64
	for key, n := range c {
		var cell int
		if text, ok := strings.CutPrefix(key, riskPrefix); ok {
			if _, err := fmt.Sscanf(text, "%d", &cell); err == nil && cell >= 0 && cell < scoring.DriftCells {
				if out == nil {
					out = make([]float64, scoring.DriftCells)
				}
				out[cell] += float64(n)
			}
		}
	}
	return out
}

// evidence is what is known about the champion: its age, its schema, how far the
// risks, the features and the number of customers of its newest night have moved from
// those of its first, what became of customers since, and what was trained in vain.
func (s *Stages) evidence(ctx context.Context, run Run, version int64, rec ModelRecord, office *model.Model) (training.Evidence, error) {
	e := training.Evidence{AsOf: run.AsOf, TrainedAt: rec.TrainedAt, Schema: rec.Schema, Now: s.Engine.Schema().Hash()}
	if s.Training.TwoPersonRelease {
		waiting, err := s.Store.Waiting(ctx)
		if err != nil && fault.Of(err) != fault.NotFound {
			return e, fmt.Errorf("look for a model that waits: %w", err)
		}
		if err == nil && waiting.Schema == e.Now && waiting.TrainedAt.After(rec.TrainedAt) {
			e.Waiting, e.WaitingSince = waiting.ID, waiting.TrainedAt
		}
	}
	if rec.ID == "" || rec.Schema != e.Now {
		return e, nil // it is due whatever else is known
	}
	var err error
	if e.Refused, e.RefusedAt, err = s.Store.Refused(ctx, rec.ID, run.AsOf); err != nil {
		return e, fmt.Errorf("read what was trained in vain: %w", err)
	}
	if err := s.drifted(ctx, run, rec, &e); err != nil {
		return e, err
	}
	if office == nil {
		return e, nil
	}
	after := training.After{
		Reader: cachedShards{s, run}, Version: version, Engine: s.Engine, Churn: s.Churn, AsOf: run.AsOf, Seed: s.Training.Seed,
	}
	if after.Practice, err = s.practice(ctx); err != nil {
		return e, err
	}
	e.Aftermath, err = after.Of(ctx, office)
	return e, err
}

// drifted compares the champion's newest night with its first.
func (s *Stages) drifted(ctx context.Context, run Run, rec ModelRecord, e *training.Evidence) error {
	first, newest, err := s.Store.ScoreCounts(ctx, rec.ID, run.AsOf)
	if err != nil {
		return fmt.Errorf("read what the champion scored: %w", err)
	}
	far, ok, err := scoring.Farthest(s.Engine.Schema(), first.features(), newest.features())
	if err != nil {
		return err
	}
	if ok {
		e.Feature, e.FeaturePSI, e.FeatureCritical = far.Feature, far.PSI, far.Critical
	}
	a, b := first.cells(), newest.cells()
	if a == nil || b == nil {
		return nil
	}
	for i := range a {
		e.PopulationThen, e.Population = e.PopulationThen+a[i], e.Population+b[i]
	}
	e.PSI, e.Critical, err = scoring.Drift(a, b)
	return err
}
