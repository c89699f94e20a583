package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
)

// agentOf is a user as tasks see them.
func agentOf(u access.User) interventions.Agent {
	return interventions.Agent{
		Name: u.Name, Skills: u.Skills, Languages: u.Languages, CeilingMinor: u.CeilingMinor, Signs: u.Signs, Absent: u.Absent,
		Authority: interventions.AuthorityOf(string(u.Role)),
	}
}

// deskView is the agent's first page: what was promised, what is still open,
// and Next.
type deskView struct {
	Held     []interventions.Task
	Due      []commitment
	DueWords string
	Later    []commitment
	Asked    []approvalView // offers that the agent asked for lately
	ToAnswer []approvalView // what others asked for, and the reader may answer
	Doing    presenceView
	Undo     *undo // what was done last
	Absent   bool
	NoTasks  bool // Next has just found nothing
}

// commitment is a promise or call-back on the desk's list.
type commitment struct {
	Task  interventions.Task
	What  string // was promised; empty for a call-back
	Mine  bool
	Late  bool
	Soon  bool // due within half an hour
	Zone  *time.Location
	Other bool // the customer's zone is not ours
}

const commitmentsShown = 50

// dueWords says how many promises and call-backs are due, each by its name.
func dueWords(due []commitment, in *speech) string {
	calls := 0
	for _, c := range due {
		if c.Task.DueKind == interventions.DueCallback {
			calls++
		}
	}
	promises := len(due) - calls
	switch {
	case promises > 0 && calls > 0:
		return in.Say("%s and %s are due.", in.plural(promises, "promise"), in.plural(calls, "call-back"))
	case len(due) == 0:
		return ""
	}
	what := in.plural(promises, "promise")
	if calls > 0 {
		what = in.plural(calls, "call-back")
	}
	if len(due) == 1 {
		return in.Say("%s is due.", what)
	}
	return in.Say("%s are due.", what)
}

func (s *site) deskPage(w http.ResponseWriter, r *request) error {
	ctx, now := r.Context(), s.Now()
	held, err := s.Tasks.TasksHeldBy(ctx, r.user.Name, now)
	if err != nil {
		return fmt.Errorf("read the tasks held: %w", err)
	}
	list, err := s.Tasks.Commitments(ctx, r.user.Name, nightly.StartOfDay(now, s.zone, 2), commitmentsShown)
	if err != nil {
		return fmt.Errorf("read what was promised: %w", err)
	}
	if list, err = s.tasksFor(r, list); err != nil {
		return err
	}
	v := deskView{Held: held, Absent: r.user.Absent, Undo: s.undoOf(r)}
	for _, t := range list {
		c := commitment{
			Task: t, Mine: t.Owner == r.user.Name, Late: t.DueAt.Before(now), Soon: t.DueAt.Before(now.Add(30 * time.Minute)),
			Zone: s.zoneOf(t.Zone),
		}
		c.Other = t.DueAt.In(c.Zone).Format("15:04") != t.DueAt.In(s.zone).Format("15:04")
		if t.DueKind == interventions.DuePromise {
			p, err := s.Tasks.Promise(ctx, t.Promise)
			if err != nil {
				return fmt.Errorf("read promise %d: %w", t.Promise, err)
			}
			c.What = p.What
		}
		if c.Soon {
			v.Due = append(v.Due, c)
		} else {
			v.Later = append(v.Later, c)
		}
	}
	v.DueWords = dueWords(v.Due, r.in)
	if v.Asked, err = s.askedLately(r); err != nil {
		return err
	}
	if v.ToAnswer, err = s.toAnswer(r); err != nil {
		return err
	}
	if v.Doing, err = s.presence(r); err != nil {
		return err
	}
	v.NoTasks = s.sessions.PopBool(ctx, "none")
	return s.show(w, r, "desk", "Desk", v)
}

// zoneOf is the time zone of that name, the business's if unknown.
func (s *site) zoneOf(name string) *time.Location {
	if name == "" {
		return s.zone
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return s.zone
	}
	return z
}

func (s *site) next(w http.ResponseWriter, r *request) error { return s.goNext(w, r, "") }

// goNext opens the next task. One that the agent still holds comes first, so
// that pressing twice takes one task.
func (s *site) goNext(w http.ResponseWriter, r *request, notice string) error {
	ctx, now := r.Context(), s.Now()
	held, err := s.Tasks.Ready(ctx, r.user.Name, now)
	if err != nil {
		return fmt.Errorf("keep that %s is ready: %w", r.user.Name, err)
	}
	if len(held) > 0 {
		return s.then(w, r, taskPath(held[0].ID), notice)
	}
	t, err := s.Desk.Next(ctx, agentOf(r.user), now)
	if fault.Of(err) == fault.NotFound {
		s.sessions.Put(ctx, "none", true)
		return s.then(w, r, "/desk", notice)
	}
	if err != nil {
		return fmt.Errorf("lease the next task: %w", err)
	}
	return s.then(w, r, taskPath(t.ID), notice)
}

