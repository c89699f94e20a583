package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/store"
)

func TestAFullDiskIsSaidPlainly(t *testing.T) {
	t.Parallel()
	b := bench{t, open(t, newConfig(t, "sqlite"), options())}
	people(b)
	store.FillDisk(t, b.Store)
	id := b.begin()
	var err error
	for i := int64(0); err == nil && i < 1000; i++ {
		facts := make([]history.Fact, 250)
		for k := range facts {
			facts[k] = profile(5, 1000+i*250+int64(k), noon, strings.Repeat("x", 500))
		}
		err = b.SaveFacts(b.Context(), id, 1, facts)
	}
	kind(t, fault.Unavailable, err)
	if !strings.Contains(fmt.Sprint(err), "is full: free some space and run it again") {
		t.Errorf("error %v", err)
	}
	b.want(1, 0, "c5 c6 e5/5 e6/6 f5/5 f6/6 ")
}

func TestALostConnectionIsUnavailable(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t, "postgres")
	s := open(t, cfg, options())
	err := store.CutConnection(t, s)
	kind(t, fault.Unavailable, err)
	if !strings.Contains(fmt.Sprint(err), "does not answer") {
		t.Errorf("error %v", err)
	}
	if _, err := s.Setting(t.Context(), "partitions"); err != nil { // and the next one reconnects
		t.Error(err)
	}
}

func TestACancelledCallIsNotAFailureOfTheDatabase(t *testing.T) {
	forEachBench(t, func(b bench) {
		ctx, cancel := context.WithTimeout(b.Context(), time.Nanosecond)
		defer cancel()
		<-ctx.Done()
		for _, err := range []error{
			b.RecordFacts(ctx, noon, []history.Fact{profile(5, 1, noon, "x")}),
			func() error { _, err := b.Setting(ctx, "partitions"); return err }(),
		} {
			kind(b.T, fault.Internal, err)
		}
	})
}

func TestAFolderThatIsNotThere(t *testing.T) {
	t.Parallel()
	err := store.Migrate(t.Context(), store.Config{URL: filepath.Join(t.TempDir(), "no", "such.db")}, options())
	kind(t, fault.Unavailable, err)
	if !strings.Contains(fmt.Sprint(err), "check that its folder exists") {
		t.Errorf("error %v", err)
	}
}

func TestNewestNight(t *testing.T) {
	forEachBench(t, func(b bench) {
		for _, c := range []struct{ completed, want time.Time }{
			{time.Time{}, time.Time{}}, {day(2, 2), day(2, 2)}, {day(1, 2), day(2, 2)}, {day(2, 3), day(2, 3)},
		} {
			if !c.completed.IsZero() {
				must(b.T, store.CompleteNight(b.Context(), b.Store, c.completed))
			}
			got, err := b.NewestNight(b.Context())
			must(b.T, err)
			if !got.Equal(c.want) {
				b.Errorf("newest night %v after %v, want %v", got, c.completed, c.want)
			}
		}
	})
}
