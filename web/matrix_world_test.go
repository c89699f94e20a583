package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/interventions"
	"holdfast/web"
)

// everyRoute is a world made for the authorisation matrix: for each role
// somebody who sees all customers, somebody who sees those of trade only, and
// somebody whose account is disabled; two customers, 5 of trade and 6 of private
// households; and one more agent, who holds what another's task is to be.
type everyRoute struct {
	t       *testing.T
	w       *world
	handler http.Handler
	kept    *sessions
	fresh   map[string][]byte // the sessions as they are before each cell

	cookies map[string]*http.Cookie // by user and whether the session is over
	secrets map[string]string       // by user and what the token is

	cells, refused int
}

// The kinds of people beside those who see all, by what their name ends with.
const (
	ofTrade = "-trade" // sees customers of one segment
	gone    = "-gone"  // was disabled since
	other   = "holder" // another agent, trained for data
)

// rolesTried are the roles of access.Roles, written once more by hand.
var rolesTried = []access.Role{"agent", "lead", "manager", "senior", "operator", "analyst", "admin", "auditor"}

// scopesTried are the scopes of tokens, likewise.
var scopesTried = []access.Scope{"tasks", "read", "export", "facts", "operate", "audit", "ask"}

func newEveryRoute(t *testing.T) *everyRoute {
	t.Helper()
	m := &everyRoute{t: t, w: newWorld(t, held), kept: newSessions(), cookies: map[string]*http.Cookie{}, secrets: map[string]string{}}
	for _, role := range rolesTried {
		for _, kind := range []string{"", ofTrade, gone} {
			u := access.User{Name: string(role) + kind, Role: role, CeilingMinor: 5000, Signs: []string{"the managing director"}, PasswordHash: passwordHash(), Created: tuesday}
			if kind == ofTrade {
				u.Segments = []string{"trade"}
			}
			m.w.users[u.Name] = u
		}
	}
	m.w.users[other] = access.User{Name: other, Role: access.Agent, Skills: []string{"data"}, PasswordHash: passwordHash(), Created: tuesday}
	d := m.w.deps(time.UTC)
	d.Sessions, d.Mail, d.Config.APIPerMinute = m.kept, post{}, 100_000
	h, err := web.New(d)
	if err != nil {
		t.Fatal(err)
	}
	m.handler = h
	m.signEverybodyIn()
	m.makeTokens()
	for _, role := range rolesTried {
		u := m.w.users[string(role)+gone]
		u.Disabled = true
		m.w.users[u.Name] = u
	}
	m.fresh = maps.Clone(m.kept.data)
	return m
}

// signEverybodyIn keeps a cookie of everybody, and for each role one of a
// session in which nothing was asked for too long.
func (m *everyRoute) signEverybodyIn() {
	in := func(name string) *http.Cookie {
		m.w.tries = map[string]access.Tally{} // the clock goes to and fro
		form := url.Values{"name": {name}, "password": {password}}
		got := m.ask("POST", "/sign-in", form.Encode(), nil)
		c, err := http.ParseSetCookie(got.Header().Get("Set-Cookie"))
		if err != nil || got.Code != http.StatusSeeOther {
			m.t.Fatalf("%s could not sign in: %d, %v\n%s", name, got.Code, err, got.Body)
		}
		return c
	}
	idle := time.Duration(web.DefaultConfig().IdleMinutes)*time.Minute + time.Second
	for _, role := range rolesTried {
		for _, kind := range []string{"", ofTrade, gone} {
			m.cookies[string(role)+kind] = in(string(role) + kind)
		}
		m.w.clock.Set(tuesday.Add(-idle))
		m.cookies[string(role)+" over"] = in(string(role))
		m.w.clock.Set(tuesday)
	}
}

// makeTokens makes for each role a token of all scopes, one of each alone, one
// that is over, one that was revoked and one of an owner who was disabled.
func (m *everyRoute) makeTokens() {
	makeOne := func(what, owner string, list []access.Scope, change func(*access.Token)) {
		secret, hash := access.NewSecret()
		tok := access.Token{Name: "till", Owner: owner, Scopes: list, Hash: hash, Created: tuesday.Add(-2 * time.Hour), Expires: tuesday.Add(time.Hour)}
		if change != nil {
			change(&tok)
		}
		if _, err := m.w.AddToken(m.t.Context(), tok); err != nil {
			m.t.Fatal(err)
		}
		m.secrets[what] = secret
	}
	for _, role := range rolesTried {
		name := string(role)
		for _, kind := range []string{"", ofTrade, gone} {
			makeOne(name+kind, name+kind, scopesTried, nil)
		}
		for _, s := range scopesTried {
			makeOne(name+" "+string(s), name, []access.Scope{s}, nil)
		}
		makeOne(name+" over", name, scopesTried, func(k *access.Token) { k.Expires = tuesday })
		makeOne(name+" revoked", name, scopesTried, func(k *access.Token) { k.Revoked = tuesday.Add(-time.Minute) })
	}
	m.secrets["a guess"] = "holdfast_guess"
}

