package store

import (
	"context"
	"time"

	"holdfast/history"
)

const singleColumns = `customer, ref, recorded, import_id, occurred, flags, kind, amount, quantity, channel`

// RecordEvents records events that arrive one by one: known from now on,
// visible at once, folded into segments by the night.
func (s *Store) RecordEvents(ctx context.Context, now time.Time, events []history.Event) error {
	return chunks(len(events), chunkRows, func(from, to int) error {
		return s.write(ctx, small, "record events", func(t *tx) error { return recordEvents(t, now, events[from:to]) })
	})
}

func recordEvents(t *tx, now time.Time, events []history.Event) error {
	var columns history.Events // gives the flags
	partitions := map[history.CustomerID]int{}
	rows := make([][]any, 0, len(events))
	for i, e := range events {
		p, ok := partitions[e.Customer]
		if !ok {
			var err error
			if p, err = partitionOf(t, e.Customer); err != nil {
				return err
			}
			partitions[e.Customer] = p
		}
		e.Recorded, e.Import = now, 0
		columns.Append(e)
		rows = append(rows, []any{
			p, int64(e.Customer), e.Ref, micros(e.Recorded), int64(0), micros(e.Occurred), columns.Flags[i],
			e.Kind, e.AmountMinor, e.Quantity, e.Channel, 0,
		})
	}
	// The same event told twice in one microsecond is one event.
	return t.insert("events_single", "partition, "+singleColumns+", folded_by", rows, "ON CONFLICT DO NOTHING")
}

func readSingle(r scanner) (e history.Event, foldedBy history.ImportID, err error) {
	var recorded, occurred int64
	var flags uint8
	err = r.Scan(&e.Customer, &e.Ref, &recorded, &e.Import, &occurred, &flags, &e.Kind, &e.AmountMinor, &e.Quantity,
		&e.Channel, &foldedBy)
	e.Recorded, e.Occurred = instant(recorded), instant(occurred)
	e.Assumed, e.Retracted = flags&history.FlagAssumed != 0, flags&history.FlagRetracted != 0
	return e, foldedBy, err
}
