package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// aRoster has a week of ann's from a feed, a day of it changed by hand, and a
// day off of ben's.
func aRoster() []interventions.RosterStatement {
	feed := func(agent, day string, shifts ...history.Shift) interventions.RosterStatement {
		return interventions.RosterStatement{RosterDay: history.RosterDay{Agent: agent, Day: day, Shifts: shifts}, Import: 42, At: tuesday.Add(-time.Hour)}
	}
	long := history.Shift{Kind: history.KindShift, From: "09:00", To: "17:00"}
	byHand := feed("ann", "2026-03-11", long, history.Shift{Kind: history.KindAbsence, From: "14:00", To: "15:30"})
	byHand.Import, byHand.By, byHand.Reason = 0, "mia", "dentist"
	return []interventions.RosterStatement{feed("ann", "2026-03-10", long), byHand, feed("ann", "2026-03-16", long), feed("ben", "2026-03-10")}
}

func (n *numbers) Roster(_ context.Context, from, to string) (list []interventions.RosterStatement, err error) {
	for _, s := range n.rosters {
		if s.Day >= from && s.Day <= to {
			list = append(list, s)
		}
	}
	return list, n.broken
}

func (n *numbers) RosterAgents(context.Context) ([]string, error) {
	if len(n.rosters) == 0 {
		return nil, n.broken
	}
	return []string{"ann", "ben", "zoe"}, n.broken
}

func (n *numbers) SetRosterDay(_ context.Context, day interventions.RosterStatement, seen time.Time) error {
	at := slices.IndexFunc(n.rosters, func(s interventions.RosterStatement) bool {
		return s.Agent == day.Agent && s.Day == day.Day && s.ByHand()
	})
	switch {
	case at < 0 && seen.IsZero():
		n.rosters = append(n.rosters, day)
	case at >= 0 && n.rosters[at].At.Equal(seen):
		n.rosters[at] = day
	default:
		return fault.New(fault.Conflict, "somebody changed it")
	}
	return nil
}

func (n *numbers) ForgetRosterDay(_ context.Context, agent, day string) error {
	before := len(n.rosters)
	n.rosters = slices.DeleteFunc(n.rosters, func(s interventions.RosterStatement) bool {
		return s.Agent == agent && s.Day == day && s.ByHand()
	})
	if len(n.rosters) == before {
		return fault.New(fault.Conflict, "nothing was written")
	}
	return nil
}

// A manager adds, alters and takes out entries of a day with a reason, sees
// them in the fortnight, and takes them back; all of it is in the audit.
func TestRosterPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mia := w.as(t, "mia")
	page := mia.get("/roster")
	for _, want := range []string{"Tue 10 Mar", "Mon 23 Mar", "09:00–17:00", "away 14:00–15:30", "dentist · mia", "off", "Nothing is said of zoe"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the roster does not say %q", want)
		}
	}
	form := url.Values{
		"agent": {"ben"}, "day": {"2026-03-12"}, "seen": {"0"},
		"kind": {"shift", "absence", "shift"}, "from": {"9:00", "12:00", ""}, "to": {"17:00", "13:00", ""},
	}
	if got := mia.post("/roster/day", form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "needs a reason") || !strings.Contains(got.body, `value="9:00"`) {
		t.Errorf("without a reason: %d", got.status)
	}
	form.Set("reason", "swapped with ann")
	if got := mia.post("/roster/day", form); got.status != http.StatusOK || !strings.Contains(got.body, "The roster of ben on 12 Mar 2026 is changed") || !strings.Contains(got.body, "away 12:00–13:00") {
		t.Errorf("saved: %d\n%s", got.status, got.body)
	}
	if got := mia.post("/roster/day", form); got.status != http.StatusConflict || !strings.Contains(got.body, `value="swapped with ann"`) {
		t.Errorf("saved over what was not seen: %d", got.status)
	}
	form.Set("day", "2026-03-09")
	if got := mia.post("/roster/day", form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "is over") {
		t.Errorf("a day that is over: %d", got.status)
	}
	if got := mia.post("/roster/forget", url.Values{"agent": {"ben"}, "day": {"2026-03-12"}}); got.status != http.StatusOK || strings.Contains(got.body, "away 12:00") {
		t.Errorf("taken back: %d", got.status)
	}
	var said []string
	for _, e := range w.audit {
		said = append(said, e.What+" "+e.Subject+" "+e.Detail)
	}
	if got := strings.Join(said[1:], "; "); got != "change the roster ben 2026-03-12 shift 09:00-17:00, absence 12:00-13:00: swapped with ann; take back a change of the roster ben 2026-03-12" {
		t.Errorf("the audit says %s", got)
	}
}
