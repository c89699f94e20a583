package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/store"
)

// tryPolicies asks for dry runs as the page does, and does their jobs: what they
// give is what the command gives, made public.
func (b *business) tryPolicies(t *testing.T, now func() time.Time) {
	t.Helper()
	p := &program{Surroundings: Surroundings{Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }, Now: now}, configPath: b.path("holdfast.yaml"), quiet: true}
	a, err := p.open(t.Context(), writes)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // the test looks at the database
	room, ctx := policyRoom{a}, t.Context()
	for text, want := range map[string]string{
		"interventions: {roster: {agents: -1}}": "line 1, column 34: interventions.roster.agents is -1: give a number from 0 to 100000",
		"business: {}":                          `line 1, column 1: "business" stands here`,
	} {
		if _, err := room.AskRehearsal(ctx, nightly.Rehearsal{By: "mia", At: now(), Policy: text}); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if list, err := room.Rehearsals(ctx, 10); err != nil || len(list) != 0 {
		t.Fatalf("of what was refused %d were kept, %v", len(list), err)
	}
	do := func(text string) nightly.Rehearsal {
		t.Helper()
		id, err := room.AskRehearsal(ctx, nightly.Rehearsal{By: "mia", At: now(), Policy: text})
		if err != nil {
			t.Fatal(err)
		}
		job, err := queue.New(store.RehearsalJob, "test", store.RehearsalOf{ID: id}, now())
		for range 2 { // the second time it is done
			if err == nil {
				err = a.rehearseJob(ctx, job, job.Lease())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := room.Rehearsal(ctx, id)
		if err != nil || got.Waits() || got.Result == nil {
			t.Fatalf("%+v, %v", got, err)
		}
		return got
	}
	countGroups(t, a)
	const idle = "interventions:\n  roster: {agents: 0}\n  contact_policy: {cool_off_days: 9}\n"
	got := do(idle)
	file := b.write(t, "tried.yaml", "business: {timezone: "+a.cfg.Business.TimeZone+"}\n"+idle)
	said := decode[policyComparison](t, b.beside(t, a, "nightly", "run", "--only", "decide", "--dry-run", "--policy", file, "--json"))
	if d := cmp.Diff(said.Comparison.Public(), *got.Result); d != "" || got.Result.Then.Available != 0 {
		t.Errorf("the page and the command differ: %s", d)
	}
	now1, err := room.PolicyNow(ctx)
	if err != nil || len(now1.Versions) != 1 || now1.Versions[0].Hash != now1.Hash || len(now1.Effects) != len(now1.Config.Treatments) || now1.Effects[0].Measured {
		t.Errorf("the policy in use: %+v, %v", now1, err)
	}
	id, err := room.AskRehearsal(ctx, nightly.Rehearsal{By: "mia", At: now(), Policy: idle})
	job, e := queue.New(store.RehearsalJob, "test", store.RehearsalOf{ID: id}, now())
	if err != nil || e != nil {
		t.Fatal(err, e)
	}
	if err := a.rehearsalGaveUp(ctx, job, "killed"); err != nil {
		t.Fatal(err)
	}
	if got, err := room.Rehearsal(ctx, id); err != nil || !strings.Contains(got.Problem, "never came to an end") {
		t.Errorf("given up: %+v, %v", got, err)
	}
}

// countGroups holds what the newest night made of customers against its list.
func countGroups(t *testing.T, a *app) {
	t.Helper()
	ctx := t.Context()
	run, err := a.store.RunAt(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	groups := measurement.NewGroups([]string{"segment"}, run.AsOf)
	var listed, all int
	for p := range a.store.Partitions() {
		standings, err := a.store.Standings(ctx, run.ID, p)
		if err != nil {
			t.Fatal(err)
		}
		shard, err := a.store.LoadShard(ctx, p, run.Version)
		if err != nil {
			t.Fatal(err)
		}
		groups.Add(shard, standings)
		for _, s := range standings {
			all++
			if s.Listed {
				listed++
			}
			if s.Listed && !(s.WorthMinor > 0) || !s.Listed && s.WorthMinor != 0 {
				t.Errorf("%+v", s)
			}
		}
	}
	pub, err := a.store.Waterfall(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	in := pub.Tally.Customers - pub.Tally.ByResult[interventions.ResultOut]
	if n := pub.Tally.ByResult[interventions.ResultTreat]; all != in || listed != n || n == 0 {
		t.Errorf("%d customers and %d on the list; the list has %d and %d", all, listed, in, n)
	}
	sum := 0
	for _, g := range groups.Sum().Groups {
		sum += g.Listed
	}
	if sum != listed {
		t.Errorf("the groups have %d of %d on the list", sum, listed)
	}
}

// beside runs a command in the process of an open program.
func (b *business) beside(t *testing.T, a *app, args ...string) string {
	t.Helper()
	var out, said strings.Builder
	p := &program{
		Surroundings: Surroundings{Args: append([]string{"--config", b.path("holdfast.yaml"), "--quiet"}, args...), Stdout: &out, Stderr: &said, Stdin: strings.NewReader(""), Getenv: a.p.Getenv, Now: a.p.Now},
		host:         &host{own: a, dir: b.dir, said: nil},
	}
	if err := p.execute(t.Context()); err != nil {
		t.Fatalf("holdfast %s: %v %s", strings.Join(args, " "), err, said.String())
	}
	return out.String()
}