// ask sends one request, past the network.
func (m *everyRoute) ask(method, path, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	rec := httptest.NewRecorder()
	m.handler.ServeHTTP(rec, r)
	return rec
}

// put brings the world into the state in which a route can be asked: the same
// before every cell.
func (m *everyRoute) put(c cell) {
	w := m.w
	m.kept.data = maps.Clone(m.fresh)
	w.tasks, w.attempts, w.promises = map[interventions.TaskID]interventions.Task{}, map[interventions.TaskID][]interventions.Attempt{}, map[interventions.PromiseID]interventions.Promise{}
	w.tries, w.requests, w.sent, w.resumed, w.retried, w.audit, w.stamps = map[string]access.Tally{}, nil, nil, nil, nil, nil, nil
	w.issues, w.contacts = newWork().issues, newWork().contacts
	w.setState(2, interventions.PublicationReleased)
	w.setState(1, interventions.PublicationHeld)
	if w.hold = nil; strings.HasSuffix(c.pattern, "/hold/end") {
		handHeld(w)
	}
	w.doing = map[string]access.Presence{}
	w.board.Absent = []string{"zoe"}
	w.rosters = aRoster()
	w.paused = []interventions.Pause{{Treatment: "service_recovery", By: "mia", At: tuesday, Reason: "out of stock"}}
	w.box = map[int64]interventions.Recommendation{7: {ID: 7, By: other, At: tuesday, Words: "Say the name of the tariff first."}}
	w.views = []access.SavedView{{ID: 1, Owner: c.owner, Name: "mine", Query: "band=high"}}
	anew := newNumbers()
	w.rehearsals, w.jobs = anew.rehearsals, anew.jobs
	w.excluded, w.asked = nil, map[int64]interventions.Approval{}
	for _, n := range []int{5, 6} {
		w.excluded = append(w.excluded, interventions.Exclusion{ID: int64(n), Customer: customer(n).ID, By: "mia", At: tuesday.Add(-time.Hour), Until: tuesday.AddDate(0, 1, 0)})
		m.putTask(n, c)
		w.asked[int64(700+n)] = interventions.Approval{ID: int64(700 + n), Task: interventions.TaskID(1000 + n), Offer: "a year free", CostMinor: 4000, By: other, At: tuesday, Why: "would stay"}
	}
}

// putTask makes the task of a customer as the cell wants it.
func (m *everyRoute) putTask(n int, c cell) {
	add := m.w.addTask
	if c.entry.task == thankYous {
		add = m.w.addThanks
	}
	add(n, func(t *interventions.Task) {
		t.OfferMinor, t.Skills = 0, c.skills
		switch {
		case c.entry.task == inHand || c.another && c.entry.task != wrappedUp:
			t.State, t.Owner, t.Fence, t.LeaseUntil = interventions.TaskLeased, c.owner, 1, tuesday.Add(interventions.LeaseFor)
		case c.entry.task == wrappedUp:
			before := *t
			before.State, before.Owner, before.Fence = interventions.TaskInProgress, c.owner, 1
			t.State, t.DoneAt, t.Attempts, t.Fence = interventions.TaskDone, tuesday.Add(-time.Minute), 1, 1
			m.w.attempts[t.ID] = []interventions.Attempt{{
				Task: t.ID, N: 1, At: t.DoneAt, By: c.owner, Before: before, WrapUp: interventions.WrapUp{Disposition: interventions.NoRiskFound},
			}}
		}
	})
}

// state is all that somebody could have changed, in words.
func (m *everyRoute) state() string {
	w := m.w
	return fmt.Sprint(w.tasks, w.attempts, w.promises, w.requests, w.excluded, w.paused, w.board.Absent, w.rosters, w.views, w.box, w.sent, w.resumed, w.retried, w.jobs, w.doing, w.publications, w.hold != nil, w.contacts, w.asked, len(w.rehearsals))
}
