package store

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
)

// The slow twin of replaced: try every version against every month.
func TestReplacedIsLiveNowhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var entries []manifestEntry
		newest := int64(0)
		for partition := range 2 {
			for month := range rapid.IntRange(0, 3).Draw(t, "months") {
				version := int64(0)
				for range rapid.IntRange(1, 5).Draw(t, "entries") {
					version += rapid.Int64Range(1, 4).Draw(t, "step")
					entries = append(entries, manifestEntry{Partition: partition, Month: month, Version: version})
				}
				newest = max(newest, version)
			}
		}
		versions := append(rapid.SliceOf(rapid.Int64Range(0, newest)).Draw(t, "pins"), newest)
		live := map[manifestEntry]bool{}
		for _, v := range versions {
			at := map[[2]int]manifestEntry{}
			for _, e := range entries {
				if e.Version <= v {
					at[[2]int{e.Partition, e.Month}] = e
				}
			}
			for _, e := range at {
				live[e] = true
			}
		}
		var want []manifestEntry
		for _, e := range entries {
			if !live[e] {
				want = append(want, e)
			}
		}
		if diff := cmp.Diff(want, replaced(entries, versions)); diff != "" {
			t.Fatalf("replaced (-want +got):\n%s", diff)
		}
	})
}

func TestValuesSurviveABackup(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		row := []any{
			nil, rapid.Int64().Draw(t, "int"), rapid.Float64().Draw(t, "float"), rapid.String().Draw(t, "text"),
			rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"), int64(math.MinInt64), math.Inf(-1),
		}
		var file bytes.Buffer
		w := &valueWriter{w: bufio.NewWriter(&file)}
		for _, v := range row {
			if err := w.value(v); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.w.WriteByte(tagEnd), w.w.Flush()); err != nil {
			t.Fatal(err)
		}
		whole := file.Bytes()
		r := &valueReader{bufio.NewReader(&file)}
		got, ok, err := r.row(len(row))
		if err != nil || !ok {
			t.Fatalf("read: %v, %v", ok, err)
		}
		if diff := cmp.Diff(row, got); diff != "" {
			t.Fatalf("row (-want +got):\n%s", diff)
		}
		if _, ok, err := r.row(len(row)); ok || err != nil {
			t.Fatalf("after the end: %v, %v", ok, err)
		}
		cut := rapid.IntRange(0, len(whole)-2).Draw(t, "cut")
		r = &valueReader{bufio.NewReader(bytes.NewReader(whole[:cut]))}
		if _, _, err := r.row(len(row)); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole), err)
		}
	})
}

func FuzzBackupValues(f *testing.F) {
	f.Add([]byte("NI\x02T\x01aB\x00E"))
	f.Add([]byte("T\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &valueReader{bufio.NewReader(bytes.NewReader(data))}
		for {
			row, ok, err := r.row(2)
			if err != nil || !ok {
				return
			}
			if len(row) != 2 {
				t.Fatalf("a row of %d", len(row))
			}
		}
	})
}

func TestUnknownValuesAreNotBackedUp(t *testing.T) {
	t.Parallel()
	w := &valueWriter{w: bufio.NewWriter(io.Discard)}
	if err := w.value(time.Time{}); err == nil {
		t.Error("a time was written though no column may hold one")
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		got  []string
		want string
	}{
		{customerTerms(history.Customer{Key: " AB-1 ", Name: "Zoë O'Hara-李"}), "k:ab-1 n:zoë n:o'hara n:李"},
		{customerTerms(history.Customer{Key: "1", Name: "a b c d e f"}), "k:1 n:a n:b n:c n:d"},
		{pointTerms(history.ContactPoint{Channel: "phone", Value: "+49 (30) 12"}), "p:210394"},
		{pointTerms(history.ContactPoint{Channel: "email", Value: " A@B.c "}), "e:a@b.c"},
		{pointTerms(history.ContactPoint{Channel: "post", Value: "Main St 5 12345"}), ""},
		{pointTerms(history.ContactPoint{Channel: "phone", Value: "unknown"}), ""},
	} {
		if got := strings.Join(c.got, " "); got != c.want {
			t.Errorf("terms %q, want %q", got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		c := history.Customer{Key: rapid.String().Draw(t, "key"), Name: rapid.String().Draw(t, "name")}
		for _, term := range customerTerms(c) {
			if len(term) > maxTerm || strings.ContainsRune(term, 0) || strings.ToValidUTF8(term, "") != term {
				t.Fatalf("term %q", term)
			}
		}
	})
}

func TestInstants(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{
		{}, time.Date(1969, 7, 20, 20, 17, 40, 1000, time.UTC), time.Date(2026, 3, 29, 2, 30, 0, 999999000, time.UTC),
	} {
		if got := instantOrZero(microsOrZero(at)); !got.Equal(at) || got.Location() != time.UTC && !at.IsZero() {
			t.Errorf("%v became %v", at, got)
		}
	}
	if got := instant(micros(time.Unix(0, 0))); got.Unix() != 0 {
		t.Errorf("the epoch became %v", got)
	}
	if got, want := monthOf(micros(time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC))), 1969*12+11; got != want {
		t.Errorf("month %d, want %d", got, want)
	}
}

func TestChunksCoverAll(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		covered := 0
		if err := chunks(n, 5, func(from, to int) error {
			if from != covered || to-from > 5 || to <= from {
				t.Errorf("chunk [%d, %d) of %d after %d", from, to, n, covered)
			}
			covered = to
			return nil
		}); err != nil || covered != n {
			t.Errorf("%d of %d covered (%v)", covered, n, err)
		}
	}
	boom := errors.New("boom")
	if err := chunks(9, 5, func(int, int) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
}
