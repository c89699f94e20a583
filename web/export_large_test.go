package web_test

import (
	"bytes"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/web"
)

// endless is a risk list of that many customers, made one by one, that looks at
// the memory in use on the way.
type endless struct {
	rows        int
	first, most uint64 // bytes of live heap, at the first look and of all
}

func (e *endless) each(f func(web.RiskRow) error) error {
	row := web.RiskRow{Name: "José Ramón Álvarez de la Cruz", Source: "crm", Segment: "private", Risk: .31, ValueMinor: 61_000, TenureDays: 900, Reason: "No purchase for 74 days; usually 21"}
	for i := range e.rows {
		row.Customer, row.Key = history.CustomerID(i+1), "C"+web.Number(i)
		if err := f(row); err != nil {
			return err
		}
		if i%(e.rows/8) == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			if i == 0 {
				e.first = m.HeapAlloc
			}
			e.most = max(e.most, m.HeapAlloc)
		}
	}
	return nil
}

// TestALargeExportIsStreamed reads an export of 200,000 rows, of a million with
// HOLDFAST_BENCH=1, and finds all of them while the memory in use does not grow.
func TestALargeExportIsStreamed(t *testing.T) {
	rows := 200_000
	if os.Getenv("HOLDFAST_BENCH") != "" {
		rows = 1_000_000
	}
	list := &endless{rows: rows}
	w := newWorld(t, func(w *world) { w.each = list.each })
	b, began := w.as(t, "mia"), time.Now()
	answer, err := b.http.Get(w.server.URL + "/risk.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines, size := 0, 0
	block := make([]byte, 1<<16)
	for {
		n, err := answer.Body.Read(block)
		lines, size = lines+bytes.Count(block[:n], []byte("\n")), size+n
		if err != nil {
			break
		}
	}
	if answer.StatusCode != http.StatusOK || lines != list.rows+1 {
		t.Errorf("%d: %d lines of %d rows", answer.StatusCode, lines, list.rows)
	}
	t.Logf("%d rows, %d bytes in %s; heap %d KiB at the first, at most %d", list.rows, size, time.Since(began).Round(time.Millisecond), list.first>>10, list.most>>10)
	if list.most > list.first+uint64(size)/4 {
		t.Errorf("an export of %d bytes holds %d of them", size, list.most-list.first)
	}
}
