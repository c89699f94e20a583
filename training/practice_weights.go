package training

import (
	"context"
	"fmt"
	"math"

	"holdfast/model"
	"holdfast/training/baseline"
)

// Weighting says what became of the rows when customers' time was cut at our
// contacts.
type Weighting struct {
	Over      int `json:"over"`      // rows whose customer had been contacted before as-of: their own time was over
	Censored  int `json:"censored"`  // rows whose outcome was hidden by a contact; others are weighted up for them
	Weighted  int `json:"weighted"`  // rows that stand for more than themselves
	Truncated int `json:"truncated"` // weights cut at maxWeight
}

// maxWeight is how many rows one row may stand for because others were
// contacted. Without a bound one ghost of a rare kind decides the model; with it
// the risks of those kinds come out somewhat low.
const maxWeight = 20

// EffectiveRows is the number of rows of equal weight that would tell as much:
// (Σw)²/Σw² (Kish 1965).
func (s *Sample) EffectiveRows() float64 {
	var sum, squares float64
	for _, w := range s.W {
		sum += w
		squares += float64(w * w)
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}

// periods is into how many parts the outcome window is cut to learn who is
// contacted without a draw.
const periods = 8

// undrawnCost is how the chance of an undrawn contact is penalised: it has few
// rows and needs no sharp answer.
const undrawnCost = 10.0

// weigh turns what was left alone into weights, and leaves the rows whose
// outcome is hidden out of the result. rows and s are parallel; windowDays is
// from as-of to the end of the outcome window.
func weigh(ctx context.Context, s *Sample, rows []leftAlone, windowDays float64, seed uint64) (*Sample, error) {
	chance := make([]float64, len(rows))
	undrawn := 0
	for i, r := range rows {
		chance[i] = r.chance
		if r.undrawn {
			undrawn++
		}
	}
	if undrawn > 0 {
		if err := undrawnChance(ctx, s, rows, windowDays, seed, chance); err != nil {
			return nil, fmt.Errorf("learn who is contacted outside the draws: %w", err)
		}
	}
	out := s.Where(func(i int) bool { return !rows[i].censored })
	out.Leavers, out.Immature, out.Outside = s.Leavers, s.Immature, s.Outside
	k := 0
	for i, r := range rows {
		if r.censored {
			out.Weighting.Censored++
			continue
		}
		w := 1 / math.Max(chance[i], 1e-9)
		if w > maxWeight {
			w = maxWeight
			out.Weighting.Truncated++
		}
		if w > 1 {
			out.Weighting.Weighted++
		}
		out.W[k] *= w
		k++
	}
	return out, nil
}

// undrawnChance multiplies each row's chance by that of no undrawn contact
// until its outcome was decided, from a logistic regression on the rows' own
// features: each row stands once for every part of the window that it was left
// alone in, the last one by the share of it, and the event is a contact in that
// part.
func undrawnChance(ctx context.Context, s *Sample, rows []leftAlone, windowDays float64, seed uint64, chance []float64) error {
	spans := &Sample{Dates: s.Dates}
	spans.X.Schema = s.X.Schema
	for i, r := range rows {
		for rest := parts(r.days, windowDays); rest > 0 || r.undrawn; rest-- {
			spans.take(s, i)
			k := spans.Rows() - 1
			spans.Y[k] = 0
			if rest > 1 {
				continue
			}
			if r.undrawn {
				spans.Y[k] = 1
				break
			}
			spans.W[k] *= rest
		}
	}
	m, err := baseline.FitLogistic(ctx, &spans.X, spans.Y, spans.W, baseline.LogisticOptions{
		Group: spans.Household, Seed: seed, L2: undrawnCost, Spline: model.Hinges, Knots: knots,
	})
	if err != nil {
		return err
	}
	hazard := make([]float64, s.Rows())
	if err := m.Score(&s.X, hazard); err != nil {
		return err
	}
	for i, r := range rows {
		chance[i] *= math.Pow(1-hazard[i], parts(r.days, windowDays))
	}
	return nil
}

// parts is how many parts of the window so many days are.
func parts(days, windowDays float64) float64 {
	return min(max(days/windowDays*periods, 0), periods)
}

// practised says in words how far the risks are those of customers left alone.
func practised(s *Sample) []string {
	var out []string
	if s.FromHoldout() {
		held := s.Where(func(i int) bool { return s.Held[i] })
		rows, left := held.Positives()
		out = append(out, fmt.Sprintf("Its risks are calibrated on the global holdout alone, whom nobody contacted: %d rows, %d of them and %d customers left.",
			held.Rows(), rows, left))
	} else {
		out = append(out, fmt.Sprintf("Risk under current practice: the global holdout does not hold the %d leavers yet that it takes to calibrate on it alone.", holdoutLeavers))
	}
	if w := s.Weighting; w.Over+w.Censored > 0 {
		out = append(out, fmt.Sprintf("Customers' time ends when we contact them: %d rows were over before their date and %d were cut before their outcome; "+
			"%d rows left alone stand for them, and all %d tell as much as %.0f equal ones would.",
			w.Over, w.Censored, w.Weighted, s.Rows(), s.EffectiveRows()))
		if w.Over > 0 {
			out = append(out, "Customers whom a contact kept are likely to be riskier than it says: their like who were left alone have gone, and nobody left them alone to be learned from.")
		}
		if w.Truncated > 0 {
			out = append(out, fmt.Sprintf("%d weights were cut at %d: the risk of the kinds of customers who are nearly always contacted is uncertain.", w.Truncated, maxWeight))
		}
	}
	return out
}
