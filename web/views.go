package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
)

// Views keeps what people call their filters of the risk list.
type Views interface {
	// SaveView keeps one; one of the same name and person is replaced.
	SaveView(ctx context.Context, v access.SavedView, now time.Time) error
	// Views returns somebody's own and those that others share.
	Views(ctx context.Context, user string) ([]access.SavedView, error)
	// DropView forgets one of somebody's own: NotFound for any other.
	DropView(ctx context.Context, user string, id int64) error
}

// savedView is a view as one person sees it.
type savedView struct {
	access.SavedView
	Here bool // its filters are those in use
	Mine bool
}

// Address is the list under this view.
func (v savedView) Address() string { return "/risk?" + v.Query }

// placeless is a query without the place in the list.
func placeless(v url.Values) url.Values {
	out := url.Values{}
	for key, list := range v {
		if key != "after" && key != "before" && key != "above" && len(list) > 0 && list[0] != "" {
			out.Set(key, list[0])
		}
	}
	return out
}

func (s *site) viewsOf(r *request, query string) ([]savedView, error) {
	list, err := s.Views.Views(r.Context(), r.user.Name)
	if err != nil {
		return nil, fmt.Errorf("read the views: %w", err)
	}
	out := make([]savedView, len(list))
	for i, v := range list {
		out[i] = savedView{v, v.Query == query, v.Owner == r.user.Name}
	}
	return out, nil
}

// saveView gives the filters in use a name.
func (s *site) saveView(w http.ResponseWriter, r *request) error {
	asked, err := url.ParseQuery(r.FormValue("query"))
	if err != nil {
		return fault.New(fault.Invalid, "these filters cannot be read: set them again")
	}
	v, err := s.keepView(r, r.FormValue("name"), asked, r.FormValue("shared") != "")
	if err != nil {
		return err
	}
	return s.then(w, r, "/risk?"+v.Query, r.in.Say("Saved as %s.", v.Name))
}

// keepView keeps filters that can be used under a name.
func (s *site) keepView(r *request, name string, asked url.Values, shared bool) (access.SavedView, error) {
	asked = placeless(asked)
	asked.Del("text") // a view outlives the people it was made to find
	if _, err := s.riskQuery(asked); err != nil {
		return access.SavedView{}, err
	}
	v, err := access.NewView(r.user.Name, name, asked.Encode(), shared)
	if err != nil {
		return v, err
	}
	if err := s.Views.SaveView(r.Context(), v, s.Now()); err != nil {
		return v, fmt.Errorf("save the view: %w", err)
	}
	return v, nil
}

func (s *site) dropView(w http.ResponseWriter, r *request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "there is no such view of yours")
	}
	if err := s.Views.DropView(r.Context(), r.user.Name, id); err != nil {
		return fmt.Errorf("forget the view: %w", err)
	}
	return s.then(w, r, "/risk", r.in.Text("The view is forgotten."))
}
