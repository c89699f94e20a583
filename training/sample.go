package training

import (
	"time"

	"holdfast/features"
	"holdfast/history"
)

// Sample is a set of labelled rows: at most one per customer and date.
type Sample struct {
	X         features.Matrix
	Y         []float64 // 1 left within the window, 0 stayed
	W         []float64 // weight: one over the share of rows kept
	Customer  []int64
	Household []int64
	Exit      []float64 // days from as-of to the first exit of a contract before the window ended; 0 is none
	Held      []bool    // in the global holdout until the outcome was decided
	Date      []int     // index into Dates
	Dates     []time.Time
	Seen      int // labelled rows before sampling
	Leavers   int // distinct customers who left, before sampling
	Immature  int // rows left out because their outcome was not final
	Outside   int // customers outside the population, over all dates
	Weighting Weighting
	Embargo   time.Duration // from a date until its outcome is final
	Young     *Sample       // rows of dates whose outcome is not final; nil where nothing learns from them
	Until     []float64     // of a young sample, by date: days from it within which every exit is final
	ranks     *ranks        // of the sample that this is a part of; nil while nobody asked
	line      []int32       // by row: its line in ranks
}

// Rows returns the number of rows.
func (s *Sample) Rows() int { return s.X.Rows }

// Positives returns the number of rows that left, and of distinct customers among them.
func (s *Sample) Positives() (rows, customers int) {
	seen := make(map[int64]bool)
	for i, y := range s.Y {
		if y == 1 {
			rows++
			seen[s.Customer[i]] = true
		}
	}
	return rows, len(seen)
}

// BaseRate returns the weighted share of rows that left; NaN when there are none.
func (s *Sample) BaseRate() float64 {
	var left, all float64
	for i, y := range s.Y {
		left += float64(y * s.W[i])
		all += s.W[i]
	}
	return left / all
}

// Where returns the rows for which keep is true, copied, in order, and no young ones.
func (s *Sample) Where(keep func(i int) bool) *Sample {
	var rows []int
	for i := range s.Y {
		if keep(i) {
			rows = append(rows, i)
		}
	}
	out := &Sample{Dates: s.Dates, Seen: s.Seen, Weighting: s.Weighting, Embargo: s.Embargo, Until: s.Until, ranks: s.ranks}
	out.X.Schema = s.X.Schema
	out.room(len(rows))
	for _, i := range rows {
		out.take(s, i)
		if s.ranks != nil {
			out.line = append(out.line, s.line[i])
		}
	}
	return out
}

// OfHouseholds returns the rows of the households for which keep is true, young
// ones too.
func (s *Sample) OfHouseholds(keep func(household int64) bool) *Sample {
	out := s.Where(func(i int) bool { return keep(s.Household[i]) })
	if s.Young != nil {
		out.Young = s.Young.OfHouseholds(keep)
	}
	return out
}

// room makes room for so many rows.
func (s *Sample) room(rows int) {
	s.X.Data = make([]float64, 0, rows*len(s.X.Schema.Columns))
	s.Y, s.W, s.Exit = make([]float64, 0, rows), make([]float64, 0, rows), make([]float64, 0, rows)
	s.Customer, s.Household = make([]int64, 0, rows), make([]int64, 0, rows)
	s.Held, s.Date = make([]bool, 0, rows), make([]int, 0, rows)
}

// On returns the rows of the date with this index.
func (s *Sample) On(date int) *Sample {
	return s.Where(func(i int) bool { return s.Date[i] == date })
}

func (s *Sample) take(from *Sample, i int) {
	s.add(kept{
		x: from.X.Row(i), y: from.Y[i], customer: from.Customer[i], household: from.Household[i],
		exit: from.Exit[i], held: from.Held[i], date: from.Date[i],
	}, from.W[i])
}

func (s *Sample) add(r kept, w float64) {
	s.X.Data = append(s.X.Data, r.x...)
	s.X.Rows++
	s.Y = append(s.Y, r.y)
	s.W = append(s.W, w)
	s.Customer = append(s.Customer, r.customer)
	s.Household = append(s.Household, r.household)
	s.Exit = append(s.Exit, r.exit)
	s.Held = append(s.Held, r.held)
	s.Date = append(s.Date, r.date)
}

// identity is what sampling hashes: the customer and the date, never the order
// in which rows were met.
func identity(c history.CustomerID, at time.Time) (uint64, uint64) {
	return uint64(c), uint64(at.Unix())
}
