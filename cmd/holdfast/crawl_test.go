package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/interventions"
)

// The crawler's business. Ghosts are riskier and worth more than who was not
// selected, and everybody may see risk and worth: comparing them as they come
// would find that, and no leak. So the business has many twins: customers with
// the same facts to the day, who differ in name, key, address and number only.
// They score alike and are worth alike, the list ends in the midst of them, and
// which of them is a ghost and which was not selected is chance alone. Whatever
// tells them apart tells an arm.
const twinBusiness = `business: {name: Twins, currency: EUR, timezone: Europe/Rome, partitions: 2}
store: {url: "%DIR%/shop.db"}
web: {listen: "127.0.0.1:0"}
channels:
  folder: "%DIR%/outbox"
  carriers: {email: file}
  subscribers: [{name: crm, url: "%CRM%"}]
history:
  event_kinds: [purchase]
  feeds:
    - name: people
      kind: customers
      columns: {customer: id, name: name, phone: phone, email: email, occurred: since}
    - name: orders
      kind: events
      key: [order]
      columns: {customer: customer, occurred: day, amount: amount}
      constants: {kind: purchase}
churn: {kind: lapse, silence_days: 30, activity: [purchase]}
features: {events: [{name: purchase, role: activity, amount: true}], windows: [30]}
value: {margin_rates: {purchase: 10000}}
training: {candidates: [logistic], snapshots: 12, every_days: 21, min_leavers: 30}
scoring: {high_enter: 0.002, high_leave: 0.0015, medium_enter: 0.001, medium_leave: 0.0008}
interventions:
  treatments:
    - {name: retention_call, family: save, channel: phone, purpose: retention, dial_minutes: 1, talk_minutes: 8, attempts: 2, reach: 1,
       effect: {mean: 0.3, spread: 0.1}, durability: 0.9, expiry_days: 10, ghost_share: 0.4, script: How are you?}
    - {name: offer_message, family: offer, channel: email, purpose: retention, offer: {name: a month free, cost_minor: 10, accept_rate: 0.1},
       effect: {mean: 0.2, spread: 0.1}, durability: 0.9, expiry_days: 10, ghost_share: 0.4, daily_quota: 40,
       subject: "For you, {{.Name}}", body: "Dear {{.Name}}, we offer {{.Offer}}."}
  contact_policy: {cool_off_days: 7, caps: [{purpose: retention, max: 1, days: 60}], windowed: []}
  directors: [director.one]
  roster: {agents: %AGENTS%, minutes: {monday: %MONDAY%, tuesday: %TUESDAY%}}
  chance: {exploration_share: 0.05, global_holdout: 0.05, holdout_days: 365, salt: "1"}
nightly: {checks: {max_list_growth: 0}}
`

// crawl is a business of twins with its pages open.
type crawl struct {
	*business
	clock  *clock
	twins  int
	server *httptest.Server
	told   []string // bodies that the subscribed system was sent
	mu     sync.Mutex
	seen   map[string]map[string]bool // of each twin's key, everything that was read of it
	held   map[string]bool            // of each key compared: is it a ghost?
	wide   bool                       // every role asks for everybody in every way
	deep   int                        // links of one kind that are followed
	ids    map[string]string          // ids of customers to their keys
}

func twinKey(i int) string { return fmt.Sprintf("k%04d", 1000+i) }

