package training

import (
	"math"
	"slices"

	"holdfast/internal/stats"
	"holdfast/model"
)

// driftLevels is the most levels of a category whose drift is watched.
const driftLevels = 50

// cells cut the columns into fifths of the newest date's rows, for drift. The time
// of year moves every night and means nothing; what is missing in all rows, or the
// same, has no cells.
func cells(s *Sample) []model.ColumnCells {
	newest := s.On(slices.Max(s.Date))
	var out []model.ColumnCells
	for j, c := range s.X.Schema.Columns {
		if c.Concept == seasonConcept || len(c.Levels) > driftLevels {
			continue
		}
		if len(c.Levels) > 0 {
			out = append(out, model.ColumnCells{Column: j, Levels: len(c.Levels)})
			continue
		}
		v := slices.DeleteFunc(newest.X.Column(j, nil), math.IsNaN)
		slices.Sort(v)
		if len(v) == 0 {
			continue
		}
		cut := model.ColumnCells{Column: j}
		for k := 1.0; k < 5; k++ {
			// A cut at the least or greatest value would leave a cell empty.
			if q := stats.SortedQuantile(v, k/5); q < v[len(v)-1] && (len(cut.Cuts) == 0 || q > cut.Cuts[len(cut.Cuts)-1]) {
				cut.Cuts = append(cut.Cuts, q)
			}
		}
		out = append(out, cut)
	}
	return out
}
