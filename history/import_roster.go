package history

import (
	"context"
	"fmt"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

// Reasons for which a row of a roster is rejected.
const (
	reasonNoAgent  = "is no agent here; add them with holdfast user add, correct the name, or leave the row out with a filter"
	reasonNoTime   = "is not a time of the day; write it as 09:00, in the business's own time zone"
	reasonNoDay    = "is not a day; write it without an hour"
	reasonOneTime  = "has only one of from and to; give both, or neither for a whole day off"
	reasonNoLength = "ends when it begins; give the hour it ends at"
	reasonOverlap  = "overlaps another row of the same agent, day and kind; join them into one"
	reasonEmptyOne = "is a shift without hours; give from and to, or write absence for a day off"
	reasonTooMany  = "is one entry too many for the agent's day; give 24 at most"
)

// rosterEntry is one row of a file of rosters.
type rosterEntry struct {
	agent, day string
	shift      Shift
	reject     func(why tabular.Reason) tabular.Rejection
}

// rosterBatch is what a block of rows says.
type rosterBatch struct {
	rows, left int64
	entries    []rosterEntry
	rejected   []tabular.Rejection
}

// roster is an import of shifts and absences from its draft to its
// publication. Its rows are about agents, so that no customer is touched; a
// file states the whole day of every agent and day that it names.
func (r *run) roster(ctx context.Context) (err error) {
	agents, err := r.Store.RosterAgents(ctx)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(agents))
	for _, name := range agents {
		known[name] = true
	}
	r.tally.store = r.Store
	if !r.dry {
		if r.imp.ID, err = r.Store.BeginImport(ctx, r.imp); err != nil {
			return err
		}
		r.tally.id = r.imp.ID
	}
	days := rosterDays{known: known, at: map[[2]string]int{}}
	for _, path := range r.files {
		if err := r.readRoster(ctx, path, &days); err != nil {
			return fmt.Errorf("feed %s: %w", r.feed.Name, err)
		}
	}
	if r.imp.Read == 0 {
		return fault.New(fault.Invalid, "feed %s: %s has no rows; check the export that makes it", r.feed.Name, listed(r.files))
	}
	if err := r.tally.flush(ctx); err != nil {
		return err
	}
	r.imp.Rejected, r.imp.Note = r.tally.count, r.note()
	if err := r.judge(); err != nil {
		return err
	}
	counts, err := r.Store.SaveRoster(ctx, r.imp.ID, days.list)
	if err != nil {
		return err
	}
	r.imp.Added, r.imp.Corrected, r.imp.Unchanged = counts.Added, counts.Corrected, counts.Unchanged
	if r.dry {
		return nil
	}
	return r.publish(ctx, make([]outcome, r.Store.Partitions()))
}

func (r *run) readRoster(ctx context.Context, path string, days *rosterDays) error {
	reader, err := r.open(path)
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // opened for reading
	return tabular.Each(ctx, reader, r.workers(),
		func(b *tabular.Block) (*rosterBatch, error) { return r.parseRoster(b), nil },
		func(out *rosterBatch) error {
			r.imp.Read += out.rows
			r.left += out.left
			for i := range out.entries {
				if why := days.add(&out.entries[i]); why != tabular.OK {
					out.rejected = append(out.rejected, out.entries[i].reject(why))
				}
			}
			return r.tally.add(ctx, out.rejected)
		})
}

// rosterDays gathers entries by agent and day, in the order of the files.
type rosterDays struct {
	known map[string]bool
	list  []RosterDay
	at    map[[2]string]int
}

// add takes an entry to its day, or says why it cannot be used.
func (d *rosterDays) add(e *rosterEntry) tabular.Reason {
	if !d.known[e.agent] {
		return reasonNoAgent
	}
	key := [2]string{e.agent, e.day}
	i, ok := d.at[key]
	if !ok {
		i = len(d.list)
		d.at[key] = i
		d.list = append(d.list, RosterDay{Agent: e.agent, Day: e.day})
	}
	if e.shift == (Shift{}) { // the whole day off: no entry says so
		return tabular.OK
	}
	day := &d.list[i]
	for _, s := range day.Shifts {
		if s == e.shift { // said twice
			return tabular.OK
		}
		if s.Kind == e.shift.Kind && s.overlaps(e.shift) {
			return reasonOverlap
		}
	}
	if len(day.Shifts) >= mostShifts {
		return reasonTooMany
	}
	day.Shifts = append(day.Shifts, e.shift)
	return tabular.OK
}

func (r *run) parseRoster(b *tabular.Block) *rosterBatch {
	out := &rosterBatch{rows: int64(b.Rows + len(b.Rejected))}
	out.rejected = append(out.rejected, b.Rejected...)
	row := row{mapper: r.mapper, b: b, now: r.now}
	for at := range b.Rows {
		row.next(at)
		if !row.passes() {
			out.left++
			continue
		}
		e := row.rosterEntry()
		if row.failed {
			out.rejected = append(out.rejected, row.bad)
			continue
		}
		e.reject = rejecter(b, at, row.fields["agent"])
		out.entries = append(out.entries, e)
	}
	return out
}

// rejecter makes the rejection of a row later, when all of the file is known;
// what the row holds is taken now, before the block is used again.
func rejecter(b *tabular.Block, at int, agent *field) func(why tabular.Reason) tabular.Rejection {
	var made tabular.Rejection
	if agent.column < 0 {
		made = b.RejectRow(at, tabular.OK)
	} else {
		made = b.Reject(at, agent.column, tabular.OK)
	}
	return func(why tabular.Reason) tabular.Rejection {
		made.Reason = why
		return made
	}
}

// rosterEntry reads one row: who, which day, and its hours; no hours at all are
// a day off.
func (r *row) rosterEntry() (e rosterEntry) {
	e.agent = r.needed(r.fields["agent"])
	date := r.fields["date"]
	micros, dated := r.micros(date)
	if !dated {
		r.needed(date)
		return e
	}
	at := time.UnixMicro(micros).UTC()
	if at.Truncate(24*time.Hour) != at {
		r.fail(date, reasonNoDay)
	}
	e.day = at.Format(time.DateOnly)
	kind := ShiftKind(r.text(r.fields["kind"]))
	from, to := r.text(r.fields["from"]), r.text(r.fields["to"])
	switch {
	case from == "" && to == "" && kind == KindShift:
		r.fail(r.fields["kind"], reasonEmptyOne)
	case from == "" && to == "":
		e.shift = Shift{}
	case from == "" || to == "":
		r.fail(r.fields["from"], reasonOneTime)
	default:
		e.shift = r.hours(Shift{kind, from, to})
	}
	return e
}

// hours writes an entry in one way.
func (r *row) hours(s Shift) Shift {
	from, ok := wallClock(s.From)
	to, also := wallClock(s.To)
	switch {
	case !ok || from == wholeDay:
		r.fail(r.fields["from"], reasonNoTime)
	case !also:
		r.fail(r.fields["to"], reasonNoTime)
	case from == to:
		r.fail(r.fields["to"], reasonNoLength)
	}
	out, _ := s.tidy()
	return out
}
