package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// Revising solves the rest of a day again for the list that is worked.
type Revising interface {
	// Resolve does it now and says what moved; Conflict when there is nothing to
	// solve, NotFound before the first list.
	Resolve(ctx context.Context, by, why string) (interventions.Revision, error)
	// Revisions returns the newest revisions of a list, the newest first.
	Revisions(ctx context.Context, id interventions.PublicationID, limit int) ([]interventions.Revision, error)
}

// revisionsShown are as many as a page shows of one list.
const revisionsShown = 20

// revisionView is one revision as the list's page has it.
type revisionView struct {
	interventions.Revision
	Limits []roomRow
}

// roomRow is one limit of minutes in hours.
type roomRow struct {
	Text                string
	Left, Before, After float64 // minutes
}

func (in *speech) revisionViews(list []interventions.Revision) []revisionView {
	out := make([]revisionView, len(list))
	for i, r := range list {
		out[i] = revisionView{Revision: r, Limits: make([]roomRow, len(r.Minutes))}
		for k, m := range r.Minutes {
			out[i].Limits[k] = roomRow{in.minutesOf(m), m.Left, m.Before, m.After}
		}
	}
	return out
}

// minutesOf says whose minutes a limit counts.
func (in *speech) minutesOf(m interventions.RevisionMinutes) string {
	switch m.Kind {
	case interventions.LimitSkill:
		return in.words(m.Name)
	case interventions.LimitLanguage:
		return in.Say("Language %s", strings.ReplaceAll(m.Name, "+", " "+in.Text("or")+" "))
	}
	return in.Text("All agents")
}

// revisions are those of a list that was released.
func (s *site) revisions(r *request, pub *interventions.Publication) ([]interventions.Revision, error) {
	if pub == nil || pub.ReleasedAt.IsZero() {
		return nil, nil
	}
	list, err := s.Lists.Revisions(r.Context(), pub.ID, revisionsShown)
	if err != nil {
		return nil, fmt.Errorf("read the revisions of list %d: %w", pub.ID, err)
	}
	return list, nil
}

func (s *site) resolveDay(w http.ResponseWriter, r *request) error {
	rev, err := s.solveDay(r, r.FormValue("reason"))
	if err != nil {
		return err
	}
	return s.then(w, r, "/board", r.in.Say("Planned again: %s.", r.in.told(rev.Said())))
}

// solveDay solves the rest of the day again for the reader.
func (s *site) solveDay(r *request, reason string) (interventions.Revision, error) {
	if reason = strings.TrimSpace(reason); len([]rune(reason)) > 300 {
		return interventions.Revision{}, fault.New(fault.Invalid, "the reason is longer than 300 letters: write it in a sentence")
	}
	rev, err := s.Lists.Resolve(r.Context(), r.user.Name, reason)
	if err != nil {
		return rev, fmt.Errorf("solve the rest of the day again: %w", err)
	}
	detail := rev.Said()
	if reason != "" {
		detail = reason + ": " + detail
	}
	return rev, s.note(r, "plan the day again", s.date(rev.At), detail)
}
