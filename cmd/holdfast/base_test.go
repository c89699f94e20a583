package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"holdfast/config"
	"holdfast/internal/holdfasttest"
	"holdfast/internal/simulate"
	"holdfast/scoring"
	"holdfast/store"
)

// baseHistoryDays is the history of a base: long enough for a first model, and
// short, since what is measured grows with customers and not with their years.
const baseHistoryDays = 150

// base is a business large enough to be measured. Its program runs as a
// process of its own, so that its memory and processor time are its own.
type base struct {
	*business
	customers int
}

// newBase makes a base of so many customers whose first night is yesterday's
// and is to find work for so many people's tasks. Servers are those of the
// tests when postgres is set.
func newBase(t *testing.T, customers, tasks int, postgres bool) *base {
	t.Helper()
	today := time.Now().UTC()
	redisAt := ""
	env := map[string]string{}
	if postgres {
		env[store.EnvironmentURL] = holdfasttest.PostgresURL(t)
		addr, db := holdfasttest.RedisAddr(t)
		r := redis.NewClient(&redis.Options{Addr: addr, DB: db})
		t.Cleanup(func() { _ = r.Close() })
		redisAt = fmt.Sprintf("\nqueue: {redis: {addr: %q, db: %d}}\n", addr, db)
	}
	dir := t.TempDir()
	never := today.Add(12 * time.Hour).Format("15:04") // cron must not begin a night of its own
	quick := []string{}                                // a small base is there to be tested, not to be measured
	if customers < 10_000 {
		quick = []string{"snapshots: 26", "snapshots: 5", "row_budget: 9000", "row_budget: 3000"}
	}
	text := changed(t, config.Demo(dir), append(quick,
		"partitions: 8", "partitions: "+strconv.Itoa(basePartitions(customers)),
		`at: "02:00"`, `at: "`+never+`"`,
		"ghost_share: 0.4", "ghost_share: 0.1",
		"agents: 2", "agents: "+strconv.Itoa(max(2, tasks*minutesATask/720)),
		"high_enter: 0.05", "high_enter: 0.02", "high_leave: 0.04", "high_leave: 0.015", // more work
		"medium_enter: 0.03", "medium_enter: 0.012", "medium_leave: 0.025", "medium_leave: 0.01",
	)...) + redisAt + "\nweb: {listen: \"127.0.0.1:0\"}\n"
	b := &base{&business{dir: dir, file: "holdfast.db", env: env}, customers}
	b.write(t, "holdfast.yaml", text)
	cfg, err := config.Load(b.path("holdfast.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	b.zone = cfg.Zone
	y, m, d := today.In(b.zone).AddDate(0, 0, -1).Date()
	b.start = time.Date(y, m, d, 0, 0, 0, 0, b.zone)
	return b
}

// minutesATask is what a call is expected to take, tries included, and a
// little more.
const minutesATask = 10

// basePartitions keeps partitions at about two to sixteen thousand customers.
func basePartitions(customers int) int {
	n := 4
	for n < 64 && customers/n > 4000 {
		n *= 2
	}
	return n
}

// fill simulates the base and imports it.
func (b *base) fill(t *testing.T) {
	t.Helper()
	began := time.Now()
	var err error
	b.world, err = simulate.New(simulate.Config{Customers: b.customers, Seed: 1, Start: b.start, HistoryDays: baseHistoryDays, Zone: b.zone})
	if err != nil {
		t.Fatal(err)
	}
	simulated := time.Duration(0)
	imported := time.Now()
	b.learn(t, b.start, func(args ...string) {
		if simulated == 0 {
			simulated, imported = time.Since(began), time.Now()
			b.world = nil // a large one would crowd what is measured
			debug.FreeOSMemory()
		}
		b.process(t, args...)
	})
	t.Logf("%d customers simulated in %.1f s, imported in %.1f s", b.customers, simulated.Seconds(), time.Since(imported).Seconds())
}

// command is the program as a process of its own.
func (b *base) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(context.Background(), os.Args[0], append([]string{"--config", b.path("holdfast.yaml")}, args...)...)
	c.Env = append(os.Environ(), asProgram+"=1", "GOGC=200") // as the program sets it
	for k, e := range b.env {
		c.Env = append(c.Env, k+"="+e)
	}
	return c
}

// process runs one command that has to end well as a process of its own, and
// returns what it printed.
func (b *base) process(t *testing.T, args ...string) string {
	t.Helper()
	r := b.beside(args...)
	if r.code != 0 {
		t.Fatalf("holdfast %s: %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// beside runs one command as a process of its own, in a session of its own as cron
// and systemd do.
func (b *base) beside(args ...string) result {
	var out, errs bytes.Buffer
	c := b.command(append([]string{"--quiet"}, args...)...)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	r := result{c.ProcessState.ExitCode(), out.String(), errs.String()}
	if err != nil && r.code <= 0 { // it did not start, or was killed
		r.code, r.stderr = 1, r.stderr+err.Error()
	}
	return r
}

// number reads a whole number from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q: write a whole number", name, text)
	}
	return n
}

// open opens the base's database beside the program, to read it.
func (b *base) open(t *testing.T) (*store.Store, *config.Config) {
	t.Helper()
	cfg, err := config.Load(b.path("holdfast.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{Surroundings: Surroundings{Getenv: func(k string) string { return b.env[k] }, Now: time.Now}}
	s, err := store.Open(t.Context(), cfg.Store.WithEnvironment(p.Getenv), p.storeOptions(cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, cfg
}

// TestNightOfABase runs two nights over a base, the first of which trains, and
// prints what each stage took, and then how long the risk list is waited for.
// HOLDFAST_NIGHT is the number of customers (1000000 in make night).
func TestNightOfABase(t *testing.T) {
	if os.Getenv("HOLDFAST_NIGHT") == "" {
		t.Parallel()
	}
	n := number(t, "HOLDFAST_NIGHT", 1500)
	b := newBase(t, n, n/20, os.Getenv("HOLDFAST_NIGHT_ON") == "postgres")
	b.fill(t)
	for day := range 2 {
		asOf := b.start.AddDate(0, 0, day).Format(time.DateOnly)
		r := decode[nightReport](t, b.process(t, "nightly", "run", "--as-of", asOf, "--json"))
		if r.State != "completed" {
			t.Fatalf("the night of %s is %s: %s", asOf, r.State, r.Reason)
		}
		for _, s := range r.Stages {
			t.Logf("%s %-9s %7.2f s  %5d MiB, %5d MiB live", asOf, s.Stage, s.Seconds, mebibytes(s.Memory.Peak), mebibytes(s.Memory.Live))
			if runtime.GOOS == "linux" && s.Memory.Peak <= 0 {
				t.Errorf("the night does not know what %s held of memory", s.Stage)
			}
		}
		t.Log(r.Stages[len(r.Stages)-3].Counts)
	}
	b.riskList(t)
}

// riskList times the first page of the risk list, as it is first opened and
// then in every order and with every filter.
func (b *base) riskList(t *testing.T) {
	t.Helper()
	s, _ := b.open(t)
	var took []time.Duration
	for round := range 5 {
		for _, order := range []store.RiskSort{store.SortAtRisk, store.SortRisk, store.SortValue, store.SortTenure} {
			for i, f := range []store.RiskFilter{{}, {Asc: true}, {Band: scoring.BandHigh}, {Segment: "family"}, {MinValue: 8000}, {MinValue: 1 << 40}} {
				f.Sort = order
				began := time.Now()
				rows, total, err := s.RiskList(t.Context(), f)
				took = append(took, time.Since(began))
				if err != nil || len(rows) == 0 && i < 2 {
					t.Fatalf("%+v gives %d rows of %d: %v", f, len(rows), total, err)
				}
				if round == 0 {
					t.Logf("risk list by %-8s %-60s %4d rows of %7d in %6.2f ms", order, fmt.Sprintf("%+v", f), len(rows), total, float64(took[len(took)-1].Microseconds())/1000)
				}
			}
		}
	}
	t.Logf("risk list, first page: %s", waited(took))
}
