package main

import (
	"encoding/csv"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
	"holdfast/interventions"
)

// A champion is exported, imported as another model, promoted and rolled back,
// and a night's decisions and the history come out as tables that add up.
func TestModelsAndExports(t *testing.T) {
	t.Parallel()
	b := newBusiness(t, 500, 9, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), "",
		"snapshots: 26", "snapshots: 12", "candidates: [logistic, boosted]", "candidates: [logistic]", "row_budget: 9000", "row_budget: 3000",
		"min_leavers: 30", "min_leavers: 10")
	c := &clock{real: func() time.Time { return b.start.AddDate(-1, 0, 0) }}
	c.Set(b.start.Add(time.Hour))
	b.learn(t, b.start, func(args ...string) { b.must(t, c.Now, args...) })
	b.must(t, c.Now, "nightly", "run")
	if out := b.must(t, c.Now, "model", "show", "m-n20260601"); !strings.Contains(out, "No night has looked at it while it was champion.") {
		t.Errorf("model show does not tell of drift: %s", out)
	}
	refuses(t, b.run(t, c.Now, "model", "rollback"), 2, "there is no champion before this one: see holdfast model list")
	b.must(t, c.Now, "model", "export", "m-n20260601", b.path("champion.model"))
	refuses(t, b.run(t, c.Now, "model", "export", "m-n20260601", b.path("champion.model")), 2,
		"write "+b.path("champion.model")+": open "+b.path("champion.model")+": file exists")
	refuses(t, b.run(t, c.Now, "model", "import", b.path("none.model")), 3, b.path("none.model")+" is not there; check the path of the file")
	said := b.must(t, c.Now, "model", "import", b.path("champion.model"))
	id, _, _ := strings.Cut(said, " ")
	b.must(t, c.Now, "model", "import", b.path("champion.model")) // once more changes nothing
	if out := b.must(t, c.Now, "model", "promote", id); !strings.HasPrefix(out, id+" is the champion") {
		t.Errorf("promote says %s", out)
	}
	b.must(t, c.Now, "model", "rollback")
	if out := b.must(t, c.Now, "model", "list"); !strings.Contains(out, "* m-n20260601") || strings.Count(out, "\n") != 2 {
		t.Errorf("after the rollback: %s", out)
	}
	b.releases(t, c, id)
	b.releasesOnThePage(t, c, id)
	b.replace(t, "windows: [14, 30, 90, 365]", "windows: [14, 30, 90]")
	refuses(t, b.run(t, c.Now, "model", "promote", id), 1, "model "+id+" cannot score tonight: it reads other features than this configuration makes")
	refuses(t, b.run(t, c.Now, "model", "import", b.path("champion.model")), 3,
		b.path("champion.model")+" reads other features than this configuration makes: it cannot score here")
	b.replace(t, "windows: [14, 30, 90]", "windows: [14, 30, 90, 365]")
	b.exports(t, c)
}

// releases makes a model live on the word of two people, and of no fewer.
func (b *business) releases(t *testing.T, c *clock, id string) {
	t.Helper()
	by := func(password string, args ...string) result {
		return holdfast(t, c.Now, b.env, password+"\n", append([]string{"--config", b.path("holdfast.yaml")}, args...)...)
	}
	for name, role := range map[string]string{"ann": "manager", "ben": "analyst", "cat": "agent"} {
		if r := by("correct horse "+name, "user", "add", name, "--role", role); r.code != 0 {
			t.Fatal(r)
		}
	}
	b.replace(t, "min_leavers: 10", "min_leavers: 10\n  two_person_release: true")
	refuses(t, b.run(t, c.Now, "model", "promote", id), 2, "training.two_person_release is on: say who you are with --by NAME; another person has to do the same")
	refuses(t, by("correct horse cat", "model", "promote", id, "--by", "cat"), 2, "cat is an agent and may not release models")
	refuses(t, by("guess", "model", "promote", id, "--by", "ann"), 2, "name or password is not right: check both and try again")
	if r := by("correct horse ann", "model", "promote", id, "--by", "ann"); r.code != 0 || !strings.Contains(r.stdout, "it goes live when another person does") {
		t.Errorf("the first: %+v", r)
	}
	refuses(t, by("correct horse ann", "model", "promote", id, "--by", "ann"), 1, "consent to model "+id+": ann has consented to "+id+" already: another person has to")
	if out := b.must(t, c.Now, "model", "list"); !strings.Contains(out, "* m-n20260601") {
		t.Errorf("after one consent: %s", out)
	}
	if r := by("correct horse ben", "model", "promote", id, "--by", "ben"); r.code != 0 || !strings.HasPrefix(r.stdout, id+" is the champion") {
		t.Errorf("the second: %+v", r)
	}
	if out := b.must(t, c.Now, "model", "list"); !strings.Contains(out, "* "+id) || !strings.Contains(out, "released by ann and ben") {
		t.Errorf("after two: %s", out)
	}
	b.must(t, c.Now, "model", "rollback")
	b.replace(t, "\n  two_person_release: true", "")
}

