package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// person is a customer with the household it is read into.
type person struct {
	id        history.CustomerID
	partition int
	household history.HouseholdID
}

// readPerson reads which household a customer belongs to now.
func readPerson(t *tx, id history.CustomerID, partition int, now time.Time) (person, error) {
	l := loader{t: t}
	parts, err := l.customer(id, 0)
	if err != nil {
		return person{}, err
	}
	shard, err := history.AssembleShard(parts)
	if err != nil {
		return person{}, fmt.Errorf("assemble customer %d: %w", id, err)
	}
	return person{id, partition, shard.View(0, now.Add(time.Microsecond), new(history.Scratch)).Household()}, nil
}

// joinPeople makes one of the arms and the work of two customers of whom the
// first is from now on read as the second, in whose household they are.
func joinPeople(t *tx, from, to person, household history.HouseholdID, now time.Time) error {
	homes := []history.HouseholdID{household, from.household, to.household, history.HouseholdID(from.id), history.HouseholdID(to.id)}
	slices.Sort(homes)
	homes = slices.Compact(homes)
	arms, err := armsOf(t, homes...)
	if err != nil {
		return err
	}
	// The arm is kept under the customers' own ids too, so that an unmerge keeps it.
	own := []history.HouseholdID{household, history.HouseholdID(from.id), history.HouseholdID(to.id)}
	if err := saveJoined(t, joinedArms(arms, own, now)); err != nil {
		return err
	}
	if err := recallDoubles(t, homes, now); err != nil {
		return err
	}
	to.household = household
	return moveWork(t, from.id, to)
}

// joinedArms are the arms, one for each of the households and each layer, that
// come of all these and are not theirs yet.
func joinedArms(arms []interventions.Arm, households []history.HouseholdID, now time.Time) (out []interventions.Arm) {
	byLayer, has := map[interventions.Layer]interventions.Arm{}, map[interventions.ArmKey]interventions.Arm{}
	for _, a := range arms {
		if !a.Until.After(now) {
			continue
		}
		has[interventions.ArmKey{Household: a.Household, Layer: a.Layer}] = a
		if b, ok := byLayer[a.Layer]; ok {
			a = interventions.MergeArms(b, a)
		}
		byLayer[a.Layer] = a
	}
	slices.Sort(households)
	for _, h := range slices.Compact(households) {
		for layer, a := range byLayer {
			a.Household = h
			if old, ok := has[interventions.ArmKey{Household: h, Layer: layer}]; !ok || old != a {
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, func(a, b interventions.Arm) int {
		return cmp.Or(cmp.Compare(a.Household, b.Household), cmp.Compare(a.Layer, b.Layer))
	})
	return out
}

func saveJoined(t *tx, arms []interventions.Arm) error {
	rows := make([][]any, len(arms))
	for i, a := range arms {
		rows[i] = []any{
			int64(a.Household), string(a.Layer), boolean(a.Held), a.Share, micros(a.From), micros(a.Until), a.Draw, text(a.Flagged),
		}
	}
	return t.insert("sealed_joined_arms", "household, layer, held, share, from_at, until_at, draw, flagged", rows,
		`ON CONFLICT (household, layer) DO UPDATE SET held = excluded.held, share = excluded.share, from_at = excluded.from_at,
		until_at = excluded.until_at, draw = excluded.draw, flagged = excluded.flagged`)
}

// waitingWork is open work of a household, by what R8 counts.
type waitingWork struct {
	ID     int64
	Family string
	Soft   int // nobody began it
	Ghost  int
	Worth  float64 `db:"worth"`
}

// recallDoubles leaves one open work of each family to households that have
// become one (R8): what somebody began, else what is worth most. The rest is
// taken back; ghosts give way like any other work.
func recallDoubles(t *tx, homes []history.HouseholdID, now time.Time) error {
	args := make([]any, len(homes))
	for i, h := range homes {
		args[i] = int64(h)
	}
	in := `t.household IN (` + placeholders(len(homes)) + `) AND ` + released
	var tasks, messages []waitingWork
	if err := t.list(&tasks, `SELECT t.id, t.family, t.ghost, t.value_per_minute AS worth, CASE WHEN `+recallableTask+` THEN 1 ELSE 0 END AS soft
		FROM tasks t WHERE t.state NOT IN ('done', 'expired', 'recalled') AND t.family NOT IN ('inbound', 'data') AND `+in+`
		ORDER BY soft, t.value_per_minute DESC, t.id`, args...); err != nil {
		return err
	}
	if err := t.list(&messages, `SELECT t.id, t.family, t.ghost, 0.0 AS worth, 1 AS soft
		FROM messages t WHERE t.waiting = 1 AND `+in+` ORDER BY t.id`, args...); err != nil {
		return err
	}
	kept := map[string]bool{}
	for i, w := range append(tasks, messages...) {
		h := keyHolder{Task: w.ID}
		if i >= len(tasks) {
			h = keyHolder{Message: w.ID}
		}
		if w.Soft == 1 && kept[w.Family] {
			if _, err := recall(t, h, "there is one for the same household", now); err != nil {
				return err
			}
			continue
		}
		kept[w.Family] = true
	}
	return nil
}

// moveWork makes all work, promises and exposures of one customer those of
// another. What both were exposed to on one night stays as it is.
func moveWork(t *tx, from history.CustomerID, to person) error {
	var bodies []string
	for _, id := range []history.CustomerID{from, to.id} {
		var some []string
		if err := t.list(&some, `SELECT body FROM tasks WHERE customer = ?`, int64(id)); err != nil {
			return err
		}
		bodies = append(bodies, some...)
	}
	for _, body := range bodies {
		task, err := readTask(body, nil)
		if err != nil {
			return err
		}
		task.Customer, task.Household, task.Partition = to.id, to.household, to.partition
		if _, err := updateTask(t, &task, task.State, task.Fence); err != nil {
			return err
		}
	}
	if err := moveMessages(t, from, to); err != nil {
		return err
	}
	if err := movePromises(t, from, to); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE exclusions SET customer = ? WHERE customer = ?`, int64(to.id), int64(from)); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE own_contacts SET customer = ?, household = ?, partition = ? WHERE customer IN (?, ?)`,
		int64(to.id), int64(to.household), to.partition, int64(from), int64(to.id)); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE sealed_exposures SET customer = ?, partition = ? WHERE customer = ? AND NOT EXISTS (
		SELECT 1 FROM sealed_exposures x WHERE x.publication = sealed_exposures.publication
			AND x.treatment = sealed_exposures.treatment AND x.customer = ?)`, int64(to.id), to.partition, int64(from), int64(to.id))
	return err
}

func moveMessages(t *tx, from history.CustomerID, to person) error {
	var bodies []string
	if err := t.list(&bodies, `SELECT body FROM messages WHERE customer IN (?, ?)`, int64(from), int64(to.id)); err != nil {
		return err
	}
	for _, body := range bodies {
		m, err := readMessage(body)
		if err != nil {
			return err
		}
		m.Customer, m.Household, m.Partition = to.id, to.household, to.partition
		row, err := messageRow(&m)
		if err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE messages SET customer = ?, household = ?, partition = ?, body = ? WHERE id = ?`,
			int64(m.Customer), int64(m.Household), m.Partition, row[len(row)-1], int64(m.ID)); err != nil {
			return err
		}
	}
	return nil
}

