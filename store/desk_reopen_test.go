package store_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast/interventions"
	"holdfast/store"
)

// What a customer's call ended comes back when the call is corrected to a
// dropped one, with its key and place in the queue; not once other work has its
// key, and not when a newer list has decided again. A dropped call corrected to a
// talk ends it.
func TestACorrectionGivesBackWhatACallEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile string // runs between the call and its correction
		want      interventions.TaskState
	}{
		"as it was":           {"", interventions.TaskReady},
		"taken by other work": {"INSERT INTO work_keys (work_key, task, message, started) SELECT work_key, 42, 0, 1 FROM tasks WHERE id = %d", interventions.TaskDone},
		"a newer list":        {"UPDATE publications SET state = 'released' WHERE id <> (SELECT publication FROM tasks WHERE id = %d)", interventions.TaskDone},
		"list withdrawn":      {"UPDATE publications SET state = 'withdrawn' WHERE id = (SELECT publication FROM tasks WHERE id = %d)", interventions.TaskDone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forEachStore(t, func(t *testing.T, s *store.Store) { givesBack(t, s, c.meanwhile, c.want) })
		})
	}
}

func givesBack(t *testing.T, s *store.Store, meanwhile string, want interventions.TaskState) {
	t.Helper()
	ctx, now := t.Context(), noon.Add(time.Hour)
	releasedNight(t, s, 120)
	draftNight(t, s, "b", noon.AddDate(0, 0, 1), 120)
	p, err := interventions.NewPolicy(interventions.DefaultConfig(), time.UTC, []byte("0123456789abcdef0123456789abcdef"))
	must(t, err)
	d, ann := interventions.NewDesk(p, s), interventions.Agent{Name: "ann"}
	task := agentTasks(t, s, now)[0]
	rang, err := d.Inbound(ctx, task.Customer, interventions.Card{}, ann, interventions.ChannelPhone, now)
	must(t, err)
	_, err = d.Save(ctx, rang.ID, ann, rang.Fence, interventions.WrapUp{Disposition: interventions.NoRiskFound}, now)
	must(t, err)
	state := func() interventions.TaskState {
		got, err := s.Task(ctx, task.ID)
		must(t, err)
		return got.State
	}
	if state() != interventions.TaskDone {
		t.Fatalf("after the call the task is %s", state())
	}
	if meanwhile != "" {
		must(t, s.Raw(ctx, fmt.Sprintf(meanwhile, task.ID)))
	}
	at := now.Add(time.Minute)
	_, err = d.Correct(ctx, rang.ID, ann, interventions.WrapUp{Disposition: interventions.CallDropped}, at)
	must(t, err)
	if state() != want {
		t.Errorf("after the correction the task is %s, want %s", state(), want)
	}
	if want == interventions.TaskDone {
		return
	}
	if n := store.CountRows(t, s, fmt.Sprintf("work_keys WHERE task = %d", task.ID)); n != 1 {
		t.Errorf("it has %d keys", n)
	}
	_, err = d.Correct(ctx, rang.ID, ann, interventions.WrapUp{Disposition: interventions.Undecided}, at.Add(time.Minute))
	must(t, err)
	if state() != interventions.TaskDone {
		t.Errorf("corrected to a talk after all, the task is %s", state())
	}
}