// newCrawl makes the business and two days of its life: two nights, agents who
// call all that the first brings, messages that leave.
func newCrawl(t *testing.T, twins int) *crawl {
	t.Helper()
	monday := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	c := &crawl{
		business: &business{dir: t.TempDir(), file: "shop.db", env: map[string]string{"HOLDFAST_WEBHOOK_SECRET": strings.Repeat("c2Vj", 11)}},
		clock:    &clock{real: func() time.Time { return monday.AddDate(-2, 0, 0) }}, twins: twins,
		seen: map[string]map[string]bool{}, held: map[string]bool{}, ids: map[string]string{},
	}
	crm := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) //nolint:errcheck // what came is what is looked at
		c.mu.Lock()
		defer c.mu.Unlock()
		c.told = append(c.told, string(body))
	}))
	t.Cleanup(crm.Close)
	agents := 2 + 2*twins/1440 // two minutes a twin on Monday, and nobody has more than a day
	c.write(t, "holdfast.yaml", strings.NewReplacer("%DIR%", c.dir, "%CRM%", crm.URL, "%AGENTS%", fmt.Sprint(agents),
		"%MONDAY%", fmt.Sprint(2*twins/agents), "%TUESDAY%", fmt.Sprint(300/agents)).Replace(twinBusiness))
	c.clock.Set(monday.Add(time.Hour))
	people, orders := twinFeeds(twins, monday)
	c.must(t, c.clock.Now, "import", "people", c.write(t, "people.csv", people))
	c.must(t, c.clock.Now, "import", "orders", c.write(t, "orders.csv", orders))
	for day := range 2 {
		asOf := monday.AddDate(0, 0, day)
		c.clock.Set(asOf.Add(2 * time.Hour))
		c.must(t, c.clock.Now, "nightly", "run", "--as-of", asOf.Format(time.DateOnly))
		c.day(t, asOf, day == 0)
	}
	return c
}

// twinFeeds are the twins and the others: of these every second falls silent,
// so that there are leavers to learn from.
func twinFeeds(twins int, monday time.Time) (people, orders string) {
	var p, o strings.Builder
	p.WriteString("id,name,phone,email,since\n")
	o.WriteString("order,customer,day,amount\n")
	n := 0
	buy := func(key string, days int) {
		n++
		fmt.Fprintf(&o, "o%d,%s,%s,25.00\n", n, key, monday.AddDate(0, 0, -days).Format(time.DateOnly))
	}
	for i := range twins {
		fmt.Fprintf(&p, "%s,Twin N%s,+3906000%s,%s@twins.example,2025-01-02\n", twinKey(i), twinKey(i)[1:], twinKey(i)[1:], twinKey(i))
		for days := 400; days >= 20; days -= 19 {
			buy(twinKey(i), days)
		}
	}
	for i := range 200 {
		key := fmt.Sprintf("other%03d", i)
		fmt.Fprintf(&p, "%s,Somebody,,,2025-01-02\n", key)
		last := 3 + i%20
		if i%2 == 0 {
			last = 40 + (i*37)%340
		}
		for days := 400; days >= last; days -= 9 + i%7 {
			buy(key, days)
		}
	}
	return p.String(), o.String()
}

