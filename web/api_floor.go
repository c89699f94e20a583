package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

type (
	apiDoing struct {
		State string     `json:"state" enum:"ready,on_call,wrap_up,break"`
		Since *time.Time `json:"since,omitempty" doc:"None: nothing was said today."`
	}
	doingAnswer struct{ Body apiDoing }
	doingCall   struct {
		Body struct {
			State string `json:"state" enum:"ready,on_call,wrap_up,break"`
		}
	}
	apiRecommendation struct {
		ID         int64      `json:"id"`
		At         time.Time  `json:"at"`
		By         string     `json:"by"`
		Words      string     `json:"words"`
		Verdict    string     `json:"verdict,omitempty" enum:"will_do,done,not_now,no" doc:"None: it is not answered yet."`
		Answer     string     `json:"answer,omitempty"`
		AnsweredBy string     `json:"answered_by,omitempty"`
		AnsweredAt *time.Time `json:"answered_at,omitempty"`
	}
	recommendationAnswer  struct{ Body apiRecommendation }
	recommendationsAnswer struct {
		Body struct {
			Recommendations []apiRecommendation `json:"recommendations"`
		}
	}
	recommendCall struct {
		Body struct {
			Words string `json:"words" minLength:"1" maxLength:"2000" doc:"What could be better."`
		}
	}
	answerCall struct {
		ListRef
		Body struct {
			Verdict string `json:"verdict" enum:"will_do,done,not_now,no"`
			Answer  string `json:"answer" minLength:"1" maxLength:"2000" doc:"Why: who proposed it reads it."`
		}
	}
)

// floorRoutes are what the token's owner is doing at the desk, and the
// recommendation box.
func (a *api) floorRoutes() {
	desk := operation{path: "/desk/state", tag: "desk", action: access.WorkTasks}
	o := desk
	o.method, o.id, o.summary = http.MethodGet, "desk-state", "What the owner is doing"
	o.text = "Ready when nothing was said today."
	add(a, o, a.doing)
	o = desk
	o.method, o.id, o.summary = http.MethodPost, "set-desk-state", "Say what the owner is doing"
	o.text = "Ready, on a call, wrapping up or on a break, from now on; the same again changes nothing. " +
		"Pages change it with the work; leasing and beginning a task by the API do not."
	add(a, o, func(c *call, in *doingCall) (*doingAnswer, error) {
		if err := a.be(&c.request, access.PresenceState(in.Body.State)); err != nil {
			return nil, err
		}
		return a.doing(c, nil)
	})
	box := operation{path: "/recommendations", tag: "desk", action: access.WorkTasks}
	o = box
	o.method, o.id, o.summary = http.MethodGet, "recommendations", "What people at the desk propose"
	o.text = "The newest hundred, with what leads and managers answered."
	add(a, o, a.recommendations)
	o = box
	o.method, o.id, o.summary = http.MethodPost, "recommend", "Propose an improvement"
	o.text = "Everybody at the desk reads it; leads and managers answer."
	add(a, o, a.propose)
	o = box
	o.method, o.path, o.id, o.action = http.MethodPost, "/recommendations/{id}/answer", "answer-recommendation", access.SeeOthersWork
	o.summary, o.text = "Answer a recommendation", "In place of an earlier answer. 404 when there is no such recommendation."
	add(a, o, func(c *call, in *answerCall) (*recommendationAnswer, error) {
		rec, err := a.answerTo(&c.request, in.ID, in.Body.Verdict, in.Body.Answer)
		return &recommendationAnswer{apiRecommendationOf(rec)}, err
	})
}

func (a *api) doing(c *call, _ *struct{}) (*doingAnswer, error) {
	v, err := a.presence(&c.request)
	return &doingAnswer{apiDoing{string(v.Now), instant(v.Since)}}, err
}

func (a *api) recommendations(c *call, _ *struct{}) (*recommendationsAnswer, error) {
	list, err := a.Tasks.Recommendations(c.Context(), recommendationsShown)
	out := &recommendationsAnswer{}
	out.Body.Recommendations = make([]apiRecommendation, len(list))
	for i, rec := range list {
		out.Body.Recommendations[i] = apiRecommendationOf(rec)
	}
	return out, err
}

func (a *api) propose(c *call, in *recommendCall) (*recommendationAnswer, error) {
	rec, err := interventions.NewRecommendation(c.user.Name, in.Body.Words, a.Now())
	if err != nil {
		return nil, err
	}
	rec.ID = c.idKey(rec.Words)("recommendation", 0, rec.ID)
	rec, err = a.keepOnce(c.Context(), rec)
	return &recommendationAnswer{apiRecommendationOf(rec)}, err
}

// keepOnce keeps a recommendation, or gives the one that is there under its id,
// perhaps answered since.
func (a *api) keepOnce(ctx context.Context, rec interventions.Recommendation) (interventions.Recommendation, error) {
	kept, err := a.Tasks.Recommendation(ctx, rec.ID)
	if fault.Of(err) != fault.NotFound {
		return kept, err
	}
	if err := a.Tasks.SaveRecommendation(ctx, rec); err != nil {
		return rec, fmt.Errorf("keep the recommendation: %w", err)
	}
	return rec, nil
}

func apiRecommendationOf(r interventions.Recommendation) apiRecommendation {
	return apiRecommendation{r.ID, r.At.UTC(), r.By, r.Words, r.Verdict, r.Answer, r.AnsweredBy, instant(r.AnsweredAt)}
}
