package history_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/internal/fault"
)

func rosters() history.Feed {
	return history.Feed{
		Name: "roster", Kind: history.FeedRoster,
		Columns:    map[string]string{"agent": "agent", "date": "date", "from": "from", "to": "to", "kind": "kind"},
		Dictionary: map[string]map[string]string{"kind": {"off": "absence"}},
	}
}

// A file states the whole day of every agent and day it names; a row that
// cannot be used is rejected with its place and one sentence.
func TestImportRoster(t *testing.T) {
	t.Parallel()
	s := newMemory(4)
	s.agents = []string{"ann", "ben"}
	m := importer(s, t, rosters())
	m.Config.MaxRejectedShare = .7
	path := file(t, "r.csv", `agent,date,from,to,kind
ann,2026-03-30,9:00,12:30,
ann,2026-03-30,13:00,17:00,shift
ann,2026-03-30,15:00,16:00,off
ben,2026-03-30,22:00,06:00,
ann,2026-03-31,,,absence
zoe,2026-03-30,9:00,17:00,
ann,2026-03-30,16:00,18:00,
ann,2026-04-01,9:00,,
ann,2026-04-01,9 o'clock,17:00,
ann,2026-04-01,9:00,9:00,
ann,2026-04-01,,,shift
ann,2026-04-01,9:00,17:00,lunch
ann,2026-04-01 07:00,9:00,17:00,
,2026-04-01,9:00,17:00,
ann,soon,9:00,17:00,
`)
	imp, err := m.Run(t.Context(), "roster", []string{path}, history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if imp.Read != 15 || imp.Added != 3 || imp.Rejected != 10 {
		t.Errorf("%d rows, %d days, %d rejected", imp.Read, imp.Added, imp.Rejected)
	}
	want := []history.RosterDay{
		{Agent: "ann", Day: "2026-03-30", Shifts: []history.Shift{{Kind: "shift", From: "09:00", To: "12:30"}, {Kind: "shift", From: "13:00", To: "17:00"}, {Kind: "absence", From: "15:00", To: "16:00"}}},
		{Agent: "ben", Day: "2026-03-30", Shifts: []history.Shift{{Kind: "shift", From: "22:00", To: "06:00"}}},
		{Agent: "ann", Day: "2026-03-31"},
	}
	if diff := cmp.Diff(want, s.roster); diff != "" {
		t.Errorf("rosters (-want +got):\n%s", diff)
	}
	var said []string
	for _, r := range s.imports[len(s.imports)-1].rejections {
		said = append(said, fmt.Sprintf("%d %s %q %s", r.Row, r.Column, r.Value, r.Reason))
	}
	const rejected = `9 from "9:00" has only one of from and to; give both, or neither for a whole day off
10 from "9 o'clock" is not a time of the day; write it as 09:00, in the business's own time zone
11 to "9:00" ends when it begins; give the hour it ends at
12 kind "shift" is a shift without hours; give from and to, or write absence for a day off
13 kind "lunch" is not one of the words the field knows; translate it under the feed's dictionary
14 date "2026-04-01 07:00" is not a day; write it without an hour
15 agent "" is empty
16 date "soon" is not a date like 2006-01-31 or 2006-01-31 15:04:05
7 agent "zoe" is no agent here; add them with holdfast user add, correct the name, or leave the row out with a filter
8 agent "ann" overlaps another row of the same agent, day and kind; join them into one`
	if diff := cmp.Diff(rejected, strings.Join(said, "\n")); diff != "" {
		t.Errorf("rejections (-want +got):\n%s", diff)
	}
	if again, err := m.Run(t.Context(), "roster", []string{path}, history.Options{DryRun: true}); err != nil || again.Added != 3 || len(s.roster) != 3 {
		t.Errorf("a trial: %+v, %v; %d days are kept", again, err, len(s.roster))
	}
	m.Config.MaxRejectedShare = .01
	if _, err := m.Run(t.Context(), "roster", []string{path}, history.Options{}); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "10 of 15 rows cannot be used") {
		t.Errorf("too many rejected: %v", err)
	}
	if _, err := m.Run(t.Context(), "roster", []string{file(t, "e.csv", "agent,date,from,to,kind\n")}, history.Options{}); fault.Of(err) != fault.Invalid {
		t.Errorf("without rows: %v", err)
	}
}

func TestRosterFeedIsChecked(t *testing.T) {
	t.Parallel()
	f := rosters()
	f.TimeZone = "Europe/London"
	c := history.DefaultConfig()
	c.Feeds = []history.Feed{f}
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "say nothing of a roster: leave them out") {
		t.Errorf("a zone of its own: %v", err)
	}
	f = rosters()
	delete(f.Columns, "to")
	c.Feeds = []history.Feed{f}
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "columns.to is missing") {
		t.Errorf("without to: %v", err)
	}
}
