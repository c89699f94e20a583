package web

import (
	"net/http"

	"holdfast/access"
)

type (
	// RiskFilters are the filters of the risk list that a view may keep.
	RiskFilters struct {
		Band     string `json:"band,omitempty" enum:"low,medium,high"`
		Segment  string `json:"segment,omitempty"`
		MinValue string `json:"min_value,omitempty" doc:"In whole units of the currency."`
		Episode  bool   `json:"episode,omitempty" doc:"Only customers in a risk episode."`
		Sort     string `json:"sort,omitempty" enum:"at_risk,risk,value,tenure,name"`
	}
	apiView struct {
		ID     int64  `json:"id"`
		Name   string `json:"name"`
		Owner  string `json:"owner"`
		Shared bool   `json:"shared" doc:"Everybody who sees the risk list reads it."`
		Query  string `json:"query" doc:"The filters as they stand in the address of the risk list."`
	}
	viewsAnswer struct {
		Body struct {
			Views []apiView `json:"views"`
		}
	}
	viewCall struct {
		Body struct {
			Name    string      `json:"name" minLength:"1" maxLength:"60"`
			Shared  bool        `json:"shared,omitempty"`
			Filters RiskFilters `json:"filters"`
		}
	}
)

// viewRoutes are the names that people give to filters of the risk list.
func (a *api) viewRoutes() {
	view := operation{path: "/risk/views", tag: "customers", action: access.SaveViews}
	o := view
	o.method, o.id, o.action, o.summary = http.MethodGet, "views", access.SeeRiskList, "Saved filters of the risk list"
	o.text = "The owner's own, and those that others share. The filters of one are those of the risk list, at /risk?query."
	add(a, o, func(c *call, _ *struct{}) (*viewsAnswer, error) { return a.viewsFor(c) })
	o = view
	o.method, o.id, o.summary = http.MethodPost, "save-view", "Save filters under a name"
	o.text = "In place of the owner's view of the same name. Answers with all views. 409 when the owner has too many."
	add(a, o, func(c *call, in *viewCall) (*viewsAnswer, error) {
		if _, err := a.keepView(&c.request, in.Body.Name, in.Body.Filters.call().values(), in.Body.Shared); err != nil {
			return nil, err
		}
		return a.viewsFor(c)
	})
	o = view
	o.method, o.path, o.id, o.summary, o.status = http.MethodPost, "/risk/views/{id}/forget", "forget-view", "Forget a view", http.StatusNoContent
	o.text = "One of the owner's own: 404 for any other."
	add(a, o, func(c *call, in *ListRef) (*nothing, error) {
		return &nothing{}, a.Views.DropView(c.Context(), c.user.Name, in.ID)
	})
}

// call is the filters as a request for the risk list has them.
func (f RiskFilters) call() riskCall {
	return riskCall{Band: f.Band, Segment: f.Segment, MinValue: f.MinValue, Episode: f.Episode, Sort: f.Sort}
}

func (a *api) viewsFor(c *call) (*viewsAnswer, error) {
	list, err := a.viewsOf(&c.request, "")
	out := &viewsAnswer{}
	out.Body.Views = make([]apiView, len(list))
	for i, v := range list {
		out.Body.Views[i] = apiView{v.ID, v.Name, v.Owner, v.Shared, v.Query}
	}
	return out, err
}
