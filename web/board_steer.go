package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"holdfast/internal/fault"
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
	// Owing are those who have promises and call-backs to keep, by name.
	Owing(ctx context.Context) ([]Owing, error)
	// Reassign gives the promises and call-backs of one agent to another and says
	// how many, and why each of the others stays: the other may not do it.
	Reassign(ctx context.Context, from, to, by string, now time.Time) (given int, stay []error, err error)
	// SetAbsent marks somebody absent, or back: Conflict when they are so already.
	SetAbsent(ctx context.Context, name string, absent bool) error
	// Agents are who may be given work, by name.
	Agents(ctx context.Context) ([]string, error)
}

// Owing is how many promises and call-backs wait for somebody.
type Owing struct {
	Name  string
	Tasks int
}

func (s *site) pause(w http.ResponseWriter, r *request) error {
	treatment := r.FormValue("treatment")
	if err := s.pauseTreatment(r, treatment, r.FormValue("reason")); err != nil {
		return err
	}
	return s.then(w, r, "/board", r.in.Say("%s is paused: nobody is handed such work until it is resumed.", r.in.words(treatment)))
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
	return s.then(w, r, "/board", r.in.Say("%s is handed out again.", r.in.words(treatment)))
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
	said := r.in.Say("%s promises and call-backs of %s went to %s.", r.in.number(given), from, to)
	if given == 1 {
		said = r.in.Say("1 promise or call-back of %s went to %s.", from, to)
	}
	return s.then(w, r, "/board", said+r.in.staying(stay, from))
}

// staying says how many promises stay with whom, and each reason once.
func (in *speech) staying(stay []error, from string) string {
	if len(stay) == 0 {
		return ""
	}
	said := " " + in.Say("%s stay with %s.", in.number(len(stay)), from)
	if len(stay) == 1 {
		said = " " + in.Say("1 stays with %s.", from)
	}
	var told []string
	for _, err := range stay {
		if why := in.say(err); !slices.Contains(told, why) {
			told = append(told, why)
			said += " " + why
		}
	}
	return said
}

func (s *site) reassignPromises(r *request, from, to string) (given int, stay []error, err error) {
	given, stay, err = s.Steering.Reassign(r.Context(), from, to, r.user.Name, s.Now())
	if err != nil {
		return 0, nil, fmt.Errorf("give %s's promises to %s: %w", from, to, err)
	}
	return given, stay, s.note(r, "reassign promises", from, fmt.Sprintf("%d to %s", given, to))
}

func (s *site) absent(w http.ResponseWriter, r *request) error {
	name := r.FormValue("name")
	if err := s.markAbsent(r, name, r.FormValue("reason")); err != nil {
		return err
	}
	return s.then(w, r, "/board", r.in.Say("%s is absent: nothing is handed to them, and today has their hours less. Give their promises to somebody else.", name))
}

func (s *site) markAbsent(r *request, name, reason string) error {
	if reason = strings.TrimSpace(reason); interventions.TooShort(reason) {
		return fault.New(fault.Invalid, "an absence needs a reason: write a word or two, such as off sick")
	}
	if err := s.Steering.SetAbsent(r.Context(), name, true); err != nil {
		return fmt.Errorf("mark %s absent: %w", name, err)
	}
	return s.note(r, "mark absent", name, reason)
}

func (s *site) back(w http.ResponseWriter, r *request) error {
	name := r.FormValue("name")
	if err := s.markBack(r, name); err != nil {
		return err
	}
	return s.then(w, r, "/board", r.in.Say("%s is back.", name))
}

func (s *site) markBack(r *request, name string) error {
	if err := s.Steering.SetAbsent(r.Context(), name, false); err != nil {
		return fmt.Errorf("mark %s back: %w", name, err)
	}
	return s.note(r, "mark back", name, "")
}
