package store

import (
	"testing"

	"holdfast/internal/fault"
)

// FuzzRiskCursor: what is sent as a page of the risk list is a place in it or
// Invalid.
func FuzzRiskCursor(f *testing.F) {
	for _, text := range []string{"0.5:7", "NaN:1", "-Inf:9223372036854775808", ":", "1:", "0x1p-2:3", "1e999:1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, _, err := parseCursor(text); err != nil && fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	})
}