func taskPath(id interventions.TaskID) string { return "/tasks/" + strconv.FormatInt(int64(id), 10) }

func taskID(r *request) (interventions.TaskID, error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.New(fault.NotFound, "there is no such task")
	}
	return interventions.TaskID(n), nil
}

func fenceOf(r *request) int64 {
	n, err := strconv.ParseInt(r.PostFormValue("fence"), 10, 64)
	if err != nil {
		return -1 // no task has it: the save is refused as stale
	}
	return n
}

func (s *site) take(w http.ResponseWriter, r *request) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	if _, err := s.taskFor(r, id); err != nil {
		return err
	}
	t, err := s.Desk.Take(r.Context(), id, agentOf(r.user), s.Now())
	if err != nil {
		return fmt.Errorf("take task %d: %w", id, err)
	}
	return s.then(w, r, taskPath(t.ID), "")
}

func (s *site) begin(w http.ResponseWriter, r *request) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	if _, err := s.taskFor(r, id); err != nil {
		return err
	}
	if _, err := s.Desk.Begin(r.Context(), id, agentOf(r.user), fenceOf(r), s.Now()); err != nil {
		return fmt.Errorf("begin task %d: %w", id, err)
	}
	if err := s.be(r, access.OnCall); err != nil {
		return err
	}
	return s.then(w, r, taskPath(id), "")
}

// heartbeat renews the lease of an open card; the script calls it.
func (s *site) heartbeat(w http.ResponseWriter, r *request) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	if _, err := s.taskFor(r, id); err != nil {
		return err
	}
	if _, err := s.Desk.Heartbeat(r.Context(), id, agentOf(r.user), fenceOf(r), s.Now()); err != nil {
		return fmt.Errorf("renew task %d: %w", id, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// inboundView finds a customer who rings.
type inboundView struct {
	Query string
	Asked bool
	Found []Found
}

func (s *site) inboundPage(w http.ResponseWriter, r *request) error {
	v := inboundView{Query: r.FormValue("q")}
	if v.Query == "" { // as a telephone system opens it
		v.Query = r.FormValue("phone")
	}
	if v.Query != "" {
		v.Asked = true
		var err error
		if v.Found, err = s.Customers.Find(r.Context(), v.Query, 20); err != nil {
			return fmt.Errorf("find customers: %w", err)
		}
		if err := s.note(r, "search customers", "", s.plural(len(v.Found), "customer")+" found"); err != nil {
			return err
		}
	}
	return s.show(w, r, "inbound", "Find a customer", v)
}

func (s *site) inbound(w http.ResponseWriter, r *request) error {
	id, err := strconv.ParseInt(r.PostFormValue("customer"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "say which customer it is")
	}
	channel := interventions.Channel(r.PostFormValue("channel"))
	task, err := s.openInbound(r, history.CustomerID(id), channel, "")
	if err != nil {
		return err
	}
	if channel == interventions.ChannelPhone {
		if err := s.be(r, access.OnCall); err != nil {
			return err
		}
	}
	return s.then(w, r, taskPath(task), "")
}

// openInbound opens the card of a customer who contacts us. While the same
// agent has it open it is the same task, so that a repetition makes no second.
func (s *site) openInbound(r *request, id history.CustomerID, channel interventions.Channel, by string) (interventions.TaskID, error) {
	ctx, now := r.Context(), s.Now()
	card, err := s.Customers.Card(ctx, id, now)
	if err != nil {
		return 0, fmt.Errorf("make the card of customer %d: %w", id, err)
	}
	if err := s.note(r, "open the card of a customer who rings", card.Key, strings.TrimSpace(string(channel)+" "+by)); err != nil {
		return 0, err
	}
	held, err := s.Tasks.TasksHeldBy(ctx, r.user.Name, now)
	if err != nil {
		return 0, fmt.Errorf("read the tasks held: %w", err)
	}
	for _, t := range held {
		if t.Family == interventions.FamilyInbound && t.Customer == id && t.Channel == channel {
			return t.ID, nil
		}
	}
	t, err := s.Desk.Inbound(ctx, id, card, agentOf(r.user), channel, now)
	if err != nil {
		return 0, fmt.Errorf("open inbound work: %w", err)
	}
	return t.ID, nil
}
