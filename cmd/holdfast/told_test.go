package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"holdfast/channels"
)

// receiver is another system that is told of events. It takes what the Standard
// Webhooks library finds to be signed well and to be of now.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	calls []call
	says  func(made int) int // the status of a call, by how many were made before
}

// call is one delivery that was signed well.
type call struct {
	id     string
	at     time.Time
	status int
	event  channels.Event
}

func newReceiver(t *testing.T, secret string, says func(made int) int) *receiver {
	t.Helper()
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{says: says}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		c := call{id: req.Header.Get("webhook-id"), at: time.Now()}
		if err := wh.Verify(body, req.Header); err != nil {
			t.Errorf("%s: %v", c.id, err)
		}
		if err := wh.Verify(append(bytes.Clone(body), ' '), req.Header); err == nil {
			t.Error("what was changed on its way has a good signature")
		}
		if err := json.Unmarshal(body, &c.event); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		c.status = r.says(len(r.calls))
		r.calls = append(r.calls, c)
		w.WriteHeader(c.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]call(nil), r.calls...)
}

// A customer who rings stays, and two systems are told, by the whole program:
// one takes it when it is up again, at growing distances and under one id; the
// other refuses it, which then stands among the stuck jobs until somebody has
// it told again.
func TestSystemsAreToldAndToldAgain(t *testing.T) {
	t.Parallel()
	secret := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	mended := make(chan struct{})
	slow := newReceiver(t, secret, func(made int) int {
		if made < 3 {
			return http.StatusServiceUnavailable
		}
		return http.StatusNoContent
	})
	strict := newReceiver(t, secret, func(int) int {
		select {
		case <-mended:
			return http.StatusOK
		default:
			return http.StatusBadRequest
		}
	})
	b := newShop(t, queueOfSeconds+fmt.Sprintf(`channels: {subscribers: [{name: slow, url: %q, events: [save.claimed]}, {name: strict, url: %q, events: [save.claimed]}]}
`, slow.URL, strict.URL))
	b.env[channels.EnvironmentSecret] = secret
	worked, run := b.rings(t)

	waitFor(t, func() bool { return len(slow.got()) == 4 && len(strict.got()) == 1 })
	calls := slow.got()
	for i, c := range calls {
		if c.id != calls[0].id || c.event.Type != channels.SaveClaimed || c.event.Data.Task != worked || c.event.Data.Disposition != "saved_no_offer" {
			t.Errorf("call %d is %+v", i, c)
		}
	}
	for i, least := range []time.Duration{50, 100, 200} { // half of 100 ms, doubled each time
		if waited := calls[i+1].at.Sub(calls[i].at); waited < least*time.Millisecond {
			t.Errorf("call %d came after %v, want %d ms at least", i+1, waited, least)
		}
	}
	var jobs struct {
		Jobs []struct {
			ID                 int64
			Kind, State, Error string
		}
	}
	waitFor(t, func() bool {
		jobs.Jobs = nil
		if err := json.Unmarshal([]byte(run(http.MethodGet, "/jobs", "", 200)), &jobs); err != nil {
			t.Fatal(err)
		}
		return len(jobs.Jobs) > 0
	})
	j := jobs.Jobs[0]
	if len(jobs.Jobs) != 1 || j.Kind != "tell" || j.State != "dead" || !strings.Contains(j.Error, "tell strict of save.claimed: the webhook receiver refused the message with 400") {
		t.Fatalf("stuck are %+v", jobs.Jobs)
	}
	close(mended)
	run(http.MethodPost, fmt.Sprintf("/jobs/%d/retry", j.ID), "", 204)
	waitFor(t, func() bool { return len(strict.got()) == 2 })
	if again := strict.got(); again[1].id != again[0].id || again[1].status != http.StatusOK || again[0].id == calls[0].id {
		t.Errorf("told again as %+v", again)
	}
	waitFor(t, func() bool { return strings.Contains(run(http.MethodGet, "/jobs", "", 200), `"jobs":[]`) })
}

// rings opens the program, and has a customer ring who stays. It returns the
// task, and how to call the API.
func (b *business) rings(t *testing.T) (task int64, call func(method, path, body string, want int) string) {
	t.Helper()
	run := func(args ...string) string {
		t.Helper()
		r := holdfast(t, time.Now, b.env, "correct horse battery\n", append([]string{"--config", b.path("holdfast.yaml")}, args...)...)
		if r.code != 0 {
			t.Fatal(r)
		}
		return strings.TrimSpace(r.stdout)
	}
	run("import", "people", b.write(t, "people.csv", "id,name,phone,town\nc0,Anna,1,Rome\n"))
	run("user", "add", "root", "--role", "admin")
	secret := run("token", "add", "all", "--owner", "root", "--scopes", "tasks,read,operate")
	up := b.up(t)
	t.Cleanup(func() { up.end(t) })
	var tag string
	call = func(method, path, body string, want int) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+up.address+"/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("If-Match", tag)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		code, text := read(t, resp)
		if code != want {
			t.Fatalf("%s %s: %d %s", method, path, code, text)
		}
		tag = resp.Header.Get("Etag")
		return text
	}
	customer := count(t, b.database(t), "SELECT MIN(id) FROM customers")
	var opened struct{ ID int64 }
	if err := json.Unmarshal([]byte(call(http.MethodPost, "/inbound", fmt.Sprintf(`{"customer": %d, "channel": "phone"}`, customer), 200)), &opened); err != nil {
		t.Fatal(err)
	}
	call(http.MethodPost, fmt.Sprintf("/tasks/%d/save", opened.ID), `{"disposition": "saved_no_offer"}`, 200)
	return opened.ID, call
}
