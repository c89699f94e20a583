package web

import (
	"fmt"
	"net/http"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

// holdView says who holds the next list by hand, and what one may do about it.
type holdView struct {
	Held bool
	interventions.Hold
	May    bool        // hold it, or end the hold
	Worked *workedList // what goes on being worked while the next is held; nil where there is none, or nothing to hold
}

// workedList is the newest list that is released.
type workedList struct {
	AsOf     time.Time
	Contacts int
}

func (s *site) holdView(r *request) (v holdView, err error) {
	v.May = access.Can(r.user.Role, access.HoldLists)
	if v.Hold, v.Held, err = s.Lists.HoldNow(r.Context()); err != nil {
		return v, fmt.Errorf("read who holds the next list: %w", err)
	}
	if v.Held || !v.May {
		return v, nil
	}
	lists, err := s.Publications.Publications(r.Context(), listsShown)
	if err != nil {
		return v, fmt.Errorf("read the lists: %w", err)
	}
	for _, p := range lists {
		if p.State == interventions.PublicationReleased {
			v.Worked = &workedList{AsOf: p.AsOf}
			for _, n := range p.Tally.Public().Released {
				v.Worked.Contacts += n
			}
			break
		}
	}
	return v, nil
}

// holdNext keeps the next list from being released by itself, and writes it down.
func (s *site) holdNext(r *request, reason string) error {
	h, err := interventions.NewHold(r.user.Name, reason, s.Now())
	if err != nil {
		return err
	}
	if err := s.Lists.Hold(r.Context(), h); err != nil {
		return fmt.Errorf("hold the next list: %w", err)
	}
	return s.note(r, "hold the next list", "", h.Reason)
}

func (s *site) hold(w http.ResponseWriter, r *request) error {
	if err := s.holdNext(r, r.FormValue("reason")); err != nil {
		return err
	}
	return s.then(w, r, "/decisions", r.in.Text("The next list stays held until somebody releases it."))
}

// letGo ends a hold, and writes it down.
func (s *site) letGo(r *request) error {
	if err := s.Lists.EndHold(r.Context(), r.user.Name, s.Now()); err != nil {
		return fmt.Errorf("end the hold: %w", err)
	}
	return s.note(r, "end the hold", "", "")
}

func (s *site) endHold(w http.ResponseWriter, r *request) error {
	if err := s.letGo(r); err != nil {
		return err
	}
	return s.then(w, r, "/decisions", r.in.Text("The hold is over: the next list is released by itself when its checks are good. One that it held waits to be released."))
}

type (
	apiHold struct { // somebody holds the next list by hand
		By     string    `json:"by" doc:"Who holds the next list by hand: it waits to be released."`
		At     time.Time `json:"at"`
		Reason string    `json:"reason"`
	}
	holdCall struct {
		Body struct {
			Reason string `json:"reason" maxLength:"300" doc:"It is kept in the audit, and said by the night that is held."`
		}
	}
)

func (a *api) holdRoutes() {
	add(a, operation{
		method: http.MethodPost, path: "/lists/hold", id: "hold-lists", tag: "lists", action: access.HoldLists, status: http.StatusNoContent,
		summary: "Hold the next list", text: "It stays held when it is ready, until somebody releases it. 409 when it is held already.",
	}, func(c *call, in *holdCall) (*nothing, error) {
		return &nothing{}, a.holdNext(&c.request, in.Body.Reason)
	})
	add(a, operation{
		method: http.MethodPost, path: "/lists/hold/end", id: "end-hold", tag: "lists", action: access.HoldLists, status: http.StatusNoContent,
		summary: "End the hold of the next list", text: "A list that it held waits to be released all the same. 409 when nobody holds it.",
	}, func(c *call, _ *struct{}) (*nothing, error) { return &nothing{}, a.letGo(&c.request) })
}

// apiHoldNow is the hold there is, nil without one.
func (a *api) apiHoldNow(c *call) (*apiHold, error) {
	v, err := a.holdView(&c.request)
	if err != nil || !v.Held {
		return nil, err
	}
	return &apiHold{v.By, v.At.UTC(), v.Reason}, nil
}
