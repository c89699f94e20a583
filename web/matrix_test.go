package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/interventions"
	"holdfast/web"
)

// cell is one question of the matrix with the answer that is expected.
type cell struct {
	entry   entry
	pattern string
	who     string // whose cookie or token
	owner   string // of the task and of the view
	n       int    // the customer
	another bool   // the task is in another's hands
	skills  []string
	want    int
	hidden  bool // nothing of the customer may be in the answer
}

// try asks a cell, and holds that who is refused changes nothing.
func (m *everyRoute) try(c cell) {
	m.t.Helper()
	m.cells++
	m.put(c)
	before := ""
	if c.want >= http.StatusBadRequest {
		before = m.state()
	}
	method, path, body := c.entry.request(c.pattern, c.n)
	got := m.ask(method, path, body, func(r *http.Request) {
		if !strings.Contains(path, "/api/") {
			if k := m.cookies[c.who]; k != nil {
				r.AddCookie(k)
			}
			return
		}
		if s := m.secrets[c.who]; s != "" {
			r.Header.Set("Authorization", "Bearer "+s)
		}
		r.Header.Set("Content-Type", "application/json")
		if c.entry.kind != "" {
			r.Header.Set("Content-Type", c.entry.kind)
		}
		r.Header.Set("If-Match", m.tag(c.n))
	})
	if got.Code != c.want {
		m.t.Errorf("%s as %q, customer %d, task with %q, skills %v: %d, want %d\n%.300s", c.pattern, c.who, c.n, c.owner, c.skills, got.Code, c.want, got.Body)
	}
	if c.want >= http.StatusBadRequest {
		m.refused++
		if after := m.state(); after != before {
			m.t.Errorf("%s as %q was refused with %d and changed something: %s", c.pattern, c.who, got.Code, cmp.Diff(before, after))
		}
	}
	if key := customer(c.n).Key; c.hidden && strings.Contains(got.Body.String(), key) {
		m.t.Errorf("%s as %q tells of customer %s", c.pattern, c.who, key)
	}
}

// tag is the ETag of a customer's task, so that no refusal is for want of it.
func (m *everyRoute) tag(n int) string {
	return fmt.Sprintf("%q", fmt.Sprint(m.w.tasks[interventions.TaskID(1000+n)].Fence))
}

// cellsAtLeast is how many cells there were when docs/security.md was written.
const cellsAtLeast = 7000

