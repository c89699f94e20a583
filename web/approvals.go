package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// Approvals reads what agents ask for above their authority.
type Approvals interface {
	// Approval returns one request; NotFound when there is none.
	Approval(ctx context.Context, id int64) (interventions.Approval, error)
	// ApprovalsAsked returns what one agent has asked for since a time, the newest first.
	ApprovalsAsked(ctx context.Context, agent string, since time.Time, limit int) ([]interventions.Approval, error)
	// ApprovalsOpen returns requests since a time without an answer whose task is
	// still open, the oldest first.
	ApprovalsOpen(ctx context.Context, since time.Time, limit int) ([]interventions.Approval, error)
	// ApprovalsAnswered returns the newest answers since a time.
	ApprovalsAnswered(ctx context.Context, since time.Time, limit int) ([]interventions.Approval, error)
}

const (
	approvalsPath  = "/approvals"
	approvalsShown = 50
	approvalDays   = 14 // that a request without an answer is shown
	answeredShown  = 20
)

// approvalView is a request for an offer with the customer it is for.
type approvalView struct {
	interventions.Approval
	Name string // of the customer
	Most int64  // that who reads it may grant, minor units
	Own  bool   // who reads it asked for it
	Late bool   // the task has ended, so that nobody can answer any more
}

// Over says whether it is above the authority of who reads it.
func (v approvalView) Over() bool { return v.CostMinor > v.Most }

// approvalsView is what leads have to answer, and what was answered lately.
type approvalsView struct {
	Open     []approvalView
	Answered []approvalView
	Typed    approvalForm
}

// approvalForm is an answer that was typed and refused.
type approvalForm struct {
	ID     int64
	Answer string
}

// offersView is how an agent stands to the offers of a card.
type offersView struct {
	Own   []interventions.Offer    // that they may grant by themselves
	Asked []interventions.Approval // with this task, the newest first
	May   []string                 // names of those approved that still may be granted
	Ask   []interventions.Grant    // that they may ask a lead for
}

// all are the offers that may be granted.
func (v offersView) all() []interventions.Offer {
	list := slices.Clone(v.Own)
	for _, a := range v.Asked {
		if slices.Contains(v.May, a.Offer) && a.Granted && !slices.ContainsFunc(list, func(o interventions.Offer) bool { return o.Name == a.Offer }) {
			list = append(list, interventions.Offer{Name: a.Offer, CostMinor: a.CostMinor})
		}
	}
	return list
}

// offers fills in which offers the agent may grant to the customer of a card,
// and which they may ask for.
func (s *site) offers(r *request, v *taskView, k *interventions.Known) {
	slices.SortFunc(v.Offers.Asked, func(a, b interventions.Approval) int { return b.At.Compare(a.At) })
	if v.Card.Offer != nil {
		v.Offers.Own = []interventions.Offer{*v.Card.Offer}
	}
	for _, g := range s.Policy.Grants(k, v.Task, agentOf(r.user), v.Offers.Asked) {
		switch {
		case g.Asked != nil && g.Asked.Granted:
			v.Offers.May = append(v.Offers.May, g.Offer.Name)
		case g.May && v.Card.Offer == nil:
			v.Offers.Own = append(v.Offers.Own, g.Offer)
		case !g.May && !g.Declined && (g.Asked == nil || !g.Asked.Open()):
			v.Offers.Ask = append(v.Offers.Ask, g)
		}
	}
}

// askForOffer asks a lead for an offer above the agent's authority.
func (s *site) askForOffer(w http.ResponseWriter, r *request) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	if _, err := s.askLead(r, id, fenceOf(r), r.PostFormValue("treatment"), r.PostFormValue("why")); err != nil {
		return s.refuse(w, r, id, false, err)
	}
	for _, asked := range []string{"treatment", "why"} {
		r.PostForm.Del(asked)
	}
	s.sessions.Put(r.Context(), "draft "+taskPath(id), r.PostForm.Encode()) // the rest was only being typed
	return s.then(w, r, taskPath(id), r.in.Text("Asked: the answer appears on this card, and on your desk."))
}

// askLead keeps the user's request, and writes down who asked for what.
func (s *site) askLead(r *request, id interventions.TaskID, fence int64, treatment, why string) (interventions.Approval, error) {
	t, err := s.taskFor(r, id)
	if err != nil {
		return interventions.Approval{}, err
	}
	a, err := s.Desk.AskForOffer(r.Context(), id, agentOf(r.user), fence, treatment, why, s.Now())
	if err != nil {
		return a, err
	}
	return a, s.note(r, "ask for an offer", t.Card.Key, a.Offer+", "+s.exact(a.CostMinor)+": "+a.Why)
}

func (s *site) approvalsPage(w http.ResponseWriter, r *request) error {
	v, err := s.approvals(r)
	if err != nil {
		return err
	}
	return s.show(w, r, "approvals", "Approvals", v)
}

