package training

import (
	"context"
	"math"
	"slices"
	"time"

	"holdfast/churn"
	"holdfast/history"
)

// A date is young while its outcomes are not final. Who stayed is not known yet, so
// its rows are nobody's negatives, and a family that predicts the whole window cannot
// learn from them. Hazards can: a customer is followed through the periods that are
// over, grace included, and lost from sight at their end (right censoring).
//
//	young date ├ period 1 ┼ period 2 ┼ per│iod 3 ┤
//	            followed               settled │ grace │ known at
//
// Everybody of a date is lost at the same instant, whatever they did, so those who
// are followed need no weight.

// youngDates are the dates after the last of those given, so many days apart, that
// have seen a period of the window out at an instant; none where no family learns from
// them.
func (j Judges) youngDates(dates []time.Time, at time.Time, everyDays int) []time.Time {
	if !j.learnsYoung() || everyDays < 1 {
		return nil
	}
	var out []time.Time
	for d := dates[len(dates)-1].AddDate(0, 0, everyDays); youngAt(j.Churn, d, at); d = d.AddDate(0, 0, everyDays) {
		out = append(out, d)
	}
	return out
}

func (j Judges) learnsYoung() bool {
	return slices.ContainsFunc(j.Candidates, func(c Candidate) bool { return c.Young })
}

// youngAt says whether the first period of a date's window is over at an instant.
func youngAt(def *churn.Definition, date, at time.Time) bool {
	cal := newCalendar(def.Config())
	return cal.over(settledDays(def, date, at)) > cal.lead
}

// settledDays is how many days from a date every exit is final, at an instant.
func settledDays(def *churn.Definition, date, at time.Time) float64 {
	return def.SettledAt(at).Sub(date).Hours() / 24
}

// knownBy returns of a sample what was known at an earlier instant: the rows whose
// outcome was final by then and, where a family learns from them, the younger ones up
// to where their exits were.
func (j Judges) knownBy(s *Sample, at time.Time) *Sample {
	n := len(Matured(s.Dates, j.Churn, at))
	out := s.Where(func(i int) bool { return s.Date[i] < n })
	if !j.learnsYoung() {
		return out
	}
	y := s.Where(func(i int) bool { return s.Date[i] >= n && youngAt(j.Churn, s.Dates[s.Date[i]], at) })
	y.Until = untils(j.Churn, s.Dates, at)
	for i, d := range y.Date {
		if y.Exit[i] >= y.Until[d] {
			y.Y[i], y.Exit[i] = 0, 0
		}
	}
	out.Young = y
	return out
}

func untils(def *churn.Definition, dates []time.Time, at time.Time) []float64 {
	out := make([]float64, len(dates))
	for d, date := range dates {
		out[d] = settledDays(def, date, at)
	}
	return out
}

// keepYoung keeps a customer's rows of young dates, with what of their outcomes is
// final. r holds what all rows of the customer share.
func (b Snapshots) keepYoung(s *history.Shard, i int, known history.View, draws []Draw, r kept, k *keeper, scratch *history.Scratch) {
	for d, asOf := range b.Young {
		v := s.View(i, asOf, scratch)
		if in, _ := b.Churn.InPopulation(v); !in {
			continue
		}
		exit, left, exits := b.Churn.SettledExit(v, known)
		decided := b.Churn.SettledAt(b.KnownAt)
		r.y, r.exit = 0, 0
		if exits {
			decided = b.Churn.MaturesAfter(exit)
			r.exit = daysTo(exit, asOf)
		}
		if left {
			r.y = 1
		}
		r.alone, r.held = b.alone(v, known, draws, decided)
		r.date, r.hash = d, k.hash(s.Customers[i].ID, asOf)
		if !r.alone.over && k.wants(r.hash) {
			b.Engine.Row(v, r.x)
			k.keep(r)
		}
	}
}

// young makes a sample of the rows of young dates.
func (b Snapshots) young(ctx context.Context, k *keeper) (*Sample, error) {
	s, alone := k.sample(b.Engine.Schema(), b.Young)
	s, err := b.weighed(ctx, s, alone)
	if err != nil {
		return nil, err
	}
	s.Until = untils(b.Churn, b.Young, b.KnownAt)
	return s, nil
}

func (s *Sample) youngRows() int {
	if s.Young == nil {
		return 0
	}
	return s.Young.Rows()
}

// levelledYoung returns the young rows under weights by which every date has, of those
// who had left as many days after it, the share that the final ones have under w.
func (s *Sample) levelledYoung(w []float64) *Sample {
	if s.Young == nil {
		return nil
	}
	y := *s.Young
	left, all := make([]float64, len(y.Dates)), make([]float64, len(y.Dates))
	for i, d := range y.Date {
		left[d] += float64(y.W[i] * y.Y[i])
		all[d] += y.W[i]
	}
	stay, leave := make([]float64, len(y.Dates)), make([]float64, len(y.Dates))
	for d, until := range y.Until {
		base := s.leftBy(until, w)
		rate := (left[d] + float64(levelPrior*base)) / (all[d] + levelPrior)
		stay[d], leave[d] = (1-base)/(1-rate), base/math.Max(rate, math.SmallestNonzeroFloat64)
	}
	y.W = slices.Clone(y.W)
	for i, d := range y.Date {
		if y.Y[i] == 1 {
			y.W[i] *= leave[d]
		} else {
			y.W[i] *= stay[d]
		}
	}
	return &y
}

// leftBy is the share, under weights w, that left within so many days.
func (s *Sample) leftBy(days float64, w []float64) float64 {
	var left, all float64
	for i, y := range s.Y {
		if s.Exit[i] < days {
			left += float64(w[i] * y)
		}
		all += w[i]
	}
	return left / all
}
