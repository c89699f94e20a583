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
	w.addPromise(11, interventions.Promise{Kind: interventions.DueCallback, What: "call back", DueAt: tuesday.Add(-5 * time.Minute), Owner: "ann", MadeBy: "ann"}, "Europe/London")
	w.addPromise(12, interventions.Promise{Kind: interventions.DuePromise, What: "send the new tariff sheet", DueAt: tuesday.Add(4 * time.Hour), Owner: "ann", MadeBy: "ann"}, "America/New_York")
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
