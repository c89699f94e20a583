package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/holdfasttest"
	"holdfast/internal/locale"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/scoring"
	"holdfast/web"
)

// pounds is how the tests' business writes.
var pounds, _ = locale.New(locale.Default, "GBP")

// tuesday is a working day at ten in London.
var tuesday = time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)

const (
	password     = "correct horse battery"
	businessName = "Larkspur Energy"
)

// passwordHash is made at a fraction of the real cost, which access tests.
var passwordHash = sync.OnceValue(func() string {
	h, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16})
	if err != nil {
		panic(err)
	}
	return h
})

// world is everything the pages need, in memory, with the real desk and the
// real door over it.
type world struct {
	writer locale.Writer
	*people
	*work
	*numbers
	*drawer
	clock  *holdfasttest.Clock
	log    *slog.Logger // nil says nothing
	policy *interventions.Policy
	config web.Config
	server *httptest.Server
	feeds  []web.Feed
}

// policyConfig is what the tests' business does for its customers.
func policyConfig() interventions.Config {
	cfg := interventions.DefaultConfig()
	cfg.Treatments[0].Offer = &interventions.Offer{Name: "a month free", CostMinor: 1500, AcceptRate: .1}
	cfg.Treatments[1].Offer = &interventions.Offer{Name: "three months free", CostMinor: 4000, AcceptRate: .1}
	cfg.Treatments[0].Texts = map[string]interventions.Texts{"de": {Script: "Ich rufe an, {{.Name}}, weil wir wissen möchten, wie es Ihnen mit uns geht."}}
	cfg.Directors = []string{"adm"}
	return cfg
}

func newPolicy(zone *time.Location) (*interventions.Policy, error) {
	return interventions.NewPolicy(policyConfig(), zone, []byte("0123456789abcdef0123456789abcdef"))
}

// newWorld makes a world and serves it.
func newWorld(t testing.TB, change ...func(*world)) *world {
	t.Helper()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := newPolicy(london)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		people: newPeople(), work: newWork(), numbers: newNumbers(), policy: policy,
		clock: holdfasttest.NewClock(tuesday), config: web.DefaultConfig(), writer: pounds, feeds: configuredFeeds,
	}
	w.drawer = newDrawer(w.people)
	for _, f := range change {
		f(w)
	}
	h, err := web.New(w.deps(london))
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(h)
	t.Cleanup(w.end)
	return w
}

// end stops the world and lets go of its pages: something of net/http or of the
// tests keeps servers until all tests are over, and a hundred worlds are gigabytes.
func (w *world) end() {
	w.server.Close()
	w.server.Config.Handler = nil
}

func (w *world) deps(zone *time.Location) web.Deps {
	log := w.log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return web.Deps{
		Config:   w.config,
		Business: web.Business{Name: businessName, Writer: w.writer, Zone: zone, HorizonDays: 90, Skills: []string{"data", "service", "billing"}, Feeds: w.feeds},
		Now:      w.clock.Now, Log: log,
		Door: access.NewDoor(w.people), Sessions: newSessions(), Desk: interventions.NewDesk(w.policy, w.work), Tasks: w.work,
		Policy: w.policy, Requests: w.numbers, Boards: w.numbers, Steering: w.numbers, Staff: w.people, Rosters: w.numbers, Promises: w.numbers,
		Customers: w.work, Risk: w.numbers, Owners: w.numbers, Views: w.numbers, Attritions: w.numbers, Publications: w.numbers, Lists: w.numbers, Policies: w.numbers, Groups: w.numbers, Handled: w.numbers, Effects: w.numbers, Models: w.numbers, Nights: w.numbers, Late: w.lateNow,
		Jobs: w.numbers, Imports: w.numbers, Sealed: w.numbers, Audits: w.people,
		Tokens: w.drawer, Answers: w.drawer, Feeds: w.drawer,
	}
}

// browser is one person's, keeping cookies.
type browser struct {
	t    testing.TB
	w    *world
	http *http.Client
}

func (w *world) browser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, w, &http.Client{Jar: jar}}
}

