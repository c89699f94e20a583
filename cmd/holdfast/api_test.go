package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var deskAddress = regexp.MustCompile(`http://[\d.]+:\d+`)

// send posts one order with its idempotency key; an error is the connection's.
func send(address, secret string, n int) (status int, body string, err error) {
	rows := fmt.Sprintf(`{"rows":[{"order":"%d","customer":"c%d","day":"2026-01-05","amount":"5.00"}]}`, n, n%7)
	r, err := http.NewRequest(http.MethodPost, address+"/api/v1/feeds/orders/rows", strings.NewReader(rows))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Idempotency-Key", fmt.Sprintf("order-%d", n))
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer got.Body.Close()
	all, err := io.ReadAll(got.Body)
	return got.StatusCode, string(all), err
}

// The server is killed in the middle of writes, which are then all repeated:
// each has its effect once.
func TestAPIWritesSurviveAKill(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	run := func(args ...string) result {
		t.Helper()
		return holdfast(t, time.Now, b.env, "correct horse battery\n", append([]string{"--config", b.path("holdfast.yaml")}, args...)...)
	}
	b.write(t, "people.csv", "id,name,phone,town\nc0,A,1,Rome\nc1,B,2,Turin\nc2,C,2,Turin\nc3,D,2,Turin\nc4,E,2,Turin\nc5,F,2,Turin\nc6,G,2,Turin\n")
	for _, args := range [][]string{{"import", "people", b.path("people.csv")}, {"user", "add", "oli", "--role", "operator"}} {
		if r := run(args...); r.code != 0 {
			t.Fatal(r)
		}
	}
	secret := strings.TrimSpace(run("token", "add", "till", "--owner", "oli", "--scopes", "facts").stdout)
	const writes = 60
	up := b.upAsProcess(t)
	address := deskAddress.FindString(string(up.Stderr.(*openDesk).text))
	var sent atomic.Int64
	answered := map[int]string{}
	for n := range writes {
		if n == writes/2 {
			go func() { // in the middle of one of the next
				for sent.Load() < writes/2+3 {
					time.Sleep(time.Millisecond)
				}
				_ = up.Process.Kill()
			}()
		}
		sent.Add(1)
		status, body, err := send(address, secret, n)
		if err != nil {
			break
		}
		if status != http.StatusOK {
			t.Fatalf("order %d: %d %s", n, status, body)
		}
		answered[n] = body
	}
	_ = up.Wait()
	if len(answered) == writes {
		t.Fatal("the kill came too late")
	}
	address = deskAddress.FindString(string(b.upAsProcess(t).Stderr.(*openDesk).text))
	for n := range writes {
		status, body, err := send(address, secret, n)
		if err != nil || status != http.StatusOK || (answered[n] != "" && body != answered[n]) {
			t.Errorf("order %d again: %d %s, %v; before %s", n, status, body, err, answered[n])
		}
	}
	db := b.database(t)
	if n := count(t, db, "SELECT SUM(added) FROM imports WHERE feed = 'orders'"); n != writes {
		t.Errorf("%d orders were added, want %d", n, writes)
	}
	t.Logf("%d writes, %d answered before the kill", writes, len(answered))
}
