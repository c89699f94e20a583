package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/simulate"
	"holdfast/interventions"
)

// people of the fortnight: one who may do everything, one trained who grants
// nothing, and one without training.
func (f *fortnight) hire(t *testing.T) {
	t.Helper()
	for name, more := range map[string][]string{
		"ada":  {"--skills", "retention,data", "--ceiling", "40", "--signs", "Maria Ricci, managing director"},
		"ben":  {"--skills", "retention", "--ceiling", "10"},
		"carl": {"--skills", "data"},
	} {
		r := holdfast(t, f.clock.Now, f.env, "correct horse battery\n", append([]string{"--config", f.path("holdfast.yaml"), "--quiet", "user", "add", name, "--role", "agent"}, more...)...)
		if r.code != 0 {
			t.Fatal(name, r)
		}
	}
}

// sick marks somebody absent, or back.
func sick(ctx context.Context, a *app, name string, absent bool) error {
	u, err := a.store.User(ctx, name)
	if err != nil {
		return err
	}
	u.Absent = absent
	return a.store.UpdateUser(ctx, u)
}

// day is one day at the desk: agents work in the morning, the afternoon and the
// evening, some fall ill at noon with work in their hands, customers ring.
func (f *fortnight) day(ctx context.Context, t *testing.T, a *app, asOf time.Time) error {
	t.Helper()
	desk := interventions.NewDesk(a.policy, a.store)
	ill := []string{"", "ada", "ben", ""}[f.days%4]
	f.days++
	for _, hour := range []int{10, 11, 14, 15, 18} {
		f.clock.Set(asOf.Add(time.Duration(hour) * time.Hour))
		if err := f.callIn(ctx, t, a, hour); err != nil {
			return err
		}
		if hour == 14 && ill != "" {
			if err := f.fallIll(ctx, a, desk, ill); err != nil {
				return err
			}
			if err := f.solvedAgain(ctx, t, a); err != nil {
				return err
			}
		}
		if err := a.tendOnce(ctx); err != nil {
			return err
		}
		agents, err := a.store.AgentsOnDuty(ctx)
		if err != nil {
			return err
		}
		if hour == 11 || hour == 15 {
			if err := f.ring(ctx, t, a, desk, agents); err != nil {
				return err
			}
			continue
		}
		for _, name := range []string{"carl", "ben", "ada"} {
			if agent, here := agents[name]; here {
				if err := f.shift(ctx, desk, agent); err != nil {
					return err
				}
			}
		}
	}
	if ill != "" {
		return sick(ctx, a, ill, false)
	}
	return nil
}

// shift works until the queue has nothing for the agent, as in the demo; who
// rang before and is called back, or whose number is looked for, wants nothing more.
func (f *fortnight) shift(ctx context.Context, desk *interventions.Desk, agent interventions.Agent) error {
	for {
		now := f.clock.Now()
		task, err := desk.Next(ctx, agent, now)
		if fault.Of(err) == fault.NotFound {
			return nil
		}
		if err != nil {
			return fmt.Errorf("next task of %s: %w", agent.Name, err)
		}
		if task, err = desk.Begin(ctx, task.ID, agent, task.Fence, now); err != nil {
			return fmt.Errorf("begin task %d: %w", task.ID, err)
		}
		key, err := f.demo.key(task.Customer)
		if err != nil {
			return err
		}
		reply := simulate.Reply{Reached: true, Disposition: string(interventions.NoRiskFound)}
		if task.Treatment != "" {
			answers := strings.Replace(task.Treatment, "thank_you_lunch", "thank_you_call", 1) // the business answers both alike
			if reply, err = f.world.Call(key, answers, now); err != nil {
				return err
			}
		}
		f.demo.calls++
		if _, err := desk.Save(ctx, task.ID, agent, task.Fence, wrapUp(task, reply, now), now); err != nil {
			return fmt.Errorf("save the call of %s with %s (%s): %w", agent.Name, key, reply.Disposition, err)
		}
	}
}

// fallIll takes the next task, if there is one, and goes home; nothing is handed
// to who is absent.
func (f *fortnight) fallIll(ctx context.Context, a *app, desk *interventions.Desk, name string) error {
	agents, err := a.store.AgentsOnDuty(ctx)
	if err != nil {
		return err
	}
	agent, now := agents[name], f.clock.Now()
	task, err := desk.Next(ctx, agent, now)
	switch {
	case err == nil:
		f.dropped++
		f.clock.Set(now.Add(20 * time.Minute)) // the lease runs out
	case fault.Of(err) != fault.NotFound:
		return err
	}
	if err := sick(ctx, a, name, true); err != nil {
		return err
	}
	agent.Absent = true
	if got, err := desk.Next(ctx, agent, f.clock.Now()); fault.Of(err) != fault.NotFound {
		return fmt.Errorf("%s is absent and was handed task %d after %d (%w)", name, got.ID, task.ID, err)
	}
	return nil
}

