package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// apiTask is a task as programs see it; its ETag is the fence of its lease.
type apiTask struct {
	ID         int64               `json:"id" doc:"Random: it tells nothing of order or arm."`
	State      string              `json:"state" enum:"ready,leased,in_progress,done,snoozed,callback,blocked,expired,recalled"`
	Treatment  string              `json:"treatment" doc:"Empty for a customer who contacted us."`
	Family     string              `json:"family"`
	Channel    string              `json:"channel"`
	Purpose    string              `json:"purpose"`
	Minutes    float64             `json:"minutes" doc:"It is expected to take."`
	ExpiresAt  time.Time           `json:"expires_at"`
	Owner      string              `json:"owner,omitempty" doc:"Who holds the lease, or owns the promise."`
	LeaseUntil *time.Time          `json:"lease_until,omitempty"`
	DueAt      *time.Time          `json:"due_at,omitempty" doc:"When its promise or call-back falls due."`
	DueKind    string              `json:"due_kind,omitempty" enum:"promise,callback"`
	Attempts   int                 `json:"attempts"`
	Reason     string              `json:"reason,omitempty" doc:"Of the last change of state."`
	NewIssue   bool                `json:"new_issue,omitempty" doc:"A service issue was opened since the card was made: no offer, nothing to sell."`
	Promised   *apiPromise         `json:"promised,omitempty"` // to be kept by it; left out of lists
	Last       *apiAttempt         `json:"last,omitempty"`     // attempt; left out of lists
	Notes      []apiNote           `json:"notes,omitempty" doc:"Of those who snoozed, skipped or handed it off, the newest last; left out of lists."`
	Offers     []apiOffer          `json:"offers,omitempty" doc:"That may be granted, or asked for; left out of lists."`
	Card       *interventions.Card `json:"card,omitempty"` // left out of lists
}

// apiAttempt is what came of the newest attempt that was not taken back.
type apiAttempt struct {
	By          string    `json:"by"`
	At          time.Time `json:"at"`
	Disposition string    `json:"disposition"`
	Note        string    `json:"note,omitempty"`
	MayCorrect  bool      `json:"may_correct" doc:"The token's owner may."`
}

// apiNote is what somebody wrote on a card that they laid down.
type apiNote struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Text string    `json:"text"`
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func apiTaskOf(t interventions.Task) apiTask {
	return apiTask{
		ID: int64(t.ID), State: string(t.State), Treatment: t.Treatment, Family: string(t.Family), Channel: string(t.Channel),
		Purpose: string(t.Purpose), Minutes: t.Minutes, ExpiresAt: t.ExpiresAt.UTC(), Owner: t.Owner, LeaseUntil: instant(t.LeaseUntil),
		DueAt: instant(t.DueAt), DueKind: string(t.DueKind), Attempts: t.Attempts, Reason: t.Reason,
	}
}

// tagOf is a task's ETag.
func tagOf(fence int64) string { return `"` + strconv.FormatInt(fence, 10) + `"` }

var (
	errNoMatch = fault.New(fault.Invalid, "send the task's ETag in If-Match, so that nobody's work is overwritten")
	errStale   = fault.New(fault.Conflict, "the task has changed since you read it: read it again")
)

// stale says whether a precondition failed.
func stale(err error) bool { return errors.Is(err, errStale) }

// TaskRef is a task in an address. It is exported, as HeldTask is, because what
// reads requests sees no fields of an embedded type that is not.
type TaskRef struct {
	ID int64 `path:"id" minimum:"1"`
}

// HeldTask is a task in an address with its ETag as it was read.
type HeldTask struct {
	TaskRef
	IfMatch string `header:"If-Match" doc:"The ETag of the task as it was read."`
}

type (
	taskAnswer struct {
		ETag string `header:"ETag"`
		Body apiTask
	}
	maybeTask struct {
		Status int
		ETag   string `header:"ETag"`
		Body   *apiTask
	}
	tasksAnswer struct {
		Body struct {
			Tasks []apiTask `json:"tasks"`
		}
	}
)

// fence reads If-Match and compares it with the task as it is.
func (h HeldTask) fence(a *api, c *call) (interventions.Task, error) {
	if h.IfMatch == "" {
		return interventions.Task{}, errNoMatch
	}
	t, err := a.taskFor(&c.request, interventions.TaskID(h.ID))
	if err != nil {
		return t, err
	}
	if strings.TrimPrefix(h.IfMatch, "W/") != tagOf(t.Fence) {
		return t, errStale
	}
	return t, nil
}

