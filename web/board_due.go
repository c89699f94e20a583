package web

import (
	"fmt"
	"net/http"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

// dueView are the promises and call-backs past their time, or due within the
// hour: those that the board counts.
type dueView struct {
	Late, Soon []dueRow
	Names      bool // the reader may see who the customers are
	Open       bool // and their tasks
}

// dueRow is one promise or call-back of the board.
type dueRow struct {
	Task interventions.Task
	What string // was promised; empty for a call-back
}

// dueShown is how many are listed.
const dueShown = 200

func (s *site) duePage(w http.ResponseWriter, r *request) error {
	v, err := s.due(r)
	if err != nil {
		return err
	}
	return s.show(w, r, "due", "Promises and call-backs due", v)
}

// due reads what the user may see of it.
func (s *site) due(r *request) (v dueView, err error) {
	ctx, now := r.Context(), s.Now()
	list, err := s.Boards.Due(ctx, now.Add(time.Hour), dueShown)
	if err != nil {
		return v, fmt.Errorf("read what is due: %w", err)
	}
	if list, err = s.tasksFor(r, list); err != nil {
		return v, err
	}
	v.Names, v.Open = access.Can(r.user.Role, access.SeePersonal), access.Can(r.user.Role, access.WorkTasks)
	for _, t := range list {
		row := dueRow{Task: t}
		if t.DueKind == interventions.DuePromise && v.Names {
			p, err := s.Tasks.Promise(ctx, t.Promise)
			if err != nil {
				return v, fmt.Errorf("read promise %d: %w", t.Promise, err)
			}
			row.What = p.What
		}
		if !v.Names {
			row.Task.Card = maskedCard(t.Card)
		}
		if t.DueAt.After(now) {
			v.Soon = append(v.Soon, row)
		} else {
			v.Late = append(v.Late, row)
		}
	}
	return v, nil
}

type (
	apiDue struct {
		Task     int64     `json:"task"`
		Customer string    `json:"customer" doc:"Key."`
		Name     string    `json:"name,omitempty" doc:"For who may see personal data."`
		Kind     string    `json:"kind" enum:"promise,callback"`
		What     string    `json:"what,omitempty" doc:"Was promised; for who may see personal data."`
		DueAt    time.Time `json:"due_at"`
		Late     bool      `json:"late"`
		Owner    string    `json:"owner,omitempty" doc:"Who has to keep it; none: anybody."`
		State    string    `json:"state"`
	}
	dueAnswer struct {
		Body struct {
			Due []apiDue `json:"due"`
		}
	}
)

func (a *api) dueRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/board/promises", id: "board-promises", tag: "tasks", action: access.SeeMorning,
		summary: "Promises and call-backs past their time or due within the hour",
		text:    "At most 200, the earliest first, of the owner's segments.",
	}, func(c *call, _ *struct{}) (*dueAnswer, error) {
		v, err := a.due(&c.request)
		if err != nil {
			return nil, err
		}
		out := &dueAnswer{}
		out.Body.Due = []apiDue{}
		for i, row := range append(v.Late, v.Soon...) {
			t := row.Task
			out.Body.Due = append(out.Body.Due, apiDue{
				int64(t.ID), t.Card.Key, t.Card.Name, string(t.DueKind), row.What, t.DueAt.UTC(), i < len(v.Late), t.Owner, string(t.State),
			})
		}
		return out, nil
	})
}
