package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// scope chooses our own work: of some households, or of all customers of a
// partition. Its condition is the same column in every table of work.
type scope struct {
	column string // household or partition
	values []any
}

func (sc scope) in() string { return sc.column + ` IN (` + placeholders(len(sc.values)) + `)` }

// args are the values and what stands behind them in the query.
func (sc scope) args(more ...any) []any { return append(slices.Clip(sc.values), more...) }

// together is how many households are asked for at once: a question costs what
// dozens of households do.
const together = 256

// inScopes calls f with scopes that together cover the households. Few lengths
// of lists mean few statements to prepare, so the last name stands repeated.
func inScopes(ids []history.HouseholdID, f func(scope) error) error {
	for piece := range slices.Chunk(ids, together) {
		if err := f(scopeOf(piece)); err != nil {
			return err
		}
	}
	return nil
}

// scopeOf is the work of at least one household, of few.
func scopeOf(ids []history.HouseholdID) scope {
	long := 1
	for long < len(ids) {
		long *= 2
	}
	values := make([]any, long)
	for i := range values {
		values[i] = int64(ids[min(i, len(ids)-1)])
	}
	return scope{"household", values}
}

// work gathers our own work by household.
type work map[history.HouseholdID]*interventions.Facts

func (w work) of(h int64) *interventions.Facts {
	f := w[history.HouseholdID(h)]
	if f == nil {
		f = &interventions.Facts{}
		w[history.HouseholdID(h)] = f
	}
	return f
}

// read adds the work of a scope as recorded before an instant. standing says
// that work which waits in the queue and nobody began counts as open: at the
// desk it does; for a night it does not, because the release of its list
// takes it back and it may be decided again. Contacts come after the work they
// belong to, which says whose are ghosts'.
func (w work) read(sc scope, before time.Time, standing bool) []question {
	at := micros(before)
	return []question{w.tasks(sc, at, standing), w.messages(sc, at, standing), w.contacts(sc, at), w.promises(sc, at)}
}

// workRow is what of a task or a message R8 and R4 look at.
type workRow struct {
	ID        int64
	Household int64
	WorkKey   string
	Family    string
	State     string
	Milestone int
	Begun     int64 // when it was begun, sent or passed; 0 not yet
	Attempts  int
	Ghost     int
}

func readWork(r scanner) (w workRow, err error) {
	err = r.Scan(&w.ID, &w.Household, &w.WorkKey, &w.Family, &w.State, &w.Milestone, &w.Attempts, &w.Ghost, &w.Begun)
	return w, err
}

func (w work) tasks(sc scope, before int64, standing bool) question {
	return question{`SELECT t.id, t.household, t.work_key, t.family, t.state, t.milestone, t.attempts, t.ghost,
			CASE WHEN t.started_at > 0 THEN t.started_at ELSE t.passed_at END AS begun
		FROM tasks t WHERE t.` + sc.in() + ` AND t.created_at <= ? AND (t.started_at > 0 OR t.passed_at > 0
			OR t.state NOT IN ('done', 'expired', 'recalled')) AND ` + released + ` ORDER BY t.id`, sc.args(before), func(row scanner) error {
		r, err := readWork(row)
		started := r.Begun > 0 && r.Begun < before
		open := interventions.TaskState(r.State).Open()
		waits := !started && r.Attempts == 0 && (r.State == "ready" || r.State == "ghost" || r.State == "blocked")
		w.add(r, interventions.Work{
			Key: r.WorkKey, Family: interventions.Family(r.Family), Open: open && (standing || !waits), Started: started,
			Ghost: r.Ghost == 1, Task: interventions.TaskID(r.ID),
		})
		return err
	}}
}