// task answers with a task as its owner may see it.
func (a *api) task(c *call, id interventions.TaskID) (*taskAnswer, error) {
	v, err := a.taskView(&c.request, id, false)
	if err != nil {
		return nil, err
	}
	t := apiTaskOf(v.Task)
	t.Offers = apiOffersOf(v.Offers)
	card := v.Card
	if v.Thanks { // sells nothing, shows nothing of risk (R4)
		card.Risk, card.Band, card.Reasons, card.Offer, card.Worth = 0, "", nil, nil, interventions.Worth{}
	}
	t.Card, t.NewIssue = &card, v.NewIssue
	for _, n := range v.Task.Notes {
		t.Notes = append(t.Notes, apiNote{n.At.UTC(), n.By, n.Text})
	}
	if v.Promised != nil {
		p := apiPromiseOf(*v.Promised)
		t.Promised = &p
	}
	if l := v.Last; l != nil {
		t.Last = &apiAttempt{l.By, l.At.UTC(), string(l.WrapUp.Disposition), l.WrapUp.Note, v.MayCorrect}
	}
	return &taskAnswer{ETag: tagOf(v.Task.Fence), Body: t}, nil
}

func (a *api) taskRoutes() {
	work := func(o operation) operation {
		o.tag, o.action = "tasks", access.WorkTasks
		return o
	}
	add(a, work(operation{
		method: http.MethodPost, path: "/tasks/next", id: "next-task", summary: "Lease the next task", none: "There is none.",
		text: "The task that is held already, or else the best that the owner is trained for, due promises and call-backs first. " +
			"204 when there is none.",
	}), a.nextTask)
	add(a, work(operation{
		method: http.MethodGet, path: "/tasks/held", id: "held-tasks", summary: "Tasks whose lease the owner has",
		text: "Without their cards. A lease that has run out is in none of them.",
	}),
		func(c *call, _ *struct{}) (*tasksAnswer, error) {
			held, err := a.Tasks.TasksHeldBy(c.Context(), c.user.Name, a.Now())
			return tasksOf(held), err
		})
	add(a, work(operation{
		method: http.MethodGet, path: "/tasks/commitments", id: "commitments", summary: "Promises and call-backs of the next two days",
		text: "The owner's, nobody's and those about to break, by when they are due.",
	}),
		func(c *call, _ *struct{}) (*tasksAnswer, error) {
			list, err := a.Tasks.Commitments(c.Context(), c.user.Name, a.Now().AddDate(0, 0, 2), commitmentsShown)
			if err != nil {
				return nil, err
			}
			list, err = a.tasksFor(&c.request, list)
			return tasksOf(list), err
		})
	add(a, work(operation{
		method: http.MethodGet, path: "/tasks/{id}", id: "task", summary: "One task with its card",
		text: "Its ETag is what the steps below want in If-Match. 403 for a task that needs what the owner is not trained for.",
	}),
		func(c *call, in *TaskRef) (*taskAnswer, error) { return a.task(c, interventions.TaskID(in.ID)) })
	add(a, work(operation{
		method: http.MethodPost, path: "/tasks/{id}/take", id: "take-task", summary: "Lease this task",
		text: "One of the owner's choice, such as a promise that is due. 409 when somebody else has it or the customer may not be contacted now.",
	}),
		func(c *call, in *TaskRef) (*taskAnswer, error) {
			if _, err := a.taskFor(&c.request, interventions.TaskID(in.ID)); err != nil {
				return nil, err
			}
			t, err := a.Desk.Take(c.Context(), interventions.TaskID(in.ID), agentOf(c.user), a.Now())
			if err != nil {
				return nil, err
			}
			return a.task(c, t.ID)
		})
	a.stepRoutes(work)
	a.wrapUpRoutes(work)
}

func tasksOf(list []interventions.Task) *tasksAnswer {
	out := &tasksAnswer{}
	out.Body.Tasks = make([]apiTask, len(list))
	for i, t := range list {
		out.Body.Tasks[i] = apiTaskOf(t)
	}
	return out
}

func (a *api) nextTask(c *call, _ *struct{}) (*maybeTask, error) {
	held, err := a.Tasks.Ready(c.Context(), c.user.Name, a.Now())
	if err != nil {
		return nil, err
	}
	var id interventions.TaskID
	if len(held) > 0 {
		id = held[0].ID
	} else {
		t, err := a.Desk.Next(c.Context(), agentOf(c.user), a.Now())
		if fault.Of(err) == fault.NotFound {
			return &maybeTask{Status: http.StatusNoContent}, nil
		}
		if err != nil {
			return nil, err
		}
		id = t.ID
	}
	t, err := a.task(c, id)
	if err != nil {
		return nil, err
	}
	return &maybeTask{Status: http.StatusOK, ETag: t.ETag, Body: &t.Body}, nil
}

