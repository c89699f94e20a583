package measurement

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Marks are ordered by the share found untrue, with Wilson's interval, and of
// fewer than MinGroup nothing is said.
func TestMarks(t *testing.T) {
	t.Parallel()
	few, price, silence, never := ReasonMarks{"tenure", 0, MinGroup - 1}, ReasonMarks{"price", 60, 20}, ReasonMarks{"silence", 10, 10}, ReasonMarks{"trend", 30, 0}
	list := []ReasonMarks{few, never, price, silence}
	OrderMarks(list)
	if diff := cmp.Diff([]ReasonMarks{silence, price, never, few}, list); diff != "" {
		t.Error(diff)
	}
	if most, ok := MostUntrue([]ReasonMarks{few, price, silence}); !ok || most != silence {
		t.Errorf("most often untrue is %+v, %v", most, ok)
	}
	for name, none := range map[string][]ReasonMarks{"nothing": nil, "too few": {few}, "none untrue": {never}} {
		if most, ok := MostUntrue(none); ok {
			t.Errorf("%s: %+v", name, most)
		}
	}
	if few.UntrueShare() != nil {
		t.Error("something is said of too few")
	}
	// 10 of 20: Wilson's 95 % interval is 0.299 to 0.701 (Newcombe 1998, method 3).
	if iv := silence.UntrueShare(); iv == nil || iv.Estimate != .5 || math.Abs(iv.Low-.2993) > 5e-4 || math.Abs(iv.High-.7007) > 5e-4 {
		t.Errorf("10 of 20 is %+v", iv)
	}
}
