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
