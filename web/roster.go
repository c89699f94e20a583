package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// Rosters keeps when agents work.
type Rosters interface {
	// Roster returns what counts of what is said of agents' days from one to
	// another, both included, by agent and day.
	Roster(ctx context.Context, from, to string) ([]interventions.RosterStatement, error)
	// RosterAgents are whom a roster may name.
	RosterAgents(ctx context.Context) ([]string, error)
	// SetRosterDay keeps what a manager says of a day: Conflict when it was
	// written by hand since seen.
	SetRosterDay(ctx context.Context, day interventions.RosterStatement, seen time.Time) error
	// ForgetRosterDay takes that back, so that the feed's word counts.
	ForgetRosterDay(ctx context.Context, agent, day string) error
}

// rosterDays is how many days the page of the roster shows.
const rosterDays = 14

// rosterView is a fortnight of the roster.
type rosterView struct {
	Days       []rosterColumn
	Rows       []rosterRow
	Unrostered []string // agents of whom nothing is said in these days
	MaySteer   bool
	Before     string // the first day of the fortnight before
	After      string
}

// rosterColumn is a day with the minutes that the next night plans it with.
type rosterColumn struct {
	Day     string
	Text    string
	Minutes float64
}

type rosterRow struct {
	Agent string
	Cells []rosterCell
}

// rosterCell is an agent's day.
type rosterCell struct {
	Day    string
	Text   string // the day in words
	Said   bool   // something is said of it
	ByHand bool
	Shifts []history.Shift
	Why    string
}

// rosterDayView is the form of one agent's day.
type rosterDayView struct {
	interventions.RosterStatement
	Said    bool
	Date    time.Time
	Entries []history.Shift // what is said, and empty lines to add to
	Seen    int64           // when what a manager wrote was written, microseconds; 0 without
	Why     string          // as it was typed, and refused
}

func (s *site) today() string { return s.Now().In(s.zone).Format(time.DateOnly) }

// rosterSpan reads the first day and the last of what is asked for.
func (s *site) rosterSpan(from, to string, most int) (first, last time.Time, err error) {
	if from == "" {
		from = s.today()
	}
	if first, err = time.Parse(time.DateOnly, from); err != nil {
		return first, last, fault.New(fault.Invalid, "%q is not a day: write it as 2026-03-31", from)
	}
	last = first.AddDate(0, 0, rosterDays-1)
	if to != "" {
		if last, err = time.Parse(time.DateOnly, to); err != nil {
			return first, last, fault.New(fault.Invalid, "%q is not a day: write it as 2026-03-31", to)
		}
	}
	if last.Before(first) || last.After(first.AddDate(0, 0, most)) {
		return first, last, fault.New(fault.Invalid, "ask for the roster of a day up to %d days: from %s to %s is not", most, from, to)
	}
	return first, last, nil
}

func (s *site) rosterPage(w http.ResponseWriter, r *request) error {
	first, last, err := s.rosterSpan(r.FormValue("from"), "", rosterDays)
	if err != nil {
		return err
	}
	date := func(t time.Time) string { return t.Format(time.DateOnly) }
	said, err := s.Rosters.Roster(r.Context(), date(first.AddDate(0, 0, -interventions.RosterReach)), date(last.AddDate(0, 0, interventions.RosterReach)))
	if err != nil {
		return fmt.Errorf("read the roster: %w", err)
	}
	names, err := s.Rosters.RosterAgents(r.Context())
	if err != nil {
		return fmt.Errorf("read who is there to work: %w", err)
	}
	v := rosterView{
		MaySteer: access.Can(r.user.Role, access.AskForWork),
		Before:   s.rosterTurn(first.AddDate(0, 0, -rosterDays)), After: s.rosterTurn(first.AddDate(0, 0, rosterDays)),
	}
	agents := make([]interventions.Agent, len(names))
	for i, n := range names {
		agents[i] = interventions.Agent{Name: n}
		v.Rows = append(v.Rows, rosterRow{Agent: n})
	}
	for at := first; !at.After(last); at = at.AddDate(0, 0, 1) {
		y, m, d := at.Date()
		noon := time.Date(y, m, d, 12, 0, 0, 0, s.zone)
		minutes, _ := s.Policy.HoursToday(noon, interventions.Committed{Roster: interventions.OnDay(date(at), agents, said)})
		v.Days = append(v.Days, rosterColumn{date(at), r.in.local(noon, "Mon 2 Jan", r.in.Day), minutes})
	}
	v.fill(said)
	return s.show(w, r, "roster", "Roster", v)
}

