package history

import (
	"context"
	"fmt"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

// open opens a file as the feed describes it.
func (r *run) open(path string) (*tabular.Reader, error) {
	delimiter, err := tabular.ParseDelimiter(r.feed.Delimiter)
	if err != nil {
		return nil, err
	}
	encoding, err := tabular.ParseEncoding(r.feed.Encoding)
	if err != nil {
		return nil, err
	}
	return tabular.Open(path, tabular.Options{
		Columns: r.mapper.columns, Names: r.feed.Names, Delimiter: delimiter, Encoding: encoding,
	})
}

// batch is what was made of a block of rows.
type batch struct {
	rows     int64
	left     int64      // out by the filter
	gone     int64      // of erased customers
	data     [][]byte   // by partition
	created  []Customer // not seen before
	rejected []tabular.Rejection
	unknown  [2]int64
}

// read brings one file's rows into the spool.
//
//	file ──► blocks ──► rows ×workers ──► spool by partition
func (r *run) read(ctx context.Context, file int) error {
	reader, err := r.open(r.files[file])
	if err != nil {
		return fmt.Errorf("feed %s: %w", r.feed.Name, err)
	}
	defer reader.Close()   //nolint:errcheck // opened for reading
	ahead := r.done.Load() // bytes of the files before this one
	err = tabular.Each(ctx, reader, r.workers(),
		func(b *tabular.Block) (*batch, error) { return r.parse(b, file) },
		func(out *batch) error {
			read, _ := reader.Progress()
			r.done.Store(ahead + read)
			if r.opt.Progress != nil {
				r.opt.Progress(ahead+read, r.total)
			}
			return r.take(ctx, out)
		})
	if err != nil {
		return fmt.Errorf("feed %s: %w", r.feed.Name, err)
	}
	return nil
}

func (r *run) parse(b *tabular.Block, file int) (*batch, error) {
	out := &batch{rows: int64(b.Rows + len(b.Rejected)), data: make([][]byte, r.Store.Partitions())}
	out.rejected = append(out.rejected, b.Rejected...)
	if r.feed.Kind == FeedEvents {
		r.parseEvents(b, file, out)
		return out, nil
	}
	return out, r.parseFacts(b, file, out)
}

func (r *run) parseEvents(b *tabular.Block, file int, out *batch) {
	row := row{mapper: r.mapper, b: b, now: r.now}
	parts := len(out.data)
	for at := range b.Rows {
		row.next(at)
		if !row.passes() {
			out.left++
			continue
		}
		rec, key := row.event(file, &out.unknown)
		if r.isErased(CustomerID(rec.customer)) {
			out.gone++
			continue
		}
		if row.failed || !r.admit(&row, CustomerID(rec.customer), key, out) {
			out.rejected = append(out.rejected, row.bad)
			continue
		}
		p := PartitionOf(CustomerID(rec.customer), parts)
		if out.data[p] == nil {
			out.data[p] = make([]byte, 0, (b.Rows/parts+16)*recordBytes)
		}
		out.data[p] = rec.append(out.data[p])
	}
}

func (r *run) parseFacts(b *tabular.Block, file int, out *batch) error {
	row := facts{row: row{mapper: r.mapper, b: b, now: r.now}, learned: r.learned, file: file}
	for at := range b.Rows {
		row.next(at)
		if !row.passes() {
			out.left++
			continue
		}
		id, key, said := row.read()
		if row.err != nil {
			return row.err
		}
		if r.isErased(id) {
			out.gone++
			continue
		}
		if row.failed || !r.admit(&row.row, id, key, out) {
			out.rejected = append(out.rejected, row.bad)
			continue
		}
		p := PartitionOf(id, len(out.data))
		for i := range said {
			out.data[p] = said[i].append(out.data[p])
		}
	}
	return nil
}

// isErased says whether a row is of somebody who was erased: nothing of it is
// kept, not even why it cannot be used.
func (r *run) isErased(id CustomerID) bool {
	return len(r.erased.Hashes) > 0 && id != 0 && !r.roll.knows(PartitionOf(id, len(r.roll.parts)), id) && r.erased.Has(id)
}

// admit says whether a row may name its customer, creating the customer where
// the feed does.
func (r *run) admit(row *row, id CustomerID, key []byte, out *batch) bool {
	p := PartitionOf(id, len(r.roll.parts))
	if r.roll.knows(p, id) {
		return true
	}
	if !r.feed.creates() {
		row.fail(row.ours.customer, reasonUnknown)
		return false
	}
	if r.roll.enter(p, id) {
		c := Customer{ID: id, Partition: p, Source: r.feed.source(), Key: string(key), Import: r.imp.ID}
		c.Name = row.text(row.ours.name)
		out.created = append(out.created, c)
	}
	return true
}

// take keeps what was made of a block, in the order of the file.
func (r *run) take(ctx context.Context, out *batch) error {
	r.imp.Read += out.rows
	r.left += out.left
	r.gone += out.gone
	r.unknown[0] += out.unknown[0]
	r.unknown[1] += out.unknown[1]
	if err := r.tally.add(ctx, out.rejected); err != nil {
		return err
	}
	if r.tally.count > 100_000 && 2*r.tally.count > r.imp.Read {
		return fault.New(fault.Invalid, "more than half of the first %d rows cannot be used; nothing was imported. Most often (%d): %s",
			r.imp.Read, r.tally.worst().count, r.tally.worst().first)
	}
	for p, data := range out.data {
		if len(data) == 0 {
			continue
		}
		if err := r.spool.add(p, data); err != nil {
			return err
		}
	}
	return r.founder.add(ctx, out.created)
}
