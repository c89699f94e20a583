package web

import (
	"context"
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

// ListSteering is what an operator may do with a list.
type ListSteering interface {
	Revising
	// Difference compares a list with the one before it; NotFound when there is none.
	Difference(ctx context.Context, id interventions.PublicationID) (ListDifference, error)
	// Release publishes a held list, or one that was withdrawn again, and says
	// what happened; Conflict for any other. A hold ends with it.
	Release(ctx context.Context, pub interventions.Publication, by string, now time.Time) (said string, err error)
	// Hold keeps the next list from being released by itself; Conflict when one is held.
	Hold(ctx context.Context, h interventions.Hold) error
	// EndHold lets nights release by themselves again; Conflict when no list is held.
	EndHold(ctx context.Context, by string, now time.Time) error
	// HoldNow returns who holds the next list; false when nobody does.
	HoldNow(ctx context.Context) (h interventions.Hold, held bool, err error)
	// Withdraw recalls what nobody has begun of a released list.
	Withdraw(ctx context.Context, pub interventions.Publication, reason string, now time.Time) error
	// FallBack works a released list again in place of the newest, without who is
	// blocked now, and says what happened.
	FallBack(ctx context.Context, pub interventions.Publication, now time.Time) (said string, err error)
}

// ListDifference is what a list does otherwise than the one before it.
type ListDifference struct {
	Now, Before ListVolume
	Moves       []ListMoves
	// Surprising are the customers whose change moves most worth, up to ten, the
	// most first.
	Surprising []ListSurprise
}

// ListSurprise is one customer whom two lists treat differently. An empty
// treatment is none, and Was or Now says why: a gate, or a reason as decided.
type ListSurprise struct {
	Customer   history.CustomerID
	Key        string
	Segment    string // empty where unknown
	From, To   string // treatments
	Was, Now   string
	WorthMinor int64 // of what the list does with them, less that of the one before
}

// surprisesFor are those that the user may see: of their segments, and without
// who it is for those who may not open the risk list.
func surprisesFor(u access.User, all []ListSurprise) []ListSurprise {
	var out []ListSurprise
	for _, s := range all {
		if !u.Sees(s.Segment) {
			continue
		}
		if !access.Can(u.Role, access.SeeRiskList) {
			s.Customer, s.Key, s.Segment = 0, masked, ""
		}
		out = append(out, s)
	}
	return out
}

// ListVolume is how much work is on a list, what is held back left out.
type ListVolume struct {
	AsOf      time.Time
	State     string
	Contacts  int
	Minutes   float64
	CostMinor int64
}

// ListMoves are the customers whom two lists treat differently in one way.
type ListMoves struct {
	Text      string // new, dropped, or treated otherwise
	Customers int
	Why       []ListReason // the most frequent first
}

// ListReason is how many of them for one reason: why they were on no list before
// or are on none now, a gate or a reason as decided, else from which treatment to
// which.
type ListReason struct {
	Was, Now string
	From, To string
	Count    int
}

// moved says a reason for which two lists treat customers differently.
func (in *speech) moved(r ListReason) string {
	switch {
	case r.Was != "":
		return in.Say("before: %s", in.unlisted(r.Was))
	case r.Now != "":
		return in.Say("now: %s", in.unlisted(r.Now))
	}
	return in.words(r.From) + " → " + in.words(r.To)
}

// unlisted says why somebody is on no list.
func (in *speech) unlisted(why string) string {
	if g := interventions.Gate(why); slices.Contains(interventions.Gates, g) {
		return in.gate(g)
	}
	return in.lower(why)
}

// listOf is the list that an address names.
func (s *site) listOf(r *request) (interventions.Publication, error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return interventions.Publication{}, fault.New(fault.NotFound, "there is no such list")
	}
	pub, err := s.Publications.Publication(r.Context(), interventions.PublicationID(n))
	if err != nil {
		return pub, fmt.Errorf("read list %d: %w", n, err)
	}
	return pub, nil
}

// differenceView is a list beside the one before it.
type differenceView struct {
	ID interventions.PublicationID
	ListDifference
}

func (s *site) differencePage(w http.ResponseWriter, r *request) error {
	pub, err := s.listOf(r)
	if err != nil {
		return err
	}
	v := differenceView{ID: pub.ID}
	if v.ListDifference, err = s.Lists.Difference(r.Context(), pub.ID); err != nil {
		return fmt.Errorf("compare list %d with the one before it: %w", pub.ID, err)
	}
	v.Surprising = surprisesFor(r.user, v.Surprising)
	return s.show(w, r, "difference", "Difference", v)
}

// deed is what is done, as the audit calls it: said in the reader's language.
type deed string

// listSteer is something that is done with a list, for a reason that is kept.
type listSteer struct {
	what string
	do   func(r *request, pub interventions.Publication, reason string) (said string, err error)
}

// steerOne does it and says what happened.
func (s *site) steerOne(r *request, steer listSteer, pub interventions.Publication, reason string) (string, error) {
	if interventions.TooShort(reason) {
		return "", fault.New(fault.Invalid, "to %s needs a reason: write a few words that can be read in a year", deed(steer.what))
	}
	said, err := steer.do(r, pub, reason)
	if err != nil {
		return "", fmt.Errorf("%s: %w", steer.what, err)
	}
	return said, s.note(r, steer.what, s.date(pub.AsOf), reason)
}

// steerList is the page's form of it.
func (s *site) steerList(steer listSteer) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, r *request) error {
		pub, err := s.listOf(r)
		if err != nil {
			return err
		}
		said, err := s.steerOne(r, steer, pub, strings.TrimSpace(r.FormValue("reason")))
		if err != nil {
			return err
		}
		return s.then(w, r, fmt.Sprintf("/decisions/%d", pub.ID), r.in.told(said))
	}
}

func (s *site) steerRelease() listSteer {
	return listSteer{"release a list", func(r *request, pub interventions.Publication, _ string) (string, error) {
		return s.Lists.Release(r.Context(), pub, r.user.Name, s.Now())
	}}
}

func (s *site) steerWithdraw() listSteer {
	return listSteer{"withdraw a list", func(r *request, pub interventions.Publication, reason string) (string, error) {
		return r.in.Text("Withdrawn: what nobody had begun is recalled. The desk has no new work until this list is released again, or an earlier one is fallen back to."), s.Lists.Withdraw(r.Context(), pub, reason, s.Now())
	}}
}

func (s *site) steerFallBack() listSteer {
	return listSteer{"fall back to a list", func(r *request, pub interventions.Publication, _ string) (string, error) {
		return s.Lists.FallBack(r.Context(), pub, s.Now())
	}}
}

// listActions says what may be done with a list now.
type listActions struct {
	Release, Withdraw, FallBack, Difference bool
}

func actionsOf(u access.User, pub *interventions.Publication, worked bool) (a listActions) {
	if pub == nil {
		return a
	}
	a.Difference = true
	if !access.Can(u.Role, access.RunNights) {
		return a
	}
	a.Release = pub.State == interventions.PublicationHeld || pub.State == interventions.PublicationWithdrawn
	a.Withdraw = pub.State == interventions.PublicationReleased && worked
	a.FallBack = pub.State == interventions.PublicationReleased && !worked
	return a
}