func (w work) messages(sc scope, before int64, standing bool) question {
	return question{`SELECT t.id, t.household, t.work_key, t.family, t.state, t.milestone, 0 AS attempts, t.ghost,
			CASE WHEN t.sent_at > 0 THEN t.sent_at WHEN t.passed_at > 0 THEN t.passed_at WHEN t.state = 'unknown' THEN 1 ELSE 0 END AS begun
		FROM messages t WHERE t.` + sc.in() + ` AND t.created_at <= ?
			AND (t.sent_at > 0 OR t.passed_at > 0 OR t.state IN ('ready', 'ghost', 'unknown')) AND ` + released + ` ORDER BY t.id`, sc.args(before), func(row scanner) error {
		r, err := readWork(row)
		started := r.Begun > 0 && r.Begun < before
		w.add(r, interventions.Work{
			Key: r.WorkKey, Family: interventions.Family(r.Family), Started: started, Ghost: r.Ghost == 1, Message: interventions.MessageID(r.ID),
			Open: standing && (r.State == "ready" || r.State == "ghost"),
		})
		return err
	}}
}

func (w work) add(r workRow, item interventions.Work) {
	if !item.Open && !item.Started {
		return
	}
	if item.Family == interventions.FamilyThanks {
		item.Milestone = r.Milestone
	}
	f := w.of(r.Household)
	f.Works = append(f.Works, item)
}

func (w work) contacts(sc scope, before int64) question {
	return question{`SELECT household, customer, at, channel, purpose, work, reached FROM own_contacts
		WHERE ` + sc.in() + ` AND at < ? ORDER BY at, work, n`, sc.args(before), func(r scanner) error {
		var household, at int64
		var reached int
		var c interventions.OwnContact
		if err := r.Scan(&household, &c.Customer, &at, &c.Channel, &c.Purpose, &c.Work, &reached); err != nil {
			return err
		}
		c.At, c.Reached = instant(at), reached == 1
		f := w.of(household)
		c.Ghost = slices.ContainsFunc(f.Works, func(w interventions.Work) bool {
			return w.Ghost && interventions.WorkOf(w.Task, w.Message) == c.Work
		})
		f.Contacts = append(f.Contacts, c)
		return nil
	}}
}

func (w work) promises(sc scope, before int64) question {
	// Not in the order of the index of all promises, which would be read whole for every partition.
	return question{`SELECT household, body FROM promises WHERE ` + sc.in() + ` AND pending = 1 ORDER BY due_at + 0, id`, sc.args(), func(r scanner) error {
		var household int64
		var body string
		if err := r.Scan(&household, &body); err != nil {
			return err
		}
		p, err := readPromise(body)
		if err != nil || micros(p.MadeAt) >= before {
			return err
		}
		f := w.of(household)
		f.Promises = append(f.Promises, p)
		return nil
	}}
}

// factsOf is our own work for one household now, and for the customer as a
// household of one where the two differ: work done before a relation was known.
// What is asked for is there once the questions are answered.
func factsOf(h history.HouseholdID, customer history.CustomerID, now time.Time) (qs []question, facts func() interventions.Facts) {
	w, ids := work{}, households(h, customer)
	sc, arms := scopeOf(ids), []interventions.Arm(nil)
	after := now.Add(time.Microsecond) // what happened at this very moment has happened
	return append(w.read(sc, after, true), armsIn(&arms, sc)), func() (all interventions.Facts) {
		for _, id := range ids {
			if f := w[id]; f != nil {
				join(&all, f)
			}
		}
		all.Held = heldLayers(arms, now)
		return all
	}
}

func households(h history.HouseholdID, customer history.CustomerID) []history.HouseholdID {
	if own := history.HouseholdID(customer); own != h {
		return []history.HouseholdID{h, own}
	}
	return []history.HouseholdID{h}
}

func join(into, f *interventions.Facts) {
	into.Contacts = append(into.Contacts, f.Contacts...)
	into.Works = append(into.Works, f.Works...)
	into.Promises = append(into.Promises, f.Promises...)
	into.Held = append(into.Held, f.Held...)
}

