package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/queue"
	"holdfast/store"
)

// timed is what differs between two runs of one command, and what a worker
// logs, which beside up is up's.
var timed = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z| *\d+\.\d\d s| *\d+ MiB|time=.* level=WARN .*\n`)

// What changes the database gives the same output and the same exit code
// whether up owns the file or nobody does.
func TestCommandsBesideUp(t *testing.T) {
	t.Parallel()
	alone, beside := newShop(t, ""), newShop(t, "")
	up := beside.up(t)
	for _, b := range []*business{alone, beside} {
		b.write(t, "people.csv", "id,name,phone,town\na,Anna,1,Rome\nb,Bob,2,Turin\nc,Bobby,2,Turin\n")
		b.write(t, "orders.csv", "order,customer,day,amount\n1,a,2026-01-05,5.00\n2,b,2026-01-06,5.00\n")
		b.write(t, "bad.csv", "order,customer,day,amount\n1,a,soon,5.00\n")
	}
	for _, args := range [][]string{
		{"import", "people", "DIR/people.csv"},
		{"import", "orders", "DIR/orders.csv", "--json"},
		{"import", "orders", "DIR/orders.csv"}, // again: nothing new
		{"import", "orders", "DIR/bad.csv"},
		{"import", "orders", "DIR/none.csv"},
		{"import", "undo", "one"},
		{"import", "undo", "2"},
		{"customer", "merge", "c", "b"},
		{"customer", "merge", "c", "nobody"},
		{"customer", "unmerge", "c"},
		{"user", "add", "ada", "--role", "agent"},
		{"user", "add", "ada", "--role", "agent"},
		{"user", "add", "eve", "--role", "spy"},
		{"user", "disable", "ada"},
		{"user", "list"},
		{"model", "promote", "none"},
		{"job", "retry", "17"},
		{"list", "release"},
		{"nightly", "run", "--as-of", "2026-01-10"},
		{"nightly", "status"},
		{"nightly", "resume", "--from", "lunch"},
		{"export", "risk-list"},
	} {
		got := make([]result, 2)
		for i, b := range []*business{alone, beside} {
			here := append([]string{"--config", b.path("holdfast.yaml"), "--quiet"}, args...)
			for k := range here {
				here[k] = strings.ReplaceAll(here[k], "DIR", b.dir)
			}
			r := holdfast(t, time.Now, b.env, "correct horse battery\n", here...)
			for _, text := range []*string{&r.stdout, &r.stderr} {
				*text = timed.ReplaceAllString(strings.ReplaceAll(*text, b.dir, "DIR"), "")
			}
			got[i] = r
		}
		if d := cmp.Diff(got[0], got[1], cmp.AllowUnexported(result{})); d != "" {
			t.Errorf("%v: alone (-), beside up (+)\n%s", args, d)
		}
	}
	db := beside.database(t)
	waitFor(t, func() bool { return count(t, db, "SELECT COUNT(*) FROM jobs WHERE state <> 'done'") == 0 })
	if n := count(t, db, "SELECT COUNT(*) FROM jobs WHERE kind = 'command' AND payload <> ''"); n != 0 {
		t.Errorf("%d commands still say what they were given", n)
	}
	if a, b := count(t, alone.database(t), "SELECT COUNT(*) FROM audit"), count(t, db, "SELECT COUNT(*) FROM audit"); a != b {
		t.Errorf("%d entries in the audit alone, %d beside up", a, b)
	}
	if code := up.end(t); code != 0 {
		t.Errorf("up ended with %d: %s", code, up.stderr)
	}
}

// A configuration that has changed since up was started is not half-used.
func TestCommandBesideUpWithAnotherConfiguration(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	up := b.up(t)
	b.replace(t, "name: Shop", "name: Store")
	refuses(t, b.run(t, time.Now, "job", "retry", "1"), 1,
		b.path("holdfast.yaml")+" has changed since holdfast up was started: start that anew, then run this again")
	up.end(t)
}

// Ctrl+C stops following and not the job, and says so; a command that waits
// for another one goes on when that has ended.
func TestInterruptedFollower(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	b.must(t, time.Now, "migrate")
	owner := b.owned(t, "up") // has the lock and does no jobs
	ctx, interrupt := context.WithCancel(t.Context())
	var errs bytes.Buffer
	ended := make(chan int)
	go func() {
		ended <- Main(ctx, Surroundings{
			Args: []string{"--config", b.path("holdfast.yaml"), "job", "retry", "1"}, Stdout: io.Discard, Stderr: &errs,
			Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }, Now: time.Now,
		})
	}()
	db := b.database(t)
	waitFor(t, func() bool { return count(t, db, "SELECT COUNT(*) FROM jobs WHERE kind = 'command'") == 1 })
	interrupt()
	code := <-ended
	id := list[string](t, db, "SELECT CAST(id AS TEXT) FROM jobs WHERE kind = 'command'")[0]
	want := "holdfast: this no longer follows job " + id + " (job retry), which goes on: holdfast job list --state running shows it\n"
	if code != 1 || errs.String() != want {
		t.Errorf("exit code %d, %swant 1, %s", code, errs.String(), want)
	}
	if err := owner.Release(); err != nil {
		t.Fatal(err)
	}
	up := b.up(t)
	waitFor(t, func() bool {
		return count(t, db, "SELECT COUNT(*) FROM jobs WHERE state = 'done' AND kind = 'command'") == 1
	})
	up.end(t)

	owner = b.owned(t, "import")
	go func() { ended <- b.run(t, time.Now, "user", "disable", "nobody").code }()
	if err := owner.Release(); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != 2 {
		t.Errorf("the command that waited ended with %d, want 2", code)
	}
}

// The owner is killed in the middle of an import that another process follows:
// the follower waits, and gets its result from the next owner.
func TestOwnerIsKilled(t *testing.T) {
	t.Parallel()
	b := newShop(t, "queue: {lease: 60s}\n") // the next owner must not wait for it
	var rows strings.Builder
	rows.WriteString("id,name,phone,town\n")
	for i := range 20_000 {
		rows.WriteString(strings.ReplaceAll("N,Anna N,+39 06 N,Rome\n", "N", itoa(int64(i))))
	}
	path := b.write(t, "people.csv", rows.String())
	b.must(t, time.Now, "migrate")
	first := b.upAsProcess(t, "")
	ended := make(chan result)
	go func() { ended <- b.run(t, time.Now, "import", "people", path) }()
	db := b.database(t)
	waitFor(t, func() bool { return count(t, db, "SELECT COUNT(*) FROM customers") > 500 })
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	if n := count(t, db, "SELECT COUNT(*) FROM imports WHERE version > 0"); n != 0 {
		t.Fatalf("%d imports are visible: the owner was killed too late", n)
	}
	second := b.upAsProcess(t, "")
	r := <-ended
	if want := "20000 customers created"; r.code != 0 || !strings.Contains(r.stdout, want) {
		t.Errorf("the follower ended with %+v, want %s", r, want)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM imports WHERE version > 0"); n != 1 {
		t.Errorf("%d imports are visible, want 1", n)
	}
	if s := list[string](t, db, "SELECT state FROM jobs WHERE kind = 'command'"); len(s) != 1 || s[0] != string(queue.Done) {
		t.Errorf("jobs are %v", s)
	}
	if err := second.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); err != nil {
		t.Errorf("up: %v", err)
	}
}

// owned takes the database as a process that runs a command would.
func (b *business) owned(t *testing.T, command string) *store.Owner {
	t.Helper()
	o, err := store.Own(store.Config{URL: b.path(b.file)}, command)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// waitFor asks until something is so.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(time.Minute); !so(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("what is waited for does not happen")
		}
	}
}

// upAsProcess runs up in a process of its own until it owns the database; an
// empty binary is the test's own.
func (b *business) upAsProcess(t *testing.T, binary string) *exec.Cmd {
	t.Helper()
	if binary == "" {
		binary = os.Args[0]
	}
	c := exec.Command(binary, "--config", b.path("holdfast.yaml"), "up")
	c.Env = append(os.Environ(), asProgram+"=1")
	out := &openDesk{open: make(chan struct{})}
	c.Stderr = out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	select {
	case <-out.open:
	case <-time.After(time.Minute):
		t.Fatal("the desk does not open")
	}
	return c
}

// openDesk waits until up says that the desk is open.
type openDesk struct {
	once sync.Once
	open chan struct{}
	text []byte
}

func (o *openDesk) Write(p []byte) (int, error) {
	o.text = append(o.text, p...)
	if bytes.Contains(o.text, []byte("the desk is open")) {
		o.once.Do(func() { close(o.open) })
	}
	return len(p), nil
}
