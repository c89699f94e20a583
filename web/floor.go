package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
)

// Floor keeps what the people at the desk are doing, and what they recommend.
type Floor interface {
	// SetPresence keeps what a person is doing; the same again changes nothing.
	SetPresence(ctx context.Context, p access.Presence) error
	// Ready keeps that a person is ready for work, and returns the tasks whose running
	// lease they have.
	Ready(ctx context.Context, name string, now time.Time) (held []interventions.Task, err error)
	// Presence returns what one person has been doing since a time: the zero value
	// where nothing is known.
	Presence(ctx context.Context, name string, since time.Time) (access.Presence, error)
	// SaveRecommendation keeps a proposal, or its answer.
	SaveRecommendation(ctx context.Context, r interventions.Recommendation) error
	// Recommendations returns the newest; Recommendation one, or NotFound.
	Recommendations(ctx context.Context, limit int) ([]interventions.Recommendation, error)
	Recommendation(ctx context.Context, id int64) (interventions.Recommendation, error)
}

// presenceView is the row of buttons that says what one is doing.
type presenceView struct {
	Now    access.PresenceState
	Since  time.Time
	States []access.PresenceState
	Back   string // the page to come back to
	Task   string // whose call begins; empty on the desk
	Fence  int64
}

// presence is what the user has been doing; ready, when nothing is known of
// today.
func (s *site) presence(r *request) (presenceView, error) {
	v := presenceView{Now: access.Ready, States: access.PresenceStates, Back: "/desk"}
	p, err := s.Tasks.Presence(r.Context(), r.user.Name, nightly.StartOfDay(s.Now(), s.zone, 0))
	if err != nil {
		return v, fmt.Errorf("read what %s is doing: %w", r.user.Name, err)
	}
	if p.State != "" {
		v.Now, v.Since = p.State, p.Since
	}
	return v, nil
}

// be keeps what the user does from now on.
func (s *site) be(r *request, state access.PresenceState) error {
	if err := s.Tasks.SetPresence(r.Context(), access.Presence{Name: r.user.Name, State: state, Since: s.Now()}); err != nil {
		return fmt.Errorf("keep that %s is %s: %w", r.user.Name, state, err)
	}
	return nil
}

func (s *site) setPresence(w http.ResponseWriter, r *request) error {
	p := access.Presence{Name: r.user.Name, State: access.PresenceState(r.PostFormValue("state")), Since: s.Now()}
	if err := p.Validate(); err != nil {
		return err
	}
	if err := s.be(r, p.State); err != nil {
		return err
	}
	to := local(r.PostFormValue("back"))
	if to == "/" {
		to = "/desk"
	}
	return s.then(w, r, to, "")
}

// boxView is the recommendation box.
type boxView struct {
	List      []interventions.Recommendation
	Verdicts  []string
	MayAnswer bool
	Words     string // typed, and refused
}

const recommendationsShown = 100

func (s *site) boxPage(w http.ResponseWriter, r *request) error {
	list, err := s.Tasks.Recommendations(r.Context(), recommendationsShown)
	if err != nil {
		return fmt.Errorf("read recommendations: %w", err)
	}
	return s.show(w, r, "box", "Recommendations", boxView{
		List: list, Verdicts: interventions.Verdicts, MayAnswer: access.Can(r.user.Role, access.SeeOthersWork),
	})
}

func (s *site) recommend(w http.ResponseWriter, r *request) error {
	rec, err := interventions.NewRecommendation(r.user.Name, r.PostFormValue("words"), s.Now())
	if err != nil {
		return err
	}
	if err := s.Tasks.SaveRecommendation(r.Context(), rec); err != nil {
		return fmt.Errorf("keep the recommendation: %w", err)
	}
	return s.then(w, r, "/recommendations", r.in.Text("Thank you: the managers will answer here."))
}

func (s *site) answerRecommendation(w http.ResponseWriter, r *request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "there is no such recommendation")
	}
	if _, err := s.answerTo(r, id, r.PostFormValue("verdict"), r.PostFormValue("answer")); err != nil {
		return err
	}
	return s.then(w, r, "/recommendations", r.in.Text("Answered: everybody can read it."))
}

// answerTo keeps the user's answer to a recommendation.
func (s *site) answerTo(r *request, id int64, verdict, answer string) (interventions.Recommendation, error) {
	ctx := r.Context()
	rec, err := s.Tasks.Recommendation(ctx, id)
	if err != nil {
		return rec, fmt.Errorf("read recommendation %d: %w", id, err)
	}
	if rec, err = rec.Answered(r.user.Name, verdict, answer, s.Now()); err != nil {
		return rec, err
	}
	if err := s.Tasks.SaveRecommendation(ctx, rec); err != nil {
		return rec, fmt.Errorf("keep the answer: %w", err)
	}
	return rec, nil
}
