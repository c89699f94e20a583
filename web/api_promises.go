package web

import (
	"net/http"

	"holdfast/access"
	"holdfast/internal/fault"
)

type promisesAnswer struct {
	Body struct {
		Kept         int `json:"kept" doc:"In time, of those due in the last seven days."`
		Broken       int `json:"broken" doc:"Of these: late, or not at all."`
		Open         int `json:"open"`
		Kept90Days   int `json:"kept_90_days"`
		Broken90Days int `json:"broken_90_days"`
	}
}

// promiseRoutes are what the executive page has beside the morning, the
// attrition and the effects.
func (a *api) promiseRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/promises", id: "promises", tag: "lists", action: access.SeeProof,
		summary: "How many promises were kept",
		text:    "Of the whole business, over seven and ninety days. 403 for an owner of some segments only.",
	}, func(c *call, _ *struct{}) (*promisesAnswer, error) {
		if len(c.user.Segments) > 0 {
			return nil, fault.New(fault.Forbidden, "this is of the whole business, and you see some segments of it")
		}
		e, err := a.Executive(c.Context(), a.Now())
		out := &promisesAnswer{}
		b := &out.Body
		b.Kept, b.Broken, b.Open, b.Kept90Days, b.Broken90Days = e.Kept, e.Broken, e.StillOpen, e.MonthKept, e.MonthBroken
		return out, err
	})
}
