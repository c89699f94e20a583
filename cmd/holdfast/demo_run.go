package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/simulate"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/nightly"
)

// demo is a simulated business and the program that looks after it.
type demo struct {
	app   *app
	world *simulate.Business
	clock *clock
	dir   string
	watch *stopwatch
	start time.Time
	last  time.Time // until when facts were imported
	told  time.Time // until when the simulator knows of messages

	truth    map[string]*plantedTruth
	keys     map[history.CustomerID]string
	calls    int
	messages int
	summary  demoSummary
}

// plantedTruth adds up what selection really does, over the selected customers
// whose outcome is final at the end.
type plantedTruth struct {
	effect    float64 // sum over customers
	customers int
}

// run lives demoNights weeks, each beginning with a night.
func (d *demo) run(ctx context.Context) error {
	d.app.p.tell("simulating a subscription business; its first night is %s", d.start.Format(time.DateOnly))
	for week := range demoNights {
		asOf := d.start.AddDate(0, 0, 7*week)
		if err := d.learn(ctx, asOf); err != nil {
			return fmt.Errorf("import week %d: %w", week, err)
		}
		if err := d.night(ctx, asOf); err != nil {
			return fmt.Errorf("night of %s: %w", asOf.Format(time.DateOnly), err)
		}
		if err := d.plant(ctx, asOf); err != nil {
			return fmt.Errorf("truth of %s: %w", asOf.Format(time.DateOnly), err)
		}
		if week == demoNights-1 {
			break
		}
		if err := d.week(ctx, asOf); err != nil {
			return fmt.Errorf("week of %s: %w", asOf.Format(time.DateOnly), err)
		}
	}
	d.watch.begin("")
	return d.report(ctx)
}

// learn brings what the business recorded since the last time into the history.
func (d *demo) learn(ctx context.Context, until time.Time) error {
	d.watch.begin("simulate")
	if err := d.world.Advance(until); err != nil {
		return err
	}
	dir := filepath.Join(d.dir, "feeds", until.Format(time.DateOnly))
	files, err := d.world.WriteFeeds(dir, d.last, until)
	if err != nil {
		return err
	}
	d.last = until
	d.clock.Set(until.Add(time.Hour))
	d.watch.begin("import")
	for _, f := range files {
		if f.Rows == 0 {
			continue
		}
		imp, err := d.app.importer().Run(ctx, f.Feed, []string{f.Path}, history.Options{})
		if err != nil {
			return fmt.Errorf("feed %s: %w", f.Feed, err)
		}
		if f.Feed == "events" {
			d.summary.Events += imp.Added
		}
		d.summary.Rejected += imp.Rejected
	}
	return nil
}

// night runs one night, and delivers the messages it decided on.
func (d *demo) night(ctx context.Context, asOf time.Time) error {
	d.clock.Set(asOf.Add(2 * time.Hour))
	d.watch.begin("nights")
	n, st := d.app.night()
	run, _, err := n.Start(ctx, d.app.newRun(asOf.UTC(), false))
	if err != nil {
		return err
	}
	if run, err = d.app.finish(ctx, n, st, run); err != nil {
		return err
	}
	if run.State != nightly.Completed {
		return fault.New(fault.Held, "it is %s: %s", run.State, run.Reason)
	}
	report, err := d.app.nightReport(ctx, run)
	if err != nil {
		return err
	}
	d.summary.Nights = append(d.summary.Nights, report)
	return nil
}

// plant asks the simulator what tonight's first selections really change, while
// the outcome of tonight will be final at the end of the demo.
func (d *demo) plant(ctx context.Context, asOf time.Time) error {
	end := d.start.AddDate(0, 0, 7*(demoNights-1))
	if d.app.churn.MaturesAt(asOf).After(end) {
		return nil
	}
	d.watch.begin("planted truth")
	byTreatment := make(map[string][]string)
	for p := range d.app.store.Partitions() {
		exposures, err := d.app.store.PartitionExposures(ctx, p)
		if err != nil {
			return err
		}
		for _, e := range measurement.FirstSelections(exposures) {
			if e.At.Equal(asOf) {
				key, err := d.key(e.Customer)
				if err != nil {
					return err
				}
				byTreatment[e.Treatment] = append(byTreatment[e.Treatment], key)
			}
		}
	}
	_, to := d.app.churn.Window(asOf)
	days := int(to.Sub(asOf).Hours()/24 + 0.5)
	for treatment, keys := range byTreatment {
		truth, err := d.world.Expect(keys, treatment, days, 20)
		if err != nil {
			return err
		}
		t := d.truth[treatment]
		if t == nil {
			t = &plantedTruth{}
			d.truth[treatment] = t
		}
		t.effect += truth.Effect * float64(len(keys))
		t.customers += len(keys)
	}
	return nil
}

