package web_test

import "testing"

// BenchmarkCard reads the card of a task over HTTP.
func BenchmarkCard(b *testing.B) {
	ann := newWorld(b, busy).as(b, "ann")
	card := ann.post("/desk/next", nil).must(b, 200, "What came of it?")
	b.ReportMetric(float64(len(card.body)), "B/card")
	b.ReportAllocs()
	for b.Loop() {
		ann.get(card.path)
	}
}
