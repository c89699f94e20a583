package web

import (
	"net/http"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

type (
	apiPause struct {
		Treatment string    `json:"treatment"`
		By        string    `json:"by"`
		At        time.Time `json:"at"`
		Reason    string    `json:"reason"`
	}
	pauseCall struct {
		Body struct {
			Treatment string `json:"treatment"`
			Reason    string `json:"reason" maxLength:"300"`
		}
	}
	unpauseCall struct {
		Body struct {
			Treatment string `json:"treatment"`
		}
	}
	absentCall struct {
		Body struct {
			Name   string `json:"name" doc:"User who is not there."`
			Reason string `json:"reason" maxLength:"300" doc:"It is kept in the audit."`
		}
	}
	backCall struct {
		Body struct {
			Name string `json:"name" doc:"User who is there again."`
		}
	}
	reassignCall struct {
		Body struct {
			From string `json:"from" doc:"User whose promises and call-backs they are."`
			To   string `json:"to" doc:"User who is to have them."`
		}
	}
	reassignAnswer struct {
		Body struct {
			Given int `json:"given"`
			Stay  int `json:"stay" doc:"The other may not do them."`
		}
	}
	steerCall struct {
		ListRef
		Body struct {
			Reason string `json:"reason" maxLength:"300" doc:"It is kept in the audit."`
		}
	}
	steerAnswer struct {
		Body struct {
			Said string `json:"said" doc:"What happened, in a sentence."`
		}
	}
	apiVolume struct {
		AsOf      time.Time `json:"as_of"`
		State     string    `json:"state"`
		Contacts  int       `json:"contacts"`
		Minutes   float64   `json:"minutes"`
		CostMinor int64     `json:"cost_minor"`
	}
	apiMoves struct {
		What      string      `json:"what" doc:"New, dropped, or treated otherwise."`
		Customers int         `json:"customers"`
		Why       []apiReason `json:"why" doc:"The most frequent first."`
	}
	apiReason struct {
		Reason string `json:"reason"`
		Count  int    `json:"count"`
	}
	apiSurprise struct {
		Customer   int64  `json:"customer,omitempty" doc:"Absent where you may not see who it is."`
		Key        string `json:"key"`
		Before     string `json:"before" doc:"Treatment, or why none."`
		Now        string `json:"now" doc:"Likewise."`
		WorthMinor int64  `json:"worth_minor" doc:"Of what the list does with them, less that of the one before."`
	}
	differenceAnswer struct {
		Body struct {
			Now    apiVolume  `json:"now"`
			Before apiVolume  `json:"before"`
			Moves  []apiMoves `json:"moves"`

			Surprising []apiSurprise `json:"surprising" doc:"Customers whose change moves most worth, up to ten of those that you may see, the most first."`
		}
	}
)

// steeringRoutes change the day's work and what lists are worked.
func (a *api) steeringRoutes() {
	board := operation{method: http.MethodPost, tag: "tasks", action: access.AskForWork}
	o := board
	o.path, o.id, o.summary, o.status = "/board/pause", "pause", "Hand out no more work of a treatment", http.StatusNoContent
	o.text = "Until it is resumed; the held back are paused alike. 409 when it is paused already."
	add(a, o, func(c *call, in *pauseCall) (*nothing, error) {
		return &nothing{}, a.pauseTreatment(&c.request, in.Body.Treatment, in.Body.Reason)
	})
	o = board
	o.path, o.id, o.summary, o.status = "/board/resume", "resume", "Hand out work of a treatment again", http.StatusNoContent
	o.text = "409 when it is not paused."
	add(a, o, func(c *call, in *unpauseCall) (*nothing, error) {
		return &nothing{}, a.resumeTreatment(&c.request, in.Body.Treatment)
	})
	o = board
	o.path, o.id, o.summary = "/board/reassign", "reassign", "Give an agent's promises and call-backs to another"
	o.text = "Those that the other may not do stay where they are."
	add(a, o, func(c *call, in *reassignCall) (out *reassignAnswer, err error) {
		out = &reassignAnswer{}
		given, stay, err := a.reassignPromises(&c.request, in.Body.From, in.Body.To)
		out.Body.Given, out.Body.Stay = given, len(stay)
		return out, err
	})
	a.absenceRoutes(board)
	a.revisionRoutes()
	a.listSteeringRoutes()
	a.holdRoutes()
}

// absenceRoutes say who is not there today.
func (a *api) absenceRoutes(o operation) {
	o.path, o.id, o.summary, o.status = "/board/absent", "mark-absent", "Mark somebody absent", http.StatusNoContent
	o.text = "Until they are back nothing is handed to them, their promises escalate to others, and days have their minutes less. 409 when they are absent already."
	add(a, o, func(c *call, in *absentCall) (*nothing, error) {
		return &nothing{}, a.markAbsent(&c.request, in.Body.Name, in.Body.Reason)
	})
	o.path, o.id, o.summary = "/board/back", "mark-back", "Mark somebody back"
	o.text = "409 when they are not absent."
	add(a, o, func(c *call, in *backCall) (*nothing, error) {
		return &nothing{}, a.markBack(&c.request, in.Body.Name)
	})
}

func (a *api) listSteeringRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/lists/{id}/difference", id: "list-difference", tag: "lists", action: access.SeeDecisions,
		summary: "What a list does otherwise than the one before it",
		text:    "How much work each is, how many customers are new, dropped or treated otherwise, with why, and whose change moves most worth.",
	}, a.difference)
	for _, s := range []struct {
		path, summary, text string
		steer               listSteer
	}{
		{"release", "Release a list", "One that a check holds, or that was withdrawn: the night goes on. 409 for any other.", a.steerRelease()},
		{"withdraw", "Withdraw a released list", "What nobody has begun is recalled.", a.steerWithdraw()},
		{"fallback", "Work an earlier list again", "In place of the newest, without who is blocked now.", a.steerFallBack()},
	} {
		add(a, operation{
			method: http.MethodPost, path: "/lists/{id}/" + s.path, id: s.path + "-list", tag: "lists", action: access.RunNights,
			summary: s.summary, text: s.text,
		}, func(c *call, in *steerCall) (*steerAnswer, error) {
			pub, err := a.Publications.Publication(c.Context(), interventions.PublicationID(in.ID))
			if err != nil {
				return nil, err
			}
			out := &steerAnswer{}
			out.Body.Said, err = a.steerOne(&c.request, s.steer, pub, strings.TrimSpace(in.Body.Reason))
			return out, err
		})
	}
}