// day lets messages leave and, if they work, agents call everybody whom the
// queue has: the ghosts pass meanwhile.
func (c *crawl) day(t *testing.T, asOf time.Time, work bool) {
	t.Helper()
	c.clock.Set(asOf.Add(10 * time.Hour))
	c.inside(t, func(a *app) error {
		due, err := a.store.DueMessages(t.Context(), c.clock.Now(), 5000)
		if err != nil {
			return err
		}
		d, err := a.deliverer()
		if err != nil {
			return err
		}
		for _, m := range due {
			if _, err := d.Deliver(t.Context(), m.ID); err != nil {
				return err
			}
		}
		desk, agent := interventions.NewDesk(a.policy, a.store), interventions.Agent{Name: "agent.one", Languages: []string{"en"}}
		for calls := 0; work || calls < 5; calls++ {
			now := c.clock.Now()
			task, err := desk.Next(t.Context(), agent, now)
			if err != nil {
				return nil //nolint:nilerr // there is no more
			}
			if !work && calls == 2 {
				if err := c.planAgain(t, a); err != nil {
					return err
				}
			}
			if task, err = desk.Begin(t.Context(), task.ID, agent, task.Fence, now); err != nil {
				return err
			}
			w := interventions.WrapUp{Disposition: interventions.SavedNoOffer}
			if _, err := desk.Save(t.Context(), task.ID, agent, task.Fence, w, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// inside does something with the program's own parts, as its commands do.
func (c *crawl) inside(t *testing.T, do func(*app) error) {
	t.Helper()
	p := &program{
		Surroundings: Surroundings{Stdout: io.Discard, Stderr: t.Output(), Getenv: func(k string) string { return c.env[k] }, Now: c.clock.Now},
		configPath:   c.path("holdfast.yaml"), quiet: true,
	}
	if err := p.withApp(t.Context(), writes, do); err != nil {
		t.Fatal(err)
	}
}

// compare finds out, from the sealed tables, who is a ghost and who was never
// selected, and keeps at most so many of each.
func (c *crawl) compare(t *testing.T, most int) {
	t.Helper()
	db := c.database(t)
	released := "publication IN (SELECT id FROM publications WHERE state = 'released')"
	held := map[int64]int{}
	for _, x := range list[struct {
		Customer int64
		Arm      string
	}](t, db, "SELECT customer, arm FROM sealed_exposures WHERE %s", released) {
		if x.Arm == interventions.ArmTreat {
			held[x.Customer] |= 2
		} else {
			held[x.Customer] |= 1
		}
	}
	var n [2]int
	for _, x := range list[struct {
		ID  int64
		Key string
	}](t, db, "SELECT DISTINCT id, key FROM customers WHERE key LIKE 'k%%' ORDER BY id") {
		c.ids[fmt.Sprint(x.ID)] = x.Key
		if arm := held[x.ID]; arm < 2 && n[arm] < most {
			n[arm]++
			c.held[x.Key], c.seen[x.Key] = arm == 1, map[string]bool{}
		}
	}
	t.Logf("%d ghosts and %d customers who were never selected, of %d twins", n[1], n[0], c.twins)
	if n[0] < 30 || n[1] < 30 {
		t.Fatal("too few to tell anything")
	}
}

var (
	crawledName = regexp.MustCompile(`\b[kN]?1\d{3}\b|\b\d{5,20}\b`)
	anyNumber   = regexp.MustCompile(`[kN]?\d+`)
	tokens      = regexp.MustCompile(`[\p{L}\p{N}_.:%€•-]+`)
	pieceOfList = regexp.MustCompile(`(?s)<tr.*?</tr>|<li.*?</li>|<a .*?</a>|<option.*?</option>|\{[^{}]*\}|[^\n{}]+`)
	cursors     = regexp.MustCompile(`cursor=[^&"]*`)
)

// keysIn are the customers that a text names, by key, name, number or id.
func (c *crawl) keysIn(text string) []string {
	var keys []string
	for _, w := range crawledName.FindAllString(text, -1) {
		key := c.ids[w]
		if key == "" && len(w) == 5 {
			key = "k" + w[1:]
		}
		if _, ok := c.held[key]; ok && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// read takes in what a place said: of one customer alone when it is theirs, or
// else line by line.
func (c *crawl) read(place, text string) {
	if _, query, _ := strings.Cut(place, " "); len(c.keysIn(query)) == 1 {
		c.note(c.keysIn(query)[0], place, text)
		return
	}
	for _, piece := range pieceOfList.FindAllString(text, -1) {
		if keys := c.keysIn(piece); len(keys) == 1 {
			c.note(keys[0], place, piece)
		}
	}
}

// note keeps every word and how often it stands there, how long the text is and
// how often there was one. The twin's own name, key and numbers are alike.
func (c *crawl) note(key, place, text string) {
	plain := func(s string) string {
		return anyNumber.ReplaceAllStringFunc(s, func(w string) string {
			if c.ids[w] == key || strings.HasSuffix(w, key[1:]) {
				return "OWN"
			}
			if len(w) > 9 {
				return "ID"
			}
			return w
		})
	}
	place, text = plain(place), plain(text)
	count := map[string]int{}
	for _, w := range tokens.FindAllString(text, -1) {
		count[w]++
	}
	had := c.seen[key]
	once := func(f string) {
		n := 1
		for had[fmt.Sprint(f, " #", n)] {
			n++
		}
		had[fmt.Sprint(f, " #", n)] = true
	}
	once(place)
	once(fmt.Sprint(place, " length ", len(text)))
	for w, n := range count {
		once(fmt.Sprint(place, " ", w, " ×", n))
	}
}

// visit reads every page that a role's links lead to; of customers' own pages
// those of the compared.
func (c *crawl) visit(t *testing.T, role string) (pages int) {
	t.Helper()
	browser := visitor(t)
	at := &running{address: strings.TrimPrefix(c.server.URL, "http://")}
	if code, _ := signIn(t, browser, at, role+".one", crawlPassword); code != 200 {
		t.Fatalf("%s cannot sign in: %d", role, code)
	}
	todo, done, kinds := []string{"/", "/help"}, map[string]bool{}, map[string]int{}
	for id, key := range c.ids {
		if _, ok := c.held[key]; ok {
			todo = append(todo, "/customers/"+id)
			if c.wide || role == "agent" || role == "manager" {
				todo = append(todo, "/inbound?q="+key, "/risk?text="+key)
			}
		}
	}
	slices.Sort(todo)
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		if done[path] {
			continue
		}
		done[path] = true
		code, text := get(t, browser, at, path)
		if code >= 500 {
			t.Errorf("%s at %s: %d", role, path, code)
		}
		if code != 200 {
			text = fmt.Sprint("code ", code)
		}
		pages++
		c.read(role+" "+cursors.ReplaceAllString(path, "cursor="), text)
		for _, l := range links.FindAllStringSubmatch(text, -1) {
			to := strings.ReplaceAll(l[1], "&amp;", "&")
			kind, _, _ := strings.Cut(to, "?")
			if strings.HasPrefix(to, "/static") || len(c.idsIn(to)) > 0 {
				continue
			}
			if kind = anyNumber.ReplaceAllString(kind, "N"); kinds[kind] < c.deep {
				kinds[kind]++
				todo = append(todo, to)
			}
		}
	}
	return pages
}

// idsIn are the customers' ids in an address: theirs are asked for anyway.
func (c *crawl) idsIn(path string) []string {
	return slices.DeleteFunc(crawledName.FindAllString(path, -1), func(w string) bool { return c.ids[w] == "" })
}

var links = regexp.MustCompile(`href="(/[^"#]*)"`)

const crawlPassword = "correct horse battery"

// call asks everything that the API tells with a token of the role.
func (c *crawl) call(t *testing.T, role, secret string) {
	t.Helper()
	ask := func(path string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.server.URL+"/api/v1"+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		code, text := read(t, answer)
		if code == http.StatusTooManyRequests || code >= 500 {
			t.Fatalf("%s %s: %d", role, path, code)
		}
		c.read(role+" token "+cursors.ReplaceAllString(path, "cursor="), text)
		return text
	}
	for id, key := range c.ids {
		if _, ok := c.held[key]; ok {
			ask("/customers/" + id)
			ask("/customers?q=" + key)
		}
	}
	for _, path := range []string{
		"/morning", "/risk.csv", "/lists", "/effects", "/tasks/held", "/tasks/commitments", "/imports", "/nights", "/jobs", "/audit",
		"/board", "/models", "/treatments", "/choices",
	} {
		ask(path)
	}
	var lists struct{ Lists []struct{ ID int64 } }
	if json.Unmarshal([]byte(ask("/lists")), &lists) == nil {
		for _, l := range lists.Lists {
			ask(fmt.Sprintf("/lists/%d", l.ID))
		}
	}
	for next := "/risk"; next != ""; {
		var page struct{ Next string }
		if json.Unmarshal([]byte(ask(next)), &page) != nil || page.Next == "" {
			break
		}
		next = "/risk?cursor=" + url.QueryEscape(page.Next)
	}
}

// export reads what the command line writes, and the files that left.
func (c *crawl) export(t *testing.T) {
	t.Helper()
	for _, args := range [][]string{
		{"export", "risk-list"},
		{"export", "decisions"},
		{"export", "decisions", "--as-of", "2026-06-01"},
		{"export", "effects"},
		{"export", "history"},
		{"export", "audit"},
		{"list", "show"},
		{"list", "show", "--json"},
		{"nightly", "status"},
		{"job", "list"},
	} {
		c.read("export "+strings.Join(args, "_"), c.run(t, c.clock.Now, args...).stdout)
	}
	some := 0
	for key := range c.held {
		if some++; some <= 12 || c.wide { // each opens the database
			c.read("command explain_"+key, c.run(t, c.clock.Now, "explain", key, "--json").stdout)
			c.read("command person_"+key, c.run(t, c.clock.Now, "customer", "export", key).stdout)
		}
	}
	files, err := os.ReadDir(c.path("outbox"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(c.path("outbox/" + f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		c.read("export outbox", string(text))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, body := range c.told {
		c.read("webhook crm", body)
	}
	t.Logf("%d messages in the outbox, %d events told", len(files), len(c.told))
}

// Whoever reads every page, answer of the API, export, file and event that
// their role gives them cannot tell a ghost from a customer who was not
// selected (R7). HOLDFAST_BENCH reads several hundred of each.
func TestCrawlerCannotTellGhosts(t *testing.T) {
	t.Parallel()
	twins, most, deep, wide := 440, 40, 4, false
	if os.Getenv("HOLDFAST_BENCH") != "" {
		twins, most, deep, wide = 2400, 400, 25, true
	}
	c := newCrawl(t, twins)
	c.deep, c.wide = deep, wide
	c.compare(t, most)
	c.export(t)
	roles := []string{"agent", "lead", "manager", "analyst"}
	if wide {
		roles = append(roles, "senior", "operator", "director")
	}
	scopes := map[string]string{"agent": "tasks", "manager": "read,export,tasks", "lead": "read,tasks", "analyst": "read,export"}
	secrets := map[string]string{}
	for _, role := range roles {
		as := role
		if role == "director" {
			as = "manager"
		}
		c.must1(t, crawlPassword+"\n", "user", "add", role+".one", "--role", as)
		if s := scopes[role]; s != "" {
			secrets[role] = strings.TrimSpace(c.must1(t, "", "token", "add", role, "--owner", role+".one", "--scopes", s))
		}
	}
	pages := 0
	c.inside(t, func(a *app) error {
		a.cfg.Web.APIPerMinute = 1_000_000
		h, err := a.handler()
		if err != nil {
			return err
		}
		c.server = httptest.NewServer(h)
		defer c.server.Close()
		for _, role := range roles {
			pages += c.visit(t, role)
		}
		for role, secret := range secrets {
			c.call(t, role, secret)
		}
		c.ring(t, c.server, secrets["agent"])
		return nil
	})
	j := judge(t, c.seen, c.held)
	t.Logf("%d pages; %d words differ between customers; guessing right: %.3f, by chance 0.5 ± %.3f", pages, j.features, j.auc, j.half)
	if !j.chance() {
		t.Errorf("ghosts can be told:\n%s", strings.Join(j.words[:min(len(j.words), 30)], "\n"))
	}
	c.planted(t)
}

// planted shows that the reader would find a leak: a word that stands with one
// in two of the ghosts, then another length of the file of all of them.
func (c *crawl) planted(t *testing.T) {
	t.Helper()
	for name, leak := range map[string]struct {
		share  int
		letter string
	}{"a word of some": {2, "manager /customers/OWN seen_before ×1 #1"}, "a length of all": {1, "manager /customers/OWN length 1 #1"}, "a word of an inbound card": {2, "agent POST /inbound held ×1 #1"}} {
		with := map[string]map[string]bool{}
		ghosts := 0
		for _, key := range slices.Sorted(maps.Keys(c.held)) {
			with[key] = maps.Clone(c.seen[key])
			if !c.held[key] {
				continue
			}
			if ghosts++; ghosts%leak.share == 0 {
				with[key][leak.letter] = true
			}
		}
		if j := judge(t, with, c.held); j.chance() {
			t.Errorf("%s was planted and not found: area %.3f, words %v", name, j.auc, j.words)
		}
	}
}

func (c *crawl) must1(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := holdfast(t, c.clock.Now, c.env, stdin, append([]string{"--config", c.path("holdfast.yaml"), "--quiet"}, args...)...)
	if r.code != 0 {
		t.Fatal(args, r)
	}
	return r.stdout
}
