package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// TestMetricsAreServed by a running program, beside the desk and not on it.
func TestMetricsAreServed(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	b := newShop(t, "")
	file := b.path("holdfast.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(text), "web: {", `web: {metrics: "`+address+`", `, 1)
	if with == string(text) {
		t.Fatal("the shop's configuration has no web section to add to")
	}
	if err := os.WriteFile(file, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
	up := b.up(t)
	if code, _ := get(t, visitor(t), up, "/metrics"); code == http.StatusOK {
		t.Error("the desk serves the metrics")
	}
	r, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(r.Body)
	if e := r.Body.Close(); err != nil || e != nil {
		t.Fatal(err, e)
	}
	for _, want := range []string{`holdfast_jobs{state="dead"} 0`, "holdfast_jobs_overdue 0", "holdfast_promises_late 0", "holdfast_list_late_seconds 0", "holdfast_http_request_duration_seconds_count{", "go_goroutines"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q is not among the metrics:\n%s", want, page)
		}
	}
	if code := up.end(t); code != 0 {
		t.Errorf("up ended with %d: %s", code, up.stderr)
	}
}

// TestMetricsAreAsPrometheusWantsThem: its own parser reads them and its linter
// finds nothing, each state of a job, a task and a night is a series before
// there is one, methods that anybody may invent are none, and a database that
// is away is told from a program that is.
func TestMetricsAreAsPrometheusWantsThem(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	var stderr strings.Builder
	p := &program{
		Surroundings: Surroundings{Stdout: io.Discard, Stderr: &stderr, Stdin: strings.NewReader(""), Getenv: func(k string) string { return b.env[k] }, Now: time.Now},
		configPath:   b.path("holdfast.yaml"), quiet: true,
	}
	err := p.withApp(t.Context(), writes, func(a *app) error {
		a.registry = a.newRegistry()
		desk := a.measured(http.NotFoundHandler())
		for _, method := range []string{"GET", "POST", "PROPFIND", "INVENTED", "FURTHER"} {
			desk.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/customers/4711", nil))
		}
		scrape := func() string {
			w := httptest.NewRecorder()
			promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			if w.Code != http.StatusOK {
				t.Errorf("the scrape was answered with %d: %s", w.Code, w.Body)
			}
			found, err := promlint.New(strings.NewReader(w.Body.String())).Lint()
			if err != nil || len(found) > 0 {
				t.Errorf("Prometheus's linter says %v, %v", found, err)
			}
			var ours strings.Builder
			for line := range strings.Lines(w.Body.String()) {
				if strings.HasPrefix(line, "holdfast_") {
					ours.WriteString(line)
				}
			}
			return ours.String()
		}
		page := scrape()
		for _, want := range []string{
			"holdfast_database_up 1\n", `holdfast_jobs{state="unknown"} 0`, `holdfast_tasks_open{state="callback"} 0`, "holdfast_night_as_of_timestamp_seconds 0\n",
			`holdfast_night_state{state="held"} 0`, "holdfast_night_due_timestamp_seconds 1.", `holdfast_http_request_duration_seconds_count{code="404",method="unknown"} 3`,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not in\n%s", want, page)
			}
		}
		if n := strings.Count(page, "\n"); n > 80 || strings.Contains(page, "4711") {
			t.Errorf("%d series before anything was done:\n%s", n, page)
		}
		if err := a.store.Close(); err != nil {
			return err
		}
		page = scrape()
		if !strings.Contains(page, "holdfast_database_up 0\n") || !strings.Contains(page, "holdfast_http_request_duration_seconds_count") || strings.Contains(page, "holdfast_jobs") {
			t.Errorf("without a database:\n%s", page)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if !strings.Contains(stderr.String(), "the database did not answer for the metrics") {
		t.Errorf("the log says %s", &stderr)
	}
}
