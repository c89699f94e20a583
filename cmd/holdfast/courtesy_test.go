package main

import (
	"context"
	"testing"
	"time"

	"holdfast/internal/holdfasttest"
)

// While the desk is used one shard of two runs, and a while later both.
func TestCourtesyWhileTheDeskIsUsed(t *testing.T) {
	t.Parallel()
	clock := holdfasttest.NewClock(time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC))
	c := newCourtesy(clock.Now, 2)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	// may says whether another shard may begin at once.
	may := func() bool {
		_, err := c.enter(over)
		return err == nil
	}
	for range 3 {
		if !may() {
			t.Fatal("nobody is at the desk, and a shard waits")
		}
	}
	c.request()
	leave, err := c.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if may() {
		t.Fatal("a second shard runs beside the desk")
	}
	leave()
	if leave, err = c.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock.Advance(usedFor + time.Second)
	if !may() {
		t.Fatal("a shard waits for people who have gone")
	}
	leave()
	var none *courtesy
	if leave, err = none.enter(over); err != nil {
		t.Fatal(err)
	}
	leave()
}

// Of two processes of a machine with two processors, one runs a shard.
func TestCourtesyAmongProcesses(t *testing.T) {
	t.Parallel()
	clock := holdfasttest.NewClock(time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC))
	machine := make(chan struct{}, 1)
	join := func() *courtesy {
		c := newCourtesy(clock.Now, 2)
		c.shared = func(context.Context, int) (func(), bool, error) {
			select {
			case machine <- struct{}{}:
				return func() { <-machine }, true, nil
			default:
				return nil, false, nil
			}
		}
		c.request()
		return c
	}
	one, other := join(), join()
	leave, err := one.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 3*turnEvery)
	defer cancel()
	if _, err := other.enter(soon); err == nil {
		t.Fatal("two processes run a shard each beside the desk")
	}
	leave()
	for range 2 { // nothing is left taken by who waited in vain
		leave, err := other.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		leave()
	}
}

// The process with the desk takes a turn at once while it is the only one, and
// otherwise what another leaves for a while.
func TestCourtesyOfTheHost(t *testing.T) {
	t.Parallel()
	clock := holdfasttest.NewClock(time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC))
	c := newCourtesy(clock.Now, 2)
	others := true
	c.joined = func(context.Context) (bool, error) { return others, nil }
	looks, left, taken := 0, 0, 3 // the third look finds another's shard
	c.shared = func(context.Context, int) (func(), bool, error) {
		looks++
		return func() { left++ }, looks != taken, nil
	}
	enter := func(want int) {
		t.Helper()
		c.request()
		looks, left = 0, 0
		leave, err := c.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		leave()
		if free := looks - min(1, taken); looks != want || left != free {
			t.Errorf("%d looks, %d of them left, want %d", looks, left, want)
		}
	}
	enter(3 + freeLooks)
	taken = 0
	enter(freeLooks)
	others = false
	enter(1)
}
