package nightly

import "testing"

// The peak is forgotten once for each stage of each try, not for each shard.
func TestMeterBeginsAnewWithEachStage(t *testing.T) {
	t.Parallel()
	resets := 0
	m := &Meter{Reset: func() { resets++ }, Read: func() Memory { return Memory{Peak: 5, Live: 3} }}
	for i, w := range []Work{
		{Run: "a", Stage: StageScore, Shard: 0},
		{Run: "a", Stage: StageScore, Shard: 1},
		{Run: "a", Stage: StagePropose, Shard: 1},
		{Run: "b", Stage: StagePropose, Shard: 0},
		{Run: "b", Stage: StagePropose, Shard: 2, Try: 1},
	} {
		m.begin(w)
		if want := []int{1, 1, 2, 3, 4}[i]; resets != want {
			t.Errorf("after %+v: %d resets, want %d", w, resets, want)
		}
	}
	if got := m.read().Most(Memory{Peak: 4, Live: 9}); got != (Memory{Peak: 5, Live: 9}) {
		t.Errorf("the most is %+v", got)
	}
	var none *Meter
	none.begin(Work{})
	if got := none.read(); got != (Memory{}) {
		t.Errorf("without a meter: %+v", got)
	}
}
