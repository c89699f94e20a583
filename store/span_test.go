package store_test

import (
	"testing"
	"time"

	"holdfast/history"
)

// What is true without a date, such as most profiles, neither begins the history
// nor ends it.
func TestSpanIsOfDatedFacts(t *testing.T) {
	forEachBench(t, func(b bench) {
		id := b.begin()
		b.customers(id, customer(5, 1, "A5", "Eve Stone"))
		undated := profile(5, 50, day(1, 5), "x")
		undated.Occurred = time.UnixMicro(0).UTC()
		must(b.T, b.SaveFacts(b.Context(), id, 1, []history.Fact{undated}))
		b.publish(id)
		if first, last, err := b.Span(b.Context()); err != nil || !first.IsZero() || !last.IsZero() {
			b.Errorf("without a date: %v to %v, %v", first, last, err)
		}
		id = b.begin()
		must(b.T, b.SaveFacts(b.Context(), id, 1, []history.Fact{profile(5, 51, day(1, 7), "y"), profile(5, 52, day(2, 7), "z")}))
		b.publish(id)
		if first, last, err := b.Span(b.Context()); err != nil || !first.Equal(day(1, 7)) || !last.Equal(day(2, 7)) {
			b.Errorf("%v to %v, %v; want 7 January to 7 February", first, last, err)
		}
	})
}
