package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"holdfast/access"
	"holdfast/internal/stats"
	"holdfast/interventions"
)

// load is a crowd of agents at the desk of a base.
type load struct {
	agents    int
	customers int
	tasks     int           // that the first night is to find
	lasts     time.Duration // for which the agents work
	think     time.Duration // mean of each pause of an agent; three make a task
}

// loadOf reads what is asked for: by default ten agents for a few seconds.
//
// make load asks for 200 agents, 1,000,000 customers, 50,000 tasks, 300
// seconds and pauses of ten seconds: a task every half minute for each agent,
// ten times what people do who talk to customers.
func loadOf(t *testing.T) load {
	t.Helper()
	return load{
		agents:    number(t, "HOLDFAST_LOAD_AGENTS", 10),
		customers: number(t, "HOLDFAST_LOAD_CUSTOMERS", 2000),
		tasks:     number(t, "HOLDFAST_LOAD_TASKS", 100),
		lasts:     time.Duration(number(t, "HOLDFAST_LOAD_SECONDS", 3)) * time.Second,
		think:     time.Duration(number(t, "HOLDFAST_LOAD_THINK_MS", 50)) * time.Millisecond,
	}
}

// TestLoad lets agents work at the desk of the running program, over HTTP and
// with sessions, while it runs a night: nobody is given what another has,
// nothing that was saved is lost, and no request fails.
func TestLoad(t *testing.T) {
	l := loadOf(t)
	large := os.Getenv("HOLDFAST_LOAD_CUSTOMERS") != ""
	if !large {
		t.Parallel()
	}
	for _, on := range []string{"SQLite", "Postgres"} { // one after the other: they are measured
		if only := os.Getenv("HOLDFAST_LOAD_ON"); only != "" && only != on {
			continue
		}
		t.Run(on, func(t *testing.T) {
			b := newBase(t, l.customers, l.tasks, on == "Postgres")
			b.fill(t)
			b.process(t, "nightly", "run", "--as-of", b.start.Format(time.DateOnly))
			c := l.crowd(t, b)
			c.work(t)
			c.judge(t)
		})
	}
}

// crowd is the agents of a load, signed in at the running program.
type crowd struct {
	load
	base   *base
	desk   *served
	night  chan result // of the night beside them
	agents []*caller

	mu    sync.Mutex
	holds map[string]string // who has which task, as the agents see it
	twice []string          // tasks that were given to a second agent
}

// served is holdfast up as a process of its own.
type served struct {
	address string
	stop    func() (user, system time.Duration)
}

// serve starts the program on a free port.
func (b *base) serve(t *testing.T) *served {
	t.Helper()
	c := b.command("up")
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(errs)
	var said bytes.Buffer
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if _, address, ok := strings.Cut(lines.Text(), "the desk is open at http://"); ok {
			drained := make(chan struct{})
			go func() { _, _ = io.Copy(&said, errs); close(drained) }()
			return &served{address: address, stop: sync.OnceValues(func() (user, system time.Duration) {
				_ = c.Process.Signal(syscall.SIGTERM)
				<-drained
				if err := c.Wait(); err != nil {
					t.Errorf("up: %v\n%s", err, &said)
				}
				return c.ProcessState.UserTime(), c.ProcessState.SystemTime()
			})}
		}
	}
	t.Fatalf("up ended: %v\n%s", c.Wait(), &said)
	return nil
}

const loadPassword = "correct horse battery"

// crowd makes the agents, starts the program and signs them in.
func (l load) crowd(t *testing.T, b *base) *crowd {
	t.Helper()
	c := &crowd{load: l, base: b, holds: map[string]string{}, night: make(chan result, 1)}
	c.addUsers(t)
	c.desk = b.serve(t)
	t.Cleanup(func() { c.desk.stop() })
	for i := range l.agents {
		a := &caller{crowd: c, name: agentName(i), client: visitor(t), rng: stats.Stream(uint64(i), stats.HashString("load"))}
		a.client.Transport = &http.Transport{MaxIdleConnsPerHost: 1}
		t.Cleanup(a.client.CloseIdleConnections)
		if code, _ := signIn(t, a.client, &running{address: c.desk.address}, a.name, loadPassword); code != http.StatusOK {
			t.Fatalf("%s cannot sign in: %d", a.name, code)
		}
		c.agents = append(c.agents, a)
	}
	return c
}

