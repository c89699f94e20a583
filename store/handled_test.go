package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/store"
)

// claimed is a customer who stays, after who called: the task is done.
func claimed(held interventions.Task, who string, now time.Time) interventions.Consequences {
	c := wrapUp(held, now)
	c.Promise, c.Exposures, c.Facts = nil, nil, nil
	c.Task.State, c.Task.DueKind, c.Task.Promise, c.Task.LastPart = interventions.TaskDone, "", 0, interventions.PartMorning
	c.Attempt = &interventions.Attempt{
		Task: held.ID, N: 1, At: now, By: who, Before: held, Segment: "gold",
		WrapUp: interventions.WrapUp{Disposition: interventions.SavedNoOffer, Note: "happy again"},
	}
	c.Changes = []interventions.Change{{Task: held.ID, At: now, Who: who, From: held.State, To: interventions.TaskDone, Why: "saved_no_offer"}}
	return c
}

// TestAgentCells: what stands is counted by agent and mix; what a correction
// replaces is not, and the call stays that of who made it; what is undone goes.
func TestAgentCells(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		now := noon.Add(time.Hour)
		held := begin(t, s, agentTasks(t, s, now)[0], now)
		step := claimed(held, "ann", now)
		must(t, s.SaveStep(ctx, held, step))
		cells := func(from, to time.Time) []measurement.AgentCell {
			t.Helper()
			got, tasks, err := s.AgentCells(ctx, from, to)
			must(t, err)
			if len(got) > 0 && tasks["ann"] != 1 {
				t.Errorf("tasks: %v", tasks)
			}
			return got
		}
		mix := measurement.Mix{Treatment: held.Treatment, Band: string(held.Card.Band), Segment: "gold", Part: string(interventions.PartMorning)}
		want := []measurement.AgentCell{{Agent: "ann", Mix: mix, Attempts: 1, Reached: 1, Claimed: 1}}
		if d := cmp.Diff(want, cells(noon, now.Add(time.Second))); d != "" {
			t.Error(d)
		}
		if got := cells(noon, now); len(got) != 0 {
			t.Errorf("before it was saved: %+v", got)
		}

		by, err := s.Claims(ctx, noon, now.Add(time.Second))
		must(t, err)
		mine := by[held.Partition]
		if len(mine) != 1 || mine[0].Task != held.ID || mine[0].N != 1 || mine[0].Customer != held.Customer || !mine[0].At.Equal(now) || mine[0].Here != 0 {
			t.Fatalf("the claims are %+v", by)
		}
		mine[0].Here = measurement.StillHere
		must(t, s.SaveHere(ctx, mine))
		want[0].Sustained = 1
		if d := cmp.Diff(want, cells(noon, now.Add(time.Second))); d != "" {
			t.Error(d)
		}

		corrected := claimed(step.Task, "lea", now) // a lead puts it right
		corrected.Task.Fence, corrected.Undo = step.Task.Fence+1, 1
		corrected.Attempt.WrapUp = interventions.WrapUp{Disposition: interventions.NoAnswer}
		must(t, s.SaveStep(ctx, step.Task, corrected))
		want[0].Reached, want[0].Claimed, want[0].Sustained = 0, 0, 0
		if d := cmp.Diff(want, cells(noon, now.Add(time.Second))); d != "" {
			t.Errorf("corrected: %s", d)
		}
		undo := claimed(corrected.Task, "lea", now)
		undo.Task.Fence, undo.Undo, undo.Attempt = corrected.Task.Fence+1, 1, nil
		must(t, s.SaveStep(ctx, corrected.Task, undo))
		if got := cells(noon, now.Add(time.Second)); len(got) != 0 {
			t.Errorf("undone: %+v", got)
		}
	})
}

// TestAgentReports: none before the first, the newest of several, replaced by
// the same night's.
func TestAgentReports(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		got, err := s.AgentReport(ctx)
		must(t, err)
		if d := cmp.Diff(measurement.AgentReport{}, got); d != "" {
			t.Errorf("before the first: %s", d)
		}
		report := func(day, tasks int) measurement.AgentReport {
			return measurement.AgentReport{AsOf: noon.AddDate(0, 0, day), Agents: []measurement.AgentLine{
				{Agent: "ann", Tasks: tasks, Claimed: measurement.Compared{Attempts: 30, Count: 4, Expected: 3.5, Shrunken: 1.1, Verdict: measurement.VerdictMore}},
				{Agent: "bob", Hidden: true},
			}}
		}
		for _, r := range []measurement.AgentReport{report(1, 30), report(0, 20), report(1, 40)} {
			must(t, s.SaveAgents(ctx, r))
		}
		got, err = s.AgentReport(ctx)
		must(t, err)
		if d := cmp.Diff(report(1, 40), got); d != "" {
			t.Errorf("the newest: %s", d)
		}
	})
}

// TestHandledBefore: what was done under an older schema is counted by the
// migration as it would have been at the desk, without segment and part.
func TestHandledBefore(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		now := noon.Add(time.Hour)
		tasks := agentTasks(t, s, now)
		held := begin(t, s, tasks[0], now)
		must(t, s.SaveStep(ctx, held, claimed(held, "ann", now)))
		lost := begin(t, s, tasks[1], now)
		leaves := claimed(lost, "bob", now)
		leaves.Attempt.WrapUp = interventions.WrapUp{Disposition: interventions.DeclinedLeave, LeaveReason: "price"}
		leaves.Attempt.Kept, leaves.Kept = 900, []interventions.PromiseID{900}
		must(t, s.SaveStep(ctx, lost, leaves))
		before := store.HandledRows(t, s)
		store.HandleAgain(t, s)
		after := store.HandledRows(t, s)
		for i := range before {
			before[i].Segment, before[i].Part = "", ""
		}
		if d := cmp.Diff(before, after); d != "" || len(after) != 2 || after[0].Took == 0 {
			t.Errorf("%d rows: %s", len(after), d)
		}
		if _, err := s.LastAttempt(ctx, held.ID); err != nil {
			t.Error(err)
		}
	})
}

