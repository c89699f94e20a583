package web_test

import (
	"net"
	"os"
	"testing"
	"time"

	"holdfast/interventions"
)

// busy fills the queue: two promises, work for the day, an open issue, and a
// contact history.
func busy(w *world) {
	for n := 1; n <= 10; n++ {
		w.addTask(n)
	}
	w.addTask(11, func(t *interventions.Task) {
		t.State, t.DueKind, t.DueAt, t.Owner, t.Promise = interventions.TaskCallback, interventions.DueCallback, tuesday.Add(-5*time.Minute), "ann", 1
		t.Reason = "call back"
		t.StartedAt, t.Attempts, t.FirstAttempt = tuesday.AddDate(0, 0, -1), 1, tuesday.AddDate(0, 0, -1)
	})
	w.addTask(12, func(t *interventions.Task) {
		t.State, t.DueKind, t.DueAt, t.Owner, t.Promise = interventions.TaskCallback, interventions.DuePromise, tuesday.Add(4*time.Hour), "ann", 2
		t.Reason, t.Zone = "send the new tariff sheet", "America/New_York"
	})
	w.contacts[1] = contactsOf()
}

// TestServe keeps the pages up for looking at them: HOLDFAST_SERVE=:8099 go test -run TestServe.
func TestServe(t *testing.T) {
	addr := os.Getenv("HOLDFAST_SERVE")
	if addr == "" {
		t.Skip("set HOLDFAST_SERVE to an address to look at the pages")
	}
	w := newWorld(t, busy)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(w.server.Config.Serve(l))
}
