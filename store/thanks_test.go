package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/interventions"
	"holdfast/store"
)

// The thank-you desk reads what waits and what was done, no ghosts and no
// other work.
func TestThanks(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 30)
		one := customersOf(t, s, 0)[0]
		put := func(id interventions.TaskID, change func(*interventions.Task)) {
			task := interventions.Task{
				ID: id, Key: "7/thanks/years-" + string(rune('a'+id)), Customer: one.ID, Household: 7, Family: interventions.FamilyThanks, Channel: interventions.ChannelPhone,
				Purpose: interventions.PurposeThanks, State: interventions.TaskReady, Signatory: "the managing director", CreatedAt: noon,
				NotBefore: noon, ExpiresAt: noon.AddDate(0, 0, 21), Card: interventions.Card{Name: "Ann"},
			}
			change(&task)
			must(t, s.SaveStep(ctx, interventions.Task{}, interventions.Consequences{Task: task}))
		}
		put(1, func(k *interventions.Task) { k.NotBefore = noon.Add(2 * time.Hour) })
		put(2, func(*interventions.Task) {})
		put(3, func(k *interventions.Task) { k.NotBefore = noon.AddDate(0, 0, 1) })
		put(4, func(k *interventions.Task) { k.State, k.Ghost = interventions.TaskGhost, true })
		put(5, func(k *interventions.Task) { k.Family = interventions.FamilySave })
		put(6, func(k *interventions.Task) { k.State, k.DoneAt = interventions.TaskDone, noon.Add(-time.Hour) })
		put(7, func(k *interventions.Task) { k.State, k.DoneAt = interventions.TaskDone, noon.AddDate(0, -1, 0) })
		put(8, func(k *interventions.Task) { k.ExpiresAt = noon })
		ids := func(list []interventions.Task, err error) (ids []interventions.TaskID) {
			must(t, err)
			for _, k := range list {
				if ids = append(ids, k.ID); k.Card.Name != "Ann" {
					t.Errorf("task %d came without its card", k.ID)
				}
			}
			return ids
		}
		if got := ids(s.ThankYous(ctx, noon, noon.Add(12*time.Hour), 10)); !slices.Equal(got, []interventions.TaskID{2, 1}) {
			t.Errorf("today's are %v", got)
		}
		if got := ids(s.ThankYous(ctx, noon, noon.Add(12*time.Hour), 1)); !slices.Equal(got, []interventions.TaskID{2}) {
			t.Errorf("the first is %v", got)
		}
		if got := ids(s.Thanked(ctx, noon.AddDate(0, 0, -14), 10)); !slices.Equal(got, []interventions.TaskID{6}) {
			t.Errorf("thanked lately: %v", got)
		}
	})
}

// However much other work there is, an index of their own finds thank-yous.
func TestThanksReadTheirOwnIndex(t *testing.T) {
	t.Parallel()
	s := open(t, newConfig(t, "sqlite"), options())
	queries := store.Planned(t, s, func() {
		_, err := s.ThankYous(t.Context(), noon, noon.AddDate(0, 0, 1), 10)
		must(t, err)
		_, err = s.Thanked(t.Context(), noon, 10)
		must(t, err)
	})
	for i, index := range []string{"tasks_thanks", "tasks_thanked"} {
		if i >= len(queries) || !strings.Contains(queries[i].Plan, "INDEX "+index+" ") {
			t.Fatalf("list %d is not read by %s: %+v", i, index, queries)
		}
	}
}
