package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// The newest import that is in the history says a day, unless a manager does;
// what is undone or taken back no longer counts.
func TestRoster(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for _, u := range []access.User{{Name: "ann", Role: access.Agent, Skills: []string{"polish"}}, {Name: "ben", Role: access.Agent}, {Name: "lea", Role: access.Lead}} {
			u.PasswordHash, u.Created = "x", noon
			must(t, s.AddUser(ctx, u))
		}
		if names, err := s.RosterAgents(ctx); err != nil || strings.Join(names, " ") != "ann ben" {
			t.Errorf("a roster may name %v, %v", names, err)
		}
		day := func(agent, day string, hours ...string) history.RosterDay {
			d := history.RosterDay{Agent: agent, Day: day}
			for i := 0; i < len(hours); i += 2 {
				d.Shifts = append(d.Shifts, history.Shift{Kind: history.KindShift, From: hours[i], To: hours[i+1]})
			}
			return d
		}
		feed := func(publish bool, want history.RosterCounts, days ...history.RosterDay) history.ImportID {
			t.Helper()
			imp := history.Import{Feed: "roster", Started: noon}
			var err error
			imp.ID, err = s.BeginImport(ctx, imp)
			must(t, err)
			got, err := s.SaveRoster(ctx, imp.ID, days)
			must(t, err)
			if got != want {
				t.Errorf("%+v brought %+v, want %+v", days, got, want)
			}
			if publish {
				_, err = s.PublishImport(ctx, imp, noon)
				must(t, err)
			}
			return imp.ID
		}
		counts := func(want string) {
			t.Helper()
			list, err := s.Roster(ctx, "2026-03-28", "2026-04-05")
			must(t, err)
			var got []string
			for _, d := range list {
				for _, x := range d.Shifts {
					got = append(got, fmt.Sprintf("%s %s %s-%s", d.Agent, d.Day[5:], x.From, x.To))
				}
				if len(d.Shifts) == 0 {
					got = append(got, fmt.Sprintf("%s %s off", d.Agent, d.Day[5:]))
				}
			}
			if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("the roster (-want +got):\n%s", diff)
			}
		}
		feed(true, history.RosterCounts{Added: 3}, day("ann", "2026-03-30", "09:00", "17:00"), day("ann", "2026-04-01", "09:00", "17:00"), day("ben", "2026-03-30"))
		counts("ann 03-30 09:00-17:00, ann 04-01 09:00-17:00, ben 03-30 off")
		draft := feed(false, history.RosterCounts{Corrected: 1}, day("ann", "2026-03-30", "13:00", "17:00"))
		second := feed(true, history.RosterCounts{Corrected: 1, Unchanged: 1}, day("ann", "2026-03-30", "10:00", "17:00"), day("ben", "2026-03-30"))
		counts("ann 03-30 10:00-17:00, ann 04-01 09:00-17:00, ben 03-30 off")
		must(t, s.AbandonImport(ctx, draft))

		write := func(seen time.Time, d history.RosterDay, at time.Time) error {
			st, err := interventions.NewRosterStatement(d, "mia", "swapped", at)
			must(t, err)
			return s.SetRosterDay(ctx, st, seen)
		}
		must(t, write(time.Time{}, day("ann", "2026-03-30", "08:00", "12:00"), noon))
		counts("ann 03-30 08:00-12:00, ann 04-01 09:00-17:00, ben 03-30 off")
		if err := write(time.Time{}, day("ann", "2026-03-30"), noon); fault.Of(err) != fault.Conflict {
			t.Errorf("written over what was not seen: %v", err)
		}
		must(t, write(noon, day("ann", "2026-03-30", "08:00", "13:00"), noon.Add(time.Hour)))
		if err := write(noon, day("ann", "2026-03-30"), noon); fault.Of(err) != fault.Conflict {
			t.Errorf("written over a change: %v", err)
		}
		if err := write(time.Time{}, day("lea", "2026-03-30"), noon); fault.Of(err) != fault.NotFound {
			t.Errorf("a lead was rostered: %v", err)
		}
		third := feed(true, history.RosterCounts{Corrected: 1}, day("ann", "2026-03-30", "11:00", "17:00"))
		counts("ann 03-30 08:00-13:00, ann 04-01 09:00-17:00, ben 03-30 off")
		must(t, s.ForgetRosterDay(ctx, "ann", "2026-03-30"))
		if err := s.ForgetRosterDay(ctx, "ann", "2026-03-30"); fault.Of(err) != fault.Conflict {
			t.Errorf("taken back twice: %v", err)
		}
		counts("ann 03-30 11:00-17:00, ann 04-01 09:00-17:00, ben 03-30 off")
		must(t, s.UndoImport(ctx, third, noon))
		must(t, s.UndoImport(ctx, second, noon))
		counts("ann 03-30 09:00-17:00, ann 04-01 09:00-17:00, ben 03-30 off")

		must(t, s.SetAbsent(ctx, "ann", true))
		on, err := s.RosterOn(ctx, "2026-03-31")
		must(t, err)
		if len(on) != 1 || on[0].Name != "ann" || !on[0].Absent || !slices.Equal(on[0].Skills, []string{"polish"}) {
			t.Fatalf("on a day between two shifts: %+v", on)
		}
		if diff := cmp.Diff([]history.RosterDay{day("ann", "2026-03-30", "09:00", "17:00")}, on[0].Days); diff != "" {
			t.Errorf("on a day between two shifts (-want +got):\n%s", diff)
		}
		if on, err = s.RosterOn(ctx, "2026-04-02"); err != nil || len(on) != 0 {
			t.Errorf("after the roster's end: %+v, %v", on, err)
		}
	})
}
