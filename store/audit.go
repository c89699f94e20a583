package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/access"
	"holdfast/queue"
)

// auditor writes entries of the audit. Each is chained to the one before, so
// only one transaction at a time can append; all who come while one is under
// way share the next, as with flusher.
type auditor struct {
	turn    sync.Mutex // one transaction at a time, in this process
	mu      sync.Mutex // guards waiting
	waiting []*line
}

// line is an entry on its way to the database.
type line struct {
	entry access.Entry
	done  bool // what it became is in err; guarded by auditor.turn
	err   error
}

func (a *auditor) join(l *line) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append(a.waiting, l)
}

func (a *auditor) take() []*line {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := min(len(a.waiting), chunkRows)
	taken := a.waiting[:n]
	a.waiting = a.waiting[n:]
	return taken
}

// auditPatience is how long entries of others may hang on one transaction.
const auditPatience = time.Minute

// Audit appends an entry; once it returns the entry is on the disk. Under a
// job's lease it is written only while the lease is held.
func (s *Store) Audit(ctx context.Context, e access.Entry) error {
	if _, leased := queue.LeaseFrom(ctx); leased {
		return s.write(ctx, small, "write the audit", func(t *tx) error { return appendAudit(t, []access.Entry{e}) })
	}
	l := &line{entry: e}
	s.audits.join(l)
	s.audits.turn.Lock()
	defer s.audits.turn.Unlock()
	for !l.done {
		together := s.audits.take()
		entries := make([]access.Entry, len(together))
		for i, x := range together {
			entries[i] = x.entry
		}
		// Whoever asked first does not take the others down when it goes away.
		shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditPatience)
		err := s.write(shared, small, "write the audit", func(t *tx) error { return appendAudit(t, entries) })
		cancel()
		for _, x := range together {
			x.done, x.err = true, err
		}
	}
	return l.err
}

// appendAudit chains entries behind the newest. The counter's row makes all
// who append wait for each other, also in other processes.
func appendAudit(t *tx, entries []access.Entry) error {
	var last int64
	if err := t.get(&last, `UPDATE counters SET value = value + ? WHERE name = 'audit' RETURNING value`, len(entries)); err != nil {
		return err
	}
	var before []string
	first := last - int64(len(entries)) + 1
	if err := t.list(&before, `SELECT hash FROM audit WHERE id = ?`, first-1); err != nil {
		return err
	}
	hash := strings.Join(before, "") // none before the first
	rows := make([][]any, len(entries))
	var operation [][]any
	for i, e := range entries {
		e.ID, e.At = first+int64(i), e.At.Truncate(time.Microsecond)
		e.Who, e.What, e.Subject, e.Detail, e.Address = text(e.Who), text(e.What), text(e.Subject), text(e.Detail), text(e.Address)
		l := access.NewLink(hash, e)
		hash = l.Hash
		rows[i] = []any{e.ID, micros(e.At), e.Who, e.What, e.Subject, e.Detail, e.Address, l.Hash, l.Salt, l.Digest}
		if e.OfOperation() {
			operation = append(operation, []any{e.ID})
		}
	}
	if err := t.insert("audit", auditColumns+", salt, digest", rows, ""); err != nil {
		return err
	}
	return t.insert("audit_operation", "entry", operation, "")
}

const auditColumns = "id, at, who, what, subject, detail, address, hash"

// scanEntry reads auditColumns, and the columns behind them into more.
func scanEntry(row scanner, more ...any) (e access.Entry, err error) {
	var at int64
	err = row.Scan(append([]any{&e.ID, &at, &e.Who, &e.What, &e.Subject, &e.Detail, &e.Address, &e.Hash}, more...)...)
	e.At = instant(at)
	return e, err
}

// AuditEntries returns the entries of a search, the newest first.
func (s *Store) AuditEntries(ctx context.Context, q access.Search) (list []access.Entry, err error) {
	err = s.read(ctx, "read the audit", func(t *tx) error {
		query, args := auditWhere(q)
		list = list[:0]
		return t.each(query, args, func(row scanner) error {
			e, err := scanEntry(row)
			list = append(list, e)
			return err
		})
	})
	return list, err
}

