package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// fileView is a customer's file, for an agent without the risk.
type fileView struct {
	File
	Consents    []history.ConsentAt // that stand
	Coming      []timeLine
	Been        []timeLine
	Risky       bool // the reader may see the risk
	Rings       bool // the reader may open the card of who rings
	Customer    history.CustomerID
	Public      *interventions.Decision
	NotOnList   string // why not contacted, in public words; empty for who is
	Treatment   string
	HasDecision bool
	MayAsk      bool
	Director    bool // may ask for it whatever the arm
	Treatments  []interventions.Treatment
	Requests    []interventions.Request
	Alone       *interventions.Exclusion // nil when the customer takes part
	Tomorrow    string
	LastDay     string
}

// requestsShown is how many of a customer's requests are listed.
const requestsShown = 5

func customerID(r *request) (history.CustomerID, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fault.New(fault.NotFound, "there is no such customer")
	}
	return history.CustomerID(id), nil
}

func (s *site) customerPage(w http.ResponseWriter, r *request) error {
	id, err := customerID(r)
	if err != nil {
		return err
	}
	f, err := s.fileFor(r, id, "")
	if err != nil {
		return err
	}
	can := func(a access.Action) bool { return access.Can(r.user.Role, a) }
	v := fileView{
		File: f, Customer: id, MayAsk: can(access.AskForWork), Risky: can(access.SeeRiskList), Rings: can(access.WorkTasks),
		Consents: standingConsents(f.Consents),
	}
	v.Coming, v.Been = f.timeline(s.Now(), func(t interventions.Task) bool { return v.Rings && mayRead(r.user, t) == nil })
	if d := f.Decision; d != nil {
		v.Public, v.HasDecision = d, true
		v.NotOnList, v.Treatment = r.in.notContacted(d.Result, d.Reason), d.Treatment
	}
	if v.MayAsk {
		v.Treatments, v.Director = s.Policy.Treatments(), s.Policy.IsDirector(r.user.Name)
		if v.Requests, err = s.Requests.RequestsFor(r.Context(), id, requestsShown); err != nil {
			return fmt.Errorf("read what was asked for customer %d: %w", id, err)
		}
		today := s.Now().In(s.Business.Zone)
		v.Tomorrow, v.LastDay = isoDay(today.AddDate(0, 0, 1)), isoDay(today.AddDate(1, 0, 0))
	}
	if v.Alone, err = s.Requests.Exclusion(r.Context(), id, s.Now()); err != nil {
		return fmt.Errorf("read whether customer %d is left alone: %w", id, err)
	}
	title := f.Card.Name
	if title == "" {
		title = f.Card.Key
	}
	return s.show(w, r, "customer", title, v)
}

// ask takes a manager's request for one customer. The answer is the same
// whatever arm the household is in (R7).
func (s *site) ask(w http.ResponseWriter, r *request) error {
	id, err := customerID(r)
	if err != nil {
		return err
	}
	ctx, now := r.Context(), s.Now()
	f, err := s.fileFor(r, id, "to ask for work")
	if err != nil {
		return err
	}
	ask, err := s.Policy.NewRequest(id, r.FormValue("treatment"), r.user.Name, r.FormValue("override") != "",
		strings.TrimSpace(r.FormValue("reason")), now)
	if err != nil {
		return err
	}
	what := "ask for work"
	if ask.Override {
		what = "ask for work, overriding arms"
	}
	if err := s.note(r, what, f.Card.Key, ask.Treatment+": "+ask.Reason); err != nil {
		return err
	}
	if err := s.Requests.SaveRequests(ctx, []interventions.Request{ask}); err != nil {
		return fmt.Errorf("keep the request: %w", err)
	}
	return s.then(w, r, fmt.Sprintf("/customers/%d", id), r.in.Text("Queued."))
}

// overrideDays is the window in which overrides are counted.
const overrideDays = 30

// overrideAlarm says that overrides endanger the proof; empty while they do not.
func (s *site) overrideAlarm(r *request) (string, error) {
	o, err := s.Requests.Overrides(r.Context(), s.Now().AddDate(0, 0, -overrideDays))
	if err != nil {
		return "", fmt.Errorf("count overrides: %w", err)
	}
	if !o.Alarm() {
		return "", nil
	}
	return r.in.Say("%s asked for in %d days, %s of all that was released: above 1 %% the comparison with those left alone is in danger. The audit says who asked and why.",
		r.in.plural(o.Asked, "override"), overrideDays, r.in.percent(o.Share())), nil
}