// approvalsLive answers the script of an open list with what waits now.
func (s *site) approvalsLive(w http.ResponseWriter, r *request) error {
	open, err := s.waiting(r)
	if err != nil {
		return err
	}
	return s.part(w, r, "approvals", "waiting", approvalsView{Open: open})
}

// waiting are the requests that wait for an answer.
func (s *site) waiting(r *request) ([]approvalView, error) {
	open, err := s.Tasks.ApprovalsOpen(r.Context(), s.Now().AddDate(0, 0, -approvalDays), approvalsShown)
	if err != nil {
		return nil, fmt.Errorf("read what was asked for: %w", err)
	}
	return s.approvalViews(r, open)
}

// toAnswer are the requests of others that the user may answer; none for who
// answers none.
func (s *site) toAnswer(r *request) ([]approvalView, error) {
	if !mayApprove(r.user) {
		return nil, nil
	}
	open, err := s.waiting(r)
	return slices.DeleteFunc(open, func(v approvalView) bool { return v.Own }), err
}

func (s *site) approvals(r *request) (v approvalsView, err error) {
	if v.Open, err = s.waiting(r); err != nil {
		return v, err
	}
	done, err := s.Tasks.ApprovalsAnswered(r.Context(), s.Now().AddDate(0, 0, -approvalDays), answeredShown)
	if err != nil {
		return v, fmt.Errorf("read what was answered: %w", err)
	}
	v.Answered, err = s.approvalViews(r, done)
	return v, err
}

// approvalViews names the customers, and leaves out those that the user may not see.
func (s *site) approvalViews(r *request, list []interventions.Approval) (views []approvalView, err error) {
	for _, a := range list {
		t, err := s.taskFor(r, a.Task)
		if kind := fault.Of(err); kind == fault.NotFound || kind == fault.Forbidden {
			continue
		}
		if err != nil {
			return nil, err
		}
		views = append(views, approvalView{Approval: a, Name: t.Card.Called(), Most: s.Policy.MayGrant(agentOf(r.user), a.Treatment, t.Card.Tier), Own: a.By == r.user.Name, Late: !t.State.Open()})
	}
	return views, nil
}

// answerOffer approves or declines what an agent asked for.
func (s *site) answerOffer(w http.ResponseWriter, r *request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "there is no such request")
	}
	granted := r.PostFormValue("do") == "approve"
	a, err := s.answerLead(r, id, granted, r.PostFormValue("answer"))
	if err != nil {
		return s.refuseAnswer(w, r, id, err)
	}
	if a.Granted {
		return s.then(w, r, approvalsPath, r.in.Say("Approved: %s for %s.", a.Offer, a.By))
	}
	return s.then(w, r, approvalsPath, r.in.Say("Declined: %s for %s.", a.Offer, a.By))
}

// refuseAnswer shows the list again with what was typed and why it was not taken.
func (s *site) refuseAnswer(w http.ResponseWriter, r *request, id int64, why error) error {
	switch fault.Of(why) {
	case fault.Invalid, fault.Conflict, fault.Forbidden:
	default:
		return why
	}
	v, err := s.approvals(r)
	if err != nil {
		return why
	}
	v.Typed = approvalForm{id, r.PostFormValue("answer")}
	f := s.frame(r, "Approvals", v)
	f.Error = r.in.say(why)
	return s.render(w, status(why), "approvals", f)
}

// answerLead keeps the user's answer, and writes down who answered what.
func (s *site) answerLead(r *request, id int64, granted bool, answer string) (interventions.Approval, error) {
	ctx := r.Context()
	was, err := s.Tasks.Approval(ctx, id)
	if err != nil {
		return was, fmt.Errorf("read request %d: %w", id, err)
	}
	t, err := s.taskFor(r, was.Task)
	if err != nil {
		return was, err
	}
	a, err := s.Desk.AnswerOffer(ctx, id, agentOf(r.user), granted, answer, s.Now())
	if err != nil || !was.Open() {
		return a, err
	}
	what := "decline an offer"
	if a.Granted {
		what = "approve an offer"
	}
	return a, s.note(r, what, t.Card.Key, fmt.Sprintf("%s, %s, for %s: %s", a.Offer, s.exact(a.CostMinor), a.By, a.Answer))
}

// askedLately are the user's own requests of the last two days, for the desk.
func (s *site) askedLately(r *request) ([]approvalView, error) {
	list, err := s.Tasks.ApprovalsAsked(r.Context(), r.user.Name, s.Now().AddDate(0, 0, -2), answeredShown)
	if err != nil {
		return nil, fmt.Errorf("read what was asked for: %w", err)
	}
	return s.approvalViews(r, list)
}

// mayApprove says whether a user is one of those who answer requests for offers.
func mayApprove(u access.User) bool { return access.Can(u.Role, access.SeeOthersWork) }
