package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Erased counts what was deleted of a person.
type Erased struct {
	Customers  int64 `json:"customers"` // records, merged ones among them
	Facts      int64 `json:"facts"`
	Events     int64 `json:"events"` // in every version of the history
	Nights     int64 `json:"nights"` // scores, proposals, choices and decisions
	Work       int64 `json:"work"`   // tasks, attempts, promises and messages
	Rejections int64 `json:"rejections"`
}

// eraseKey is the setting that holds the key of the hashes of erased people.
const eraseKey = "erasure_key"

// Erasures returns who was erased, as keyed hashes.
func (s *Store) Erasures(ctx context.Context) (e history.Erasures, err error) {
	err = s.read(ctx, "read who was erased", func(t *tx) error {
		var hashes, keys []string
		if err := t.list(&hashes, `SELECT hash FROM erasures`); err != nil || len(hashes) == 0 {
			return err
		}
		if err := t.list(&keys, `SELECT value FROM settings WHERE name = ?`, eraseKey); err != nil {
			return err
		}
		if len(keys) != 1 {
			return fault.New(fault.Internal, "people were erased and the key of their hashes is gone: restore a backup's settings")
		}
		if e.Key, err = hex.DecodeString(keys[0]); err != nil {
			return fmt.Errorf("read the key of the erased: %w", err)
		}
		e.Hashes = make(map[string]bool, len(hashes))
		for _, h := range hashes {
			e.Hashes[h] = true
		}
		return nil
	})
	return e, err
}

// Erase deletes what is known of a person: facts, events in every version of
// the history, scores and decisions of every night, work, messages, rejected
// rows that name them, their name in what anybody typed about somebody else or
// about everybody, and at last the records themselves. Their share of the
// totals of nights stays, as numbers. A keyed hash of each of their keys keeps
// the next feed from bringing them back. What a crash left is deleted by
// erasing again; Compact then removes the bytes.
//
// manual: customer erase.
func (s *Store) Erase(ctx context.Context, p Person, now time.Time) (n Erased, err error) {
	if err := s.mayErase(ctx); err != nil {
		return n, err
	}
	if err := s.suppress(ctx, p, now); err != nil {
		return n, err
	}
	// First what is found by their names: after a crash these are still known.
	if n.Rejections, err = s.eraseNamed(ctx, p); err != nil {
		return n, err
	}
	for _, c := range p.Customers {
		if err := s.eraseRecord(ctx, c, &n); err != nil {
			return n, err
		}
	}
	for _, c := range p.Customers {
		if err := s.eraseIdentity(ctx, c, &n); err != nil {
			return n, err
		}
	}
	return n, nil
}

// eraseNamed takes the person out of all that names them and is not theirs, and
// returns how many rejected rows did.
func (s *Store) eraseNamed(ctx context.Context, p Person) (rejections int64, err error) {
	words, err := s.wordsOf(ctx, p)
	if err != nil {
		return 0, err
	}
	if rejections, err = s.eraseMentions(ctx, words); err != nil {
		return rejections, err
	}
	named := newNaming(words)
	if err := s.eraseTexts(ctx, named); err != nil {
		return rejections, err
	}
	if err := s.eraseEncoded(ctx, keptSessions, named.mentions); err != nil {
		return rejections, err
	}
	for _, c := range p.Customers {
		words = append(words, fmt.Sprint(int64(c.ID)))
	}
	return rejections, s.eraseEncoded(ctx, keptAnswers, func(text string) bool {
		return named.mentions(text) || slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	})
}

// mayErase refuses to delete under a night that is running: its stages must
// agree on who is in the file.
func (s *Store) mayErase(ctx context.Context) error {
	return s.read(ctx, "look for a night under way", func(t *tx) error {
		var running int
		err := t.get(&running, `SELECT COUNT(*) FROM runs WHERE state = 'running'`)
		if err == nil && running > 0 {
			err = fault.New(fault.Conflict, "a night is running: erase when it has ended")
		}
		return err
	})
}

