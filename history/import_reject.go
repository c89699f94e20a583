package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

const (
	keptRejections = 250_000 // of one import; the rest is counted only
	rejectionChunk = 2_000
	firstShown     = 10 // rejections that are said of a refused import
)

// tally counts and keeps the rows that an import cannot use.
type tally struct {
	store   ImportStore
	id      ImportID // 0 in a dry run
	count   int64
	kept    int64
	waiting []Rejection
	first   []Rejection
	reasons map[string]*reason
}

// reason is how often rows were rejected for one cause, and where first.
type reason struct {
	text  string
	count int64
	first string
}

func (t *tally) add(ctx context.Context, rows []tabular.Rejection) error {
	for i := range rows {
		r := &rows[i]
		t.count++
		key := r.Column + "\x00" + string(r.Reason)
		if t.reasons == nil {
			t.reasons = map[string]*reason{}
		}
		if t.reasons[key] == nil {
			t.reasons[key] = &reason{text: string(r.Reason), first: r.Error()}
		}
		t.reasons[key].count++
		kept := Rejection{Import: t.id, File: r.File, Row: r.Line, Column: r.Column, Value: r.Value, Reason: string(r.Reason)}
		if len(t.first) < firstShown {
			t.first = append(t.first, kept)
		}
		if t.kept++; t.kept <= keptRejections {
			t.waiting = append(t.waiting, kept)
		}
	}
	if len(t.waiting) >= rejectionChunk {
		return t.flush(ctx)
	}
	return nil
}

func (t *tally) flush(ctx context.Context) error {
	if t.id != 0 && len(t.waiting) > 0 {
		if err := t.store.SaveRejections(ctx, t.id, t.waiting); err != nil {
			return err
		}
	}
	t.waiting = t.waiting[:0]
	return nil
}

// worst is the commonest cause; of several the first by its words.
func (t *tally) worst() *reason {
	var all []*reason
	for _, r := range t.reasons {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *reason) int {
		if c := cmp.Compare(b.count, a.count); c != 0 {
			return c
		}
		return cmp.Compare(a.first, b.first)
	})
	return all[0]
}

// tooMany says whether so many of the rows read were rejected that the import
// must fail.
func tooMany(rejected, read int64, share float64) bool {
	allowed := int64(share * float64(read))
	if share > 0 && read >= 20 {
		allowed = max(allowed, 1)
	}
	return rejected > allowed
}

// verdict fails the import when too many rows were rejected.
func (t *tally) verdict(feed string, read int64, share float64) error {
	if !tooMany(t.count, read, share) {
		return nil
	}
	w := t.worst()
	return fault.New(fault.Invalid, "feed %s: %d of %d rows cannot be used, more than %s; nothing was imported. Most often (%d): %s",
		feed, t.count, read, percent(share), w.count, w.first)
}

// judge is the verdict on what was read. A refused import remembers why, and
// the first rows that could not be used.
func (r *run) judge() error {
	err := r.tally.verdict(r.feed.Name, r.imp.Read, r.Config.MaxRejectedShare)
	if err != nil {
		r.imp.Refused, r.imp.First, r.imp.Note = true, r.tally.first, err.Error()
	}
	return err
}

func percent(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }
