package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
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
	for _, want := range []string{`holdfast_jobs{state="dead"} 0`, "holdfast_jobs_overdue 0", "holdfast_promises_late 0", "holdfast_list_late_seconds 0", "holdfast_http_request_seconds_count{", "go_goroutines"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q is not among the metrics:\n%s", want, page)
		}
	}
	if code := up.end(t); code != 0 {
		t.Errorf("up ended with %d: %s", code, up.stderr)
	}
}