func (a *api) difference(c *call, in *ListRef) (*differenceAnswer, error) {
	d, err := a.Lists.Difference(c.Context(), interventions.PublicationID(in.ID))
	if err != nil {
		return nil, err
	}
	out := &differenceAnswer{}
	out.Body.Now, out.Body.Before, out.Body.Moves = apiVolumeOf(d.Now), apiVolumeOf(d.Before), make([]apiMoves, len(d.Moves))
	for i, m := range d.Moves {
		out.Body.Moves[i] = apiMoves{m.Text, m.Customers, make([]apiReason, len(m.Why))}
		for k, w := range m.Why {
			out.Body.Moves[i].Why[k] = apiReason{c.in.moved(w), w.Count}
		}
	}
	out.Body.Surprising = []apiSurprise{}
	for _, s := range surprisesFor(c.user, d.Surprising) {
		was, now := s.From, s.To
		if was == "" {
			was = c.in.unlisted(s.Was)
		}
		if now == "" {
			now = c.in.unlisted(s.Now)
		}
		out.Body.Surprising = append(out.Body.Surprising, apiSurprise{int64(s.Customer), s.Key, was, now, s.WorthMinor})
	}
	return out, nil
}

func apiVolumeOf(v ListVolume) apiVolume {
	return apiVolume{v.AsOf.UTC(), v.State, v.Contacts, v.Minutes, v.CostMinor}
}

func apiPausesOf(list []interventions.Pause) []apiPause {
	out := make([]apiPause, len(list))
	for i, p := range list {
		out[i] = apiPauseOf(p)
	}
	return out
}

func apiPauseOf(p interventions.Pause) apiPause {
	return apiPause{p.Treatment, p.By, p.At.UTC(), p.Reason}
}
