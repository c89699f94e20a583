package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/measurement"
)

// demoSummary is what demo prints, with --json as it is.
type demoSummary struct {
	Customers int                `json:"customers"` // in the file at the last night
	Popul     int                `json:"population"`
	Events    int64              `json:"events"`
	Rejected  int64              `json:"rejected_rows"`
	Model     demoModel          `json:"model"`
	Decisions []demoDecisions    `json:"decisions"`
	Calls     int                `json:"calls"`
	Tasks     map[string]int     `json:"tasks"`
	Messages  int                `json:"messages"`
	Effects   []demoEffect       `json:"effects"`
	Seconds   map[string]float64 `json:"seconds"`
	Nights    []nightReport      `json:"nights"`
}

type demoModel struct {
	ID      string             `json:"id"`
	Name    string             `json:"name"`
	Metrics map[string]float64 `json:"metrics"` // on the newest held-out date
	Naive   map[string]float64 `json:"naive_rule"`
}

// demoDecisions is one night's tally, public words only.
type demoDecisions struct {
	AsOf      string         `json:"as_of"`
	Customers int            `json:"customers"`
	ByReason  map[string]int `json:"by_reason"`
	Released  map[string]int `json:"released"`
}

// demoEffect is an estimate beside what was planted.
type demoEffect struct {
	measurement.Effect
	Planted *float64 `json:"planted,omitempty"` // mean effect of selection on the share of the selected who leave, or do not begin with the outcome
	Covered *bool    `json:"covered,omitempty"` // the interval holds it
}

// report measures, and prints what happened.
func (d *demo) report(ctx context.Context) error {
	end := d.start.AddDate(0, 0, 7*(demoNights-1))
	effects, err := d.app.measure(ctx, end, d.app.newest(ctx))
	if err != nil {
		return err
	}
	for _, e := range effects {
		d.summary.Effects = append(d.summary.Effects, d.beside(e))
	}
	if err := d.describeModel(ctx); err != nil {
		return err
	}
	if err := d.describeLists(ctx); err != nil {
		return err
	}
	now := d.clock.Now()
	counts, err := d.app.store.TaskCounts(ctx, now, d.start, now)
	if err != nil {
		return err
	}
	d.summary.Tasks = make(map[string]int)
	for _, c := range counts.ByState {
		d.summary.Tasks[string(c.State)] += c.Tasks
	}
	d.summary.Calls, d.summary.Messages, d.summary.Seconds = d.calls, d.messages, d.watch.took
	return d.app.p.print(d.summary, d.say)
}

// beside puts the planted truth beside an estimate.
func (d *demo) beside(e measurement.Effect) demoEffect {
	out := demoEffect{Effect: e}
	if t := d.truth[e.Treatment]; t != nil && t.customers > 0 {
		planted := t.effect / float64(t.customers)
		out.Planted = &planted
		if e.Known {
			covered := e.Difference.Covers(planted)
			out.Covered = &covered
		}
	}
	return out
}

func (d *demo) describeModel(ctx context.Context) error {
	rec, _, err := d.app.store.Champion(ctx)
	if err != nil {
		return err
	}
	m := demoModel{ID: rec.ID, Name: rec.Name, Metrics: map[string]float64{}, Naive: map[string]float64{}}
	for _, line := range rec.Card.Metrics {
		m.Metrics[line.Name] = line.Value
		m.Naive[line.Name] = line.Naive
	}
	d.summary.Model = m
	return nil
}

func (d *demo) describeLists(ctx context.Context) error {
	lists, err := d.app.store.Publications(ctx, demoNights)
	if err != nil {
		return err
	}
	slices.Reverse(lists)
	for _, pub := range lists {
		t := pub.Tally.Public()
		line := demoDecisions{AsOf: d.app.date(pub.AsOf), Customers: t.Customers, ByReason: map[string]int{}, Released: t.Released}
		for r, reasons := range t.ByReason {
			for reason, n := range reasons {
				line.ByReason[string(r)+": "+reason] += n
			}
		}
		d.summary.Decisions = append(d.summary.Decisions, line)
		d.summary.Customers = t.Customers
		d.summary.Popul = t.Customers - t.ByResult[interventions.ResultOut]
	}
	return nil
}

