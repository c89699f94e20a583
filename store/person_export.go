package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// PersonalData is all that is kept of a person, in words. Whether the person
// was held back for comparison is left out: it may be told to nobody before the
// outcome is final (R7).
type PersonalData struct {
	Records   []PersonalRecord  `json:"records"`
	Keys      []SourceKey       `json:"keys"`
	Facts     []PersonalFact    `json:"facts"`
	Events    []PersonalEvent   `json:"events"`
	Scores    []PersonalScore   `json:"scores"`
	Decisions []json.RawMessage `json:"decisions"`
	Tasks     []PersonalTask    `json:"tasks"`
	Messages  []PersonalMessage `json:"messages"`
	Promises  []json.RawMessage `json:"promises"`
}

// PersonalRecord is one customer record.
type PersonalRecord struct {
	ID     history.CustomerID `json:"id"`
	Source string             `json:"source"`
	Key    string             `json:"key"`
	Name   string             `json:"name"`
}

// PersonalFact is one version of a fact, corrected and retracted ones too.
type PersonalFact struct {
	Kind      string          `json:"kind"`
	Occurred  time.Time       `json:"occurred"`
	Recorded  time.Time       `json:"recorded"`
	Assumed   bool            `json:"recorded_assumed,omitempty"`
	Retracted bool            `json:"retracted,omitempty"`
	Body      json.RawMessage `json:"body"`
}

// PersonalEvent is one event.
type PersonalEvent struct {
	Kind        string    `json:"kind"`
	Occurred    time.Time `json:"occurred"`
	Recorded    time.Time `json:"recorded"`
	AmountMinor int64     `json:"amount_minor,omitempty"`
	Quantity    float64   `json:"quantity,omitempty"`
	Channel     string    `json:"channel,omitempty"`
	Retracted   bool      `json:"retracted,omitempty"`
}

// PersonalScore is what one night thought.
type PersonalScore struct {
	AsOf       time.Time `json:"as_of"`
	Excluded   string    `json:"not_scored,omitempty"`
	Risk       float64   `json:"risk,omitempty"`
	Band       string    `json:"band,omitempty"`
	ValueMinor int64     `json:"value_minor,omitempty"`
	Reasons    []string  `json:"reasons,omitempty"`
	Model      string    `json:"model,omitempty"`
}

// PersonalTask is work that somebody did or may do for the person.
type PersonalTask struct {
	Treatment string                   `json:"treatment"`
	Purpose   string                   `json:"purpose"`
	State     string                   `json:"state"`
	Created   time.Time                `json:"created"`
	Done      time.Time                `json:"done,omitzero"`
	Card      json.RawMessage          `json:"card"`
	Changes   []interventions.Change   `json:"changes"`
	Notes     []interventions.Note     `json:"notes,omitempty"`
	Attempts  []json.RawMessage        `json:"attempts,omitempty"`
	Asked     []interventions.Approval `json:"offers_asked_for,omitempty"`
}

// PersonalMessage is a message that was sent or waits.
type PersonalMessage struct {
	Channel string    `json:"channel"`
	State   string    `json:"state"`
	To      string    `json:"to,omitempty"`
	Subject string    `json:"subject,omitempty"`
	Body    string    `json:"body,omitempty"`
	Created time.Time `json:"created"`
	Sent    time.Time `json:"sent,omitzero"`
}

// PersonalData reads all that is kept of a person.
//
// manual: customer export.
func (s *Store) PersonalData(ctx context.Context, p Person) (d PersonalData, err error) {
	err = s.read(ctx, "read what is kept of a person", func(t *tx) error {
		d = PersonalData{
			Keys: p.Keys, Facts: []PersonalFact{}, Events: []PersonalEvent{}, Scores: []PersonalScore{},
			Decisions: []json.RawMessage{}, Tasks: []PersonalTask{}, Messages: []PersonalMessage{}, Promises: []json.RawMessage{},
		}
		vocab, err := vocabulary(t)
		if err != nil {
			return err
		}
		for _, c := range p.Customers {
			d.Records = append(d.Records, PersonalRecord{c.ID, c.Source, c.Key, c.Name})
			for _, read := range []func(*tx, history.Customer) error{d.facts, d.nights, d.tasks, d.messages} {
				if err := read(t, c); err != nil {
					return err
				}
			}
			if err := d.events(t, c, vocab); err != nil {
				return err
			}
		}
		return nil
	})
	return d, err
}

func (d *PersonalData) facts(t *tx, c history.Customer) error {
	return t.each(`SELECT kind, occurred, recorded, assumed, retracted, body FROM facts WHERE partition = ? AND customer = ?
		ORDER BY kind, recorded, ref`, []any{c.Partition, int64(c.ID)}, func(r scanner) error {
		var f PersonalFact
		var occurred, recorded int64
		var assumed, retracted int
		var body string
		if err := r.Scan(&f.Kind, &occurred, &recorded, &assumed, &retracted, &body); err != nil {
			return err
		}
		f.Occurred, f.Recorded, f.Assumed, f.Retracted, f.Body = instant(occurred), instant(recorded), assumed == 1, retracted == 1, json.RawMessage(body)
		d.Facts = append(d.Facts, f)
		return nil
	})
}

