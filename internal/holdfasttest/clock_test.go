package holdfasttest_test

import (
	"sync"
	"testing"
	"time"

	"holdfast/internal/holdfasttest"
)

func TestClockMovesOnlyWhenTold(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 29, 3, 0, 0, 0, time.FixedZone("summer", 7200))
	c := holdfasttest.NewClock(start)
	if got := c.Now(); !got.Equal(start) || got.Location() != time.UTC {
		t.Errorf("Now = %v, want %v in UTC", got, start)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 100 {
				c.Advance(time.Second)
				c.Now()
			}
		})
	}
	wg.Wait()
	if got, want := c.Now(), start.Add(1600*time.Second); !got.Equal(want) {
		t.Errorf("after 1600 steps of a second: %v, want %v", got, want)
	}
	if c.Set(start); !c.Now().Equal(start) {
		t.Errorf("Set did not set: %v", c.Now())
	}
}
