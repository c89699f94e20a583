package web

import (
	"net/http"
	"time"

	"holdfast/access"
	"holdfast/history"
)

type (
	apiShift struct {
		Kind string `json:"kind" enum:"shift,absence"`
		From string `json:"from" doc:"An hour of the business's clock, such as 09:00."`
		To   string `json:"to" doc:"Such as 17:30; at or before from it is of the next day."`
	}
	apiRosterDay struct {
		Agent  string     `json:"agent"`
		Day    string     `json:"day" format:"date"`
		Shifts []apiShift `json:"shifts" doc:"None: a day off."`
		By     string     `json:"by,omitempty" doc:"Who wrote it by hand; left out where a feed says it."`
		Reason string     `json:"reason,omitempty"`
		At     time.Time  `json:"at" doc:"When it was written, or its import published."`
	}
	rosterCall struct {
		From string `query:"from" format:"date" doc:"Today by default."`
		To   string `query:"to" format:"date" doc:"Included; a fortnight by default, two months at most."`
	}
	rosterAnswer struct {
		Body struct {
			Days []apiRosterDay `json:"days" doc:"What counts of what is said, by agent and day."`
		}
	}
	rosterDayCall struct {
		Body struct {
			Agent  string     `json:"agent" minLength:"1"`
			Day    string     `json:"day" format:"date"`
			Shifts []apiShift `json:"shifts" doc:"All of the day; none for a day off."`
			Reason string     `json:"reason" minLength:"3" maxLength:"300"`
			Seen   *time.Time `json:"seen,omitempty" doc:"The at of what was written by hand before, where there is such."`
		}
	}
	rosterForgetCall struct {
		Body struct {
			Agent string `json:"agent" minLength:"1"`
			Day   string `json:"day" format:"date"`
		}
	}
)

// mostRosterDays is how many days of the roster are read at once.
const mostRosterDays = 62

// rosterRoutes say when agents work.
func (a *api) rosterRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/roster", id: "roster", tag: "tasks", action: access.SeeMorning,
		summary: "When agents work", text: "Shifts and absences by agent and day, from the roster's feed or a manager's hand.",
	}, a.roster)
	add(a, operation{
		method: http.MethodPost, path: "/roster", id: "set-roster-day", tag: "tasks", action: access.AskForWork, status: http.StatusNoContent,
		summary: "Say when an agent works on a day",
		text:    "All entries of the day, in the place of what a feed says of it, until it is taken back. 409 when somebody wrote it since seen.",
	}, func(c *call, in *rosterDayCall) (*nothing, error) {
		day := history.RosterDay{Agent: in.Body.Agent, Day: in.Body.Day}
		for _, s := range in.Body.Shifts {
			day.Shifts = append(day.Shifts, history.Shift{Kind: history.ShiftKind(s.Kind), From: s.From, To: s.To})
		}
		seen := int64(0)
		if in.Body.Seen != nil {
			seen = in.Body.Seen.UnixMicro()
		}
		return &nothing{}, a.setRosterDay(&c.request, day, in.Body.Reason, seen)
	})
	add(a, operation{
		method: http.MethodPost, path: "/roster/forget", id: "forget-roster-day", tag: "tasks", action: access.AskForWork, status: http.StatusNoContent,
		summary: "Take back what was written by hand of a day", text: "The feed's word counts again. 409 when nothing was written.",
	}, func(c *call, in *rosterForgetCall) (*nothing, error) {
		return &nothing{}, a.forgetRosterDay(&c.request, in.Body.Agent, in.Body.Day)
	})
}

func (a *api) roster(c *call, in *rosterCall) (*rosterAnswer, error) {
	first, last, err := a.rosterSpan(in.From, in.To, mostRosterDays)
	if err != nil {
		return nil, err
	}
	said, err := a.Rosters.Roster(c.Context(), first.Format(time.DateOnly), last.Format(time.DateOnly))
	out := &rosterAnswer{}
	out.Body.Days = make([]apiRosterDay, len(said))
	for i, s := range said {
		d := apiRosterDay{Agent: s.Agent, Day: s.Day, Shifts: make([]apiShift, len(s.Shifts)), By: s.By, Reason: s.Reason, At: s.At}
		for j, x := range s.Shifts {
			d.Shifts[j] = apiShift{string(x.Kind), x.From, x.To}
		}
		out.Body.Days[i] = d
	}
	return out, err
}