// say prints the summary in words.
func (d *demo) say() {
	p, s := d.app.p, d.summary
	p.say("%d customers, %d of them in the population; %d events; %d nights", s.Customers, s.Popul, s.Events, len(s.Nights))
	p.say("model: %s, AUC %.3f against %.3f of the naive rule, log loss %.4f against %.4f, on a held-out later date",
		s.Model.Name, s.Model.Metrics["AUC"], s.Model.Naive["AUC"], s.Model.Metrics["log loss"], s.Model.Naive["log loss"])
	if n := len(s.Decisions); n > 0 {
		p.say("tonight's decisions add up to the file:")
		total := 0
		last := s.Decisions[n-1]
		for _, key := range sortedKeys(last.ByReason) {
			p.say("  %8d  %s", last.ByReason[key], key)
			total += last.ByReason[key]
		}
		p.say("  %8d  in all, of %d customers", total, last.Customers)
	}
	p.say("%d calls made, %d messages sent", s.Calls, s.Messages)
	p.say("effect of contact on the share that leaves within the horizon, contacted minus left alone:")
	for _, e := range s.Effects {
		p.say("  %-20s %s", e.Treatment, e.words())
		if e.Outcome != "" {
			p.say("  %-20s (here the share that has no %s)", "", e.Outcome)
		}
	}
	var parts []string
	total := 0.0
	for _, name := range d.watch.names {
		parts = append(parts, fmt.Sprintf("%s %.1f s", name, s.Seconds[name]))
		total += s.Seconds[name]
	}
	p.say("took %.1f s: %s", total, strings.Join(parts, ", "))
}

func (e demoEffect) words() string {
	planted := "nothing planted with a final outcome"
	if e.Planted != nil {
		planted = fmt.Sprintf("planted %+.1f points", tenths(*e.Planted))
	}
	if !e.Known {
		return fmt.Sprintf("no estimate yet: %d contacted and %d left alone have final outcomes; %s", e.Contacted.Customers, e.LeftAlone.Customers, planted)
	}
	return fmt.Sprintf("%s from %d contacted and %d left alone; %s; %d claimed saves, %s proven",
		points(e.Difference), e.Contacted.Customers, e.LeftAlone.Customers, planted, e.ClaimedSaves, saves(e.ProvenSaves))
}

func points(i stats.Interval) string {
	return fmt.Sprintf("%+.1f points [%+.1f, %+.1f]", tenths(i.Estimate), tenths(i.Low), tenths(i.High))
}

func saves(i stats.Interval) string {
	return fmt.Sprintf("%.0f [%.0f, %.0f]", whole(i.Estimate), whole(i.Low), whole(i.High))
}

// tenths is a share in points, rounded to a tenth; nought has no sign.
func tenths(share float64) float64 { return math.Round(1000*share)/10 + 0 }

// whole is a number rounded to a whole one; nought has no sign.
func whole(x float64) float64 { return math.Round(x) + 0 }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// messagesLeave lets the messages of the day leave, and tells the simulator of
// all that left since it was told last.
func (d *demo) messagesLeave(ctx context.Context, date time.Time) error {
	d.clock.Set(date.Add(9 * time.Hour))
	due, err := d.app.store.DueMessages(ctx, d.clock.Now(), 5000)
	if err != nil {
		return fmt.Errorf("read the messages of the day: %w", err)
	}
	deliverer, err := d.app.deliverer()
	if err != nil {
		return err
	}
	for _, m := range due {
		if _, err := deliverer.Deliver(ctx, m.ID); err != nil {
			return err
		}
	}
	now := d.clock.Now()
	sent, err := d.app.store.SentMessages(ctx, d.told, now)
	if err != nil {
		return fmt.Errorf("read the messages sent: %w", err)
	}
	d.told = now
	for _, m := range sent {
		key, err := d.key(m.Customer)
		if err != nil {
			return err
		}
		if err := d.world.Message(key, m.Treatment, now); err != nil {
			return fmt.Errorf("message to %s: %w", key, err)
		}
	}
	d.messages += len(sent)
	return nil
}
