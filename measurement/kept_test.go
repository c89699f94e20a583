package measurement

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKeep adds up by agent and by segment, and says nothing of few promises.
func TestKeep(t *testing.T) {
	t.Parallel()
	got := Keep([]KeptCell{
		{"bob", "trade", 30, 2}, {"ann", "trade", 12, 8}, {"ann", "private", 81, 2}, {"cyd", "private", 19, 0}, {"", "", 3, 1},
	})
	want := Keeping{
		Agents:   []KeptLine{{Of: "", Hidden: true}, {Of: "ann", Kept: 93, Broken: 10}, {Of: "bob", Kept: 30, Broken: 2}, {Of: "cyd", Hidden: true}},
		Segments: []KeptLine{{Of: "", Hidden: true}, {Of: "private", Kept: 100, Broken: 2}, {Of: "trade", Kept: 42, Broken: 10}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, known := got.Agents[3].Rate(); known {
		t.Error("nineteen promises have a rate")
	}
	// Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263 lie
	// from 0.2553 to 0.3662.
	iv, known := KeptLine{Kept: 81, Broken: 182}.Rate()
	if !known || math.Abs(iv.Low-.2553) > 5e-5 || math.Abs(iv.High-.3662) > 5e-5 {
		t.Errorf("81 of 263: %+v", iv)
	}
}
