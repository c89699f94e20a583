package nightly

import (
	"strings"
	"testing"

	"holdfast/internal/fault"
)

// TestANightIsRunAgainFromWhereItMayBe: what a page offers is what resume takes.
func TestANightIsRunAgainFromWhereItMayBe(t *testing.T) {
	t.Parallel()
	names := []Stage{StageImport, StageCheck, StageTrain, StageScore, StagePublish, StageMeasure}
	night := func(done int) []StageRun {
		var list []StageRun
		for i, n := range names {
			st := StageRun{Stage: n, Shards: 4, Done: 4}
			if i == done {
				st.Done = 3
			} else if i > done {
				st.Done = 0
			}
			list = append(list, st)
		}
		return list
	}
	for _, c := range []struct {
		name     string
		done     int // stages that are
		released bool
		want     []Stage
		why      string // of the others
	}{
		{"complete and released", 6, true, []Stage{StagePublish, StageMeasure}, "its list has been released"},
		{"a dry run that is complete", 6, false, names, ""},
		{"held by the check", 1, false, []Stage{StageImport, StageCheck, StageTrain}, "not done its stage train"},
		{"held before the import ended", 0, false, []Stage{StageImport, StageCheck, StageTrain}, "not done its stage train"},
		{"failed while scoring", 3, false, []Stage{StageImport, StageCheck, StageTrain, StageScore}, "not done its stage score"},
		{"failed while measuring", 5, true, []Stage{StagePublish, StageMeasure}, "its list has been released"},
	} {
		stages, may := night(c.done), map[Stage]bool{}
		for _, st := range c.want {
			may[st] = true
		}
		for _, st := range names {
			err := MayRerun(st, stages, c.released)
			if may[st] != (err == nil) {
				t.Errorf("%s: from %s gives %v", c.name, st, err)
			}
			if err != nil && (fault.Of(err) != fault.Conflict || !strings.Contains(err.Error(), c.why)) {
				t.Errorf("%s: from %s is refused with %v, want %q", c.name, st, err, c.why)
			}
		}
		if err := MayRerun("lunch", stages, c.released); fault.Of(err) != fault.NotFound {
			t.Errorf("%s: lunch gives %v", c.name, err)
		}
	}
}
