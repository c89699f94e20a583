package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"holdfast/measurement"
	"holdfast/store"
)

// beside are lists of the pages whose tables grow with days or with people.
func beside() []listed {
	price := "price"
	year := func(f store.MoveFilter) func(context.Context, *store.Store) error {
		f.Kind, f.From, f.To, f.Limit = measurement.MoveLost, noon.AddDate(-1, 0, 0), noon, 50
		return func(ctx context.Context, s *store.Store) error { _, _, err := s.MovesOf(ctx, f); return err }
	}
	return []listed{
		{name: "who left", read: year(store.MoveFilter{})},
		{name: "who left for a reason", read: year(store.MoveFilter{Reason: &price})},
		{name: "who left, further", read: year(store.MoveFilter{After: "9000000:7"})},
		{name: "recommendations", walks: "recommendations", read: func(ctx context.Context, s *store.Store) error { _, err := s.Recommendations(ctx, 50); return err }},
		{name: "who is at the desk", sorts: "one for each agent", walks: "presences", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.Presences(ctx, noon)
			return err
		}},
		{name: "what one person is doing", read: func(ctx context.Context, s *store.Store) error { _, err := s.Presence(ctx, "ann", noon); return err }},
		{name: "the roster of a fortnight", sorts: "one for each agent and day", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.Roster(ctx, "2026-03-01", "2026-03-14")
			return err
		}},
		{name: "a list planned again", sorts: "those of one list", read: func(ctx context.Context, s *store.Store) error { _, err := s.Revisions(ctx, 3, 20); return err }},
		{name: "marks on reasons", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.ReasonMarks(ctx, noon.AddDate(-1, 0, 0))
			return err
		}},
		{name: "a household", sorts: "its members", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.Household(ctx, 3, noon.Add(time.Hour), 20)
			return err
		}},
		{name: "saved views", sorts: "those of one person, and the shared", read: func(ctx context.Context, s *store.Store) error { _, err := s.Views(ctx, "ann"); return err }},
		{name: "models", walks: "models", sorts: "their dates alone, and the few that are shown", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.Models(ctx, 12)
			return err
		}},
		{name: "tokens", walks: "tokens", read: func(ctx context.Context, s *store.Store) error { _, err := s.Tokens(ctx); return err }},
		{name: "users", walks: "users", read: func(ctx context.Context, s *store.Store) error { _, err := s.Users(ctx); return err }},
		{name: "what is paused", sorts: "those of now, one for each treatment", read: func(ctx context.Context, s *store.Store) error { _, err := s.Pauses(ctx); return err }},
		{name: "policies", walks: "policies", read: func(ctx context.Context, s *store.Store) error { _, err := s.Policies(ctx); return err }},
		{name: "dry runs", walks: "rehearsals", read: func(ctx context.Context, s *store.Store) error { _, err := s.Rehearsals(ctx, 20); return err }},
		{name: "a dry run", read: func(ctx context.Context, s *store.Store) error { _, err := s.Rehearsal(ctx, 7); return err }},
		{name: "who consented to a model", sorts: "two", read: func(ctx context.Context, s *store.Store) error { _, err := s.Consents(ctx, "m-1"); return err }},
	}
}

// TestNoListBesideReadsMoreThanItShows holds the pages' smaller lists to the
// same.
func TestNoListBesideReadsMoreThanItShows(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"attrition_moves", "recommendations", "roster_days", "task_attempts", "revisions", "presences", "models", "tokens", "users", "pauses", "policies", "rehearsals"} {
		if !slices.Contains(grows, table) {
			t.Errorf("%s grows, and is not watched", table)
		}
	}
	forEachDialect(t, func(t *testing.T, dialect string) {
		s := open(t, newConfig(t, dialect), options())
		releasedNight(t, s, 120)
		for _, l := range beside() {
			noMoreThanShown(t, s, dialect, l)
		}
	})
}
