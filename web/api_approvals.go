package web

import (
	"net/http"
	"slices"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

type (
	apiApproval struct {
		ID         int64      `json:"id"`
		Task       int64      `json:"task"`
		Customer   string     `json:"customer,omitempty" doc:"Name, or the key; left out beside a task."`
		Treatment  string     `json:"treatment" doc:"Whose offer it is."`
		Offer      string     `json:"offer"`
		CostMinor  int64      `json:"cost_minor"`
		By         string     `json:"by" doc:"Who asked."`
		At         time.Time  `json:"at"`
		Why        string     `json:"why"`
		Granted    *bool      `json:"granted,omitempty" doc:"None: nobody has answered yet."`
		Answer     string     `json:"answer,omitempty"`
		AnsweredBy string     `json:"answered_by,omitempty"`
		AnsweredAt *time.Time `json:"answered_at,omitempty"`
	}
	apiOffer struct {
		Treatment string       `json:"treatment,omitempty" doc:"Whose offer it is; none for the card's own."`
		Name      string       `json:"name"`
		CostMinor int64        `json:"cost_minor"`
		May       bool         `json:"may_grant" doc:"The token's owner may grant it; else a lead can be asked for it."`
		Asked     *apiApproval `json:"asked,omitempty"` // the newest request for it with this task
	}
	approvalAnswer  struct{ Body apiApproval }
	approvalsAnswer struct {
		Body struct {
			Approvals []apiApproval `json:"approvals"`
		}
	}
	askOfferCall struct {
		HeldTask
		Body struct {
			Treatment string `json:"treatment" minLength:"1" doc:"Whose offer is asked for, of those of the task."`
			Why       string `json:"why" minLength:"3" maxLength:"300"`
		}
	}
	answerOfferCall struct {
		ListRef
		Body struct {
			Granted bool   `json:"granted"`
			Answer  string `json:"answer" minLength:"3" maxLength:"300" doc:"Why: who asked reads it."`
		}
	}
)

// approvalRoutes are offers above an agent's authority: asked for, and answered.
func (a *api) approvalRoutes() {
	add(a, operation{
		method: http.MethodPost, path: "/tasks/{id}/ask", id: "ask-for-offer", tag: "tasks", action: access.WorkTasks,
		summary: "Ask a lead for an offer",
		text: "One above the owner's authority, of the task's offers. The same in one attempt asks once, and is 409 when it was declined. " +
			"Once granted it holds for this task.",
	}, func(c *call, in *askOfferCall) (*approvalAnswer, error) {
		t, err := in.fence(a, c)
		if err != nil {
			return nil, err
		}
		ask, err := a.askLead(&c.request, t.ID, t.Fence, in.Body.Treatment, in.Body.Why)
		return &approvalAnswer{apiApprovalOf(ask)}, err
	})
	box := operation{path: "/approvals", tag: "desk", action: access.SeeOthersWork}
	o := box
	o.method, o.id, o.summary = http.MethodGet, "approvals", "Offers that wait for an answer"
	o.text = "What agents asked for above their authority in the last two weeks, for customers the owner may see; the oldest first."
	add(a, o, func(c *call, _ *struct{}) (*approvalsAnswer, error) {
		open, err := a.waiting(&c.request)
		out := &approvalsAnswer{}
		out.Body.Approvals = make([]apiApproval, len(open))
		for i, one := range open {
			out.Body.Approvals[i] = apiApprovalOf(one.Approval)
			out.Body.Approvals[i].Customer = one.Name
		}
		return out, err
	})
	o = box
	o.method, o.path, o.id, o.summary = http.MethodPost, "/approvals/{id}/answer", "answer-approval", "Approve or decline an offer"
	o.text = "The same answer again changes nothing, another one is 409. 403 for an offer above the owner's own authority, and for one's own request."
	add(a, o, func(c *call, in *answerOfferCall) (*approvalAnswer, error) {
		got, err := a.answerLead(&c.request, in.ID, in.Body.Granted, in.Body.Answer)
		return &approvalAnswer{apiApprovalOf(got)}, err
	})
}

func apiApprovalOf(a interventions.Approval) apiApproval {
	out := apiApproval{
		ID: a.ID, Task: int64(a.Task), Treatment: a.Treatment, Offer: a.Offer, CostMinor: a.CostMinor, By: a.By, At: a.At.UTC(), Why: a.Why,
		Answer: a.Answer, AnsweredBy: a.AnsweredBy, AnsweredAt: instant(a.AnsweredAt),
	}
	if !a.Open() {
		out.Granted = &a.Granted
	}
	return out
}

// apiOffersOf are the offers of a card: those that may be granted, and those
// that may be asked for.
func apiOffersOf(v offersView) []apiOffer {
	newest := func(name string) *apiApproval {
		for _, a := range v.Asked { // the newest first
			if a.Offer == name {
				out := apiApprovalOf(a)
				return &out
			}
		}
		return nil
	}
	var list []apiOffer
	for _, o := range v.all() {
		list = append(list, apiOffer{Name: o.Name, CostMinor: o.CostMinor, May: true, Asked: newest(o.Name)})
	}
	for _, g := range v.Ask {
		list = append(list, apiOffer{Treatment: g.Treatment, Name: g.Offer.Name, CostMinor: g.Offer.CostMinor, Asked: newest(g.Offer.Name)})
	}
	for _, a := range v.Asked {
		if !a.Granted && !slices.ContainsFunc(list, func(o apiOffer) bool { return o.Name == a.Offer }) {
			list = append(list, apiOffer{Treatment: a.Treatment, Name: a.Offer, CostMinor: a.CostMinor, Asked: newest(a.Offer)})
		}
	}
	return list
}
