package web

import (
	"net/http"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

type (
	apiBoardRow struct {
		Treatment string               `json:"treatment"`
		Family    interventions.Family `json:"family,omitempty" doc:"Of work without a treatment: inbound or data."`
		Waiting   int                  `json:"waiting" doc:"Ready to be handed out."`
		Minutes   float64              `json:"minutes" doc:"That the waiting are expected to take of the agents' hours; 0 for work that none are planned for, such as a senior manager's."`
		InHand    int                  `json:"in_hand"`
		Later     int                  `json:"later" doc:"Snoozed, promised or called back."`
		Blocked   int                  `json:"blocked"`
		Done      int                  `json:"done" doc:"Today."`
	}
	apiSkip struct {
		Reason string `json:"reason"`
		Count  int    `json:"count"`
	}
	apiPerson struct {
		Name    string     `json:"name"`
		State   string     `json:"state,omitempty" enum:"ready,on_call,wrap_up,break" doc:"None: nothing was said today."`
		Since   *time.Time `json:"since,omitempty"`
		With    []string   `json:"with,omitempty" doc:"Treatments, or kinds of work without one, of the tasks before them."`
		Handled int        `json:"handled" doc:"Wrapped up today, whatever came of it."`
		Done    int        `json:"done" doc:"Tasks that ended with it."`
		Skips   int        `json:"skips"`
	}
	boardAnswer struct {
		Body struct {
			Work            []apiBoardRow `json:"work"`
			RosteredMinutes float64       `json:"rostered_minutes" doc:"Of all agents today."`
			LeftMinutes     float64       `json:"left_minutes" doc:"Of these, before the last calling window closes."`
			Absent          []string      `json:"absent" doc:"Agents marked absent; their minutes are not among the rostered."`
			PromisesOpen    int           `json:"promises_open"`
			PromisesLate    int           `json:"promises_late"`
			PromisesDue     int           `json:"promises_due" doc:"Within the hour."`
			Skips           []apiSkip     `json:"skips" doc:"Of today, the most frequent first."`
			People          []apiPerson   `json:"people" doc:"Who is or was at the desk today."`
			Revision        *apiRevision  `json:"revision,omitempty"` // the newest of today
			Pauses          []apiPause    `json:"pauses" doc:"Treatments of which nothing is handed out."`
			Agents          []string      `json:"agents,omitempty" doc:"Who may be given work; for who may ask for it."`
		}
	}
	apiChoice struct {
		Code        string `json:"code"`
		Text        string `json:"text"`
		Group       string `json:"group"`
		Grants      bool   `json:"grants,omitempty" doc:"May come with the card's offer."`
		LeaveReason bool   `json:"leave_reason,omitempty" doc:"Needs a leave reason."`
		Stops       string `json:"stops,omitempty" doc:"What it stops, at once."`
	}
	choicesAnswer struct {
		Body struct {
			Dispositions  []apiChoice `json:"dispositions"`
			LeaveReasons  []string    `json:"leave_reasons"`
			SnoozeReasons []string    `json:"snooze_reasons"`
			SkipReasons   []string    `json:"skip_reasons"`
			Skills        []string    `json:"skills" doc:"That a task can be handed to."`
		}
	}
)

// boardRoutes are the work as a whole, and the words it is done in.
func (a *api) boardRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/board", id: "board", tag: "tasks", action: access.SeeMorning,
		summary: "What happens at the desk now", text: "Work by treatment, the minutes there are for it, promises, skips, who did what today, and how the rest of the day was planned again last.",
	}, a.boardNow)
	add(a, operation{
		method: http.MethodGet, path: "/choices", id: "choices", tag: "tasks", action: access.WorkTasks,
		summary: "The words that a task is worked with", text: "Outcome codes in the order of the desk's menu, and the reasons to snooze, skip and leave.",
	}, a.choices)
}

func (a *api) boardNow(c *call, _ *struct{}) (*boardAnswer, error) {
	b, err := a.Boards.Board(c.Context(), a.Now())
	out := &boardAnswer{}
	v := &out.Body
	v.Work, v.Skips, v.People = make([]apiBoardRow, len(b.Rows)), make([]apiSkip, len(b.Skips)), make([]apiPerson, len(b.People))
	for i, r := range b.Rows {
		v.Work[i] = apiBoardRow(r)
	}
	for i, s := range b.Skips {
		v.Skips[i] = apiSkip(s)
	}
	for i, p := range b.People {
		v.People[i] = apiPerson{p.Name, string(p.State), instant(p.Since), p.With, p.Handled, p.Done, p.Skips}
	}
	v.RosteredMinutes, v.LeftMinutes, v.Absent = b.Rostered, b.Left, append([]string{}, b.Absent...)
	v.PromisesOpen, v.PromisesLate, v.PromisesDue = b.PromisesOpen, b.PromisesLate, b.PromisesDue
	if err != nil {
		return nil, err
	}
	if b.Revision != nil {
		r := apiRevisionOf(*b.Revision)
		v.Revision = &r
	}
	pauses, err := a.pauses(&c.request)
	if err != nil {
		return nil, err
	}
	steered := boardView{Pauses: pauses}
	if err := a.steer(&c.request, &steered); err != nil {
		return nil, err
	}
	v.Pauses, v.Agents = apiPausesOf(pauses), steered.Agents
	return out, nil
}

func (a *api) choices(*call, *struct{}) (*choicesAnswer, error) {
	out := &choicesAnswer{}
	v := &out.Body
	for _, m := range interventions.Dispositions {
		v.Dispositions = append(v.Dispositions, apiChoice{string(m.Disposition), m.Text, m.Group, m.Grants, m.LeaveReason, m.Stops})
	}
	v.LeaveReasons, v.SnoozeReasons, v.SkipReasons = interventions.LeaveReasons, interventions.SnoozeReasons, interventions.SkipReasons
	v.Skills = append([]string{}, a.Business.Skills...)
	return out, nil
}
