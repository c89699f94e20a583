package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"holdfast/interventions"
)

// Steering is what a manager may change of the day's work.
type Steering interface {
	// SavePause keeps a pause: Conflict when the treatment is paused already.
	SavePause(ctx context.Context, p interventions.Pause) error
	// EndPause ends one: Conflict when there is none.
	EndPause(ctx context.Context, treatment, by string, now time.Time) error
	// Pauses returns what is paused now.
	Pauses(ctx context.Context) ([]interventions.Pause, error)
	// Reassign gives the promises and call-backs of one agent to another and says
	// how many, and how many stay because the other may not do them.
	Reassign(ctx context.Context, from, to, by string, now time.Time) (given, stay int, err error)
	// Agents are who may be given work, by name.
	Agents(ctx context.Context) ([]string, error)
}

func (s *site) pause(w http.ResponseWriter, r *request) error {
	treatment := r.FormValue("treatment")
	if err := s.pauseTreatment(r, treatment, r.FormValue("reason")); err != nil {
		return err
	}
	return s.then(w, r, "/board", words(treatment)+" is paused: nobody is handed such work until it is resumed.")
}

func (s *site) pauseTreatment(r *request, treatment, reason string) error {
	p, err := s.Policy.NewPause(treatment, r.user.Name, strings.TrimSpace(reason), s.Now())
	if err != nil {
		return err
	}
	if err := s.Steering.SavePause(r.Context(), p); err != nil {
		return fmt.Errorf("pause %s: %w", p.Treatment, err)
	}
	return s.note(r, "pause a treatment", p.Treatment, p.Reason)
}

func (s *site) unpause(w http.ResponseWriter, r *request) error {
	treatment := r.FormValue("treatment")
	if err := s.resumeTreatment(r, treatment); err != nil {
		return err
	}
	return s.then(w, r, "/board", words(treatment)+" is handed out again.")
}

func (s *site) resumeTreatment(r *request, treatment string) error {
	if err := s.Steering.EndPause(r.Context(), treatment, r.user.Name, s.Now()); err != nil {
		return fmt.Errorf("resume %s: %w", treatment, err)
	}
	return s.note(r, "resume a treatment", treatment, "")
}

func (s *site) reassign(w http.ResponseWriter, r *request) error {
	from, to := r.FormValue("from"), r.FormValue("to")
	given, stay, err := s.reassignPromises(r, from, to)
	if err != nil {
		return err
	}
	said := fmt.Sprintf("%s of %s went to %s.", plural(given, "promise or call-back"), from, to)
	if given != 1 {
		said = fmt.Sprintf("%s promises and call-backs of %s went to %s.", number(given), from, to)
	}
	if stay > 0 {
		said += fmt.Sprintf(" %s stay: %s may not do them.", number(stay), to)
	}
	return s.then(w, r, "/board", said)
}

func (s *site) reassignPromises(r *request, from, to string) (given, stay int, err error) {
	given, stay, err = s.Steering.Reassign(r.Context(), from, to, r.user.Name, s.Now())
	if err != nil {
		return 0, 0, fmt.Errorf("give %s's promises to %s: %w", from, to, err)
	}
	return given, stay, s.note(r, "reassign promises", from, fmt.Sprintf("%d to %s", given, to))
}
