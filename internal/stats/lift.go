package stats

import (
	"fmt"
	"math"
)

// LiftAt is the leaving rate among the riskiest share k of the rows over the
// rate of all: lift@k. Rows are ordered by score, highest first, equal scores in
// the order given; the top is round(n·k) rows, halves to the even number as R's
// round does, and never fewer than one. The largest possible value is one over
// the base rate. y and score have one entry per row; k lies in (0, 1].
// ErrUndefined without any leaver.
func LiftAt(y, score []float64, k float64) (float64, error) {
	top, err := topOf("lift", y, score, k)
	if err != nil {
		return 0, err
	}
	return (top.found / float64(top.rows)) / (top.all / float64(len(y))), nil
}

// CaptureAt is the share of all leavers who stand among the riskiest share k of
// the rows, in LiftAt's order.
func CaptureAt(y, score []float64, k float64) (float64, error) {
	top, err := topOf("capture", y, score, k)
	if err != nil {
		return 0, err
	}
	return top.found / top.all, nil
}

type top struct {
	rows       int
	found, all float64 // leavers among the top rows, among all rows
}

func topOf(what string, y, score []float64, k float64) (top, error) {
	if !(k > 0 && k <= 1) {
		return top{}, fmt.Errorf("%s: share %v; give one above 0 and at most 1", what, k)
	}
	if err := checkRows(what, y, score, nil); err != nil {
		return top{}, err
	}
	r, err := Rank(score)
	if err != nil {
		return top{}, err
	}
	t := top{rows: max(1, int(math.RoundToEven(float64(len(y))*k)))}
	for place, i := range r.order {
		t.all += y[i]
		if place < t.rows {
			t.found += y[i]
		}
	}
	if t.all == 0 {
		return top{}, undefined(what, "it needs leavers")
	}
	return t, nil
}
