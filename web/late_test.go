package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/nightly"
)

func (n *numbers) lateNow(context.Context) (l nightly.Late, is bool, err error) {
	if n.late != nil {
		l = *n.late
	}
	return l, n.late != nil, n.broken
}

// late has tonight's list held past its deadline.
func late(w *world) {
	day := tuesday.Truncate(24 * time.Hour)
	w.late = &nightly.Late{AsOf: day, By: day.Add(7 * time.Hour), State: nightly.HeldBack, Run: "night-4"}
}

// TestALateListIsSaid where the day begins, where it is worked and where nights
// are run, in the state that its night is in, and by the API.
func TestALateListIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, late)
	for who, path := range map[string]string{"mia": "/morning", "oli": "/nights", "lee": "/board"} {
		for state, says := range map[nightly.State]string{
			nightly.HeldBack: "its night is held", nightly.Failed: "its night failed", nightly.Running: "its night is still running", "": "its night has not begun",
			nightly.Completed: "",
		} {
			w.late.State = state
			got := w.as(t, who).get(path)
			if is := strings.Contains(got.body, "was to be released by 07:00, and "+says); got.status != http.StatusOK || is != (says != "") {
				t.Errorf("%s by %s, with the night %s: %d, said: %v", path, who, state, got.status, is)
			}
		}
	}
}
