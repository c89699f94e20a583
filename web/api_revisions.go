package web

import (
	"net/http"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

type (
	apiRevision struct {
		At        time.Time          `json:"at"`
		Cause     string             `json:"cause" enum:"by hand,on schedule,roster changed,absence"`
		Who       string             `json:"who"`
		Why       string             `json:"why,omitempty" doc:"Such as who is absent, or the reason that was given."`
		Waiting   int                `json:"waiting" doc:"Calls that nobody had touched."`
		Moved     int                `json:"moved" doc:"Of them, those that had room before and stand behind the others now."`
		Shortened int                `json:"shortened" doc:"Of the moved, those that end sooner."`
		Restored  int                `json:"restored" doc:"Calls that have room again, with the place and the end that they had."`
		Minutes   []apiRevisedMinute `json:"minutes" doc:"Of all agents, by skill and by language."`
	}
	apiRevisedMinute struct {
		Kind   string  `json:"kind" enum:"minutes,skill,language"`
		Name   string  `json:"name,omitempty" doc:"The skill, or the languages with + between them."`
		Left   float64 `json:"left" doc:"Left of the day, after promises, call-backs and what somebody began."`
		Before float64 `json:"before" doc:"The calls that had room before are expected to take."`
		After  float64 `json:"after" doc:"The calls that have room now are expected to take."`
	}
	resolveCall struct {
		Body struct {
			Reason string `json:"reason,omitempty" maxLength:"300" doc:"It is kept in the audit."`
		}
	}
	resolveAnswer struct {
		Body struct {
			Said     string      `json:"said" doc:"What moved, in a sentence."`
			Revision apiRevision `json:"revision"`
		}
	}
)

// revisionRoutes solve the rest of the day again.
func (a *api) revisionRoutes() {
	add(a, operation{
		method: http.MethodPost, path: "/board/resolve", id: "resolve-day", tag: "tasks", action: access.AskForWork,
		summary: "Plan the rest of the day again",
		text: "For the list that is worked, with the minutes that are left: calls that nobody has touched and that have no room any more go behind the others and end with the next working day; " +
			"those that have room again come forward. What was begun never changes. Where nothing moves no revision is kept. 409 when no list is released, or the day is over.",
	}, func(c *call, in *resolveCall) (*resolveAnswer, error) {
		r, err := a.solveDay(&c.request, in.Body.Reason)
		out := &resolveAnswer{}
		out.Body.Said, out.Body.Revision = r.Said(), apiRevisionOf(r)
		return out, err
	})
}

func apiRevisionOf(r interventions.Revision) apiRevision {
	out := apiRevision{
		At: r.At.UTC(), Cause: string(r.Cause), Who: r.Who, Why: r.Why, Waiting: r.Waiting, Moved: r.Moved, Shortened: r.Shortened,
		Restored: r.Restored, Minutes: make([]apiRevisedMinute, len(r.Minutes)),
	}
	for i, m := range r.Minutes {
		out.Minutes[i] = apiRevisedMinute{string(m.Kind), m.Name, m.Left, m.Before, m.After}
	}
	return out
}

func apiRevisionsOf(list []interventions.Revision) []apiRevision {
	out := make([]apiRevision, len(list))
	for i, r := range list {
		out[i] = apiRevisionOf(r)
	}
	return out
}