// How many days back and ahead of today the roster is leafed through; other
// days are asked for by their date.
const (
	rosterBack  = 2 * rosterDays
	rosterAhead = 4 * rosterDays
)

// rosterTurn is the date of a page to turn to, empty past the ends.
func (s *site) rosterTurn(first time.Time) string {
	today, err := time.Parse(time.DateOnly, s.today())
	if err != nil || first.Before(today.AddDate(0, 0, -rosterBack)) || first.After(today.AddDate(0, 0, rosterAhead)) {
		return ""
	}
	return first.Format(time.DateOnly)
}

// fill puts what is said into the cells.
func (v *rosterView) fill(said []interventions.RosterStatement) {
	for i := range v.Rows {
		row, named := &v.Rows[i], false
		for _, day := range v.Days {
			cell := rosterCell{Day: day.Day, Text: day.Text}
			at := slices.IndexFunc(said, func(s interventions.RosterStatement) bool { return s.Agent == row.Agent && s.Day == day.Day })
			if at >= 0 {
				st := said[at]
				cell.Said, cell.ByHand, cell.Shifts, named = true, st.ByHand(), st.Shifts, true
				if st.ByHand() {
					cell.Why = st.Reason + " · " + st.By
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		if !named {
			v.Unrostered = append(v.Unrostered, row.Agent)
		}
	}
}

func (s *site) rosterDayPage(w http.ResponseWriter, r *request) error {
	v, err := s.rosterDay(r)
	if err != nil {
		return err
	}
	return s.show(w, r, "rosterday", "Roster", v)
}

// rosterDay reads the day of an agent that is asked for.
func (s *site) rosterDay(r *request) (v rosterDayView, err error) {
	agent, day := r.FormValue("agent"), r.FormValue("day")
	at, _, err := s.rosterSpan(day, day, 1)
	if err != nil {
		return v, err
	}
	names, err := s.Rosters.RosterAgents(r.Context())
	if err != nil {
		return v, fmt.Errorf("read who is there to work: %w", err)
	}
	if !slices.Contains(names, agent) {
		return v, fault.New(fault.NotFound, "there is no agent called %q", agent)
	}
	said, err := s.Rosters.Roster(r.Context(), day, day)
	if err != nil {
		return v, fmt.Errorf("read the roster: %w", err)
	}
	y, m, d := at.Date()
	v.Date = time.Date(y, m, d, 12, 0, 0, 0, s.zone)
	v.Agent, v.Day = agent, day
	if i := slices.IndexFunc(said, func(st interventions.RosterStatement) bool { return st.Agent == agent }); i >= 0 {
		v.RosterStatement, v.Said = said[i], true
		if v.ByHand() {
			v.Seen = v.At.UnixMicro()
		}
	}
	v.fillLines(v.Shifts)
	return v, nil
}

// fillLines puts entries into the form, and empty lines to add to.
func (v *rosterDayView) fillLines(shifts []history.Shift) {
	v.Entries = append(slices.Clone(shifts), make([]history.Shift, 3)...)
}

// refuseRoster shows the day as it is now with what was typed, and why that was
// not taken.
func (s *site) refuseRoster(w http.ResponseWriter, r *request, typed []history.Shift, why error) error {
	if kind := fault.Of(why); kind != fault.Invalid && kind != fault.Conflict {
		return why
	}
	v, err := s.rosterDay(r)
	if err != nil {
		return why
	}
	v.fillLines(typed)
	v.Why = r.FormValue("reason")
	f := s.frame(r, "Roster", v)
	f.Error = r.in.say(why)
	return s.render(w, status(why), "rosterday", f)
}

func (s *site) setRoster(w http.ResponseWriter, r *request) error {
	day := history.RosterDay{Agent: r.FormValue("agent"), Day: r.FormValue("day")}
	kinds, from, to := r.Form["kind"], r.Form["from"], r.Form["to"]
	if len(kinds) != len(from) || len(from) != len(to) {
		return fault.New(fault.Invalid, "each entry of the roster needs a kind, from and to")
	}
	for i := range from {
		if from[i] == "" && to[i] == "" { // left empty, or taken out
			continue
		}
		day.Shifts = append(day.Shifts, history.Shift{Kind: history.ShiftKind(kinds[i]), From: from[i], To: to[i]})
	}
	seen, err := strconv.ParseInt(cmp.Or(r.FormValue("seen"), "0"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "look at the day again, and save it from there")
	}
	if err := s.setRosterDay(r, day, r.FormValue("reason"), seen); err != nil {
		return s.refuseRoster(w, r, day.Shifts, err)
	}
	return s.then(w, r, "/roster?from="+url.QueryEscape(s.rosterFrom(day.Day)), r.in.Say("The roster of %s on %s is changed. The next night plans with it; the board counts it at once.", day.Agent, r.in.dated(day.Day)))
}

// rosterFrom is the first day to show so that a day is in sight: today where
// the day is of the coming fortnight.
func (s *site) rosterFrom(day string) string {
	today := s.today()
	first, err := time.Parse(time.DateOnly, today)
	if err == nil && day >= today && day < first.AddDate(0, 0, rosterDays).Format(time.DateOnly) {
		return today
	}
	return day
}

func (s *site) setRosterDay(r *request, day history.RosterDay, reason string, seen int64) error {
	if day.Day < s.today() {
		return fault.New(fault.Invalid, "%s is over: the roster of today and later days can be changed", day.Day)
	}
	st, err := interventions.NewRosterStatement(day, r.user.Name, reason, s.Now())
	if err != nil {
		return err
	}
	at := time.Time{}
	if seen != 0 {
		at = time.UnixMicro(seen).UTC()
	}
	if err := s.Rosters.SetRosterDay(r.Context(), st, at); err != nil {
		return fmt.Errorf("change the roster of %s: %w", day.Agent, err)
	}
	return s.note(r, "change the roster", st.Agent, st.Day+" "+shiftsInWords(st.Shifts)+": "+st.Reason)
}

// shiftsInWords writes the entries of a day for the audit.
func shiftsInWords(shifts []history.Shift) string {
	if len(shifts) == 0 {
		return "off"
	}
	out := ""
	for i, s := range shifts {
		if i > 0 {
			out += ", "
		}
		out += fmt.Sprintf("%s %s-%s", s.Kind, s.From, s.To)
	}
	return out
}

func (s *site) forgetRoster(w http.ResponseWriter, r *request) error {
	agent, day := r.FormValue("agent"), r.FormValue("day")
	if err := s.forgetRosterDay(r, agent, day); err != nil {
		return err
	}
	return s.then(w, r, "/roster?from="+url.QueryEscape(s.rosterFrom(day)), r.in.Say("What was written by hand for %s on %s is taken back.", agent, r.in.dated(day)))
}

func (s *site) forgetRosterDay(r *request, agent, day string) error {
	if err := s.Rosters.ForgetRosterDay(r.Context(), agent, day); err != nil {
		return fmt.Errorf("take the roster of %s back: %w", agent, err)
	}
	return s.note(r, "take back a change of the roster", agent, day)
}
