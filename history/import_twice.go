package history

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/tabular"
)

// rejectTwice rejects the rows that contradict another of their file. By now
// only their places are known, so the files that have some are read again.
func (r *run) rejectTwice(ctx context.Context, outcomes []outcome) error {
	wanted := make([]map[int64]bool, len(r.files))
	for i := range outcomes {
		for _, v := range outcomes[i].twice {
			file, line := v.place>>fileShift, v.place&(1<<fileShift-1)
			if wanted[file] == nil {
				wanted[file] = map[int64]bool{}
			}
			wanted[file][line] = true
		}
	}
	for file, lines := range wanted {
		if len(lines) == 0 {
			continue
		}
		if err := r.rejectLines(ctx, r.files[file], lines); err != nil {
			return err
		}
	}
	return nil
}

var errAllFound = errors.New("all lines found")

// rejectLines rejects lines of a file by the first column that identifies them.
func (r *run) rejectLines(ctx context.Context, path string, lines map[int64]bool) error {
	reader, err := r.open(path)
	if err != nil {
		return fmt.Errorf("feed %s: %w", r.feed.Name, err)
	}
	defer reader.Close() //nolint:errcheck // opened for reading
	column := r.mapper.ours.customer.column
	if len(r.key) > 0 {
		column = r.key[0]
	}
	err = reader.Blocks(ctx, r.workers(), func(b *tabular.Block) error {
		var rejected []tabular.Rejection
		for row := range b.Rows {
			line := b.Line(row)
			if !lines[line] {
				continue
			}
			delete(lines, line)
			if column < 0 {
				rejected = append(rejected, b.RejectRow(row, reasonTwice))
			} else {
				rejected = append(rejected, b.Reject(row, column, reasonTwice))
			}
		}
		if err := r.tally.add(ctx, rejected); err != nil {
			return err
		}
		if len(lines) == 0 {
			return errAllFound
		}
		return nil
	})
	if err != nil && !errors.Is(err, errAllFound) {
		return fmt.Errorf("feed %s: %w", r.feed.Name, err)
	}
	return nil
}
