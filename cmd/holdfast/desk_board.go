package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/web"
)

// boards reads the board from the store.
type boards struct{ a *app }

// Board returns what happens at the desk now.
func (b boards) Board(ctx context.Context, now time.Time) (web.Board, error) {
	today := nightly.StartOfDay(now, b.a.cfg.Zone, 0)
	counts, err := b.a.store.TaskCounts(ctx, now, today, now.Add(time.Hour))
	if err != nil {
		return web.Board{}, err
	}
	out := web.Board{PromisesOpen: counts.Promises, PromisesLate: counts.Overdue, PromisesDue: counts.Breaking}
	absent, err := b.a.store.AbsentAgents(ctx)
	if err != nil {
		return web.Board{}, err
	}
	if out.Absent, err = b.a.store.Absent(ctx); err != nil {
		return web.Board{}, err
	}
	roster, err := b.a.store.RosterOn(ctx, today.Format(time.DateOnly))
	if err != nil {
		return web.Board{}, err
	}
	out.Rostered, out.Left = b.a.policy.HoursToday(now, interventions.Committed{Absent: absent, Roster: roster})
	rows := map[web.BoardRow]*web.BoardRow{}
	for _, c := range counts.ByState {
		of := web.BoardRow{Treatment: c.Treatment, Family: c.Family}
		row := rows[of]
		if row == nil {
			row = &of
			rows[of] = row
		}
		row.Add(c.State, c.Tasks, c.Minutes)
	}
	for _, row := range rows {
		out.Rows = append(out.Rows, *row)
	}
	slices.SortFunc(out.Rows, func(a, b web.BoardRow) int {
		return cmp.Or(cmp.Compare(b.Minutes, a.Minutes), cmp.Compare(a.Treatment, b.Treatment), cmp.Compare(a.Family, b.Family))
	})
	if out.Revision, err = b.revision(ctx, today); err != nil {
		return web.Board{}, err
	}
	return out, b.people(ctx, now, today, &out)
}

// revision is the newest of today of the list that is worked, nil without.
func (b boards) revision(ctx context.Context, today time.Time) (*interventions.Revision, error) {
	pub, err := b.a.store.Waterfall(ctx, time.Time{})
	if fault.Of(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := b.a.store.Revisions(ctx, pub.ID, 1)
	if err != nil || len(list) == 0 || list[0].At.Before(today) {
		return nil, err
	}
	return &list[0], nil
}

// Due returns the tasks whose promise or call-back is to be kept by until.
func (b boards) Due(ctx context.Context, until time.Time, limit int) ([]interventions.Task, error) {
	return b.a.store.Overdue(ctx, until, limit)
}

// present adds what everybody says they are doing today, and what they have
// before them.
func (b boards) present(ctx context.Context, now, today time.Time, people map[string]web.BoardPerson) error {
	states, err := b.a.store.Presences(ctx, today)
	if err != nil {
		return err
	}
	for _, s := range states {
		people[s.Name] = web.BoardPerson{Name: s.Name, State: s.State, Since: s.Since}
	}
	hands, err := b.a.store.Hands(ctx, now)
	for _, h := range hands {
		p := people[h.Who]
		p.Name, p.With = h.Who, append(p.With, cmp.Or(h.Treatment, string(h.Family)))
		people[h.Who] = p
	}
	return err
}

// people adds who does what and did what since midnight, and why tasks were
// skipped.
func (b boards) people(ctx context.Context, now, today time.Time, out *web.Board) error {
	people, skips := map[string]web.BoardPerson{}, map[string]int{}
	if err := b.present(ctx, now, today, people); err != nil {
		return err
	}
	moves, err := b.a.store.Moves(ctx, today)
	if err != nil {
		return err
	}
	for _, m := range moves {
		if m.Who == "" || m.Who == interventions.System {
			continue
		}
		p := people[m.Who]
		p.Name = m.Who
		if reason, ok := interventions.SkipOf(m.Why); ok {
			p.Skips += m.Tasks
			skips[reason] += m.Tasks
		}
		if m.To == interventions.TaskDone {
			p.Done += m.Tasks
		}
		people[m.Who] = p
	}
	handled, err := b.a.store.HandledSince(ctx, today)
	if err != nil {
		return err
	}
	for who, n := range handled {
		p := people[who]
		p.Name, p.Handled = who, n
		people[who] = p
	}
	for _, name := range slices.Sorted(maps.Keys(people)) {
		out.People = append(out.People, people[name])
	}
	for _, reason := range slices.Sorted(maps.Keys(skips)) {
		out.Skips = append(out.Skips, web.BoardCount{Reason: reason, Count: skips[reason]})
	}
	slices.SortStableFunc(out.Skips, func(a, b web.BoardCount) int { return cmp.Compare(b.Count, a.Count) })
	return nil
}
