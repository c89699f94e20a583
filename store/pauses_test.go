package store_test

import (
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// A pause stops released work and its ghosts alike, not promises; ended, both
// are offered again. It is known where messages are looked at.
func TestPausesStopBothArms(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 40)
		now := noon.Add(time.Hour)
		before, err := s.Workable(ctx, now, interventions.Skip{}, 500)
		must(t, err)
		released, ghosts := 0, 0
		for _, task := range before {
			if task.Ghost {
				ghosts++
			} else {
				released++
			}
		}
		if released == 0 || ghosts == 0 {
			t.Fatalf("the night has %d tasks and %d ghosts", released, ghosts)
		}
		name := before[0].Treatment
		p := interventions.Pause{ID: 1, Treatment: name, By: "mia", At: now, Reason: "the offer is wrong"}
		must(t, s.SavePause(ctx, p))
		p.ID = 2
		if err := s.SavePause(ctx, p); fault.Of(err) != fault.Conflict {
			t.Errorf("paused twice: %v", err)
		}
		during, err := s.Workable(ctx, now, interventions.Skip{}, 500)
		must(t, err)
		for _, task := range during {
			if task.Treatment == name && task.DueKind == "" {
				t.Errorf("task %d of a paused treatment is offered, ghost %v", task.ID, task.Ghost)
			}
		}
		_, facts, err := s.Situation(ctx, before[0].Customer, before[0].Household, now)
		must(t, err)
		if len(facts.Paused) != 1 || facts.Paused[0] != name {
			t.Errorf("known to be paused: %v", facts.Paused)
		}
		if list, err := s.Pauses(ctx); err != nil || len(list) != 1 || list[0].Reason != p.Reason || list[0].ID != 1 {
			t.Errorf("pauses %+v, %v", list, err)
		}
		must(t, s.EndPause(ctx, name, "tia", now))
		if err := s.EndPause(ctx, name, "tia", now); fault.Of(err) != fault.Conflict {
			t.Errorf("ended twice: %v", err)
		}
		after, err := s.Workable(ctx, now, interventions.Skip{}, 500)
		must(t, err)
		if len(after) != len(before) {
			t.Errorf("%d tasks are offered again, %d were", len(after), len(before))
		}
		p.ID = 3
		must(t, s.SavePause(ctx, p))
	})
}

// A promise goes from one agent to another, once.
func TestReassign(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 40)
		task, ok := next(t, s, "ann", noon.Add(time.Hour))
		if !ok {
			t.Fatal("there is no work")
		}
		c := interventions.Consequences{Task: task, Changes: []interventions.Change{{Task: task.ID, At: noon, Who: "ann", From: task.State, To: interventions.TaskCallback}}}
		c.Task.State, c.Task.DueKind, c.Task.DueAt = interventions.TaskCallback, interventions.DueCallback, noon.AddDate(0, 0, 1)
		must(t, s.SaveStep(ctx, task, c))
		own, err := s.OwnedCommitments(ctx, "ann")
		must(t, err)
		if len(own) != 1 || own[0].ID != task.ID {
			t.Fatalf("ann has %+v", own)
		}
		ben := interventions.Agent{Name: "ben", CeilingMinor: 1 << 40, Skills: task.Skills, Signs: []string{task.Signatory}, Languages: []string{task.Language}}
		given, err := interventions.Reassigned(own[0], "ann", ben, "mia", noon)
		must(t, err)
		must(t, s.SaveStep(ctx, own[0], given))
		if own, err := s.OwnedCommitments(ctx, "ben"); err != nil || len(own) != 1 {
			t.Errorf("ben has %+v, %v", own, err)
		}
		if _, err := interventions.Reassigned(given.Task, "ann", ben, "mia", noon); fault.Of(err) != fault.Conflict {
			t.Errorf("given twice: %v", err)
		}
		ben.Absent = true
		if _, err := interventions.Reassigned(given.Task, "ben", ben, "mia", noon); fault.Of(err) != fault.Forbidden {
			t.Errorf("given to somebody absent: %v", err)
		}
		changes, err := s.Changes(ctx, task.ID)
		must(t, err)
		if last := changes[len(changes)-1]; last.Who != "mia" || last.Why != "given from ann to ben" {
			t.Errorf("the last change is %+v", last)
		}
	})
}
