package store_test

import (
	"testing"

	"holdfast/history"
	"holdfast/internal/fault"
)

func TestFoldedEventsAreSeenOnce(t *testing.T) {
	forEachBench(t, func(b bench) {
		people(b) // version 1
		single := func(events ...history.Event) { must(b.T, b.RecordEvents(b.Context(), noon, events)) }
		single(event(5, 11, day(1, 20), 0), event(7, 12, day(2, 1), 0), event(5, 13, day(2, 1), 0))
		single(event(5, 11, day(1, 20), 0)) // told twice in the same instant
		const before, after = "c5 c6 e5/5 e5/11 e5/13 e6/6 f5/5 f6/6 ", "c5 c6 e5/5 e5/11 e5/13 e5/14 e6/6 f5/5 f6/6 "
		b.want(1, 0, before)

		n, err := b.FoldEvents(b.Context(), noon)
		must(b.T, err)
		if n != 3 {
			b.Errorf("folded %d, want 3", n)
		}
		b.want(1, 0, before)
		b.want(1, 1, before)
		b.want(2, 0, "c7 c8 e7/7 e7/12 e8/8 f7/7 f8/8 ")
		shard, err := b.CustomerFacts(b.Context(), 5)
		must(b.T, err)
		if shard.Events.Len() != 0 {
			b.Errorf("%d events are still single", shard.Events.Len())
		}
		n, err = b.FoldEvents(b.Context(), noon)
		must(b.T, err)
		if n != 0 {
			b.Errorf("folded %d again", n)
		}
		version, err := b.ManifestVersion(b.Context())
		must(b.T, err)
		if version != 2 {
			b.Errorf("version %d after a fold of nothing, want 2", version)
		}

		single(event(5, 14, day(2, 3), 0))
		b.want(1, 0, after)
		_, err = b.FoldEvents(b.Context(), noon)
		must(b.T, err)
		b.want(1, 0, after)
		b.want(1, 2, after) // single events are known by when they were recorded, not by version

		r, err := b.RetireHistory(b.Context(), []int64{2})
		must(b.T, err)
		if r.Segments != 1 || r.Events != 3 { // January of partition 1 as of version 1
			b.Errorf("retired %+v, want 1 segment and 3 events", r)
		}
		b.want(1, 0, after)
		b.want(1, 2, after)
		_, err = b.LoadShard(b.Context(), 1, 1)
		kind(b.T, fault.NotFound, err)

		must(b.T, b.UndoImport(b.Context(), 1, noon)) // rewrites months whose first segments are gone
		b.want(1, 0, "c5 e5/11 e5/13 e5/14 ")
		r, err = b.RetireHistory(b.Context(), nil)
		must(b.T, err)
		if r.Segments == 0 || r.Facts != 4 {
			b.Errorf("retired %+v, want some segments and 4 facts", r)
		}
		b.want(1, 0, "c5 e5/11 e5/13 e5/14 ")
		b.want(2, 0, "c7 e7/12 ")
		r, err = b.RetireHistory(b.Context(), nil)
		must(b.T, err)
		if r.Segments+r.Events+r.Facts != 0 {
			b.Errorf("retired %+v once more", r)
		}
	})
}

func TestConcurrentFoldsLoseAndDoubleNothing(t *testing.T) {
	forEachBench(t, func(b bench) {
		people(b)
		errs := make(chan error)
		for i := range int64(4) {
			go func() {
				err := b.RecordEvents(b.Context(), noon, []history.Event{event(5, 20+i, day(1, 20), 0)})
				if err == nil {
					_, err = b.FoldEvents(b.Context(), noon)
				}
				errs <- err
			}()
		}
		for range 4 {
			must(b.T, <-errs)
		}
		_, err := b.FoldEvents(b.Context(), noon)
		must(b.T, err)
		b.want(1, 0, "c5 c6 e5/5 e5/20 e5/21 e5/22 e5/23 e6/6 f5/5 f6/6 ")
		shard, err := b.CustomerFacts(b.Context(), 5)
		must(b.T, err)
		if shard.Events.Len() != 0 {
			b.Errorf("%d events are still single", shard.Events.Len())
		}
	})
}
