package store

import (
	"context"
	"slices"

	"holdfast/nightly"
)

// usualImports is how many earlier imports say what a feed usually brings.
const usualImports = 8

// Arrivals returns the newest published import of every feed that ever had
// one, with the median rows and new facts of up to eight before it and whether a completed
// night has read it. Undone ones do not count.
func (s *Store) Arrivals(ctx context.Context) (arrivals []nightly.Arrival, err error) {
	err = s.read(ctx, "read what the feeds brought", func(t *tx) error {
		var rows []struct {
			Feed      string
			Published int64
			RowsRead  int64 `db:"rows_read"`
			Version   int64
			News      int64
		}
		var read int64 // version of the history that the newest completed night read
		if err := t.get(&read, `SELECT COALESCE(MAX(version), 0) FROM runs WHERE state = 'completed' AND dry_run = 0`); err != nil {
			return err
		}
		if err := t.list(&rows, `SELECT feed, published, rows_read, version, news FROM (
				SELECT feed, published, rows_read, version, added + corrected + retracted AS news, ROW_NUMBER() OVER (PARTITION BY feed ORDER BY version DESC) AS place
				FROM imports WHERE change = 'feed' AND version > 0 AND undone = 0) AS recent
			WHERE place <= ? ORDER BY feed, place`, usualImports+1); err != nil {
			return err
		}
		arrivals = arrivals[:0]
		for i := 0; i < len(rows); {
			a := nightly.Arrival{Feed: rows[i].Feed, Published: instantOrZero(rows[i].Published), Rows: rows[i].RowsRead, New: rows[i].News, Seen: rows[i].Version <= read}
			a.Newest = a.Published
			var before, news []int64
			for i++; i < len(rows) && rows[i].Feed == a.Feed; i++ {
				before, news = append(before, rows[i].RowsRead), append(news, rows[i].News)
			}
			a.Before, a.Usual, a.UsualNew = len(before), median(before), median(news)
			arrivals = append(arrivals, a)
		}
		return nil
	})
	return arrivals, err
}

// median is the lower of the two in the middle of an even number; 0 of none.
func median(v []int64) int64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Clone(v)
	slices.Sort(v)
	return v[(len(v)-1)/2]
}