// key is the simulator's name for a customer.
func (d *demo) key(id history.CustomerID) (string, error) {
	if d.keys == nil {
		d.keys = make(map[history.CustomerID]string)
		for _, k := range d.world.Keys() {
			d.keys[history.NewCustomerID(d.source(), k)] = k
		}
	}
	if k, ok := d.keys[id]; ok {
		return k, nil
	}
	d.keys = nil // customers join every week
	for _, k := range d.world.Keys() {
		if history.NewCustomerID(d.source(), k) == id {
			return k, nil
		}
	}
	return "", fault.New(fault.Internal, "customer %d is not one of the simulated business", id)
}

// source is whose keys the simulated customers have.
func (d *demo) source() string {
	if s := d.app.cfg.History.Feeds[0].Source; s != "" {
		return s
	}
	return "main"
}

// tendDays is how often a demo looks after its queue, in days; up does it every
// minute.
const tendDays = 2

// week works the list on five days, in the morning, the afternoon and the
// evening, as two agents would.
func (d *demo) week(ctx context.Context, asOf time.Time) error {
	d.watch.begin("desk")
	desk := interventions.NewDesk(d.app.policy, d.app.store)
	agents := demoAgents(d.app.policy)
	for day := range 5 {
		date := asOf.AddDate(0, 0, day)
		if err := d.world.Advance(date); err != nil {
			return err
		}
		if err := d.messagesLeave(ctx, date); err != nil {
			return err
		}
		if day%tendDays == 0 {
			if err := d.app.tendOnce(ctx); err != nil {
				return err
			}
		}
		for _, hour := range []int{10, 14, 18} {
			d.clock.Set(date.Add(time.Duration(hour) * time.Hour))
			for _, agent := range agents {
				if err := d.shift(ctx, desk, agent); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// shift works until the queue has nothing for the agent.
func (d *demo) shift(ctx context.Context, desk *interventions.Desk, agent interventions.Agent) error {
	for {
		now := d.clock.Now()
		task, err := desk.Next(ctx, agent, now)
		if fault.Of(err) == fault.NotFound {
			return nil
		}
		if err != nil {
			return fmt.Errorf("next task: %w", err)
		}
		if task, err = desk.Begin(ctx, task.ID, agent, task.Fence, now); err != nil {
			return fmt.Errorf("begin task %d: %w", task.ID, err)
		}
		if task.State != interventions.TaskInProgress {
			continue // a gate closed it
		}
		key, err := d.key(task.Customer)
		if err != nil {
			return err
		}
		reply, err := d.world.Call(key, task.Treatment, now)
		if err != nil {
			return fmt.Errorf("call %s: %w", key, err)
		}
		d.calls++
		if _, err := desk.Save(ctx, task.ID, agent, task.Fence, wrapUp(task, reply, now), now); err != nil {
			return fmt.Errorf("save the call with %s (%s): %w", key, reply.Disposition, err)
		}
	}
}

// wrapUp is what an agent enters after a call.
func wrapUp(task interventions.Task, r simulate.Reply, now time.Time) interventions.WrapUp {
	up := interventions.WrapUp{Disposition: interventions.Disposition(r.Disposition), LeaveReason: r.LeaveReason, Note: r.Note}
	if up.Disposition == interventions.SavedWithOffer {
		if task.Card.Offer == nil {
			up.Disposition = interventions.SavedNoOffer // there was nothing to grant
		} else {
			up.OfferName, up.OfferMinor = task.Card.Offer.Name, task.Card.Offer.CostMinor
		}
	}
	if up.Disposition == interventions.CallbackAgreed {
		up.DueAt = r.CallbackAt
		if up.DueAt.IsZero() {
			up.DueAt = now.AddDate(0, 0, 1)
		}
	}
	return up
}

// demoAgents are two agents who may do everything.
func demoAgents(p *interventions.Policy) []interventions.Agent {
	all := interventions.Agent{Name: "ada", CeilingMinor: 1 << 40}
	for _, t := range p.Treatments() {
		all.Skills = append(all.Skills, t.Skills...)
		all.Languages = append(all.Languages, t.Languages...)
		if t.Signatory != "" {
			all.Signs = append(all.Signs, t.Signatory)
		}
	}
	other := all
	other.Name = "ben"
	return []interventions.Agent{all, other}
}
