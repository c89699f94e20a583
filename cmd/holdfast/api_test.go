package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var deskAddress = regexp.MustCompile(`http://[\d.]+:\d+`)

// killed is a business whose server is killed while programs write.
type killed struct {
	*business
	binary     string // the program; empty: the test's own
	up         *exec.Cmd
	address    string
	till, desk string // secrets: of who sends facts, and of who leaves customers alone
	customer   int64
	mu         sync.Mutex
	answered   map[int]string // what each write was answered
}

func (k *killed) start(t *testing.T) {
	t.Helper()
	k.up = k.upAsProcess(t, k.binary)
	k.address = deskAddress.FindString(string(k.up.Stderr.(*openDesk).text))
}

// order says whether the nth write is an order. Every third leaves a customer
// alone instead, which has no identity but its idempotency key.
func order(n int) bool { return n%3 != 2 }

// write sends the nth write with its idempotency key; an error is the connection's.
func (k *killed) write(n int) (status int, body string, err error) {
	path, secret := "/api/v1/feeds/orders/rows", k.till
	what := fmt.Sprintf(`{"rows":[{"order":"%d","customer":"c%d","day":"2026-01-05","amount":"5.00"}]}`, n, n%7)
	if !order(n) {
		path, secret = "/api/v1/exclusions", k.desk
		what = fmt.Sprintf(`{"customers":[%d],"until":%q,"reason":"write %d"}`, k.customer, time.Now().AddDate(0, 1, 0).Format(time.DateOnly), n)
	}
	r, err := http.NewRequest(http.MethodPost, k.address+path, strings.NewReader(what))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprintf("write-%d", n))
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer got.Body.Close()
	all, err := io.ReadAll(got.Body)
	return got.StatusCode, string(all), err
}

// send makes the writes of [from, to) from four programs at once, and kills the
// server as one of them begins, until all are made or the server is gone. A
// write that was answered before must be answered the same.
func (k *killed) send(t *testing.T, from, to, kill int) {
	t.Helper()
	var next atomic.Int64
	next.Store(int64(from))
	var programs sync.WaitGroup
	for range 4 {
		programs.Go(func() {
			for n := int(next.Add(1) - 1); n < to; n = int(next.Add(1) - 1) {
				if n == kill {
					go func() { _ = k.up.Process.Kill() }() // SIGKILL
				}
				status, body, err := k.write(n)
				if err != nil {
					if kill < 0 {
						t.Errorf("write %d: %v", n, err)
					}
					return
				}
				k.mu.Lock()
				before, again := k.answered[n]
				k.answered[n] = body
				k.mu.Unlock()
				if status != http.StatusOK || (again && before != body) {
					t.Errorf("write %d: %d %s; before %s", n, status, body, before)
				}
			}
		})
	}
	programs.Wait()
}

// The server is killed in the middle of writes, which are then all repeated:
// each has its effect once. HOLDFAST_WRITES says how many, and has the program
// built and killed once in each 250 instead of the test's own once.
func TestAPIWritesSurviveAKill(t *testing.T) {
	t.Parallel()
	k := &killed{business: newShop(t, ""), answered: map[int]string{}}
	k.business.write(t, "holdfast.yaml", strings.ReplaceAll(strings.Replace(shop, `0"}`, `0", api_per_minute: 100000}`, 1), "%DIR%", k.dir))
	writes, each := 60, 60
	if n, err := strconv.Atoi(os.Getenv("HOLDFAST_WRITES")); err == nil {
		writes, each, k.binary = n, 250, k.path("holdfast")
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", k.binary, ".").CombinedOutput(); err != nil {
			t.Fatalf("build the program: %v\n%s", err, out)
		}
	}
	k.people(t)
	kills := 0
	for from := 0; from < writes; from += each {
		k.start(t)
		k.send(t, from, min(from+each, writes), from+each/2+kills)
		_ = k.up.Wait()
		kills++
	}
	before := len(k.answered)
	if before < kills || before > writes-kills {
		t.Fatalf("%d of %d writes were answered: the kills came at the wrong time", before, writes)
	}
	k.start(t)
	k.send(t, 0, writes, -1)
	db, orders := k.database(t), 0
	for n := range writes {
		if order(n) {
			orders++
		}
	}
	if n := count(t, db, "SELECT SUM(added) FROM imports WHERE feed = 'orders' AND published > 0"); n != orders {
		t.Errorf("%d orders were added, want %d", n, orders)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM exclusions"); n != writes-orders {
		t.Errorf("a customer was left alone %d times, want %d", n, writes-orders)
	}
	t.Logf("%d writes, %d kills, %d answered before the last", writes, kills, before)
}

// people makes those whom the writes are about, and who may write.
func (k *killed) people(t *testing.T) {
	t.Helper()
	run := func(args ...string) string {
		t.Helper()
		r := holdfast(t, time.Now, k.env, "correct horse battery\n", append([]string{"--config", k.path("holdfast.yaml")}, args...)...)
		if r.code != 0 {
			t.Fatal(r)
		}
		return strings.TrimSpace(r.stdout)
	}
	k.business.write(t, "people.csv", "id,name,phone,town\nc0,A,1,Rome\nc1,B,2,Turin\nc2,C,2,Turin\nc3,D,2,Turin\nc4,E,2,Turin\nc5,F,2,Turin\nc6,G,2,Turin\n")
	run("import", "people", k.path("people.csv"))
	run("user", "add", "oli", "--role", "operator")
	run("user", "add", "mia", "--role", "manager")
	k.till = run("token", "add", "till", "--owner", "oli", "--scopes", "facts")
	k.desk = run("token", "add", "desk", "--owner", "mia", "--scopes", "ask")
	k.customer = int64(count(t, k.database(t), "SELECT MIN(id) FROM customers"))
}