// TestLookingBack: one's own day the newest first, and the best saves of a week
// over its days, sustained ones apart; with whom, what they said and the list.
func TestLookingBack(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		var saved []interventions.Task
		for i, task := range agentTasks(t, s, noon.Add(time.Hour))[:4] {
			at := noon.AddDate(0, 0, i).Add(time.Hour)
			held := begin(t, s, task, at)
			held.Card.ValueMinor = int64([]int{300, 900, 100, 500}[i])
			held.Card.Name = "Customer " + string(rune('A'+i))
			step := claimed(held, "ann", at.Add(5*time.Minute))
			must(t, s.SaveStep(ctx, held, step))
			saved = append(saved, held)
		}
		day, err := s.HandledBy(ctx, "ann", noon.AddDate(0, 0, 2), noon.AddDate(0, 0, 4))
		must(t, err)
		if len(day) != 2 || day[0].Task != saved[3].ID || day[1].Task != saved[2].ID || day[0].Minutes() != 5 || day[0].Note != "happy again" ||
			!day[0].List.Equal(noon) || day[0].Customer != saved[3].Customer {
			t.Errorf("the day is %+v", day)
		}
		handled, err := s.HandledSince(ctx, noon.AddDate(0, 0, 2))
		must(t, err)
		if d := cmp.Diff(map[string]int{"ann": 2}, handled); d != "" {
			t.Error(d)
		}
		if other, err := s.HandledBy(ctx, "bob", noon, noon.AddDate(0, 0, 9)); err != nil || len(other) != 0 {
			t.Errorf("bob did %+v, %v", other, err)
		}
		best := func(sustained bool, segments []string, limit int) (values []int64) {
			t.Helper()
			list, err := s.BestSaves(ctx, noon, noon.AddDate(0, 0, 4), sustained, segments, limit)
			must(t, err)
			for _, h := range list {
				values = append(values, h.ValueMinor)
			}
			return values
		}
		if d := cmp.Diff([]int64{900, 500, 300}, best(false, nil, 3)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]int64{900, 500, 300, 100}, best(false, []string{"gold"}, 9)); d != "" {
			t.Error(d)
		}
		if got := best(false, []string{"trade"}, 9); len(got) != 0 {
			t.Errorf("of another segment: %v", got)
		}
		must(t, s.SaveHere(ctx, []measurement.Claim{{Task: saved[2].ID, N: 1, Here: measurement.StillHere}, {Task: saved[1].ID, N: 1, Here: measurement.GoneBy90}}))
		if d := cmp.Diff([]int64{100}, best(true, nil, 3)); d != "" {
			t.Error(d)
		}
	})
}

// TestLostCalls: counted by agent, treatment, list and reason; paged the newest
// first without a gap, and filtered.
func TestLostCalls(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		var want []interventions.TaskID
		for i, task := range agentTasks(t, s, noon.Add(time.Hour))[:4] {
			at := noon.Add(time.Duration(i+1) * time.Hour)
			held := begin(t, s, task, at)
			step := claimed(held, []string{"ann", "bob"}[i%2], at)
			step.Attempt.WrapUp = interventions.WrapUp{Disposition: interventions.DeclinedLeave, LeaveReason: []string{"price", "price", "moved"}[i%3]}
			if i == 3 {
				step.Attempt.WrapUp = interventions.WrapUp{Disposition: interventions.SavedNoOffer, LeaveReason: "price"}
			} else {
				want = append([]interventions.TaskID{held.ID}, want...)
			}
			must(t, s.SaveStep(ctx, held, step))
		}
		q := measurement.LostQuery{From: noon, To: noon.Add(9 * time.Hour), Limit: 2}
		counts, err := s.LostCounts(ctx, q)
		must(t, err)
		by, all := map[string]int{}, 0
		for _, c := range counts {
			by[c.Agent+" "+c.Reason] += c.Calls
			all += c.Calls
			if !c.List.Equal(noon) || c.Publication == 0 || c.Treatment == "" {
				t.Errorf("%+v", c)
			}
		}
		if d := cmp.Diff(map[string]int{"ann moved": 1, "ann price": 1, "bob price": 1}, by); d != "" || all != 3 {
			t.Error(d)
		}
		var got []interventions.TaskID
		for {
			page, err := s.LostCalls(ctx, q)
			must(t, err)
			for _, h := range page {
				got = append(got, h.Task)
			}
			if len(page) < q.Limit {
				break
			}
			q.After = page[len(page)-1].LostCursor()
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("the pages: %s", d)
		}
		bob, price, trade := "bob", "price", []string{"trade"}
		if page, err := s.LostCalls(ctx, measurement.LostQuery{From: noon, To: q.To, Agent: &bob, Reason: &price, Limit: 9}); err != nil || len(page) != 1 || page[0].Task != want[1] {
			t.Errorf("of bob: %+v, %v", page, err)
		}
		if page, err := s.LostCalls(ctx, measurement.LostQuery{From: noon, To: q.To, Segments: trade, Limit: 9}); err != nil || len(page) != 0 {
			t.Errorf("of another segment: %+v, %v", page, err)
		}
		if _, err := s.LostCalls(ctx, measurement.LostQuery{From: noon, To: q.To, After: "x", Limit: 9}); fault.Of(err) != fault.Invalid {
			t.Errorf("a cursor that is none: %v", err)
		}
	})
}
