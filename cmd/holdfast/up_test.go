package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// running is `holdfast up` in this process.
type running struct {
	address string
	stop    context.CancelFunc
	ended   chan int
	stderr  *bytes.Buffer // to be read once it has ended
}

// up starts the program on a free port and waits until the desk is open.
func (b *business) up(t *testing.T) *running {
	t.Helper()
	return b.upAt(t, time.Now)
}

func (b *business) upAt(t *testing.T, now func() time.Time) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{stop: stop, ended: make(chan int, 1), stderr: &bytes.Buffer{}}
	ready := make(chan string, 1)
	go func() {
		r.ended <- Main(ctx, Surroundings{
			Args: []string{"--config", b.path("holdfast.yaml"), "--quiet", "up"}, Stdout: io.Discard, Stderr: r.stderr,
			Stdin: strings.NewReader(""), Getenv: func(k string) string { return b.env[k] }, Now: now,
			Ready: func(address string) { ready <- address },
		})
	}()
	select {
	case r.address = <-ready:
	case code := <-r.ended:
		t.Fatalf("up ended with %d: %s", code, r.stderr)
	case <-time.After(time.Minute):
		t.Fatal("the desk does not open")
	}
	return r
}

// end stops the program as Ctrl+C does and returns its exit code.
func (r *running) end(t *testing.T) int {
	t.Helper()
	r.stop()
	select {
	case code := <-r.ended:
		return code
	case <-time.After(30 * time.Second):
		t.Fatal("up does not end")
		return -1
	}
}

// The whole program on a free port: people made on the command line sign in and
// see what their role may see, nobody else may have the database meanwhile, and
// it ends when it is told to.
func TestUp(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	const password = "correct horse battery"
	roles := map[string]map[string]int{ // path by path, what each role gets
		"agent":    {"/desk": 200, "/risk": 403, "/nights": 403, "/audit": 403},
		"manager":  {"/desk": 200, "/risk": 200, "/nights": 403, "/audit": 403},
		"operator": {"/desk": 403, "/risk": 403, "/nights": 200, "/audit": 200, "/proof": 403},
		"auditor":  {"/desk": 403, "/audit": 200},
	}
	for role := range roles {
		r := holdfast(t, time.Now, b.env, password+"\n", "--config", b.path("holdfast.yaml"), "user", "add", role+".one", "--role", role)
		if r.code != 0 {
			t.Fatalf("user add: %+v", r)
		}
	}
	refuses(t, holdfast(t, time.Now, b.env, "", "--config", b.path("holdfast.yaml"), "user", "add", "late"), 2,
		"give the password on stdin, or run this at a terminal")
	up := b.up(t)
	inUse := "SQLite file " + b.path("shop.db") + " is already in use by holdfast process " + strconv.Itoa(os.Getpid()) + " (up): stop that one, or use it"
	refuses(t, b.run(t, time.Now, "up"), 1, inUse)
	refuses(t, b.run(t, time.Now, "migrate"), 1, inUse)
	refuses(t, b.run(t, time.Now, "restore", b.path("some.backup")), 1, inUse)
	for role, pages := range roles {
		c := visitor(t)
		if code, page := get(t, c, up, "/desk"); code != 401 || !strings.Contains(page, `name="password"`) {
			t.Errorf("before signing in, /desk is %d", code)
		}
		if code, _ := signIn(t, c, up, role+".one", "wrong"); code != 403 {
			t.Errorf("a wrong password: %d", code)
		}
		if code, page := signIn(t, c, up, role+".one", password); code != 200 || strings.Contains(page, `name="password"`) {
			t.Errorf("%s cannot sign in: %d", role, code)
		}
		for path, want := range pages {
			code, page := get(t, c, up, path)
			if code != want || !strings.Contains(page, "<main") {
				t.Errorf("%s at %s: %d, want %d, %d bytes", role, path, code, want, len(page))
			}
		}
	}
	if code, page := get(t, visitor(t), up, "/healthz"); code != 200 || strings.TrimSpace(page) != "ok" {
		t.Errorf("/healthz: %d %q", code, page)
	}
	if code, page := get(t, visitor(t), up, "/readyz"); code != 200 || strings.TrimSpace(page) != "ready" {
		t.Errorf("/readyz: %d %q", code, page)
	}
	if code := up.end(t); code != 0 {
		t.Errorf("up ended with %d: %s", code, up.stderr)
	}
	if c, err := net.Dial("tcp", up.address); err == nil {
		t.Error("the desk is open after the program has ended", c.Close())
	}
	again := b.up(t) // the database is free again
	if code := again.end(t); code != 0 {
		t.Errorf("up ended the second time with %d: %s", code, again.stderr)
	}
}

func visitor(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 30 * time.Second}
}

// get opens a page and returns its code and its text.
func get(t *testing.T, c *http.Client, r *running, path string) (code int, page string) {
	t.Helper()
	answer, err := c.Get("http://" + r.address + path)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, answer)
}

func signIn(t *testing.T, c *http.Client, r *running, name, password string) (code int, page string) {
	t.Helper()
	answer, err := c.PostForm("http://"+r.address+"/sign-in", url.Values{"name": {name}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	return read(t, answer)
}

func read(t *testing.T, answer *http.Response) (code int, page string) {
	t.Helper()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}