// TestEveryRouteAnswersEverybodyAsDeclared is the authorisation matrix: every
// route of the pages and of the API, as every role, as nobody, with a session or
// token that is over, revoked, of another scope or of somebody disabled, and
// where it names something of somebody's, as one who has it, one who has not and
// one whose segments do not reach it. The answers are those of pagesMatrix and
// apiMatrix, which were written by hand and name every route or fail.
func TestEveryRouteAnswersEverybodyAsDeclared(t *testing.T) {
	t.Parallel()
	if d := cmp.Diff(rolesTried, access.Roles) + cmp.Diff(scopesTried, access.Scopes); d != "" {
		t.Fatalf("a role or a scope is not tried: %s", d)
	}
	m := newEveryRoute(t)
	pages := web.Routes()
	calls, err := web.APIRoutes(m.w.deps(time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for pattern, e := range declared(t, pages, pagesMatrix) {
		m.tryPeople(pattern, e)
		m.tryPage(pattern, e)
		m.tryRows(pattern, e)
	}
	m.namesNothingElse()
	for pattern, e := range declared(t, calls, apiMatrix) {
		m.tryPeople(pattern, e)
		m.tryTokens(pattern, e)
		m.tryRows(pattern, e)
	}
	m.tryOutside()
	t.Logf("%d routes, %d cells, of which %d are refusals that change nothing", len(pages)+len(calls), m.cells, m.refused)
	if m.cells < cellsAtLeast {
		t.Errorf("only %d cells were tried, of %d at least", m.cells, cellsAtLeast)
	}
}

// declared joins the routes with what was written of them, each with each.
func declared(t *testing.T, routes []web.RouteInfo, table map[string]entry) map[string]entry {
	t.Helper()
	all := map[string]entry{}
	for _, r := range routes {
		e, ok := table[r.Pattern]
		if !ok {
			t.Errorf("%s: who may do it? Write it into the matrix.", r.Pattern)
			continue
		}
		if names := strings.ContainsAny(r.Pattern+e.at+e.body, "{") || !strings.HasPrefix(r.Pattern, "GET "); names && e.whose == "" {
			t.Errorf("%s: whose is what it names or changes? Say it in the matrix: nobody's alone, a customer's, a task's holder's.", r.Pattern)
		}
		if before, _, ok := strings.Cut(r.Pattern, "/{"); ok {
			kind := before[strings.LastIndex(before, "/")+1:]
			if want, known := named[kind]; !known || want != e.whose {
				t.Errorf("%s names one of %q, which is %q and not %q: whose it is, and how to try another's, belongs into the matrix", r.Pattern, kind, want, e.whose)
			}
		}
		all[r.Pattern] = e
	}
	for pattern := range table {
		if _, ok := all[pattern]; !ok {
			t.Errorf("the matrix names %s, which is no route", pattern)
		}
	}
	return all
}

// namesNothingElse holds that each operation which is sent a customer or a
// segment, by its own description, says whose they are.
func (m *everyRoute) namesNothingElse() {
	doc, err := web.APIDocument(m.w.deps(time.UTC))
	if err != nil {
		m.t.Fatal(err)
	}
	for pattern, e := range apiMatrix {
		method, path, _ := strings.Cut(pattern, " /api/v1")
		item := doc.Paths[path]
		if item == nil {
			continue // declared has said so
		}
		op := map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		}[method]
		var names []string
		for _, p := range op.Parameters {
			names = append(names, p.Name)
		}
		if op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil {
			s := op.RequestBody.Content["application/json"].Schema
			if s.Ref != "" {
				s = doc.Components.Schemas.SchemaFromRef(s.Ref)
			}
			names = slices.AppendSeq(names, maps.Keys(s.Properties))
		}
		for _, name := range names {
			if slices.Contains([]string{"customer", "customers", "segment", "task", "household"}, name) && (e.whose == nobodys || e.whose == "") {
				m.t.Errorf("%s is sent a %s: whose is it? Say it in the matrix.", pattern, name)
			}
		}
	}
}

// tryPeople asks as every role, in its own row.
func (m *everyRoute) tryPeople(pattern string, e entry) {
	for _, role := range rolesTried {
		m.try(cell{entry: e, pattern: pattern, who: string(role), owner: string(role), n: 5, want: e.answer(role, e.ok)})
	}
}

// tryPage asks as nobody and with sessions that are over.
func (m *everyRoute) tryPage(pattern string, e entry) {
	m.try(cell{entry: e, pattern: pattern, owner: "agent", n: 5, want: e.stranger(), hidden: e.nobody == 0})
	for _, role := range rolesTried {
		for _, kind := range []string{" over", gone} {
			m.try(cell{entry: e, pattern: pattern, who: string(role) + kind, owner: string(role), n: 5, want: e.stranger(), hidden: e.nobody == 0})
		}
	}
}

// tryTokens asks with every scope by itself and with tokens that are not good.
func (m *everyRoute) tryTokens(pattern string, e entry) {
	for _, who := range []string{"", "a guess"} {
		m.try(cell{entry: e, pattern: pattern, who: who, owner: "agent", n: 5, want: http.StatusUnauthorized, hidden: true})
	}
	for _, role := range rolesTried {
		for _, kind := range []string{" over", " revoked", gone} {
			m.try(cell{entry: e, pattern: pattern, who: string(role) + kind, owner: string(role), n: 5, want: http.StatusUnauthorized, hidden: true})
		}
		for _, s := range scopesTried {
			want := http.StatusForbidden
			if e.good(s) {
				want = e.answer(role, e.ok)
			}
			m.try(cell{entry: e, pattern: pattern, who: string(role) + " " + string(s), owner: string(role), n: 5, want: want, hidden: want == http.StatusForbidden})
		}
	}
}

// tryRows asks for what is somebody's as others.
func (m *everyRoute) tryRows(pattern string, e entry) {
	for _, role := range rolesTried {
		name := string(role)
		row := cell{entry: e, pattern: pattern, who: name, owner: name, n: 5}
		trade := row
		trade.who, trade.owner = name+ofTrade, name+ofTrade
		switch e.whose {
		case nobodys, "":
		case wholeBusiness:
			trade.want = e.answer(role, e.others)
			m.try(trade)
		case customers, segments:
			trade.want = e.answer(role, e.ok)
			m.try(trade)
			trade.n, trade.want, trade.hidden = 6, e.answer(role, e.others), !e.rings
			m.try(trade)
		case persons:
			row.owner, row.want = other, e.answer(role, http.StatusNotFound)
			m.try(row)
		case holders:
			m.tryHolders(row, trade, role)
		default:
			m.t.Errorf("%s: there is nothing to try %q with", pattern, e.whose)
		}
	}
}

// tryHolders asks for tasks: of a customer of another segment, given by the desk
// or not, and in another's hands, with the skills they need or without.
func (m *everyRoute) tryHolders(row, trade cell, role access.Role) {
	e := row.entry
	trade.want = e.answer(role, e.ok)
	m.try(trade)
	if e.task == inHand || e.task == wrappedUp { // who got it from the desk goes on with it
		trade.n = 6
		m.try(trade)
	}
	trade.n, trade.want, trade.hidden = 6, e.answer(role, http.StatusNotFound), true
	if e.task == waiting || e.task == thankYous { // for whoever comes
		m.try(trade)
	}
	row.another, row.owner, trade.another, trade.owner = true, other, true, other
	m.try(trade)
	row.want = e.answer(role, e.others)
	if seesOthers(role) && e.leads != 0 {
		row.want = e.answer(role, e.leads)
	}
	m.try(row)
	row.skills = []string{"data"} // which only the other has
	switch {
	case !seesOthers(role):
		row.want, row.hidden = http.StatusForbidden, true
	case e.task == waiting && e.others != e.ok, e.task == thankYous, e.task == wrappedUp:
		row.want = e.answer(role, http.StatusForbidden) // read, and not worked on
	}
	m.try(row)
}

// tryOutside asks what stands beside the tables: pages that nobody registered,
// and what is open to all.
func (m *everyRoute) tryOutside() {
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/static/none": 404, "/api/v1/openapi.json": 200, "/nothing/here": 401, "/api/v1/nothing": 401, "/api/v1/arms": 401,
	} {
		m.cells++
		if got := m.ask("GET", path, "", nil); got.Code != want {
			m.t.Errorf("GET %s as nobody: %d, want %d", path, got.Code, want)
		}
	}
}
