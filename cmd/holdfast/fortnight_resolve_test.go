package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/interventions"
	"holdfast/queue"
	"holdfast/store"
)

// revisions counts what solving the days again came to.
type revisions struct{ times, moved, restored, touched int }

// callIn lets both who call be away before the first call of every fourth day,
// one of them back an hour later, and the other in the afternoon.
func (f *fortnight) callIn(ctx context.Context, t *testing.T, a *app, hour int) error {
	t.Helper()
	if f.days%4 != 0 {
		return nil
	}
	names := map[int][]string{10: {"ada", "ben"}, 11: {"ben"}, 15: {"ada"}}[hour]
	for _, name := range names {
		if err := a.store.SetAbsent(ctx, name, hour == 10); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return nil
	}
	return f.solvedAgain(ctx, t, a)
}

// solvedAgain runs the job that the last change of hands made, twice, and holds
// what it did against the database: the second time nothing; the first nothing
// of what somebody had begun, of an arm, or of an exposure, and of all else no
// more than its place and its end.
func (f *fortnight) solvedAgain(ctx context.Context, t *testing.T, a *app) error {
	t.Helper()
	jobs, err := a.store.Jobs(ctx, store.JobFilter{Kind: store.ResolveJob, State: queue.Ready})
	if err != nil {
		return err
	}
	for _, job := range jobs {
		if f.clock.Now().Sub(job.CreatedAt) > resolveLate/2 {
			continue
		}
		before := f.standing(t)
		for round := range 2 {
			if err := a.resolveJob(ctx, job, queue.Lease{}); err != nil {
				return fmt.Errorf("solve the day again: %w", err)
			}
			after := f.standing(t)
			f.compare(t, before, after, round)
			before = after
		}
		f.revised.times++
	}
	return nil
}

// standing is how all work stands, and what is sealed.
type standing struct {
	tasks  map[int64]string // what must not change
	placed map[int64]string // place and end
	touch  map[int64]bool
	sealed []string
}

func (f *fortnight) standing(t *testing.T) standing {
	t.Helper()
	db := f.database(t)
	s := standing{tasks: map[int64]string{}, placed: map[int64]string{}, touch: map[int64]bool{}}
	for _, body := range list[string](t, db, "SELECT body FROM tasks") {
		task := decode[interventions.Task](t, body)
		id := int64(task.ID)
		s.placed[id] = fmt.Sprint(task.Behind(), task.ExpiresAt, task.DecidedExpiry)
		if s.touch[id] = task.Touched(); !s.touch[id] { // whoever is not may move
			task.ExpiresAt, task.DecidedExpiry = task.CreatedAt, task.CreatedAt
			task.Reason = ""
		}
		s.tasks[id] = fmt.Sprintf("%+v", task)
	}
	for _, query := range []string{
		"SELECT household || ' ' || layer || ' ' || held || ' ' || share FROM sealed_arms ORDER BY 1",
		"SELECT customer || ' ' || treatment || ' ' || arm || ' ' || contacted || ' ' || passed FROM sealed_exposures ORDER BY 1",
		"SELECT id || ' ' || state || ' ' || body FROM messages ORDER BY 1",
	} {
		s.sealed = append(s.sealed, list[string](t, db, "%s", query)...)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	return s
}

func (f *fortnight) compare(t *testing.T, before, after standing, round int) {
	t.Helper()
	if diff := cmp.Diff(before.tasks, after.tasks); diff != "" {
		t.Errorf("solving the day again changed more than place and end:\n%s", diff)
	}
	if diff := cmp.Diff(before.sealed, after.sealed); diff != "" {
		t.Errorf("solving the day again changed what is sealed, or messages:\n%s", diff)
	}
	for id, was := range before.placed {
		switch is := after.placed[id]; {
		case after.touch[id]:
			f.revised.touched++
		case was == is:
		case round > 0:
			t.Errorf("solved a second time task %d moves from %s to %s", id, was, is)
		case is[:4] == "true":
			f.revised.moved++
		default:
			f.revised.restored++
		}
		if after.touch[id] && was != after.placed[id] {
			t.Errorf("task %d, which somebody had begun, moved from %s to %s", id, was, after.placed[id])
		}
	}
}