func agentName(i int) string { return fmt.Sprintf("agent%03d", i) }

// addUsers writes the agents with one password: hashing it for each would take
// longer than all else.
func (c *crowd) addUsers(t *testing.T) {
	t.Helper()
	s, cfg := c.base.open(t)
	hash, err := access.HashPassword(loadPassword)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := interventions.NewPolicy(cfg.Interventions, cfg.Zone, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	able := demoAgents(policy)[0]
	for i := range c.load.agents {
		u := access.User{
			Name: agentName(i), Role: access.Agent, PasswordHash: hash, Created: time.Now(),
			Skills: able.Skills, Languages: able.Languages, CeilingMinor: demoCeiling,
		}
		if err := s.AddUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
}

// work lets all agents work while a night runs: in the program that has the
// desk on SQLite, in a process of its own on Postgres.
func (c *crowd) work(t *testing.T) {
	t.Helper()
	go func() { c.night <- c.base.beside("nightly", "run", "--json") }()
	until := time.Now().Add(c.lasts)
	var wg sync.WaitGroup
	for _, a := range c.agents {
		wg.Go(func() { a.work(until) })
	}
	wg.Wait()
}

// given notes that an agent was given a task, and finds who else has it.
func (c *crowd) given(task, agent string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.holds[task]; other != "" && other != agent {
		c.twice = append(c.twice, fmt.Sprintf("%s to %s and %s", task, other, agent))
	}
	c.holds[task] = agent
}

func (c *crowd) gave(task string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.holds, task)
}

// judge waits for the night, prints what was measured, and compares what the
// agents saved with what the database says.
func (c *crowd) judge(t *testing.T) {
	t.Helper()
	r := <-c.night
	user, system := c.desk.stop()
	if r.code != 0 {
		t.Fatalf("the night ended with %d: %s", r.code, r.stderr)
	}
	night := decode[nightReport](t, r.stdout)
	var next, save []time.Duration
	var requests, idle, saved int
	var wrong []error
	for _, a := range c.agents {
		next, save, wrong = append(next, a.next...), append(save, a.save...), append(wrong, a.wrong...)
		requests, idle, saved = requests+a.requests, idle+a.idle, saved+len(a.save)
	}
	db := c.base.database(t)
	open := count(t, db, `SELECT COUNT(*) FROM tasks WHERE ghost = 0 AND state NOT IN ('done', 'expired', 'recalled')`)
	took := 0.0
	for _, s := range night.Stages {
		t.Logf("night: %-9s %7.2f s", s.Stage, s.Seconds)
		took += s.Seconds
	}
	t.Logf("%d agents, %d customers, %d open tasks at the end, %.0f s with pauses of %s: %d requests, %.1f a second; %d times there was no task; "+
		"the program used %.1f + %.1f CPU s", len(c.agents), c.customers, open, c.lasts.Seconds(), c.think, requests, float64(requests)/c.lasts.Seconds(), idle,
		user.Seconds(), system.Seconds())
	t.Logf("Next: %s", waited(next))
	t.Logf("Save: %s", waited(save))
	doubled := leasedTwice(t, db)
	t.Logf("errors %d, tasks leased twice %d, saved %d; the night beside took %.1f s", len(wrong), len(doubled)+len(c.twice), saved, took)
	if len(wrong) > 0 {
		t.Errorf("%d requests failed, first: %v", len(wrong), wrong[0])
	}
	if len(doubled)+len(c.twice) > 0 {
		t.Errorf("leased twice: %v %v", doubled, c.twice)
	}
	if kept := count(t, db, `SELECT COUNT(*) FROM task_attempts`); kept != saved || saved == 0 {
		t.Errorf("the agents saved %d calls and the database has %d", saved, kept)
	}
}

// leasedTwice reads from every change of state which tasks were leased again
// while somebody had them.
func leasedTwice(t *testing.T, db *sqlx.DB) []int64 {
	t.Helper()
	return list[int64](t, db, `SELECT DISTINCT c.task FROM task_changes c JOIN task_changes b ON b.task = c.task AND b.seq = c.seq - 1
		WHERE c.to_state = 'leased' AND b.to_state IN ('leased', 'in_progress')`)
}

// waited says what share of requests took how long.
func waited(took []time.Duration) string {
	if len(took) == 0 {
		return "never"
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[min(len(took)-1, int(share*float64(len(took))))].Microseconds()) / 1000
	}
	return fmt.Sprintf("%d times, p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, most %.1f ms", len(took), at(.5), at(.95), at(.99), at(1))
}

