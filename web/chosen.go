package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// mostChosen is how many customers one step of bulk work takes at most.
const mostChosen = 500

// chosenView shows what a manager is about to do, before it is done.
type chosenView struct {
	Rows        []RiskRow
	Gone        int // chosen, and no longer on the list
	AtRiskMinor int64
	Standings   []standing
	Once        string
	Exclude     bool
	Assign      bool
	Able        []string // who they can be given to
	Treatments  []string
	Tomorrow    string // for the picker of days
	LastDay     string
	Usual       string
	Back        string
}

// chosenIDs are the customers of a form: those ticked on the risk list, all of
// the page, or those that a preview showed.
func chosenIDs(r *request) ([]history.CustomerID, error) {
	texts, most := r.PostForm["customer"], mostChosen
	if r.FormValue("all") != "" {
		texts = append(texts, r.PostForm["shown"]...)
	}
	if shown := strings.Fields(r.PostForm.Get("customers")); len(shown) > 0 {
		texts, most = append(texts, shown...), mostFound
	}
	var ids []history.CustomerID
	for _, t := range texts {
		id, err := strconv.ParseInt(t, 10, 64)
		if err != nil || id <= 0 {
			return nil, fault.New(fault.Invalid, "%q is no customer of the list: go back and choose again", t)
		}
		ids = append(ids, history.CustomerID(id))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	switch {
	case len(ids) == 0:
		return nil, fault.New(fault.Invalid, "nobody was chosen: go back and tick those it is for")
	case len(ids) > most:
		return nil, fault.New(fault.Invalid, "%d customers are too many for one step: choose at most %d", len(ids), most)
	}
	return ids, nil
}

// chosenRows are the customers that were chosen, by ticks or by the filters,
// and how many of the ticked are no longer on the list.
func (s *site) chosenRows(r *request) (rows []RiskRow, gone int, err error) {
	if r.FormValue("found") != "" {
		rows, err = s.everyFound(r)
		return rows, 0, err
	}
	ids, err := chosenIDs(r)
	if err != nil {
		return nil, 0, err
	}
	if rows, err = s.Risk.RiskOf(r.Context(), ids); err != nil {
		return nil, 0, fmt.Errorf("read the chosen customers: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(row RiskRow) bool { return !r.user.Sees(row.Segment) })
	return rows, len(ids) - len(rows), nil
}

// chosen shows what is about to be done with the chosen customers.
func (s *site) chosen(w http.ResponseWriter, r *request) (err error) {
	v := chosenView{Exclude: r.FormValue("do") == "exclude", Back: riskAddress(r.FormValue("back")), Once: s.onceOf(r)}
	if v.Rows, v.Gone, err = s.chosenRows(r); err != nil {
		return err
	}
	for i, row := range v.Rows {
		v.Rows[i] = rowFor(r.user, row)
		v.AtRiskMinor += row.AtRiskMinor()
	}
	v.Standings = r.in.standings(v.Rows)
	for _, t := range s.Policy.Treatments() {
		v.Treatments = append(v.Treatments, t.Name)
	}
	today := s.Now().In(s.Business.Zone)
	v.Tomorrow, v.Usual, v.LastDay = isoDay(today.AddDate(0, 0, 1)), isoDay(today.AddDate(0, 0, 30)), isoDay(today.AddDate(1, 0, 0))
	if v.Assign = r.FormValue("do") == "assign"; v.Assign {
		if v.Able, err = s.mayOwn(r.Context()); err != nil {
			return err
		}
	}
	return s.show(w, r, "chosen", v.Title(), v)
}

// Title says what is about to be done.
func (v chosenView) Title() string {
	switch {
	case v.Exclude:
		return "Leave alone"
	case v.Assign:
		return "Give to somebody"
	}
	return "Queue work"
}

// riskAddress is where the risk list was left; nothing but the list's own
// addresses is returned to.
func riskAddress(back string) string {
	if strings.HasPrefix(back, "/risk?") {
		return back
	}
	return "/risk"
}

func isoDay(t time.Time) string { return t.Format(time.DateOnly) }

// exclude leaves the chosen customers alone until a day.
func (s *site) exclude(w http.ResponseWriter, r *request) error {
	ids, err := chosenIDs(r)
	if err != nil {
		return err
	}
	if err := s.excludeForm(r, ids); err != nil {
		return err
	}
	return s.then(w, r, riskAddress(r.FormValue("back")), r.in.Say("%s left alone.", r.in.plural(len(ids), "customer")))
}

// excludeOne is exclude from a customer's file.
func (s *site) excludeOne(w http.ResponseWriter, r *request) error {
	id, err := customerID(r)
	if err != nil {
		return err
	}
	if err := s.excludeForm(r, []history.CustomerID{id}); err != nil {
		return err
	}
	return s.then(w, r, fmt.Sprintf("/customers/%d", id), r.in.Text("Left alone."))
}

func (s *site) excludeForm(r *request, ids []history.CustomerID) error {
	until, reason := r.FormValue("until"), r.FormValue("reason")
	return s.excludeAll(r, ids, until, reason, formKey(r, until, reason))
}

// idKey gives what is kept for a customer its id: for what comes with an
// idempotency key always the same, so that it is there once whatever is repeated.
type idKey func(what string, of history.CustomerID, otherwise int64) int64

// noKey leaves every id as it is.
func noKey(_ string, _ history.CustomerID, otherwise int64) int64 { return otherwise }

// excludeAll leaves customers alone until a day, written as 2026-12-31.
func (s *site) excludeAll(r *request, ids []history.CustomerID, day, reason string, key idKey) error {
	now := s.Now()
	until, err := time.ParseInLocation(time.DateOnly, day, s.Business.Zone)
	if err != nil {
		return fault.New(fault.Invalid, "choose the day until which to leave them alone, such as %s", isoDay(now.AddDate(0, 0, 30)))
	}
	reason = strings.TrimSpace(reason)
	exclusions := make([]interventions.Exclusion, len(ids))
	for i, id := range ids {
		if exclusions[i], err = s.Policy.NewExclusion(id, r.user.Name, reason, until, now); err != nil {
			return err
		}
		exclusions[i].ID = key("exclusion", id, exclusions[i].ID)
	}
	if err := s.theirs(r, ids); err != nil {
		return err
	}
	return s.inPieces(ids, func(from int, piece []history.CustomerID) error {
		if err := s.auditChosen(r, "leave alone", fmt.Sprintf("until %s: %s", isoDay(until), reason), piece); err != nil {
			return err
		}
		if err := s.Requests.SaveExclusions(r.Context(), exclusions[from:from+len(piece)]); err != nil {
			return fmt.Errorf("keep whom to leave alone: %w", err)
		}
		return nil
	})
}

// readmit ends what holds of a customer's exclusions.
func (s *site) readmit(w http.ResponseWriter, r *request) error {
	id, err := customerID(r)
	if err != nil {
		return err
	}
	if err := s.endExclusion(r, id); err != nil {
		return err
	}
	return s.then(w, r, fmt.Sprintf("/customers/%d", id), r.in.Text("They take part again from the next night on."))
}

func (s *site) endExclusion(r *request, id history.CustomerID) error {
	if err := s.theirs(r, []history.CustomerID{id}); err != nil {
		return err
	}
	if err := s.auditChosen(r, "end leaving alone", "", []history.CustomerID{id}); err != nil {
		return err
	}
	ended, err := s.Requests.EndExclusion(r.Context(), id, s.Now())
	if err != nil {
		return fmt.Errorf("end the exclusion: %w", err)
	}
	if ended == 0 {
		return fault.New(fault.Conflict, "this customer is not being left alone any more: look at the file again")
	}
	return nil
}

// send queues a treatment for the chosen customers. The answer is the same
// whatever arms they are in (R7).
func (s *site) send(w http.ResponseWriter, r *request) error {
	ids, err := chosenIDs(r)
	if err != nil {
		return err
	}
	reason, err := whyMany(r.FormValue("reason"))
	if err != nil {
		return err
	}
	treatment := r.FormValue("treatment")
	if err := s.queueAll(r, ids, wish{treatment: treatment, reason: reason}, formKey(r, treatment, reason)); err != nil {
		return err
	}
	return s.then(w, r, riskAddress(r.FormValue("back")), r.in.Say("%s queued.", r.in.plural(len(ids), "customer")))
}

// wish is what is asked for some customers.
type wish struct {
	treatment string
	override  bool   // whatever their arms
	reason    string // of an override, or of a wish for several
}

// queueAll asks for a treatment for customers.
func (s *site) queueAll(r *request, ids []history.CustomerID, ask wish, key idKey) (err error) {
	requests := make([]interventions.Request, len(ids))
	for i, id := range ids {
		if requests[i], err = s.Policy.NewRequest(id, ask.treatment, r.user.Name, ask.override, ask.reason, s.Now()); err != nil {
			return err
		}
		requests[i].ID = key("request", id, requests[i].ID)
	}
	if err := s.theirs(r, ids); err != nil {
		return err
	}
	what, detail := "ask for work", ask.treatment
	if ask.override {
		what = "ask for work, overriding arms"
	}
	if ask.reason != "" {
		detail += ": " + ask.reason
	}
	return s.inPieces(ids, func(from int, piece []history.CustomerID) error {
		if err := s.auditChosen(r, what, detail, piece); err != nil {
			return err
		}
		if err := s.Requests.SaveRequests(r.Context(), requests[from:from+len(piece)]); err != nil {
			return fmt.Errorf("keep the requests: %w", err)
		}
		return nil
	})
}

func (s *site) auditChosen(r *request, what, detail string, ids []history.CustomerID) error {
	who := make([]string, len(ids))
	for i, id := range ids {
		who[i] = strconv.FormatInt(int64(id), 10)
	}
	return s.Door.Audit(r.Context(), access.Entry{
		At: s.Now(), Who: r.user.Name, What: what, Address: r.address(),
		Detail: fmt.Sprintf("%s: %s %s", s.plural(len(ids), "customer"), strings.Join(who, " "), detail),
	})
}
