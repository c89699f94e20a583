package training

import (
	"testing"

	"holdfast/features"
)

// One leaver among forty: most bootstrap samples of households hold none, and
// two rankings cannot be told apart, which is an answer and not a failure.
func TestPairedAUCOfOneLeaver(t *testing.T) {
	t.Parallel()
	const rows = 40
	s := &Sample{X: features.Matrix{Rows: rows}}
	a, b := make([]float64, rows), make([]float64, rows)
	for i := range rows {
		s.Y, s.W, s.Household = append(s.Y, 0), append(s.W, 1), append(s.Household, int64(i))
		a[i], b[i] = float64(i), float64(-i)
	}
	s.Y[rows-1] = 1
	got, err := pairedAUC(s, a, b, 1)
	if err != nil || got != (Paired{1, -1, 1}) {
		t.Errorf("difference %v, %v; want 1 in [-1, 1]", got, err)
	}
}
