package history_test

import (
	"testing"
	"time"

	"holdfast/history"
)

func TestContentHashIsOfWhatIsSaid(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	hash := func(change func(*history.Fact)) uint64 {
		t.Helper()
		f := history.Fact{
			Stamp: history.Stamp{Customer: 7, Ref: 1, Occurred: at, Recorded: at}, Kind: history.FactProfile,
			Body: history.Profile{Attributes: map[string]string{"a": "1", "b": "2", "c": "3"}},
		}
		change(&f)
		h, err := history.ContentHash(f)
		if err != nil || h == 0 {
			t.Fatalf("hash %d, %v", h, err)
		}
		return h
	}
	want := hash(func(*history.Fact) {})
	for name, c := range map[string]struct {
		change func(*history.Fact)
		same   bool
	}{
		"again":      {func(*history.Fact) {}, true},
		"other zone": {func(f *history.Fact) { f.Occurred = at.In(time.FixedZone("x", 3600)) }, true},
		"recorded":   {func(f *history.Fact) { f.Recorded, f.Import, f.Assumed = at.Add(1), 9, true }, true},
		"occurred":   {func(f *history.Fact) { f.Occurred = at.Add(time.Microsecond) }, false},
		"value":      {func(f *history.Fact) { f.Body = history.Profile{Attributes: map[string]string{"a": "1"}} }, false},
		"other kind": {func(f *history.Fact) { f.Kind = history.FactIssue }, false},
	} {
		if got := hash(c.change); (got == want) != c.same {
			t.Errorf("%s: hash %x against %x", name, got, want)
		}
	}
	if _, err := history.ContentHash(history.Fact{Body: func() {}}); err == nil {
		t.Error("a body that cannot be written has a hash")
	}
}
