package store_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/queue"
	"holdfast/store"
)

func TestBackupRestoresIntoEitherKind(t *testing.T) {
	forEachBench(t, func(b bench) {
		people(b)
		must(b.T, b.RecordEvents(b.Context(), noon, []history.Event{event(5, 11, day(1, 20), 0)}))
		must(b.T, b.MergeCustomers(b.Context(), 6, 5, noon))
		_, err := b.Vocabulary(b.Context(), []string{"kauf", "π"}, []string{"web"})
		must(b.T, err)
		job, err := queue.New("score", "k", map[string]int{"shard": 3}, noon)
		must(b.T, err)
		_, err = b.InsertJob(b.Context(), job)
		must(b.T, err)
		path := filepath.Join(b.TempDir(), "full.backup")
		must(b.T, b.Backup(b.Context(), path))
		kind(b.T, fault.Invalid, b.Backup(b.Context(), path)) // never over another
		must(b.T, b.UndoImport(b.Context(), 1, noon))         // later than the backup

		for _, dialect := range []string{"sqlite", "postgres"} {
			b.T.Run("into "+dialect, func(t *testing.T) {
				cfg := newConfig(t, dialect)
				must(t, store.Restore(t.Context(), cfg, options(), path))
				r := bench{t, reopen(t, cfg, options())}
				r.want(1, 0, "c5 e5/5 e5/6 e5/11 f5/5 f5/6 ")
				r.want(2, 1, "c7 c8 e7/7 e8/8 f7/7 f8/8 ")
				if got, err := r.Job(t.Context(), job.ID); err != nil || got.Key != "k" {
					t.Errorf("job %v, %v", got, err)
				}
				if found, err := r.FindCustomers(t.Context(), "stone", 3); err != nil || len(found) != 1 {
					t.Errorf("found %v, %v", found, err)
				}
				next := r.begin() // counters go on where they were
				if next != 2 {
					t.Errorf("the next import is %d, want 2", next)
				}
				again := filepath.Join(t.TempDir(), "again.backup")
				must(t, r.Backup(t.Context(), again))
				kind(t, fault.Conflict, store.Restore(t.Context(), cfg, options(), path)) // not empty
				r.want(1, 0, "c5 e5/5 e5/6 e5/11 f5/5 f5/6 ")
			})
		}
	})
}

func TestBackupIsOneInstant(t *testing.T) {
	forEachBench(t, func(b bench) {
		people(b)
		stop, done := make(chan struct{}), make(chan error, 1)
		go func() { // each round adds a fact and an event of the same ref
			for ref := int64(100); ; ref++ {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				if err := b.RecordFacts(b.Context(), noon, []history.Fact{profile(5, ref, noon, "x")}); err != nil {
					done <- err
					return
				}
				if err := b.RecordEvents(b.Context(), noon, []history.Event{event(5, ref, noon, 0)}); err != nil {
					done <- err
					return
				}
			}
		}()
		path := filepath.Join(b.TempDir(), "busy.backup")
		err := b.Backup(b.Context(), path)
		close(stop)
		must(b.T, <-done)
		must(b.T, err)
		cfg := newConfig(b.T, "sqlite")
		must(b.T, store.Restore(b.Context(), cfg, options(), path))
		shard, err := reopen(b.T, cfg, options()).CustomerShard(b.Context(), 5)
		must(b.T, err)
		if events, facts := shard.Events.Len()-1, len(shard.Facts)-1; facts-events != 0 && facts-events != 1 {
			b.Errorf("the backup has %d facts and %d events of one sequence", facts, events)
		}
	})
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, newConfig(t, "sqlite"), options())
	path := filepath.Join(t.TempDir(), "a.backup")
	must(t, s.Backup(t.Context(), path))
	whole, err := os.ReadFile(path)
	must(t, err)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	other := options()
	other.Partitions = 8
	for _, c := range []struct {
		name string
		data []byte
		opts store.Options
		want string
	}{
		{"cut", whole[:len(whole)-1], options(), "damaged"},
		{"flipped", flipped, options(), "damaged"},
		{"empty", nil, options(), "is not a Holdfast backup"},
		{"short", whole[:25], options(), "is not a Holdfast backup"},
		{"other", []byte(strings.Repeat("x", 100)), options(), "is not a Holdfast backup"},
		{"partitions", whole, other, "was made with partitions 4"},
	} {
		file := filepath.Join(t.TempDir(), c.name)
		must(t, os.WriteFile(file, c.data, 0o600))
		cfg := newConfig(t, "sqlite")
		err := store.Restore(t.Context(), cfg, c.opts, file)
		kind(t, fault.Invalid, err)
		if !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if _, err := os.Stat(cfg.URL); err == nil {
			t.Errorf("%s: left a database behind", c.name)
		}
	}
	kind(t, fault.Invalid, store.Restore(t.Context(), newConfig(t, "sqlite"), options(), filepath.Join(t.TempDir(), "absent")))
	kind(t, fault.Invalid, s.Backup(t.Context(), filepath.Join(t.TempDir(), "no", "such", "folder")))
	cfg := newConfig(t, "sqlite")
	must(t, store.Migrate(t.Context(), cfg, options()))
	must(t, store.Restore(t.Context(), cfg, options(), path)) // only migrated counts as empty
}
