package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/queue"
)

// late says whether a list was not released by its deadline.
func (a *app) late(ctx context.Context) (nightly.Late, bool, error) {
	if a.cfg.Nightly.ReleaseBy == "" {
		return nightly.Late{}, false, nil
	}
	run, err := a.store.RunAt(ctx, time.Time{})
	if fault.Of(err) == fault.NotFound {
		return nightly.Late{}, false, nil
	}
	if err != nil {
		return nightly.Late{}, false, err
	}
	released, err := a.store.NewestReleased(ctx)
	if err != nil {
		return nightly.Late{}, false, err
	}
	late, is := a.cfg.Nightly.Late(run, released, a.p.Now(), a.cfg.Zone)
	return late, is, nil
}

// listDue looks whether the list is released. Past its deadline the list before
// goes on being worked, minus anyone now blocked; the one that is late can still
// be released. The audit says so once a list.
//
// scheduled: at nightly.release_by.
func (a *app) listDue(ctx context.Context, _ queue.Job, _ queue.Lease) error {
	late, is, err := a.late(ctx)
	if err != nil || !is {
		return err
	}
	a.log.Error(a.lateWords(late))
	lists, err := a.store.Publications(ctx, 100)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(lists, func(p interventions.Publication) bool { return p.State == interventions.PublicationReleased })
	if i < 0 {
		return a.auditEntry(ctx, access.Entry{Who: "system", What: "a list is late", Subject: a.date(late.AsOf), Detail: "there is no list before it to work meanwhile"})
	}
	blocked, err := a.policy.BlockNow(ctx, a.store, lists[i].ID, a.p.Now())
	if err != nil {
		return fmt.Errorf("block whom a gate keeps by now of the list of %s: %w", a.date(lists[i].AsOf), err)
	}
	return a.auditEntry(ctx, access.Entry{
		Who: "system", What: "a list is late", Subject: a.date(late.AsOf),
		Detail: fmt.Sprintf("the list of %s is worked meanwhile; %d of its contacts are blocked since it was made", a.date(lists[i].AsOf), blocked),
	})
}

// lateWords is a late list in a sentence.
func (a *app) lateWords(l nightly.Late) string {
	state := "its night has not begun"
	switch l.State {
	case nightly.HeldBack:
		state = "its night is held"
	case nightly.Failed:
		state = "its night failed"
	case nightly.Running:
		state = "its night is running"
	case nightly.Completed:
	}
	return fmt.Sprintf("the list of %s was to be released by %s and is not: %s", a.date(l.AsOf), l.By.In(a.cfg.Zone).Format("2006-01-02 15:04"), state)
}

// lookAtDeadline says that a list was to be released and is not.
func (a *app) lookAtDeadline(ctx context.Context) ([]finding, error) {
	late, is, err := a.late(ctx)
	if err != nil || !is {
		return nil, err
	}
	return []finding{ill("deadline", 4, "holdfast nightly status says why; holdfast list release publishes a list that is held, holdfast list fallback works the one before", "%s", a.lateWords(late))}, nil
}
