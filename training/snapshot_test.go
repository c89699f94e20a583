package training_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/training"
)

var sameBits = cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })

// The rows do not depend on how the customers are spread over partitions, nor
// on how many are read at a time. It changes the number of processors, so it is
// not parallel.
func TestRowsDependOnNothingElse(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, budget := range []int{100_000, 300} {
		var first *training.Sample
		for _, c := range []struct{ partitions, workers int }{{1, 1}, {8, 1}, {8, 4}, {32, 3}} {
			runtime.GOMAXPROCS(c.workers)
			b := snapshots(t, shop(t, 400, c.partitions, 3))
			b.Budget = budget
			s := build(t, b)
			if s.Rows() == 0 || s.Rows() > budget {
				t.Fatalf("%d rows under a budget of %d", s.Rows(), budget)
			}
			if first == nil {
				first = s
				continue
			}
			if diff := cmp.Diff(first, s, cmpopts.IgnoreUnexported(training.Sample{}), sameBits); diff != "" {
				t.Errorf("%d partitions and %d workers give other rows:\n%.2000s", c.partitions, c.workers, diff)
			}
		}
	}
}

// Sampling keeps a share of the rows, weighs them up to all, and keeps the same
// ones as the budget shrinks.
func TestSamplingKeepsTheWhole(t *testing.T) {
	t.Parallel()
	b := snapshots(t, shop(t, 1500, 4, 5))
	whole := build(t, b)
	type key struct {
		customer int64
		date     int
	}
	keys := func(s *training.Sample) map[key]bool {
		out := map[key]bool{}
		for i := range s.Y {
			out[key{s.Customer[i], s.Date[i]}] = true
		}
		return out
	}
	all := keys(whole)
	if whole.Seen != whole.Rows() || len(all) != whole.Rows() {
		t.Fatalf("%d rows of %d seen, %d of them distinct", whole.Rows(), whole.Seen, len(all))
	}
	for _, budget := range []int{2000, 1000, 500} {
		b.Budget = budget
		s := build(t, b)
		weight := 0.0
		for _, w := range s.W {
			weight += w
		}
		if s.Rows() > budget || s.Rows() < budget/3 || s.Seen != whole.Seen || s.Leavers != whole.Leavers {
			t.Errorf("budget %d: %d rows of %d seen, %d leavers, want %d", budget, s.Rows(), s.Seen, s.Leavers, whole.Leavers)
		}
		if math.Abs(weight/float64(whole.Seen)-1) > .15 {
			t.Errorf("budget %d: the weights add up to %.0f of %d", budget, weight, whole.Seen)
		}
		if math.Abs(s.BaseRate()-whole.BaseRate()) > .06 {
			t.Errorf("budget %d: base rate %.3f, want near %.3f", budget, s.BaseRate(), whole.BaseRate())
		}
		for k := range keys(s) {
			if !all[k] {
				t.Fatalf("budget %d made a row of its own: %+v", budget, k)
			}
		}
		all = keys(s)
	}
}

func TestImmatureRowsAreLeftOut(t *testing.T) {
	t.Parallel()
	b := snapshots(t, shop(t, 300, 2, 7))
	b.KnownAt = b.Dates[1].AddDate(0, 0, 60) // the second has just matured, the third has not
	s := build(t, b)
	if slices.Contains(s.Date, 2) || !slices.Contains(s.Date, 1) || s.Immature == 0 {
		t.Errorf("dates %v, %d immature", s.Date, s.Immature)
	}
	b.KnownAt = b.KnownAt.Add(-time.Second)
	if s := build(t, b); slices.Contains(s.Date, 1) {
		t.Error("a window that ends in a second counts as final")
	}
}

// All rows of a customer carry one household, so that no fold can part them.
func TestOneHouseholdPerCustomer(t *testing.T) {
	t.Parallel()
	s := build(t, snapshots(t, shop(t, 400, 4, 3)))
	of := map[int64]int64{}
	for i, c := range s.Customer {
		if h, ok := of[c]; ok && h != s.Household[i] {
			t.Fatalf("customer %d is in households %d and %d", c, h, s.Household[i])
		}
		of[c] = s.Household[i]
	}
}

func TestBuildRefusals(t *testing.T) {
	t.Parallel()
	b := snapshots(t, shop(t, 10, 1, 1))
	b.Dates = nil
	if _, err := b.Build(context.Background()); fault.Of(err) != fault.Invalid {
		t.Errorf("no dates: %v", err)
	}
	b = snapshots(t, away{})
	if _, err := b.Build(context.Background()); err == nil || !strings.Contains(err.Error(), "read partition 0: the disk is away") {
		t.Errorf("a reader that fails: %v", err)
	}
}

type away struct{}

func (away) Partitions() int { return 1 }

func (away) LoadShard(context.Context, int, int64) (*history.Shard, error) {
	return nil, errors.New("the disk is away")
}

// No window of a date that may be trained on reaches past the test date, where
// the window of the test begins, and the newest such date is not missed.
func TestEmbargo(t *testing.T) {
	t.Parallel()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		def := shopChurn(t, rapid.IntRange(0, 30).Draw(rt, "lead"))
		at := time.Date(2025, 1, 1, 0, 0, 0, 0, london).AddDate(0, 0, rapid.IntRange(0, 365).Draw(rt, "test"))
		from := at.AddDate(0, 0, -rapid.IntRange(0, 400).Draw(rt, "history"))
		every, n := rapid.IntRange(1, 40).Draw(rt, "every"), rapid.IntRange(1, 30).Draw(rt, "at most")
		dates := training.TrainingDates(def, from, at, every, n)
		begins, _ := def.Window(at)
		for i, d := range dates {
			_, ends := def.Window(d)
			if ends.After(at) || ends.After(begins) || def.MaturesAt(d).After(at) {
				rt.Fatalf("the window of %v ends %v, after the test at %v", d, ends, at)
			}
			if d.Before(from) || d.Hour() != 0 {
				rt.Fatalf("%v is before the history begins at %v, or no midnight", d, from)
			}
			if i > 0 && !d.Equal(dates[i-1].AddDate(0, 0, every)) {
				rt.Fatalf("%v follows %v by other than %d days", d, dates[i-1], every)
			}
		}
		newest := training.NewestMatured(def, at)
		if def.MaturesAt(newest).After(at) || !def.MaturesAt(newest.AddDate(0, 0, 1)).After(at) {
			rt.Fatalf("%v is not the newest matured date at %v", newest, at)
		}
		if len(dates) > n || (len(dates) > 0 && !dates[len(dates)-1].Equal(newest)) || (len(dates) == 0) != newest.Before(from) {
			rt.Fatalf("dates %v from %v, newest %v", dates, from, newest)
		}
		if kept := training.Matured(dates, def, at); len(kept) != len(dates) {
			rt.Fatalf("%d of %d dates have matured", len(kept), len(dates))
		}
	})
}

func TestEvery(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		months, days int
		want         []string
	}{
		"months": {1, 0, []string{"2025-01-31", "2025-03-03", "2025-03-31"}}, // 31 February is 3 March
		"days":   {0, 30, []string{"2025-01-31", "2025-03-02"}},
		"none":   {0, 0, nil},
	} {
		var got []string
		for _, d := range training.Every(day("2025-01-31"), day("2025-03-31"), c.months, c.days) {
			got = append(got, d.Format(time.DateOnly))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