func auditWhere(q access.Search) (query string, args []any) {
	from, id := `audit WHERE 1 = 1`, `id`
	if q.Operation { // along its own list of ids: customers' entries are most of the audit
		from, id = `audit_operation o CROSS JOIN audit WHERE audit.id = o.entry`, `o.entry`
	}
	query = `SELECT ` + auditColumns + ` FROM ` + from
	for _, c := range []struct {
		wanted bool
		clause string
		value  any
	}{
		{q.Who != "", ` AND who = ?`, text(q.Who)},
		{q.What != "", ` AND what = ?`, text(q.What)},
		{q.Subject != "", ` AND subject = ?`, text(q.Subject)},
		{q.Text != "", ` AND LOWER(detail) LIKE ? ESCAPE '\'`, "%" + likely(strings.ToLower(text(q.Text))) + "%"},
		{!q.From.IsZero(), ` AND at >= ?`, microsOrZero(q.From)},
		{!q.To.IsZero(), ` AND at < ?`, microsOrZero(q.To)},
		{q.Before > 0, ` AND ` + id + ` < ?`, q.Before},
	} {
		if c.wanted {
			query, args = query+c.clause, append(args, c.value)
		}
	}
	query += ` ORDER BY ` + id + ` DESC`
	if q.Limit > 0 {
		query, args = query+` LIMIT ?`, append(args, q.Limit)
	}
	return query, args
}

// likely escapes what LIKE would read as a pattern.
func likely(s string) string { return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) }

// auditStep is how many entries of the chain are looked at in one read.
const auditStep = 20_000

// CheckAudit goes through the audit's chain from its beginning and stops at
// the first entry that is not what was written.
//
// manual: doctor.
func (s *Store) CheckAudit(ctx context.Context) (c access.Chain, err error) {
	var from, newest int64
	err = s.read(ctx, "find the audit's chain", func(t *tx) error {
		var start string
		if err := t.get(&start, `SELECT value FROM settings WHERE name = 'audit_chain'`); err != nil {
			return err
		}
		if from, err = strconv.ParseInt(start, 10, 64); err != nil {
			return fmt.Errorf("read where the audit's chain begins: %w", err)
		}
		if err := t.get(&c.Old, `SELECT COUNT(*) FROM audit WHERE id < ?`, from); err != nil {
			return err
		}
		return t.get(&newest, `SELECT value FROM counters WHERE name = 'audit'`)
	})
	for next := from; err == nil && next <= newest && c.Broken == 0; {
		next, err = s.checkAudit(ctx, next, min(next+auditStep-1, newest), &c)
	}
	return c, err
}

// checkAudit goes through the entries [from, to] and returns the id after them.
func (s *Store) checkAudit(ctx context.Context, from, to int64, into *access.Chain) (int64, error) {
	var c access.Chain
	err := s.read(ctx, "check the audit's chain", func(t *tx) error {
		c = *into
		next := from
		err := t.each(`SELECT `+auditColumns+`, salt, digest FROM audit WHERE id BETWEEN ? AND ? ORDER BY id`, []any{from, to},
			func(row scanner) error {
				var l access.Link
				e, err := scanEntry(row, &l.Salt, &l.Digest)
				l.Hash = e.Hash
				switch {
				case err != nil || c.Broken != 0:
					return err
				case e.ID != next:
					c.Broken, c.Why = next, "it is gone"
					return nil
				case !l.Holds(c.Head, e):
					c.Broken, c.Why = next, "it was changed"
					return nil
				}
				if l.Salt == "" {
					c.Erased++
				}
				next, c.Head = e.ID+1, l.Hash
				c.Entries++
				return nil
			})
		if err == nil && c.Broken == 0 && next <= to {
			c.Broken, c.Why = next, "it is gone"
		}
		return err
	})
	*into = c
	return to + 1, err
}