// HouseholdFacts returns what is known of our own work for every household
// that has a customer in the partition, as recorded before asOf. Work of an
// earlier list that waits and nobody began does not count as open: it is
// recalled when tonight's list is released, and may be decided again (R8).
func (s *Store) HouseholdFacts(
	ctx context.Context, partition int, asOf time.Time,
) (map[history.HouseholdID]interventions.Facts, error) {
	out := map[history.HouseholdID]interventions.Facts{}
	err := s.read(ctx, fmt.Sprintf("read our own work of partition %d", partition), func(t *tx) error {
		clear(out)
		w := work{}
		if err := t.ask(w.read(scope{"partition", []any{int64(partition)}}, asOf, false)...); err != nil {
			return err
		}
		shared, err := sharedHouseholds(t, partition)
		if err != nil {
			return err
		}
		for _, h := range shared { // whose members may be in other partitions
			delete(w, h)
		}
		if err := inScopes(shared, func(sc scope) error { return t.ask(w.read(sc, asOf, false)...) }); err != nil {
			return err
		}
		if err := w.held(t, partition, shared, asOf); err != nil {
			return err
		}
		for h, f := range w {
			out[h] = *f
		}
		return nil
	})
	return out, err
}

// held adds the layers that households of one of the partition, and the shared
// ones, are held out of.
func (w work) held(t *tx, partition int, shared []history.HouseholdID, asOf time.Time) error {
	arms, err := readArms(t, armQuery+` WHERE a.held = 1 AND a.household IN (SELECT id FROM customers WHERE partition = ?)`+armOrder, partition)
	if err != nil {
		return err
	}
	more, err := armsOf(t, shared...)
	if err != nil {
		return err
	}
	arms = append(arms, more...)
	for _, a := range arms {
		if layers := heldLayers([]interventions.Arm{a}, asOf); len(layers) > 0 {
			f := w.of(int64(a.Household))
			f.Held = append(f.Held, layers...)
		}
	}
	return nil
}

// sharedHouseholds are the households that a relation of a partition's
// customers ever named.
func sharedHouseholds(t *tx, partition int) ([]history.HouseholdID, error) {
	seen := map[history.HouseholdID]bool{}
	var ids []history.HouseholdID
	err := t.each(`SELECT body FROM facts WHERE partition = ? AND kind = ?`, []any{partition, string(history.FactRelation)},
		func(r scanner) error {
			var body []byte
			if err := r.Scan(&body); err != nil {
				return err
			}
			var rel history.Relation
			if err := json.Unmarshal(body, &rel); err != nil {
				return fmt.Errorf("read a relation: %w", err)
			}
			if !seen[rel.Household] {
				seen[rel.Household] = true
				ids = append(ids, rel.Household)
			}
			return nil
		})
	return ids, err
}

// Committed returns the minutes and slots that open work will take before
// anything new: what somebody began, snoozed or promised. Work that waits and
// nobody began is decided again, and ghosts take nobody's time.
func (s *Store) Committed(ctx context.Context, asOf time.Time) (c interventions.Committed, err error) {
	err = s.read(ctx, "read what open work will take", func(t *tx) error {
		c = interventions.Committed{Slots: map[string]int{}, ByTreatment: map[string]float64{}}
		if c.Absent, err = absentAgents(t); err != nil {
			return err
		}
		return t.each(`SELECT t.treatment, COUNT(*), COALESCE(SUM(t.minutes), 0) FROM tasks t
			WHERE t.lane <> '' AND t.ghost = 0 AND t.created_at <= ? AND `+released+`
				AND NOT (t.state IN ('ready', 'ghost', 'blocked') AND t.started_at = 0 AND t.attempts = 0)
			GROUP BY t.treatment`, []any{micros(asOf)}, func(r scanner) error {
			var treatment string
			var n int
			var minutes float64
			if err := r.Scan(&treatment, &n, &minutes); err != nil {
				return err
			}
			c.Minutes += minutes
			if treatment != "" {
				c.ByTreatment[treatment] += minutes
				c.Slots[treatment] += n
			}
			return nil
		})
	})
	return c, err
}
