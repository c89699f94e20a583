package locale_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/locale"
)

// TestWhatIsWrittenIsFound: every locale finds its own dates, numbers and
// amounts again inside a text, and nothing else.
func TestWhatIsWrittenIsFound(t *testing.T) {
	t.Parallel()
	plain := of(t, "en-GB", "")
	rapid.Check(t, func(r *rapid.T) {
		w := of(t, rapid.SampledFrom(locale.Tags()).Draw(r, "locale"), rapid.SampledFrom([]string{"EUR", "GBP", "SEK", "KWD"}).Draw(r, "currency"))
		day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 20000).Draw(r, "day"))
		if got := w.Dates("since "+w.Date(day)+" (x)", func(d time.Time) string { return d.Format(time.DateOnly) }); got != "since "+day.Format(time.DateOnly)+" (x)" {
			r.Fatalf("%s became %q", w.Date(day), got)
		}
		n := rapid.Int64Range(0, 1e9).Draw(r, "number")
		want := map[bool]string{}
		want[false], want[true] = plain.Number(n), plain.Number(n)
		for _, amount := range []bool{false, true} {
			text := w.Number(n)
			if amount {
				text = w.Money(n * w.Unit())
			}
			got := w.Numbers("a "+text+" b", func(english string, is bool) string {
				if is != amount {
					r.Fatalf("%q is an amount: %v", text, is)
				}
				return "[" + english + "]"
			})
			if got != "a ["+want[amount]+"] b" && n >= 10000 {
				r.Fatalf("%q became %q", text, got)
			}
		}
	})
}
