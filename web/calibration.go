package web

import "holdfast/internal/stats"

// outcomeRow is one point of the calibration picture: how often it came true
// that customers of a risk leave, with its 90 % interval.
type outcomeRow struct {
	stats.ReliabilityBin
	Range *stats.Interval // nil without customers
}

// stretchRow is one level of the isotonic line, for the risks from one to another.
type stretchRow struct {
	From, To, Left float64
}

// outcomesOf are the points of a calibration picture.
func outcomesOf(c Calibration) []outcomeRow {
	rows := make([]outcomeRow, 0, len(c.Bins))
	for _, b := range c.Bins {
		row, n := outcomeRow{ReliabilityBin: b}, float64(b.Count)
		if iv, err := stats.Wilson(stats.Proportion{Events: min(n, max(0, b.Observed*n)), Trials: n}, .9); err == nil {
			row.Range = &iv
		}
		rows = append(rows, row)
	}
	return rows
}

// stretchesOf are the levels of the isotonic line, whose flat stretches are kept
// by their ends.
func stretchesOf(iso stats.Isotonic) []stretchRow {
	var rows []stretchRow
	for i, score := range iso.Score {
		if i >= len(iso.Level) {
			break
		}
		if n := len(rows); n > 0 && rows[n-1].Left == iso.Level[i] {
			rows[n-1].To = score
			continue
		}
		rows = append(rows, stretchRow{score, score, iso.Level[i]})
	}
	return rows
}
