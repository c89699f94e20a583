package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/history"
	"holdfast/interventions"
	"holdfast/queue"
	"holdfast/store"
)

// told reads the jobs that tell of events, by key.
func told(t *testing.T, s *store.Store) (keys []string, jobs map[string]queue.Job) {
	t.Helper()
	list, err := s.Jobs(t.Context(), store.JobFilter{Kind: store.TellJob})
	must(t, err)
	jobs = map[string]queue.Job{}
	for _, j := range list {
		keys, jobs[j.Key] = append(keys, j.Key), j
	}
	slices.Sort(keys)
	return keys, jobs
}

// TestEventsAreMadeWithTheChange: each once for each subscriber who asked, in the
// transaction of what happened, and none for a ghost.
func TestEventsAreMadeWithTheChange(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		opts := options()
		opts.Subscribers = []channels.Subscriber{
			{Name: "crm", URL: "https://crm.example.com"}, {Name: "wall", URL: "https://wall.example.com", Events: []channels.EventType{channels.SaveClaimed}},
		}
		s := open(t, newConfig(t, dialect), opts)
		releasedNight(t, s, 60)
		lists, err := s.Jobs(t.Context(), store.JobFilter{Kind: store.TellListJob})
		must(t, err)
		if len(lists) != 1 {
			t.Fatalf("%d jobs for the list's events", len(lists))
		}
		var p store.TellingList
		must(t, lists[0].Decode(&p))
		for range 2 { // run twice, told once
			must(t, s.TellReady(t.Context(), p.Publication, p.At))
			must(t, s.TellLeft(t.Context(), p.Publication, 9, "no purchase in 180 days", p.At))
		}
		now := noon.Add(time.Hour)
		open := agentTasks(t, s, now)
		keys, _ := told(t, s)
		ready := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !strings.Contains(k, "task.ready") })
		if len(ready) != len(open) || len(open) == 0 {
			t.Errorf("%d tasks were told of, %d can be seen", len(ready), len(open))
		}
		for _, task := range open {
			if !slices.Contains(ready, fmt.Sprintf("tell/crm/task.ready/%d", task.ID)) {
				t.Errorf("task %d was not told of", task.ID)
			}
		}

		task, _ := next(t, s, "ann", now)
		step := wrapUp(task, now)
		step.Task.State, step.Changes[0].To = interventions.TaskDone, interventions.TaskDone
		step.Attempt = &interventions.Attempt{Task: task.ID, N: 1, At: now, By: "ann", WrapUp: interventions.WrapUp{Disposition: interventions.SavedNoOffer}, Before: task}
		step.Promise = &interventions.Promise{ID: 77, Task: task.ID, Customer: task.Customer, MadeAt: now, DueAt: now.Add(48 * time.Hour)}
		must(t, s.SaveStep(t.Context(), task, step))
		keys, jobs := told(t, s)
		for _, want := range []string{
			fmt.Sprintf("tell/crm/task.done/%d", task.ID), fmt.Sprintf("tell/crm/save.claimed/%d/1", task.ID),
			fmt.Sprintf("tell/wall/save.claimed/%d/1", task.ID), "tell/crm/promise.due/77", fmt.Sprintf("tell/crm/customer.left/9/%d", p.Publication),
		} {
			if !slices.Contains(keys, want) {
				t.Errorf("%s is missing among %v", want, keys)
			}
		}
		if due := jobs["tell/crm/promise.due/77"]; !due.RunAfter.Equal(now.Add(48 * time.Hour)) {
			t.Errorf("the promise is told of at %s", due.RunAfter)
		}
		if n := len(keys) - len(ready); n != 6 { // the release, three of the step, the claim once more, who left
			t.Errorf("%d other events: %v", n, keys)
		}
		var told store.Telling
		claim := jobs[fmt.Sprintf("tell/wall/save.claimed/%d/1", task.ID)]
		must(t, claim.Decode(&told))
		if told.Subscriber != "wall" || told.Event.Data.Task != int64(task.ID) || told.Event.Data.Disposition != "saved_no_offer" || !told.Event.At.Equal(now) {
			t.Errorf("the claim is told as %+v", told)
		}
	})
}

// TestUnlistedAreFound: who was on the last list and is not on this one.
func TestUnlistedAreFound(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		releasedNight(t, s, 40)
		pub, _ := draftNight(t, s, "b", noon.AddDate(0, 0, 1), 37)
		publish(t, s, "b", pub.ID, noon.AddDate(0, 0, 1))
		for partition := range 2 {
			got, err := s.Unlisted(t.Context(), int64(pub.ID), partition)
			must(t, err)
			var want []history.CustomerID
			for _, sc := range scoresOf(partition, 40, noon)[37:] {
				if sc.Excluded == "" {
					want = append(want, sc.Customer)
				}
			}
			if !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("partition %d: %v, want %v", partition, got, want)
			}
		}
	})
}