func (d *PersonalData) events(t *tx, c history.Customer, vocab history.Vocabulary) error {
	l := loader{t: t, segments: true}
	if err := l.begin(0); err != nil {
		return err
	}
	if err := l.others(map[int][]history.CustomerID{c.Partition: {c.ID}}); err != nil {
		return err
	}
	all := l.parts.Events
	for _, e := range l.parts.Singles {
		all.Append(e)
	}
	for i := range all.Len() {
		e := all.At(i)
		d.Events = append(d.Events, PersonalEvent{
			Kind: vocab.Kinds[e.Kind], Channel: vocab.Channels[e.Channel], Occurred: e.Occurred, Recorded: e.Recorded,
			AmountMinor: e.AmountMinor, Quantity: e.Quantity, Retracted: e.Retracted,
		})
	}
	return nil
}

// nights reads scores and decisions, as everybody may see them.
func (d *PersonalData) nights(t *tx, c history.Customer) error {
	var pubs []int64
	if err := t.list(&pubs, `SELECT id FROM publications WHERE state IN ('released', 'withdrawn') ORDER BY as_of`); err != nil {
		return err
	}
	for _, pub := range pubs {
		l, found, err := findLine(t, openSegments, pub, segScores, c.Partition, int64(c.ID), scoreKey)
		if err != nil {
			return err
		}
		if found {
			score := PersonalScore{AsOf: instant(l.AsOf), Excluded: l.Excluded, Risk: l.Risk, Band: string(l.Band), ValueMinor: l.Value, Model: l.Model}
			for _, r := range l.Reasons {
				score.Reasons = append(score.Reasons, r.Text)
			}
			d.Scores = append(d.Scores, score)
		}
		decision, found, err := findLine(t, sealedSegments, pub, segDecisions, c.Partition, int64(c.ID), decisionKey)
		if err != nil {
			return err
		}
		if !found { // retention let it go
			continue
		}
		public, err := json.Marshal(decision.Public())
		if err != nil {
			return fmt.Errorf("write a decision: %w", err)
		}
		d.Decisions = append(d.Decisions, public)
	}
	return nil
}

func (d *PersonalData) tasks(t *tx, c history.Customer) error {
	var rows []struct{ Body, Card string }
	if err := t.list(&rows, `SELECT t.body, k.card FROM tasks t JOIN task_cards k ON k.task = t.id
		WHERE t.customer = ? AND t.ghost = 0 AND `+released+` ORDER BY t.created_at, t.id`, int64(c.ID)); err != nil {
		return err
	}
	for _, r := range rows {
		task, err := readTask(r.Body, nil)
		if err != nil {
			return err
		}
		out := PersonalTask{
			Treatment: task.Treatment, Purpose: string(task.Purpose), State: string(task.State), Created: task.CreatedAt, Done: task.DoneAt,
			Card: json.RawMessage(r.Card), Changes: []interventions.Change{}, Notes: task.Notes,
		}
		if err := t.each(`SELECT at, who, from_state, to_state, why FROM task_changes WHERE task = ? ORDER BY seq`, []any{int64(task.ID)}, func(r scanner) error {
			ch := interventions.Change{Task: task.ID}
			var at int64
			if err := r.Scan(&at, &ch.Who, &ch.From, &ch.To, &ch.Why); err != nil {
				return err
			}
			ch.At = instant(at)
			out.Changes = append(out.Changes, ch)
			return nil
		}); err != nil {
			return err
		}
		if out.Attempts, err = bodiesOf(t, `SELECT body FROM task_attempts WHERE task = ? ORDER BY seq`, int64(task.ID)); err != nil {
			return err
		}
		if err := t.ask(askApprovals(&out.Asked, ofTask, int64(task.ID))); err != nil {
			return err
		}
		promises, err := bodiesOf(t, `SELECT body FROM promises WHERE task = ? ORDER BY due_at, id`, int64(task.ID))
		if err != nil {
			return err
		}
		d.Tasks, d.Promises = append(d.Tasks, out), append(d.Promises, promises...)
	}
	return nil
}

func bodiesOf(t *tx, query string, args ...any) (out []json.RawMessage, err error) {
	var texts []string
	err = t.list(&texts, query, args...)
	for _, text := range texts {
		out = append(out, json.RawMessage(text))
	}
	return out, err
}

func (d *PersonalData) messages(t *tx, c history.Customer) error {
	texts, err := bodiesOf(t, `SELECT t.body FROM messages t WHERE t.customer = ? AND t.ghost = 0 AND `+released+` ORDER BY t.created_at, t.id`, int64(c.ID))
	if err != nil {
		return err
	}
	for _, text := range texts {
		m, err := readMessage(string(text))
		if err != nil {
			return err
		}
		d.Messages = append(d.Messages, PersonalMessage{
			Channel: string(m.Channel), State: string(m.State), To: m.To, Subject: m.Subject, Body: m.Body, Created: m.CreatedAt, Sent: m.SentAt,
		})
	}
	return nil
}

// MessageKeys returns the idempotency keys of a person's messages, for what
// carriers keep of them.
func (s *Store) MessageKeys(ctx context.Context, p Person) (keys []string, err error) {
	err = s.read(ctx, "read the messages of a person", func(t *tx) error {
		keys = keys[:0]
		for _, id := range p.ids() {
			var some []string
			if err := t.list(&some, `SELECT idempotency_key FROM messages WHERE customer = ?`, int64(id)); err != nil {
				return err
			}
			keys = append(keys, some...)
		}
		return nil
	})
	return keys, err
}
