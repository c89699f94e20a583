package training

import "math"

// seasonConcept is the concept of the columns that tell the time of year.
const seasonConcept = "season"

// seasonYears is how many years the training dates must span before the time of
// year is learned from. Within fewer, a month stands for the one year it was in:
// on Online Retail a model of 2010 that knew the month expected every customer
// of March 2011 to stay.
const seasonYears = 2

// withoutSeason makes the time of year missing in every row, so that no model
// looks at it, unless the dates show each month twice.
func (s *Sample) withoutSeason() {
	if s.seasonal() {
		return
	}
	s.clearSeason()
	if s.Young != nil {
		s.Young.clearSeason()
	}
}

func (s *Sample) clearSeason() {
	width := len(s.X.Schema.Columns)
	for j, c := range s.X.Schema.Columns {
		if c.Concept != seasonConcept {
			continue
		}
		for k := j; k < len(s.X.Data); k += width {
			s.X.Data[k] = math.NaN()
		}
	}
}
