package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// Owners keeps who looks after whom.
type Owners interface {
	// AssignOwner makes somebody look after customers, all or none: NotFound for
	// an unknown customer, Invalid where nothing says which attribute holds it.
	AssignOwner(ctx context.Context, customers []history.CustomerID, owner string, now time.Time) error
	// Owners are who looks after somebody on the list that is shown, by name.
	Owners(ctx context.Context) ([]string, error)
}

// mayOwn are who customers can be given to: those who have some, and those who
// may be given work.
func (s *site) mayOwn(ctx context.Context) ([]string, error) {
	owners, err := s.Owners.Owners(ctx)
	if err != nil {
		return nil, fmt.Errorf("read who looks after customers: %w", err)
	}
	agents, err := s.Steering.Agents(ctx)
	if err != nil {
		return nil, fmt.Errorf("read who may be given work: %w", err)
	}
	all := slices.Concat(owners, agents)
	slices.Sort(all)
	return slices.Compact(all), nil
}

// assign gives the chosen customers to somebody to look after.
func (s *site) assign(w http.ResponseWriter, r *request) error {
	ids, err := chosenIDs(r)
	if err != nil {
		return err
	}
	owner := r.FormValue("owner")
	if err := s.assignAll(r, ids, owner, r.FormValue("reason")); err != nil {
		return err
	}
	return s.then(w, r, riskAddress(r.FormValue("back")), r.in.Say("%s looks after %s from now on.", owner, r.in.plural(len(ids), "customer")))
}

// assignAll gives customers to somebody; it is in the audit.
func (s *site) assignAll(r *request, ids []history.CustomerID, owner, reason string) error {
	reason, err := whyMany(reason)
	if err != nil {
		return err
	}
	able, err := s.mayOwn(r.Context())
	if err != nil {
		return err
	}
	if !slices.Contains(able, owner) {
		return fault.New(fault.Invalid, "%q is nobody that customers can be given to: choose one of %s", owner, strings.Join(able, ", "))
	}
	if err := s.theirs(r, ids); err != nil {
		return err
	}
	return s.inPieces(ids, func(_ int, piece []history.CustomerID) error {
		if err := s.auditChosen(r, "assign an owner", owner+": "+reason, piece); err != nil {
			return err
		}
		if err := s.Owners.AssignOwner(r.Context(), piece, owner, s.Now()); err != nil {
			return fmt.Errorf("give customers to %s: %w", owner, err)
		}
		return nil
	})
}

// whyMany is the reason of a step for several customers, which has to be there.
func whyMany(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if interventions.TooShort(reason) {
		return "", fault.New(fault.Invalid, "what is done with several customers needs a reason: write a few words that can be read in a year")
	}
	return reason, nil
}

type (
	ownersCall struct {
		Body struct {
			Customers []int64 `json:"customers" minItems:"1" maxItems:"500"`
			Owner     string  `json:"owner" maxLength:"100" doc:"Somebody who looks after customers already, or may be given work."`
			Reason    string  `json:"reason" maxLength:"300" doc:"It is kept in the audit."`
		}
	}
	ownersAnswer struct {
		Body struct {
			Assigned int `json:"assigned" doc:"Customers: all that were named."`
		}
	}
)

// ownerRoutes are what changes of who looks after whom.
func (a *api) ownerRoutes() {
	add(a, operation{
		tag: "customers", action: access.AskForWork, method: http.MethodPost, path: "/owners", id: "assign-owner",
		summary: "Say who looks after customers",
		text:    "From now on, until a feed says otherwise: the risk list and its filter, the attrition of owners. All customers or none.",
	}, func(c *call, in *ownersCall) (*ownersAnswer, error) {
		ids, err := customersOf(in.Body.Customers)
		if err != nil {
			return nil, err
		}
		out := &ownersAnswer{}
		out.Body.Assigned = len(ids)
		return out, a.assignAll(&c.request, ids, in.Body.Owner, in.Body.Reason)
	})
}
