package web_test

import (
	"testing"

	"holdfast/internal/locale"
)

// TestPagesWriteAsTheBusinessDoes: dates, numbers and amounts in its locale on
// pages, plain ones in files and the API, and filters that take what is shown.
func TestPagesWriteAsTheBusinessDoes(t *testing.T) {
	t.Parallel()
	german, err := locale.New("de-DE", "EUR")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, busy, func(w *world) { w.writer = german })
	mia := w.as(t, "mia")
	mia.get("/morning").must(t, 200, "61.000\u00a0€", "5.942").without(t, "€6", "5,942", " Mar ")
	mia.get("/risk?min_value=1,50").must(t, 200, "\u00a0€")
	mia.get("/risk?min_value=1000,505").must(t, 422, "finer than EUR")
	mia.get("/risk.csv").must(t, 200).without(t, "€", "\u00a0")
	w.as(t, "oli").get("/nights").must(t, 200, "10.03.2026, 02:00").without(t, "10 Mar 2026")
	w.as(t, "ann").post("/desk/next", nil).must(t, 200, "Tue 10.03., 11:00", "15\u00a0€")
}