// as signs in.
func (w *world) as(t testing.TB, name string) *browser {
	t.Helper()
	b := w.browser(t)
	got := b.post("/sign-in", url.Values{"name": {name}, "password": {password}})
	if got.status != http.StatusOK || strings.Contains(got.body, `id="password"`) {
		t.Fatalf("sign in as %s: %d\n%s", name, got.status, got.body)
	}
	return b
}

// answer is a page after all redirects.
type answer struct {
	status int
	path   string
	body   string
	header http.Header
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.do(http.NewRequest(http.MethodGet, b.w.server.URL+path, nil))
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.w.server.URL+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(r, err)
}

func (b *browser) do(r *http.Request, err error) answer {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	got, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(got.Body)
	if e := got.Body.Close(); err == nil {
		err = e
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{got.StatusCode, got.Request.URL.Path, string(body), got.Header}
}

// people are users, tries and the audit.
type people struct {
	gone  error // the audit cannot be read
	mu    sync.Mutex
	users map[string]access.User
	tries map[string]access.Tally
	audit []access.Entry

	addresses []string // of the entries
}

func newPeople() *people {
	p := &people{users: map[string]access.User{}, tries: map[string]access.Tally{}}
	for _, u := range []access.User{
		{Name: "ann", FullName: "Ann Archer", Role: access.Agent, CeilingMinor: 2000, Skills: []string{"data"}},
		{Name: "ben", FullName: "Ben Okafor", Role: access.Agent},
		{Name: "mia", FullName: "Mia Lindqvist", Role: access.Manager, CeilingMinor: 5000, Signs: []string{"the managing director"}},
		{Name: "lee", FullName: "Lee Novak", Role: access.Lead, CeilingMinor: 2000},
		{Name: "sen", Role: access.Senior, Signs: []string{"the managing director"}},
		{Name: "lyn", Role: access.Analyst},
		{Name: "tia", Role: access.Manager, Segments: []string{"trade"}},
		{Name: "oli", Role: access.Operator},
		{Name: "adm", Role: access.Admin},
		{Name: "aud", Role: access.Auditor},
	} {
		u.PasswordHash, u.Created = passwordHash(), tuesday
		p.users[u.Name] = u
	}
	return p
}

func (p *people) User(_ context.Context, name string) (access.User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, ok := p.users[name]
	if !ok {
		return u, fault.New(fault.NotFound, "there is no user %q", name)
	}
	return u, nil
}

func (p *people) Users(context.Context) (list []access.User, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(p.users)) {
		list = append(list, p.users[name])
	}
	return list, nil
}

func (p *people) CountTry(_ context.Context, keys []string, now, forget time.Time, judge func([]access.Tally) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := make([]access.Tally, len(keys))
	for i, k := range keys {
		before[i] = access.Tally{Key: k}
		if t, ok := p.tries[k]; ok && !t.Last.Before(forget) {
			before[i] = t
		}
	}
	if err := judge(before); err != nil {
		return err
	}
	for _, b := range before {
		p.tries[b.Key] = access.Tally{Key: b.Key, Failures: b.Failures + 1, Last: now}
	}
	return nil
}

func (p *people) ForgetTries(_ context.Context, one, all []string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range one {
		t := p.tries[k]
		t.Failures--
		p.tries[k] = t
	}
	for _, k := range all {
		delete(p.tries, k)
	}
	return nil
}

func (p *people) AddUser(_ context.Context, u access.User) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[u.Name] = u
	return u.Validate()
}

func (p *people) UpdateUser(ctx context.Context, u access.User) error { return p.AddUser(ctx, u) }

func (p *people) NoteSignIn(context.Context, string, time.Time) error { return nil }

func (p *people) Audit(_ context.Context, e access.Entry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addresses = append(p.addresses, e.Address)
	e.ID, e.Address = int64(len(p.audit)+1), "127.0.0.1"
	p.audit = append(p.audit, e)
	return nil
}

func (p *people) AuditEntries(_ context.Context, q access.Search) ([]access.Entry, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []access.Entry
	if p.gone != nil {
		return nil, p.gone
	}
	for _, e := range slices.Backward(p.audit) {
		if len(out) < q.Limit && (q.Who == "" || e.Who == q.Who) && (q.Before == 0 || e.ID < q.Before) && (!q.Operation || e.OfOperation()) && strings.Contains(e.Detail, q.Text) {
			out = append(out, e)
		}
	}
	return out, nil
}