// ring lets customers ring, some with work waiting for them: they complain,
// object, ask to be called back, or want nothing.
func (f *fortnight) ring(ctx context.Context, t *testing.T, a *app, desk *interventions.Desk, agents map[string]interventions.Agent) error {
	t.Helper()
	db := f.database(t)
	callers := list[int64](t, db, `SELECT customer FROM (SELECT DISTINCT customer FROM tasks WHERE state IN ('ready', 'ghost', 'blocked') AND family <> 'inbound'
		AND publication IN (SELECT id FROM publications WHERE state = 'released') ORDER BY customer LIMIT 2) AS waiting
		UNION SELECT customer FROM (SELECT customer FROM listed WHERE publication = (SELECT publication FROM current_list) ORDER BY (customer %% 9973) * %d %% 9973 LIMIT 2) AS others`, 1+f.rang)
	if err := db.Close(); err != nil {
		return err
	}
	for i, c := range callers {
		now := f.clock.Now().Add(time.Duration(i) * time.Second) // two of a household do not ring at one instant
		card, err := customers{a}.Card(ctx, history.CustomerID(c), now)
		if err != nil {
			return err
		}
		agent := agents["carl"]
		task, err := desk.Inbound(ctx, history.CustomerID(c), card, agent, interventions.ChannelPhone, now)
		if err != nil {
			return fmt.Errorf("customer %d rings: %w", c, err)
		}
		kinds := []interventions.Disposition{interventions.Complaint, interventions.NoRiskFound, interventions.IssueEscalated, interventions.CallbackAgreed, interventions.OptOutAll, interventions.DoNotCall, interventions.Undecided}
		up := interventions.WrapUp{Disposition: kinds[f.rang%len(kinds)]}
		if up.Disposition == interventions.CallbackAgreed {
			up.DueAt = now.Add(24 * time.Hour)
		}
		_, err = desk.Save(ctx, task.ID, agent, task.Fence, up, now)
		if up.Disposition == interventions.CallbackAgreed && fault.Of(err) == fault.Invalid { // they live where that is in the night
			up = interventions.WrapUp{Disposition: interventions.NoRiskFound}
			_, err = desk.Save(ctx, task.ID, agent, task.Fence, up, now)
		}
		if err != nil {
			return fmt.Errorf("save the call of customer %d (%s): %w", c, up.Disposition, err)
		}
		f.rang++
	}
	return nil
}

// replays are explanations of early decisions, to be asked for again later.
func (f *fortnight) replays(t *testing.T, date string) map[string]string {
	t.Helper()
	db := f.database(t)
	keys := list[string](t, db, `SELECT DISTINCT k.key FROM customers k JOIN (SELECT customer, MIN(rank) AS rank FROM (
			SELECT customer, ROW_NUMBER() OVER (PARTITION BY arm, treatment ORDER BY customer) AS rank FROM sealed_exposures
			UNION ALL SELECT customer, ROW_NUMBER() OVER (PARTITION BY result, reason ORDER BY customer) FROM listed WHERE publication = (SELECT publication FROM current_list)) AS kinds
		GROUP BY customer) AS c ON c.customer = k.id WHERE c.rank = 1 ORDER BY k.key`)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	out := map[string]string{}
	for _, key := range keys {
		out[key] = f.must(t, f.clock.Now, "explain", key, "--as-of", date, "--json")
	}
	return out
}

// replayed asks again for what was explained: imports, calls, nights and a merge
// later the bytes are the same, everything that led to the decision is in them,
// and nothing of an arm.
func (f *fortnight) replayed(t *testing.T, date string, first map[string]string) {
	t.Helper()
	keys := slices.Sorted(maps.Keys(first))
	f.must(t, f.clock.Now, "customer", "merge", keys[0], keys[1]) // the first is read as the second from now on
	treated := 0
	for key, was := range first {
		if now := f.must(t, f.clock.Now, "explain", key, "--as-of", date, "--json"); now != was {
			t.Errorf("%s of %s is explained otherwise now:\n%s\nand was\n%s", key, date, now, was)
		}
		e := decode[struct {
			Model  string `json:"model"`
			Policy struct {
				Version int64  `json:"version"`
				Hash    string `json:"hash"`
			} `json:"policy"`
			Known    explainedFacts         `json:"known"`
			Features []explainedFeature     `json:"features"`
			Decision interventions.Decision `json:"decision"`
		}](t, was)
		if e.Model == "" || e.Policy.Version != 1 || e.Policy.Hash == "" || e.Decision.Result == "" || e.Known.Since.IsZero() ||
			(e.Decision.Result != interventions.ResultOut && (len(e.Features) == 0 || len(e.Decision.Trace.Considered) == 0)) {
			t.Errorf("the explanation of %s leaves something out:\n%s", key, was)
		}
		if e.Decision.Result == interventions.ResultTreat {
			treated++
			if e.Decision.Worth.Total == 0 {
				t.Errorf("the decision to treat %s says no worth", key)
			}
		}
		for _, word := range []string{"ghost", "holdout", "held", "propensity", "explored"} {
			if strings.Contains(was, word) {
				t.Errorf("the explanation of %s says %q (R7)", key, word)
			}
		}
	}
	t.Logf("%d explanations of %s are the same after %d nights, %d of them of customers treated", len(first), date, f.days, treated)
	if treated == 0 || len(first)-treated < 3 {
		t.Error("too few kinds of decision were explained")
	}
}
