package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/redis/go-redis/v9"

	"holdfast/config"
	"holdfast/internal/holdfasttest"
	"holdfast/internal/stats"
	"holdfast/nightly"
	"holdfast/store"
)

// tortureKills is how many kills must hit a running night, per database: three
// in every run of the tests, HOLDFAST_TORTURE when asked.
func tortureKills() int {
	n, err := strconv.Atoi(os.Getenv("HOLDFAST_TORTURE"))
	if err != nil {
		return 3
	}
	return n
}

// TestTorture kills the program with SIGKILL at random moments of its nights
// and of its deliveries, with Redis wiped in between, and then looks for what
// was lost or doubled.
func TestTorture(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		v := newVictim(t, 11, "")
		v.wipe = func() error { return nil } // its Redis dies with it
		v.torture(t)
	})
	t.Run("Postgres and Redis", func(t *testing.T) {
		t.Parallel()
		url := holdfasttest.PostgresURL(t)
		addr, db := holdfasttest.RedisAddr(t)
		r := redis.NewClient(&redis.Options{Addr: addr, DB: db})
		t.Cleanup(func() { _ = r.Close() })
		v := newVictim(t, 12, fmt.Sprintf("  redis: {addr: %q, db: %d}\n", addr, db))
		v.env[store.EnvironmentURL] = url
		v.wipe = func() error { return r.FlushDB(context.Background()).Err() }
		v.torture(t)
	})
}

// victim is a business whose program is killed.
type victim struct {
	*business
	wipe   func() error
	rng    *rand.Rand
	db     *sqlx.DB
	nights int // planned
	night  time.Duration
	hits   map[string]int // by the stage that was running
	missed int            // kills before a night began or after it ended
	cut    int            // kills while messages were leaving, in a night or after it
}

// queueOfSeconds repairs what a kill leaves in seconds instead of a minute.
const queueOfSeconds = `
queue:
  hold: 1s
  lease: 2s
  renew: 500ms
  sweep: 300ms
  backoff: {base: 100ms, cap: 2s}
`

// hitsPerNight bounds how often one night is interrupted.
const hitsPerNight = 5

func newVictim(t *testing.T, seed uint64, redis string) *victim {
	t.Helper()
	nights := max(2, (tortureKills()+hitsPerNight-1)/hitsPerNight)
	today := time.Now().UTC()
	never := today.Add(12 * time.Hour).Format("15:04") // cron must not begin a night of its own
	more := queueOfSeconds + redis + "\nweb: {listen: \"127.0.0.1:0\"}\n"
	b := newBusiness(t, 600, seed, today.AddDate(0, 0, -nights), more,
		`at: "02:00"`, `at: "`+never+`"`,
		"expiry_days: 7\n", "expiry_days: 60\n", "expiry_days: 10\n", "expiry_days: 60\n", // as-ofs are weeks ago
		"high_enter: 0.05", "high_enter: 0.03", "high_leave: 0.04", "high_leave: 0.02", // more work
		"medium_enter: 0.03", "medium_enter: 0.02", "medium_leave: 0.025", "medium_leave: 0.01",
		"snapshots: 26", "snapshots: 20", "row_budget: 9000", "row_budget: 4000")
	return &victim{
		business: b, rng: stats.Stream(seed, stats.HashString("torture")), nights: nights,
		night: 3 * time.Second, hits: map[string]int{},
	}
}