// sessions is a map of sessions.
type sessions struct {
	mu   sync.Mutex
	data map[string][]byte
}

func newSessions() *sessions { return &sessions{data: map[string][]byte{}} }

func (s *sessions) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.data[token]
	return b, ok, nil
}

func (s *sessions) CommitCtx(_ context.Context, token string, b []byte, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data[token] = b
	return nil
}

func (s *sessions) DeleteCtx(_ context.Context, token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.data, token)
	return nil
}

func (s *sessions) Find(t string) ([]byte, bool, error) { return s.FindCtx(context.Background(), t) }
func (s *sessions) Delete(t string) error               { return s.DeleteCtx(context.Background(), t) }
func (s *sessions) Commit(t string, b []byte, e time.Time) error {
	return s.CommitCtx(context.Background(), t, b, e)
}

// customer is one of the little file of the tests.
func customer(n int) history.Customer {
	names := []string{
		"Ann Smith", "José Ramón Álvarez de la Cruz y Fernández-Montgomery von und zu Hohenstaufen-Lichtenberg", "ليلى الحسن",
		`<script>alert("x")</script>`, "=HYPERLINK(\"http://bad.example\")", "דוד כהן", "Søren O’Connor", "'; DROP TABLE users; --",
		"Wei Zhang", "Priya Natarajan",
	}
	c := history.Customer{ID: history.CustomerID(n), Source: "crm", Key: fmt.Sprintf("C%04d", n), Name: names[(n-1)%len(names)]}
	if n > len(names) {
		c.Name = fmt.Sprintf("%s %d", c.Name, n)
	}
	return c
}

func scoreOf(n int) *scoring.Score {
	return &scoring.Score{
		Customer: history.CustomerID(n), AsOf: tuesday.Truncate(24 * time.Hour), Risk: .62 - .04*float64(n%12), Band: scoring.BandHigh,
		Episode: int64(n), EpisodeStart: tuesday.AddDate(0, 0, -3), ValueMinor: int64(90_000 - 5_500*(n%12)), TenureDays: 2580 - 100*(n%12),
		Reasons: []scoring.Reason{
			{Concept: "rhythm", Text: "No purchase for 74 days; usually every 21", Weight: .9, Evidence: "last purchase on 26 December"},
			{Concept: "payments", Text: "Two failed payments in 90 days", Weight: .4, Evidence: "12 January and 11 February"},
			{Concept: "service", Text: "Three complaints this year; none before", Weight: .3},
		},
	}
}

func nightRun(id string, day int, state nightly.State) nightly.Run {
	asOf := tuesday.Truncate(24*time.Hour).AddDate(0, 0, -day)
	r := nightly.Run{
		ID: id, AsOf: asOf, State: state, Started: asOf.Add(2 * time.Hour), Model: "7f3a9c11d0e2", Config: "c0ffee12", Binary: "holdfast 0.1",
	}
	if state == nightly.Completed {
		r.Worked = 11*time.Minute + 40*time.Second
		r.Finished = r.Started.Add(r.Worked)
	}
	return r
}

func contactsOf() []history.ContactAt {
	return []history.ContactAt{
		{Contact: history.Contact{Channel: "email", Purpose: "service", Direction: "in", Note: "Asks why the last bill is higher."}, Ref: 1, At: tuesday.AddDate(0, -2, 0)},
		{Contact: history.Contact{Channel: "phone", Purpose: "retention", Direction: "out", By: "ben", Disposition: "no_answer"}, Ref: 2, At: tuesday.AddDate(0, 0, -20)},
	}
}

// signedIn serves those dependencies and returns the cookie of a sign-in.
func signedIn(t *testing.T, d web.Deps) *http.Cookie {
	t.Helper()
	h, err := web.New(d)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"name": {"ann"}, "password": {password}}
	r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	got := rec.Result()
	defer func() {
		if err := got.Body.Close(); err != nil {
			t.Error(err)
		}
	}()
	if len(got.Cookies()) != 1 {
		t.Fatalf("sign in gave %d and the cookies %v", got.StatusCode, got.Cookies())
	}
	return got.Cookies()[0]
}