// releasesOnThePage makes a model live by two people at the page.
func (b *business) releasesOnThePage(t *testing.T, c *clock, id string) {
	t.Helper()
	b.replace(t, "min_leavers: 10", "min_leavers: 10\n  two_person_release: true")
	p := &program{Surroundings: Surroundings{Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }, Now: c.Now}, configPath: b.path("holdfast.yaml"), quiet: true}
	if err := p.withApp(t.Context(), writes, func(a *app) error {
		m := models{a}
		for i, by := range []string{"ann", "ben"} {
			live, err := m.ReleaseModel(t.Context(), id, by, "better on May", c.Now())
			if err != nil || live != (i == 1) {
				t.Errorf("%s: live %v, %v", by, live, err)
			}
			if agreed, two, err := m.Consents(t.Context(), id); err != nil || !two || len(agreed) != 1-i {
				t.Errorf("after %s: %v agreed, %v", by, agreed, err)
			}
		}
		if _, err := m.ReleaseModel(t.Context(), id, "cat", "better on May", c.Now()); fault.Of(err) != fault.Conflict {
			t.Errorf("the champion again: %v", err)
		}
		list, err := m.Models(t.Context(), 1)
		if err != nil || len(list) != 1 || list[0].ID != id || list[0].Reason != "better on May (ann, ben)" {
			t.Errorf("the champion is %+v, %v", list, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b.must(t, c.Now, "model", "rollback")
	b.replace(t, "\n  two_person_release: true", "")
}

func (b *business) exports(t *testing.T, c *clock) {
	t.Helper()
	db := b.database(t)
	rows, err := csv.NewReader(strings.NewReader(b.must(t, c.Now, "export", "decisions"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	pub := decode[interventions.Publication](t, b.must(t, c.Now, "list", "show", "--json"))
	result, customer := slices.Index(rows[0], "result"), slices.Index(rows[0], "customer")
	treated, seen := 0, map[string]bool{}
	for _, r := range rows[1:] {
		seen[r[customer]] = true
		switch r[result] {
		case string(interventions.ResultTreat):
			treated++
		case string(interventions.ResultGhost), string(interventions.ResultHoldout):
			t.Errorf("%v tells an arm", r)
		}
	}
	if len(seen) != pub.Tally.Customers || len(rows)-1 != len(seen) || treated != pub.Tally.ByResult[interventions.ResultTreat] || seen[""] {
		t.Errorf("%d lines, %d customers, %d treated; the list has %d and %d", len(rows)-1, len(seen), treated, pub.Tally.Customers, pub.Tally.ByResult[interventions.ResultTreat])
	}
	refuses(t, b.run(t, c.Now, "export", "decisions", "--format", "xml"), 2, `there is no format "xml"; the formats are csv and parquet`)
	for of, query := range map[string]string{
		"events": "SELECT SUM(added + corrected + retracted) FROM imports WHERE feed = 'events'", "facts": "SELECT COUNT(*) FROM facts", "customers": "SELECT COUNT(*) FROM customers",
	} {
		want := count(t, db, "%s", query)
		text := b.must(t, c.Now, "export", "history", "--of", of)
		if n := strings.Count(text, "\n") - 1; n != want || want == 0 {
			t.Errorf("%d %s in CSV, want %d", n, of, want)
		}
		file := b.path(of + ".parquet")
		b.must(t, c.Now, "export", "history", "--of", of, "--out", file)
		table, err := os.Stat(file)
		if err != nil || table.Size() == 0 {
			t.Fatal(err)
		}
		r, err := tabular.Open(file, tabular.Options{Columns: []string{"customer"}})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := tabular.Each(t.Context(), r, 1, func(blk *tabular.Block) (int, error) { return blk.Rows, nil },
			func(rows int) error { n += rows; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil || n != want {
			t.Errorf("%d %s in Parquet (%v), want %d", n, of, err, want)
		}
	}
}
