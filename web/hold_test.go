package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

func (n *numbers) Hold(_ context.Context, h interventions.Hold) error {
	if n.hold != nil {
		return fault.New(fault.Conflict, "the next list is held already, by %s: %s", n.hold.By, n.hold.Reason)
	}
	n.hold = &h
	return n.broken
}

func (n *numbers) EndHold(context.Context, string, time.Time) error {
	if n.hold == nil {
		return fault.New(fault.Conflict, "nobody holds the next list by hand")
	}
	n.hold = nil
	return n.broken
}

func (n *numbers) HoldNow(context.Context) (h interventions.Hold, held bool, err error) {
	if n.hold != nil {
		h = *n.hold
	}
	return h, n.hold != nil, n.broken
}

// handHeld has the next list held by a manager.
func handHeld(w *world) {
	w.hold = &interventions.Hold{By: "mia", At: tuesday.Add(-9 * time.Hour), Reason: "the prices of the new tariff are not in yet"}
}

// TestHoldingTheNextList: a manager or an operator, with a reason; everybody who
// sees lists and nights sees who holds it and why, and the audit has both ends.
func TestHoldingTheNextList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reason := url.Values{"reason": {"the prices are not in yet"}}
	for _, c := range []struct {
		who, path string
		form      url.Values
		status    int
		says      string
	}{
		{"ann", "/decisions/hold", reason, http.StatusForbidden, "may not"},
		{"lee", "/decisions/hold", reason, http.StatusForbidden, "may not"},
		{"mia", "/decisions/hold", url.Values{"reason": {" no "}}, http.StatusUnprocessableEntity, "needs a reason"},
		{"mia", "/decisions/hold/end", nil, http.StatusConflict, "obody holds the next list"},
		{"mia", "/decisions/hold", reason, http.StatusOK, "stays held until somebody releases it"},
		{"oli", "/decisions/hold", reason, http.StatusConflict, "held already, by mia: the prices are not in yet"},
		{"oli", "/decisions/hold/end", nil, http.StatusOK, "The hold is over"},
	} {
		if got := w.as(t, c.who).post(c.path, c.form); got.status != c.status || !strings.Contains(got.body, c.says) {
			t.Errorf("%s by %s: %d, want %d and %q\n%s", c.path, c.who, got.status, c.status, c.says, got.body)
		}
		if strings.HasSuffix(c.path, "hold") && c.status == http.StatusOK {
			for who, path := range map[string]string{"lee": "/decisions", "oli": "/nights"} {
				if got := w.as(t, who).get(path); !strings.Contains(got.body, "held by hand") || !strings.Contains(got.body, "the prices are not in yet") {
					t.Errorf("%s at %s does not read of the hold\n%s", who, path, got.body)
				}
			}
		}
	}
	var kinds []string
	for _, e := range w.people.audit {
		if strings.Contains(e.What, "hold") {
			kinds = append(kinds, e.Who+": "+e.What+": "+e.Detail)
		}
	}
	if got := strings.Join(kinds, "; "); got != "mia: hold the next list: the prices are not in yet; oli: end the hold: " {
		t.Errorf("the audit has %s", got)
	}
}
