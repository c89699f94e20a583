package history_test

import (
	"testing"

	"holdfast/history"
)

// FuzzLag: a lag is refused, or written and read again the same.
func FuzzLag(f *testing.F) {
	for _, text := range []string{"2d", "36h", "1d12h", "-1d", "1d-12h", "99999d", "d", "1dd", "1d 2h", "0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var lag, again history.Lag
		if lag.UnmarshalText([]byte(text)) != nil {
			return
		}
		written, err := lag.MarshalText()
		if err == nil {
			err = again.UnmarshalText(written)
		}
		if err != nil || again != lag {
			t.Errorf("%q is written as %q and read as %v, not %v: %v", text, written, again, lag, err)
		}
	})
}
