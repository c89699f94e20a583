package interventions

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// Approval is an agent's request for an offer above their authority, and what a
// lead answered. Once granted it holds for its task, whoever works it.
type Approval struct {
	ID         int64
	Task       TaskID
	Treatment  string // whose offer it is
	Offer      string
	CostMinor  int64
	By         string // who asked
	At         time.Time
	Why        string
	AnsweredAt time.Time // zero until somebody has answered
	AnsweredBy string
	Granted    bool
	Answer     string // why it was granted or declined
}

// Open says whether nobody has answered yet.
func (a Approval) Open() bool { return a.AnsweredAt.IsZero() }

// Grant is an offer as one agent stands to it with one customer.
type Grant struct {
	Treatment string
	Offer     Offer
	May       bool      // the agent may grant it: within their authority, or approved
	Asked     *Approval // the newest request for it with this task; nil without one
	Declined  bool      // in this attempt, so that it is asked for again at the next
}

// offerGates close an offer whoever grants it.
var offerGates = []Gate{GateDeceased, GateVulnerable, GateDispute, GateIssue, GateOfferHeld, GateAfford}

// maxWords bounds what is written with a request for an offer, in bytes.
const maxWords = 300

// Grants returns the configured offers that nothing stands against for the
// customer of a task, each once, with whether the agent may grant it: the task's
// own, or any to a customer who rang, within their authority; any that was
// approved. A thank-you, service and data work have none (R1, R4).
func (p *Policy) Grants(k *Known, t Task, a Agent, asked []Approval) []Grant {
	if slices.Contains([]Family{FamilyThanks, FamilyService, FamilyData}, t.Family) {
		return nil
	}
	var list []Grant
	for i := range p.cfg.Treatments {
		tr := &p.cfg.Treatments[i]
		if tr.Offer == nil || slices.ContainsFunc(list, func(g Grant) bool { return g.Offer.Name == tr.Offer.Name }) || p.closed(tr, k, &t) {
			continue
		}
		g := Grant{Treatment: tr.Name, Offer: *tr.Offer}
		for _, one := range asked {
			if one.covers(t.ID, tr.Offer.Name, tr.Offer.CostMinor) && (g.Asked == nil || g.Asked.At.Before(one.At)) {
				g.Asked = &one
			}
		}
		own := inbound(&t) || (tr.Name == t.Treatment && tr.Offer.CostMinor <= t.OfferMinor)
		g.May = own && tr.Offer.CostMinor <= p.MayGrant(a, tr.Name, t.Card.Tier) || approved(asked, t.ID, tr.Offer.Name, tr.Offer.CostMinor)
		g.Declined = g.Asked != nil && !g.Asked.Open() && !g.Asked.Granted && g.Asked.ID == p.approvalID(&t, tr.Offer)
		list = append(list, g)
	}
	return list
}

// approvalID is that of a request for an offer within one attempt of a task.
func (p *Policy) approvalID(t *Task, o *Offer) int64 {
	return p.hash63("approval", strconv.FormatInt(int64(t.ID), 10), strconv.Itoa(t.Attempts), o.Name, strconv.FormatInt(o.CostMinor, 10))
}

// closed says whether anything stands against a treatment's offer.
func (p *Policy) closed(tr *Treatment, k *Known, t *Task) bool {
	c := check{p: p, a: Ask{Treatment: tr, Moment: AtOpen, Self: WorkOf(t.ID, 0)}, k: k, f: &Facts{}, zone: p.zoneOf(k)}
	return slices.ContainsFunc(offerGates, func(g Gate) bool {
		_, closed := checks[g](&c)
		return closed
	})
}

func (a *Approval) covers(task TaskID, offer string, costMinor int64) bool {
	return a.Task == task && a.Offer == offer && a.CostMinor == costMinor
}

// approved says whether somebody approved that offer at that cost for the task.
func approved(asked []Approval, task TaskID, offer string, costMinor int64) bool {
	return slices.ContainsFunc(asked, func(a Approval) bool { return a.Granted && a.covers(task, offer, costMinor) })
}

// AskForOffer makes the request of an agent for an offer above their authority.
// The same within one attempt has the same id, so that asking twice asks once;
// what was declined in it is Conflict.
func (p *Policy) AskForOffer(k *Known, t Task, a Agent, fence int64, asked []Approval, treatment, why string, now time.Time) (Approval, error) {
	why = strings.TrimSpace(why)
	if err := held(t, a.Name, fence); err != nil {
		return Approval{}, err
	}
	if len(k.Issues) > 0 {
		return Approval{}, fault.New(fault.Forbidden, "no offer may be granted while a service issue is open")
	}
	list := p.Grants(k, t, a, asked)
	at := slices.IndexFunc(list, func(g Grant) bool { return g.Treatment == treatment })
	switch {
	case treatment == "":
		return Approval{}, fault.New(fault.Invalid, "choose the offer that you ask for")
	case at < 0:
		return Approval{}, fault.New(fault.Invalid, "%q has no offer that this customer may be made: choose one of the list", treatment)
	case list[at].May:
		return Approval{}, fault.New(fault.Invalid, "you may grant this offer yourself: tick it, and save")
	case TooShort(why) || len(why) > maxWords:
		return Approval{}, fault.New(fault.Invalid, "say why in a few words, at most %d letters: who approves it reads them", maxWords)
	}
	g := list[at]
	out := Approval{
		ID:   p.approvalID(&t, &g.Offer),
		Task: t.ID, Treatment: g.Treatment, Offer: g.Offer.Name, CostMinor: g.Offer.CostMinor,
		By: a.Name, At: now.UTC(), Why: why,
	}
	if was := g.Asked; was != nil && was.ID == out.ID {
		if !was.Open() {
			return *was, fault.New(fault.Conflict, "%s declined it: %s", was.AnsweredBy, was.Answer)
		}
		return *was, nil
	}
	return out, nil
}

// Answer is the request with the answer of somebody with more authority (R5).
// The same answer again changes nothing; another one is Conflict.
func (p *Policy) Answer(a Approval, t Task, by Agent, granted bool, answer string, now time.Time) (Approval, error) {
	answer = strings.TrimSpace(answer)
	switch {
	case !a.Open() && a.AnsweredBy == by.Name && a.Granted == granted:
		return a, nil
	case !a.Open():
		return a, fault.New(fault.Conflict, "%s has answered this already: %s", a.AnsweredBy, cmp.Or(a.Answer, "no words"))
	case a.By == by.Name:
		return a, fault.New(fault.Forbidden, "you asked for this yourself: somebody else has to answer")
	case !t.State.Open():
		return a, fault.New(fault.Conflict, "the task is %s: there is nothing left to grant", t.State)
	case granted && a.CostMinor > p.MayGrant(by, a.Treatment, t.Card.Tier):
		return a, fault.New(fault.Forbidden, "the offer costs more than you may grant: leave it to somebody with more authority, or decline it")
	case TooShort(answer) || len(answer) > maxWords:
		return a, fault.New(fault.Invalid, "say why in a few words, at most %d letters: who asked reads them, and they are kept", maxWords)
	}
	a.AnsweredAt, a.AnsweredBy, a.Granted, a.Answer = now.UTC(), by.Name, granted, answer
	return a, nil
}