// suppress keeps a keyed hash for every key that the person is known by.
func (s *Store) suppress(ctx context.Context, p Person, now time.Time) error {
	var made [32]byte
	_, _ = rand.Read(made[:]) // never fails: it ends the program instead
	return s.write(ctx, small, "keep who is erased", func(t *tx) error {
		if _, err := t.exec(`INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, eraseKey, hex.EncodeToString(made[:])); err != nil {
			return err
		}
		var text string
		if err := t.get(&text, `SELECT value FROM settings WHERE name = ?`, eraseKey); err != nil {
			return err
		}
		key, err := hex.DecodeString(text)
		if err != nil {
			return fmt.Errorf("read the key of the erased: %w", err)
		}
		ids := p.ids()
		for _, k := range p.Keys {
			ids = append(ids, history.NewCustomerID(k.Source, k.Key))
		}
		for _, id := range ids {
			if _, err := t.exec(`INSERT INTO erasures (hash, at) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING`,
				history.EraseHash(key, id), micros(now)); err != nil {
				return err
			}
		}
		return nil
	})
}

// wordsOf are the texts that name a person: keys, names, contact points.
func (s *Store) wordsOf(ctx context.Context, p Person) (words []string, err error) {
	seen := map[string]bool{}
	add := func(w string) {
		if len(w) >= 3 && !seen[w] { // shorter ones are in everybody's rows
			seen[w] = true
			words = append(words, w)
		}
	}
	for _, k := range p.Keys {
		add(k.Key)
	}
	err = s.read(ctx, "read what a person is called", func(t *tx) error {
		for _, c := range p.Customers {
			add(c.Key)
			add(c.Name)
			var names []string
			if err := t.list(&names, `SELECT name FROM customers WHERE partition = ? AND id = ?`, c.Partition, int64(c.ID)); err != nil {
				return err
			}
			for _, n := range names {
				add(n)
			}
			var bodies []string
			if err := t.list(&bodies, `SELECT body FROM facts WHERE partition = ? AND customer = ? AND kind = ?`,
				c.Partition, int64(c.ID), string(history.FactContactPoint)); err != nil {
				return err
			}
			for _, b := range bodies {
				point, err := decode[history.ContactPoint]([]byte(b))
				if err != nil {
					return err
				}
				add(point.Value)
			}
		}
		return nil
	})
	return words, err
}

// eraseRecord deletes what one record of a person left, but for the record.
func (s *Store) eraseRecord(ctx context.Context, c history.Customer, n *Erased) error {
	id := int64(c.ID)
	work := `(SELECT id FROM tasks WHERE customer = ?)`
	for _, d := range []struct {
		deletion
		into *int64
	}{
		{deletion{"facts", "partition, customer, kind, ref, recorded, import_id", "customer = ? AND partition = " + fmt.Sprint(c.Partition), chunkRows}, &n.Facts},
		{deletion{"events_single", "partition, customer, ref, recorded, import_id", "customer = ? AND partition = " + fmt.Sprint(c.Partition), chunkRows}, &n.Events},
		{deletion{"promises", "id", "task IN " + work, workPerChunk}, &n.Work},
		{deletion{"approvals", "id", "task IN " + work, workPerChunk}, &n.Work},
		{deletion{"handled", "task, n", "task IN " + work, workPerChunk}, new(int64)},
		{deletion{"task_attempts", "task, seq", "task IN " + work, workPerChunk}, &n.Work},
		{deletion{"task_changes", "task, seq", "task IN " + work, workPerChunk}, new(int64)},
		{deletion{"task_cards", "task", "task IN " + work, workPerChunk}, new(int64)},
		{deletion{"work_keys", "work_key", "task IN " + work, workPerChunk}, new(int64)},
		{deletion{"work_keys", "work_key", "message IN (SELECT id FROM messages WHERE customer = ?)", workPerChunk}, new(int64)},
		{deletion{"tasks", "id", "customer = ?", workPerChunk}, &n.Work},
		{deletion{"messages", "id", "customer = ?", workPerChunk}, &n.Work},
		{deletion{"deliveries", "key", "customer = ?", workPerChunk}, new(int64)},
		{deletion{"own_contacts", "work, n", "customer = ?", workPerChunk}, new(int64)},
		{deletion{"objections", "import_id, customer", "customer = ?", workPerChunk}, new(int64)},
		{deletion{"requests", "id", "customer = ?", workPerChunk}, new(int64)},
		{deletion{"exclusions", "id", "customer = ?", workPerChunk}, new(int64)},
		{deletion{"attrition_moves", "partition, customer, at, kind", "customer = ?", workPerChunk}, new(int64)},
		{deletion{"sealed_exposures", "publication, customer, treatment", "customer = ?", workPerChunk}, new(int64)},
		{deletion{"sealed_arms", "household, layer, publication", "household = ?", workPerChunk}, new(int64)},
		{deletion{"sealed_joined_arms", "household, layer", "household = ?", workPerChunk}, new(int64)},
	} {
		deleted, err := s.deleteInPieces(ctx, d.deletion, id)
		if err != nil {
			return err
		}
		*d.into += deleted
	}
	if err := s.eraseTold(ctx, id); err != nil {
		return err
	}
	events, err := s.eraseEvents(ctx, c)
	if err != nil {
		return err
	}
	n.Events += events
	lines, err := s.eraseLines(ctx, c)
	if err != nil {
		return err
	}
	n.Nights += lines
	return s.unlistPerson(ctx, c)
}

// eraseIdentity deletes a record, what it is found by and its merges.
func (s *Store) eraseIdentity(ctx context.Context, c history.Customer, n *Erased) error {
	id := int64(c.ID)
	for _, d := range []deletion{
		{"customer_terms", "term, customer, import_id", "customer = ?", chunkRows},
		{"customer_links", "from_id, from_version", "from_id = ? OR to_id = " + fmt.Sprint(id), chunkRows},
		{"source_keys", "source, key, import_id", "customer = ?", chunkRows},
	} {
		if _, err := s.deleteInPieces(ctx, d, id); err != nil {
			return err
		}
	}
	deleted, err := s.deleteInPieces(ctx, deletion{"customers", "partition, id, import_id", "id = ?", chunkRows}, id)
	n.Customers += min(deleted, 1)
	return err
}

// eraseMentions deletes rejected rows that name the person.
func (s *Store) eraseMentions(ctx context.Context, words []string) (n int64, err error) {
	for _, w := range words {
		like := "%" + likely(w) + "%"
		deleted, err := s.deleteInPieces(ctx, deletion{"rejections", "import_id, seq", `value LIKE ? ESCAPE '\' OR reason LIKE ? ESCAPE '\'`, chunkRows}, like, like)
		if err != nil {
			return n, err
		}
		n += deleted
	}
	return n, nil
}

// unlistPerson deletes a customer's rows of the lists that are shown, and takes
// them out of those lists' sums.
func (s *Store) unlistPerson(ctx context.Context, c history.Customer) error {
	return s.write(ctx, small, "take a customer off the lists", func(t *tx) error {
		var rows []struct {
			Publication   int64
			Band, Segment string
			AtRisk        int64 `db:"at_risk"`
			ValueMinor    int64 `db:"value_minor"`
		}
		if err := t.list(&rows, `SELECT publication, band, segment, at_risk, value_minor FROM listed WHERE partition = ? AND customer = ?`,
			c.Partition, int64(c.ID)); err != nil {
			return err
		}
		for _, r := range rows {
			if _, err := t.exec(`UPDATE list_totals SET customers = customers - 1, at_risk = at_risk - ?, value_minor = value_minor - ?
				WHERE publication = ? AND partition = ? AND band = ? AND segment = ?`,
				r.AtRisk, r.ValueMinor, r.Publication, c.Partition, r.Band, r.Segment); err != nil {
				return err
			}
			err := t.moving(r.Publication, int64(c.Partition), int64(c.ID), func() error {
				_, err := t.exec(`DELETE FROM listed WHERE publication = ? AND partition = ? AND customer = ?`, r.Publication, c.Partition, int64(c.ID))
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Add adds o's counts to e.
func (e *Erased) Add(o Erased) {
	e.Customers += o.Customers
	e.Facts += o.Facts
	e.Events += o.Events
	e.Nights += o.Nights
	e.Work += o.Work
	e.Rejections += o.Rejections
}