func movePromises(t *tx, from history.CustomerID, to person) error {
	var bodies []string
	if err := t.list(&bodies, `SELECT p.body FROM promises p JOIN tasks t ON t.id = p.task WHERE t.customer = ?`, int64(to.id)); err != nil {
		return err
	}
	for _, body := range bodies {
		p, err := readPromise(body)
		if err != nil {
			return err
		}
		if p.Customer != from && p.Customer != to.id {
			continue
		}
		p.Customer, p.Household = to.id, to.household
		moved, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("write promise %d: %w", p.ID, err)
		}
		if _, err := t.exec(`UPDATE promises SET household = ?, partition = ?, body = ? WHERE id = ?`,
			int64(to.household), to.partition, string(moved), int64(p.ID)); err != nil {
			return err
		}
	}
	return nil
}

// JoinArms gives every household the arms of those that its members belonged
// to before, themselves alone among them: the held-out one wins, flagged. Doing
// it again changes nothing. It returns how many arms changed.
//
// scheduled: before the arms of a night are read.
func (s *Store) JoinArms(ctx context.Context, asOf time.Time) (int, error) {
	var changed []interventions.Arm
	err := s.read(ctx, "read households that have become one", func(t *tx) error {
		arms, err := readArms(t, armQuery+` WHERE a.from_at <= ?`+armOrder, micros(asOf))
		if err != nil || len(arms) == 0 {
			return err
		}
		came, err := readMoves(t, asOf)
		if err != nil {
			return err
		}
		of := map[history.HouseholdID][]interventions.Arm{}
		for _, a := range arms {
			of[a.Household] = append(of[a.Household], a)
		}
		changed = changed[:0]
		for into, before := range came {
			all := slices.Clone(of[into])
			for _, h := range before {
				all = append(all, of[h]...)
			}
			changed = append(changed, joinedArms(all, []history.HouseholdID{into}, asOf)...)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(changed), chunks(len(changed), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, "keep joined arms", func(t *tx) error { return saveJoined(t, changed[from:to]) })
	})
}

// readMoves returns, by household, those that its members belonged to before.
func readMoves(t *tx, asOf time.Time) (map[history.HouseholdID][]history.HouseholdID, error) {
	shown, err := shown(t, 0)
	if err != nil {
		return nil, err
	}
	var facts []history.Fact
	seen := bodies{}
	err = t.each(`SELECT customer, kind, ref, recorded, import_id, occurred, assumed, retracted, body FROM facts
		WHERE kind = ? AND recorded < ? AND occurred < ? ORDER BY customer, ref, recorded, import_id`,
		[]any{string(history.FactRelation), micros(asOf), micros(asOf)}, func(r scanner) error {
			before := len(facts)
			if err := readFact(r, shown, seen, &facts); err != nil || len(facts) == before {
				return err
			}
			// A correction takes the place of what it corrects.
			if n := len(facts); n > 1 && facts[n-2].Customer == facts[n-1].Customer && facts[n-2].Ref == facts[n-1].Ref {
				facts = append(facts[:n-2], facts[n-1])
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(facts, func(a, b history.Fact) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), a.Occurred.Compare(b.Occurred))
	})
	came := map[history.HouseholdID][]history.HouseholdID{}
	for i := 0; i < len(facts); {
		homes := []history.HouseholdID{history.HouseholdID(facts[i].Customer)}
		j := i
		for ; j < len(facts) && facts[j].Customer == facts[i].Customer; j++ {
			if r := facts[j].Body.(history.Relation); r.Kind == "household" && !facts[j].Retracted {
				homes = append(homes, r.Household)
			}
		}
		if n := len(homes) - 1; n > 0 {
			came[homes[n]] = append(came[homes[n]], homes[:n]...)
		}
		i = j
	}
	return came, nil
}