// caller is one agent at the desk.
type caller struct {
	crowd    *crowd
	name     string
	client   *http.Client
	rng      *rand.Rand
	next     []time.Duration // from Next to the card
	save     []time.Duration // from Save to the desk
	requests int
	idle     int
	wrong    []error
}

// work takes tasks, begins and saves them until it is time to stop.
func (a *caller) work(until time.Time) {
	a.pause(2) // they do not all begin at once
	for time.Now().Before(until) {
		if err := a.one(); err != nil {
			a.wrong = append(a.wrong, fmt.Errorf("%s: %w", a.name, err))
		}
		a.pause(1)
	}
}

// pause is what a person does between two clicks: half to one and a half times
// the mean.
func (a *caller) pause(times float64) {
	time.Sleep(time.Duration(times * (.5 + a.rng.Float64()) * float64(a.crowd.think)))
}

// fence is the hidden field of a card that its forms send back.
var fence = regexp.MustCompile(`name="fence" value="(\d+)"`)

// alert is where a page says what went wrong.
var alert = regexp.MustCompile(`(?s)role="alert">.*?</`)

// one takes the next task from Next to Save.
func (a *caller) one() error {
	began := time.Now()
	path, page, err := a.post("/desk/next", nil)
	if err != nil {
		return err
	}
	if path == "/desk" {
		a.idle++
		return nil
	}
	a.next = append(a.next, time.Since(began))
	a.crowd.given(path, a.name)
	defer a.crowd.gave(path)
	a.pause(1) // reading the card
	held := fence.FindStringSubmatch(page)
	if held == nil {
		return fmt.Errorf("%s has no fence", path)
	}
	form := url.Values{"fence": {held[1]}}
	if _, page, err = a.post(path+"/begin", form); err != nil {
		return err
	}
	if held = fence.FindStringSubmatch(page); held == nil {
		return fmt.Errorf("%s has no fence once begun", path)
	}
	a.pause(1) // talking
	form = a.wrapUp()
	form.Set("fence", held[1])
	form.Set("then", "desk")
	began = time.Now()
	path, _, err = a.post(path+"/save", form)
	if err != nil {
		return err
	}
	if path != "/desk" {
		return fmt.Errorf("saved, and sent to %s", path)
	}
	a.save = append(a.save, time.Since(began))
	return nil
}

// wrapUp is what came of a call: every second is not answered.
func (a *caller) wrapUp() url.Values {
	form := url.Values{"note": {"as agreed, we talk again when the bill has come"}}
	switch k := a.rng.IntN(20); {
	case k < 10:
		form.Set("disposition", "no_answer")
	case k < 14:
		form.Set("disposition", "saved_no_offer")
	case k < 16:
		form.Set("disposition", "undecided")
	case k < 18:
		form.Set("disposition", "declined_leaving")
		form.Set("leave_reason", "price")
	default:
		form.Set("disposition", "callback_agreed")
		form.Set("due", time.Now().AddDate(0, 0, 1).Format("2006-01-02T")+"14:30")
	}
	return form
}

// post sends a form, follows where it leads, and returns the path and the text
// of the page that is shown.
func (a *caller) post(path string, form url.Values) (string, string, error) {
	a.requests++
	answer, err := a.client.PostForm("http://"+a.crowd.desk.address+path, form)
	if err != nil {
		return "", "", err
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return "", "", err
	}
	if answer.Request.URL.Path != path {
		a.requests++ // it was sent on
	}
	if answer.StatusCode != http.StatusOK {
		return "", "", fmt.Errorf("%s: %d %s", path, answer.StatusCode, alert.Find(text))
	}
	return answer.Request.URL.Path, string(text), nil
}