func (v *victim) torture(t *testing.T) {
	v.learn(t, v.start, func(args ...string) {
		if out, err := v.command(args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	})
	v.db = v.database(t)
	var all audit
	var asOf time.Time
	night := 0
	for ; night < v.nights || (v.struck() < tortureKills() && night < 3*v.nights); night++ {
		asOf = v.start.AddDate(0, 0, night)
		v.live(t, asOf)
		v.deliver(t)
		a := books{v.db}.night(t, asOf)
		all.expected, all.found, all.skipped, all.lost = all.expected+a.expected, all.found+a.found, all.skipped+a.skipped, all.lost+a.lost
	}
	b := books{v.db}
	b.onceOnly(t)
	b.settled(t, time.Now())
	files, doubled := b.deliveries(t, v.path("outbox"))
	t.Logf("%d nights interrupted %d times by kill -9 %v (%d more hit no night; %d hit messages on their way out); "+
		"tasks and messages expected %d, found %d, skipped by R8 %d; %d messages left; messages doubled %d, tasks lost %d",
		night, v.struck(), v.hits, v.missed, v.cut, all.expected, all.found, all.skipped, files, doubled, all.lost)
	if v.struck() < tortureKills() {
		t.Errorf("only %d of %d kills hit a running night", v.struck(), tortureKills())
	}
	if all.found == 0 || files == 0 {
		t.Errorf("%d tasks and messages, %d sent: there was nothing to lose", all.found, files)
	}
	v.newest(t, asOf)
}

// newest asks the program's own store which night is the last.
func (v *victim) newest(t *testing.T, want time.Time) {
	t.Helper()
	cfg, err := config.Load(v.path("holdfast.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), cfg.Store.WithEnvironment(func(k string) string { return v.env[k] }), store.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.NewestNight(t.Context())
	if err != nil || !got.Equal(want) {
		t.Errorf("the newest night is %v (%v), want %v", got, err, want)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// struck is how many kills hit a running night.
func (v *victim) struck() (n int) {
	for _, k := range v.hits {
		n += k
	}
	return n
}

// command is the program as a process of its own.
func (v *victim) command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], append([]string{"--config", v.path("holdfast.yaml"), "--quiet"}, args...)...)
	c.Env = append(os.Environ(), asProgram+"=1")
	for k, e := range v.env {
		c.Env = append(c.Env, k+"="+e)
	}
	return c
}

// kill ends the program on the spot and makes Redis forget.
func (v *victim) kill(t *testing.T, c *exec.Cmd, ended <-chan error) {
	t.Helper()
	_ = c.Process.Kill() // SIGKILL; an error means that it has just ended
	<-ended
	if err := v.wipe(); err != nil {
		t.Fatal(err)
	}
}

// live runs one night to its end, killing it at random moments: half of them
// drawn from the whole night, half from the stages, however short they are.
func (v *victim) live(t *testing.T, asOf time.Time) {
	t.Helper()
	before := v.struck()
	for range 60 {
		var out bytes.Buffer
		began := time.Now()
		c, ended := v.begin(t, &out, "nightly", "run", "--as-of", asOf.Format(time.DateOnly))
		var moment <-chan time.Time
		switch {
		case v.struck()-before >= hitsPerNight || v.struck() >= tortureKills():
			moment = time.After(5 * time.Minute)
		case v.rng.IntN(2) == 0:
			moment = time.After(time.Duration(v.rng.Int64N(int64(v.night))))
		default:
			moment = v.within(asOf, stages[v.rng.IntN(len(stages))], time.Duration(v.rng.IntN(40))*time.Millisecond)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("night of %s: %v\n%s", asOf.Format(time.DateOnly), err, out.String())
			}
			v.night = min(max(time.Since(began), time.Second), v.night)
			return
		case <-moment:
			v.kill(t, c, ended)
			v.note(t, asOf)
		}
	}
	t.Fatalf("the night of %s never ended", asOf.Format(time.DateOnly))
}

// stages are where a night may be interrupted.
var stages = []nightly.Stage{
	nightly.StageImport, nightly.StageCheck, nightly.StageTrain, nightly.StageScore, nightly.StagePropose,
	nightly.StageAllocate, nightly.StageDecide, nightly.StagePublish, nightly.StageMeasure, nightly.StageClean,
}

// within tells when a night has been in a stage for some time; it keeps silent
// when the night ends first.
func (v *victim) within(asOf time.Time, stage nightly.Stage, after time.Duration) <-chan time.Time {
	told := make(chan time.Time, 1)
	go func() {
		for range 6000 { // a minute at most
			var there int
			err := v.db.Get(&there, fmt.Sprintf(`SELECT COUNT(*) FROM run_stages WHERE stage = '%s' AND started > 0
				AND run IN (SELECT id FROM runs WHERE as_of = %d AND state = 'running')`, stage, asOf.UnixMicro()))
			if err == nil && there > 0 {
				told <- <-time.After(after)
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return told
}

// note counts a kill by the stage that it interrupted.
func (v *victim) note(t *testing.T, asOf time.Time) {
	t.Helper()
	stages := list[string](t, v.db, `SELECT stage FROM run_stages WHERE remaining > 0
		AND run IN (SELECT id FROM runs WHERE as_of = %d AND state = 'running') ORDER BY seq LIMIT 1`, asOf.UnixMicro())
	if len(stages) == 0 {
		v.missed++
		return
	}
	v.hits[stages[0]]++
	if count(t, v.db, `SELECT COUNT(*) FROM jobs WHERE kind = 'deliver' AND state <> 'done'`) > 0 {
		v.cut++
	}
}

func (v *victim) begin(t *testing.T, out *bytes.Buffer, args ...string) (*exec.Cmd, <-chan error) {
	t.Helper()
	c := v.command(args...)
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	return c, ended
}

// deliver lets the messages leave, killing the program once while they do.
func (v *victim) deliver(t *testing.T) {
	t.Helper()
	due := func() int {
		return count(t, v.db, `SELECT COUNT(*) FROM jobs WHERE state IN ('dispatched', 'running') OR (state = 'ready' AND run_after <= %d)`,
			time.Now().UnixMicro())
	}
	for try := 0; due() > 0; try++ {
		var out bytes.Buffer
		c, ended := v.begin(t, &out, "up")
		first, tick := due(), time.NewTicker(20*time.Millisecond)
		until := time.After(60 * time.Second)
		for left := first; left > 0 && (try > 0 || left > first/2); left = due() {
			select {
			case err := <-ended:
				t.Fatalf("up ended: %v\n%s", err, out.String())
			case <-until:
				t.Fatalf("%d jobs are still to be done after a minute\n%s", left, out.String())
			case <-tick.C:
			}
		}
		tick.Stop()
		v.kill(t, c, ended)
		if due() > 0 {
			v.cut++
		}
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