type (
	snoozeCall struct {
		HeldTask
		Body struct {
			Reason string    `json:"reason" doc:"One of the snooze reasons."`
			Until  time.Time `json:"until"`
			Note   string    `json:"note,omitempty" maxLength:"4000" doc:"For whoever opens it next."`
		}
	}
	skipCall struct {
		HeldTask
		Body struct {
			Reason string `json:"reason" doc:"One of the skip reasons; of the card of a customer who contacts us opened_by_mistake alone, which ends it."`
			Note   string `json:"note,omitempty" maxLength:"4000" doc:"For whoever opens it next."`
		}
	}
	handoffCall struct {
		HeldTask
		Body struct {
			Skill string `json:"skill" doc:"Of who is to have it."`
			Note  string `json:"note" maxLength:"4000"`
		}
	}
)

// stepRoutes are what can be done with a leased task short of wrapping it up.
func (a *api) stepRoutes(work func(operation) operation) {
	post := func(path, id, summary, text string) operation {
		return work(operation{method: http.MethodPost, path: "/tasks/{id}/" + path, id: id, summary: summary, text: text})
	}
	add(a, post("begin", "begin-task", "Say that the contact begins", "It is kept when; the lease goes on."), func(c *call, in *HeldTask) (*taskAnswer, error) {
		return a.step(c, *in, func(id interventions.TaskID, fence int64) (interventions.Task, error) {
			t, err := a.Desk.Begin(c.Context(), id, agentOf(c.user), fence, a.Now())
			if err != nil {
				return t, err
			}
			return t, a.be(&c.request, access.OnCall)
		})
	})
	add(a, post("heartbeat", "renew-task", "Renew the lease", "It lasts fifteen minutes from now on."), func(c *call, in *HeldTask) (*taskAnswer, error) {
		return a.step(c, *in, func(id interventions.TaskID, fence int64) (interventions.Task, error) {
			return a.Desk.Heartbeat(c.Context(), id, agentOf(c.user), fence, a.Now())
		})
	})
	add(a, post("snooze", "snooze-task", "Delay, with a reason", "It comes back at the instant given, which is within 30 days and before the task expires. Promises cannot be delayed."),
		func(c *call, in *snoozeCall) (*taskAnswer, error) {
			return a.step(c, in.HeldTask, func(id interventions.TaskID, fence int64) (interventions.Task, error) {
				return a.Desk.Snooze(c.Context(), id, agentOf(c.user), fence, in.Body.Reason, in.Body.Note, in.Body.Until, a.Now())
			})
		})
	add(a, post("skip", "skip-task", "Decline, with a reason", "It is offered to others first; some reasons also delay it."),
		func(c *call, in *skipCall) (*taskAnswer, error) {
			return a.step(c, in.HeldTask, func(id interventions.TaskID, fence int64) (interventions.Task, error) {
				return a.Desk.Skip(c.Context(), id, agentOf(c.user), fence, in.Body.Reason, in.Body.Note, a.Now())
			})
		})
	add(a, post("handoff", "hand-off-task", "Pass to another team", "It goes to who has the skill. It stays the same task, with the note."),
		func(c *call, in *handoffCall) (*taskAnswer, error) {
			return a.step(c, in.HeldTask, func(id interventions.TaskID, fence int64) (interventions.Task, error) {
				return a.handTo(&c.request, id, fence, in.Body.Skill, in.Body.Note)
			})
		})
}

// step does something with a task under its fence and answers without its card.
func (a *api) step(c *call, in HeldTask, do func(interventions.TaskID, int64) (interventions.Task, error)) (*taskAnswer, error) {
	t, err := in.fence(a, c)
	if err != nil {
		return nil, err
	}
	if t, err = do(t.ID, t.Fence); err != nil {
		return nil, err
	}
	return &taskAnswer{ETag: tagOf(t.Fence), Body: apiTaskOf(t)}, nil
}

// CustomerRef reads a customer's number; exported, or it could not be part of
// other inputs.
type CustomerRef struct {
	ID int64 `path:"id" minimum:"1"`
}

func (r CustomerRef) id() history.CustomerID { return history.CustomerID(r.ID) }
