package queue

import (
	"testing"
	"time"
)

// FuzzParseSpec: a schedule is refused, or its next slot comes after now.
func FuzzParseSpec(f *testing.F) {
	for _, text := range []string{"30 2 * * *", "@daily", "@every 1s", "TZ=0", "CRON_TZ=x * * * * *", "0 0 31 2 *", "*/0 * * * *", "60-1/99 * * JAN SUN"} {
		f.Add(text)
	}
	now := time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		slots, err := parseSpec(text)
		if err != nil {
			return
		}
		if next := slots.Next(now); !next.IsZero() && !next.After(now) {
			t.Errorf("%q comes next at %v", text, next)
		}
	})
}
