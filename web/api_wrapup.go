package web

import (
	"net/http"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// apiWrapUp is what came of an attempt.
type apiWrapUp struct {
	Disposition string          `json:"disposition" doc:"Outcome code, such as no_answer or saved_no_offer."`
	LeaveReason string          `json:"leave_reason,omitempty" doc:"Where the customer is leaving."`
	Granted     bool            `json:"granted,omitempty" doc:"An offer was granted: the card's, unless offer names another."`
	Offer       string          `json:"offer,omitempty" maxLength:"200" doc:"Name of what was granted, of those that the task says may be."`
	Note        string          `json:"note,omitempty" maxLength:"4000"`
	Promise     string          `json:"promise,omitempty" maxLength:"4000" doc:"What was promised, beside any outcome."`
	DueAt       *time.Time      `json:"due_at,omitempty" doc:"Of the promise or the agreed call-back."`
	NextChannel string          `json:"next_channel,omitempty" doc:"For other_channel."`
	Reasons     map[string]bool `json:"reasons,omitempty" doc:"By concept of the card's reasons: was it true?"`
}

// form is the wrap-up as the desk's form has it, so that both are read alike.
func (w apiWrapUp) form(offers []interventions.Offer, zone *time.Location) wrapForm {
	f := wrapForm{
		Disposition: w.Disposition, LeaveReason: w.LeaveReason, Note: w.Note, Promise: w.Promise, Channel: w.NextChannel,
		Truth: map[string]string{},
	}
	switch {
	case w.Offer != "":
		f.Granted = []string{w.Offer}
	case w.Granted && len(offers) > 0:
		f.Granted = []string{offers[0].Name}
	}
	if w.DueAt != nil {
		f.Due = w.DueAt.In(zone).Format(localTime)
	}
	for concept, yes := range w.Reasons {
		f.Truth[concept] = map[bool]string{true: "yes", false: "no"}[yes]
	}
	return f
}

type (
	saveCall struct {
		HeldTask
		Body apiWrapUp
	}
	correctCall struct {
		TaskRef
		Body apiWrapUp
	}
	savedAnswer struct {
		ETag string `header:"ETag"`
		Body apiSaved
	}
	apiSaved struct {
		Task     apiTask `json:"task"`
		Promise  *int64  `json:"promise,omitempty" doc:"Number of the promise that was made."`
		FollowUp *int64  `json:"follow_up,omitempty" doc:"Task that was made to put data right."`
		Closed   []int64 `json:"closed,omitempty" doc:"Other open tasks of the household that ended with it."`
	}
	inboundCall struct {
		Body struct {
			Customer int64  `json:"customer" minimum:"1"`
			Channel  string `json:"channel" enum:"phone,email,letter" doc:"By which the customer contacted us."`
		}
	}
)

func (a *api) wrapUpRoutes(work func(operation) operation) {
	add(a, work(operation{
		method: http.MethodPost, path: "/tasks/{id}/save", id: "save-task", summary: "Wrap an attempt up",
		text: "The answer says what followed: the task's next state, a promise, a task to put data right, other tasks of the household that ended.",
	}),
		func(c *call, in *saveCall) (*savedAnswer, error) {
			t, err := in.fence(a, c)
			if err != nil {
				return nil, err
			}
			return a.wrapUpTask(c, t.ID, in.Body, false, func(up interventions.WrapUp) (interventions.Consequences, error) {
				return a.Desk.Save(c.Context(), t.ID, agentOf(c.user), t.Fence, up, a.Now())
			})
		})
	add(a, work(operation{
		method: http.MethodPost, path: "/tasks/{id}/correct", id: "correct-task", summary: "Correct the last wrap-up",
		text: "What followed from the first is taken back.",
	}),
		func(c *call, in *correctCall) (*savedAnswer, error) {
			id := interventions.TaskID(in.ID)
			return a.wrapUpTask(c, id, in.Body, true, func(up interventions.WrapUp) (interventions.Consequences, error) {
				return a.Desk.Correct(c.Context(), id, agentOf(c.user), up, a.Now())
			})
		})
	add(a, work(operation{
		method: http.MethodPost, path: "/inbound", id: "inbound", summary: "Open the card of a customer who contacts us",
		text: "The same for every customer, and the same task while the owner has it open. What is done with it closes the customer's open task.",
	}), a.inboundTask)
}

func (a *api) wrapUpTask(
	c *call, id interventions.TaskID, w apiWrapUp, correcting bool, do func(interventions.WrapUp) (interventions.Consequences, error),
) (*savedAnswer, error) {
	v, err := a.taskView(&c.request, id, correcting)
	if err != nil {
		return nil, err
	}
	if correcting && !v.MayCorrect {
		return nil, fault.New(fault.Forbidden, "only who wrapped the task up may correct it")
	}
	offers := v.Offers.all()
	up, err := w.form(offers, v.Zone).wrapUp(offers, v.Zone)
	if err != nil {
		return nil, err
	}
	con, err := do(up)
	if err != nil {
		return nil, err
	}
	out := &savedAnswer{ETag: tagOf(con.Task.Fence), Body: apiSaved{Task: apiTaskOf(con.Task)}}
	if con.Promise != nil {
		n := int64(con.Promise.ID)
		out.Body.Promise = &n
	}
	if con.FollowUp != nil {
		n := int64(con.FollowUp.ID)
		out.Body.FollowUp = &n
	}
	for _, t := range con.Close {
		if !t.Ghost {
			out.Body.Closed = append(out.Body.Closed, int64(t.ID))
		}
	}
	return out, nil
}

func (a *api) inboundTask(c *call, in *inboundCall) (*taskAnswer, error) {
	id, err := a.openInbound(&c.request, CustomerRef{in.Body.Customer}.id(), interventions.Channel(in.Body.Channel), "by token "+c.caller.Token.Name)
	if err != nil {
		return nil, err
	}
	return a.task(c, id)
}
