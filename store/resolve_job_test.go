package store_test

import (
	"testing"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/interventions"
	"holdfast/queue"
	"holdfast/store"
)

// A change of today's hands makes one job a minute that solves the day again;
// one of another day's makes none, nor does what changes nothing.
func TestChangedHandsAskForTheDay(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		ctx, now := t.Context(), noon
		opts := options()
		opts.Now = func() time.Time { return now }
		s := open(t, newConfig(t, dialect), opts)
		ann := access.User{Name: "ann", Role: access.Agent, PasswordHash: "x", Created: noon}
		must(t, s.AddUser(ctx, ann))
		asked := func(n int, newest store.ResolveFor) {
			t.Helper()
			jobs, err := s.Jobs(ctx, store.JobFilter{Kind: store.ResolveJob, State: queue.Ready})
			must(t, err)
			var got store.ResolveFor
			for _, j := range jobs {
				if j.RunAfter.Equal(now.Truncate(time.Minute).Add(time.Minute)) {
					must(t, j.Decode(&got))
				}
			}
			if len(jobs) != n || got != newest {
				t.Errorf("%d jobs, the newest for %+v, want %d and %+v", len(jobs), got, n, newest)
			}
			now = now.Add(time.Minute)
		}
		must(t, s.SetAbsent(ctx, "ann", true))
		must(t, s.SetAbsent(ctx, "ann", false))
		asked(1, store.ResolveFor{Cause: interventions.RevisedForAbsence, Why: "ann is absent"})
		ann.Skills = []string{"polish"}
		must(t, s.UpdateUser(ctx, ann))
		asked(1, store.ResolveFor{})
		ann.Absent = true
		must(t, s.UpdateUser(ctx, ann))
		asked(2, store.ResolveFor{Cause: interventions.RevisedForAbsence, Why: "ann is absent"})
		statement := func(day time.Time) interventions.RosterStatement {
			st, err := interventions.NewRosterStatement(history.RosterDay{Agent: "ann", Day: day.Format(time.DateOnly)}, "mia", "swapped", now)
			must(t, err)
			return st
		}
		must(t, s.SetRosterDay(ctx, statement(now.AddDate(0, 0, 1)), time.Time{}))
		asked(2, store.ResolveFor{})
		today := now.Format(time.DateOnly)
		must(t, s.SetRosterDay(ctx, statement(now), time.Time{}))
		asked(3, store.ResolveFor{Cause: interventions.RevisedForRoster, Why: "ann, " + today})
		must(t, s.ForgetRosterDay(ctx, "ann", today))
		asked(4, store.ResolveFor{Cause: interventions.RevisedForRoster, Why: "ann, " + today})
		imp := history.Import{Feed: "roster", Started: noon}
		var err error
		imp.ID, err = s.BeginImport(ctx, imp)
		must(t, err)
		_, err = s.SaveRoster(ctx, imp.ID, []history.RosterDay{{Agent: "ann", Day: today}})
		must(t, err)
		_, err = s.PublishImport(ctx, imp, noon)
		must(t, err)
		asked(5, store.ResolveFor{Cause: interventions.RevisedForRoster, Why: "import 1"})
	})
}
