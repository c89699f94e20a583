package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"holdfast/history"
	"holdfast/interventions"
)

// eraseEvents rewrites, in place, every block of the partition that holds
// events of a customer: blocks that a newer version replaced too.
func (s *Store) eraseEvents(ctx context.Context, c history.Customer) (n int64, err error) {
	var ids []history.SegmentID
	err = s.read(ctx, "list the blocks of a partition", func(t *tx) error {
		ids = ids[:0]
		return t.list(&ids, `SELECT id FROM segments WHERE partition = ? ORDER BY id`, c.Partition)
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		var removed int64
		err := s.write(ctx, bulk, "take a customer out of a block of events", func(t *tx) (err error) {
			removed, err = eraseFromSegment(t, id, c.ID)
			return err
		})
		if err != nil {
			return n, err
		}
		n += removed
	}
	return n, nil
}

func eraseFromSegment(t *tx, id history.SegmentID, customer history.CustomerID) (removed int64, err error) {
	seg, err := readSegment(t, id)
	if err != nil {
		return 0, err
	}
	var all, kept history.Events
	if err := history.DecodeSegment(seg.Payload, &all); err != nil {
		return 0, fmt.Errorf("block %d: %w", id, err)
	}
	for i := range all.Len() {
		if history.CustomerID(all.Customer[i]) != customer {
			kept.Append(all.At(i))
		}
	}
	if removed = int64(all.Len() - kept.Len()); removed == 0 {
		return 0, nil
	}
	if kept.Len() == 0 { // the month is empty at every version that showed this block
		if _, err := t.exec(`UPDATE segment_live SET segment_id = 0 WHERE partition = ? AND month = ? AND segment_id = ?`,
			seg.Partition, seg.Month, int64(id)); err != nil {
			return 0, err
		}
		if _, err := t.exec(`UPDATE segment_live SET replaces = 0 WHERE partition = ? AND month = ? AND replaces = ?`,
			seg.Partition, seg.Month, int64(id)); err != nil {
			return 0, err
		}
		_, err := t.exec(`DELETE FROM segments WHERE id = ?`, int64(id))
		return removed, err
	}
	fresh, err := segmentOf(seg.Partition, seg.Month, &kept)
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(fresh.Payload)
	return removed, t.one(fmt.Sprintf("block %d", id), `UPDATE segments SET row_count = ?, min_at = ?, max_at = ?, checksum = ?, payload = ? WHERE id = ?`,
		fresh.Rows, micros(fresh.Min), micros(fresh.Max), hex.EncodeToString(sum[:]), fresh.Payload, int64(id))
}

// eraseLines rewrites what the nights made of a customer's partition.
func (s *Store) eraseLines(ctx context.Context, c history.Customer) (n int64, err error) {
	for _, table := range []string{openSegments, sealedSegments} {
		var pieces []struct {
			Publication int64
			Kind        string
		}
		err := s.read(ctx, "list what nights made", func(t *tx) error {
			pieces = pieces[:0]
			return t.list(&pieces, `SELECT publication, kind FROM `+table+` WHERE partition = ? ORDER BY publication, kind`, c.Partition)
		})
		if err != nil {
			return n, err
		}
		for _, piece := range pieces {
			var removed int
			err := s.write(ctx, bulk, "take a customer out of a night", func(t *tx) (err error) {
				removed, err = eraseFromNight(t, table, piece.Publication, piece.Kind, c)
				return err
			})
			if err != nil {
				return n, err
			}
			n += int64(removed)
		}
	}
	return n, nil
}

func eraseFromNight(t *tx, table string, pub int64, kind string, c history.Customer) (int, error) {
	switch kind {
	case segScores:
		return eraseLine(t, table, pub, kind, c, scoreKey)
	case segProposals:
		return eraseLine(t, table, pub, kind, c, proposalKey)
	case segChoices:
		return eraseLine(t, table, pub, kind, c, choiceKey)
	case segDecisions:
		return eraseLine(t, table, pub, kind, c, decisionKey)
	case segCandidates:
		return eraseCandidates(t, pub, c)
	}
	return 0, fmt.Errorf("a night made %q, which this program cannot erase from", kind)
}

// eraseLine keeps the lines of everybody else.
func eraseLine[T any](t *tx, table string, pub int64, kind string, c history.Customer, key func(*T) int64) (int, error) {
	rows, _, err := loadLines[T](t, table, pub, kind, c.Partition)
	if err != nil {
		return 0, err
	}
	kept := make([]T, 0, len(rows))
	for i := range rows {
		if key(&rows[i]) != int64(c.ID) {
			kept = append(kept, rows[i])
		}
	}
	removed := len(rows) - len(kept)
	if removed == 0 {
		return 0, nil
	}
	packed, err := packLines(kept, key)
	if err != nil {
		return 0, err
	}
	return removed, replaceLines(t, table, pub, kind, c.Partition, packed)
}

func eraseCandidates(t *tx, pub int64, c history.Customer) (int, error) {
	var all []interventions.Candidate
	if err := eachCandidates(t, interventions.PublicationID(pub), c.Partition, func(some []interventions.Candidate) { all = append(all, some...) }); err != nil {
		return 0, err
	}
	kept := make([]interventions.Candidate, 0, len(all))
	for _, one := range all {
		if one.Customer != c.ID {
			kept = append(kept, one)
		}
	}
	if len(kept) == len(all) {
		return 0, nil
	}
	return len(all) - len(kept), replaceLines(t, openSegments, pub, segCandidates, c.Partition, packCandidates(kept))
}

// replaceLines puts other lines in the place of a night's; the population is
// that of then.
func replaceLines(t *tx, table string, pub int64, kind string, partition int, l lines) error {
	return t.one("a block of a night", `UPDATE `+table+` SET row_count = ?, checksum = ?, head = ?, payload = ?
		WHERE publication = ? AND kind = ? AND partition = ?`, l.Rows, l.Checksum, l.Head, notNil(l.Payload), pub, kind, partition)
}

// Compact rewrites the database without the bytes of what was deleted. On
// SQLite it takes as much disk again for a while, and nobody writes meanwhile;
// on Postgres it is a plain VACUUM, beside everybody.
func (s *Store) Compact(ctx context.Context) error {
	if s.dialect == postgres {
		_, err := s.writer.ExecContext(ctx, `VACUUM`)
		return s.explain("vacuum "+s.cfg.String(), err)
	}
	if err := s.gate.enter(ctx, bulk); err != nil {
		return err
	}
	defer s.gate.leave()
	for _, statement := range []string{
		`PRAGMA temp_store = FILE`, // the copy may be larger than memory
		`VACUUM`,
		`PRAGMA temp_store = MEMORY`,
		`PRAGMA wal_checkpoint(TRUNCATE)`,
	} {
		if _, err := s.writer.ExecContext(ctx, statement); err != nil {
			return s.explain("compact "+s.cfg.String(), err)
		}
	}
	return nil
}
