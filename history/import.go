package history

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

// Importer turns files into facts by the feeds of a configuration.
type Importer struct {
	Store   ImportStore
	Config  Config
	Zone    *time.Location   // the business's; nil is UTC
	Now     func() time.Time // must be set
	TempDir string           // for temporary files, the system's by default
	Workers int              // 0 is the number of processors
}

// Options say how one import is to be run.
type Options struct {
	DryRun   bool                    // read, check and count; change nothing
	Backfill bool                    // leave recorded times before the newest night as they are
	AsOf     time.Time               // the night the import is for; by default midnight today in the business's zone
	Progress func(done, total int64) // bytes of the files; called often, may be nil
}

// run is one import under way.
type run struct {
	*Importer
	opt     Options
	feed    Feed
	mapper  *mapper
	key     []int
	seed    uint64
	dry     bool
	files   []string
	imp     Import
	roll    *roll
	founder *founder
	spool   *spool
	tally   tally
	vocab   Vocabulary
	now     int64
	learned int64 // when what does not say it became known
	night   int64 // as-of of the newest completed night
	unknown [2]int64
	left    int64 // out by the filter
	erased  Erasures
	gone    int64 // rows of erased customers
	done    atomic.Int64
	total   int64
}

// Run imports files by a feed. A file that cannot be used, or too many bad
// rows, is an Invalid error of one sentence, and nothing is visible of it.
// Files imported before are not imported again, unless rows of theirs were
// rejected then; the Import is the earlier one and its Note says so.
//
// manual: by the import command. queue: by the night, through ImportNew.
func (m *Importer) Run(ctx context.Context, feedName string, files []string, opt Options) (Import, error) {
	feed, err := m.Config.Feed(feedName)
	if err != nil {
		return Import{}, err
	}
	if len(files) == 0 {
		return Import{}, fault.New(fault.Invalid, "feed %s: no files were given; name at least one", feedName)
	}
	r := &run{Importer: m, opt: opt, feed: feed, files: files, dry: opt.DryRun}
	zone := m.zone()
	if feed.Kind == FeedRoster {
		zone = time.UTC // its dates are days, not instants
	}
	if r.mapper, err = newMapper(&r.feed, zone); err != nil {
		return Import{}, fmt.Errorf("feed %s: %w", feedName, err)
	}
	r.key, r.seed = r.mapper.key, r.mapper.seed
	hash, err := r.check()
	if fault.Of(err) == fault.NotFound {
		err = fault.As(fault.Invalid, err) // a file that is not there is bad input like any other
	}
	if err != nil {
		return Import{}, fmt.Errorf("feed %s: %w", feedName, err)
	}
	before, found, err := m.Store.FindImport(ctx, feed.Name, hash)
	if err != nil {
		return Import{}, err
	}
	if found && before.Rejected == 0 {
		before.Note = fmt.Sprintf("already imported on %s as import %d; nothing was changed",
			before.Published.In(m.zone()).Format("2 January 2006"), before.ID)
		return before, nil
	}
	r.imp = Import{Feed: feed.Name, Files: files, Hash: hash, Backfill: opt.Backfill, Started: m.Now().UTC()}
	all := r.all
	if feed.Kind == FeedRoster {
		all = r.roster
	}
	if err := all(ctx); err != nil {
		return r.imp, errors.Join(err, r.abandon(ctx))
	}
	return r.imp, nil
}

func (m *Importer) zone() *time.Location {
	if m.Zone == nil {
		return time.UTC
	}
	return m.Zone
}

func (m *Importer) workers() int {
	if m.Workers > 0 {
		return m.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// check opens every file, so that a missing file or column is found before
// anything is done, and hashes them.
func (r *run) check() (hash string, err error) {
	hashes := make([]string, len(r.files))
	for i, path := range r.files {
		reader, err := r.open(path)
		if err != nil {
			return "", err
		}
		if err := reader.Close(); err != nil {
			return "", fmt.Errorf("close %s: %w", path, err)
		}
		if err := r.feed.checkFormat(path); err != nil {
			return "", err
		}
		info, err := os.Stat(path)
		if err != nil {
			return "", fmt.Errorf("look at %s: %w", path, err)
		}
		r.total += info.Size()
		if hashes[i], err = tabular.HashFile(path); err != nil {
			return "", err
		}
	}
	if len(hashes) == 1 {
		return hashes[0], nil
	}
	sum := sha256.Sum256([]byte(strings.Join(hashes, "\n")))
	return hex.EncodeToString(sum[:]), nil
}

// all is the import from its draft to its publication.
func (r *run) all(ctx context.Context) (err error) {
	if err := r.begin(ctx); err != nil {
		return err
	}
	r.spool = newSpool(r.TempDir, r.Store.Partitions())
	defer func() { err = errors.Join(err, r.spool.close()) }()
	outcomes, err := r.bring(ctx)
	if err != nil {
		return err
	}
	if err := r.rejectTwice(ctx, outcomes); err != nil {
		return err
	}
	if err := r.tally.flush(ctx); err != nil {
		return err
	}
	r.imp.Rejected = r.tally.count
	r.imp.Note = r.note()
	if err := r.judge(); err != nil {
		return err
	}
	if r.dry {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.publish(ctx, outcomes)
}

// bring reads the files and merges them into the draft, while the customers
// they name first are saved.
func (r *run) bring(ctx context.Context) (outcomes []outcome, err error) {
	r.founder = newFounder(func(batch []Customer) (int, error) {
		if r.dry {
			return len(batch), nil
		}
		return r.Store.SaveCustomers(ctx, r.imp.ID, batch)
	})
	defer func() {
		n, failed := r.founder.finish()
		r.imp.Customers, err = n, errors.Join(err, failed)
	}()
	for i := range r.files {
		if err := r.read(ctx, i); err != nil {
			return nil, err
		}
	}
	if r.imp.Read == 0 {
		return nil, fault.New(fault.Invalid, "feed %s: %s has no rows; check the export that makes it", r.feed.Name, listed(r.files))
	}
	if err := r.founder.send(ctx); err != nil {
		return nil, err
	}
	outcomes = make([]outcome, r.Store.Partitions())
	if err := r.merge(ctx, outcomes, r.everything()); err != nil {
		return nil, err
	}
	r.count(outcomes)
	return outcomes, nil
}

// begin makes the draft and reads what rows are compared with.
func (r *run) begin(ctx context.Context) error {
	now := r.Now()
	r.now = now.UnixMicro()
	asOf := r.opt.AsOf
	if asOf.IsZero() {
		y, m, d := now.In(r.zone()).Date()
		asOf = time.Date(y, m, d, 0, 0, 0, 0, r.zone())
	}
	r.learned = asOf.UnixMicro() - 1
	night, err := r.Store.NewestNight(ctx)
	if err != nil {
		return err
	}
	r.night = night.UnixMicro()
	if night.IsZero() || r.opt.Backfill {
		r.night = -1 << 63
	}
	kinds, channels := r.Config.EventKinds, r.Config.Channels
	if r.dry {
		kinds, channels = nil, nil
	}
	if r.vocab, err = r.Store.Vocabulary(ctx, kinds, channels); err != nil {
		return err
	}
	if r.dry {
		r.vocab = withWords(r.vocab, r.Config)
	}
	r.mapper.codes(r.Config, r.vocab)
	if r.mapper.aliases, err = r.Store.SourceKeys(ctx, r.feed.source()); err != nil {
		return err
	}
	if r.erased, err = r.Store.Erasures(ctx); err != nil {
		return err
	}
	if !r.dry {
		if r.imp.ID, err = r.Store.BeginImport(ctx, r.imp); err != nil {
			return err
		}
	}
	r.tally = tally{store: r.Store, id: r.imp.ID}
	if r.roll, err = newRoll(ctx, r.Store, r.imp.ID); err != nil {
		return err
	}
	r.roll.closed = !r.feed.creates()
	return nil
}

// withWords is the vocabulary as an import that is not dry would extend it.
func withWords(v Vocabulary, c Config) Vocabulary {
	grow := func(known, words []string) []string {
		known = slices.Clone(known)
		for _, w := range words {
			if !slices.Contains(known, w) {
				known = append(known, w)
			}
		}
		return known
	}
	return Vocabulary{Kinds: grow(v.Kinds, c.EventKinds), Channels: grow(v.Channels, c.Channels)}
}

// stamp moves an instant of the nights that are over to just after the newest.
func (r *run) stamp(recorded int64) int64 {
	if recorded < r.night {
		return r.night + 1
	}
	return recorded
}

// everything asks for a merge of every partition.
func (r *run) everything() map[int][]int {
	all := make(map[int][]int, r.Store.Partitions())
	for p := range r.Store.Partitions() {
		all[p] = nil
	}
	return all
}

// merge brings partitions into the draft; of each, the months given are
// written even when nothing is new in them.
func (r *run) merge(ctx context.Context, outcomes []outcome, todo map[int][]int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.workers())
	for p := range r.Store.Partitions() {
		must, wanted := todo[p]
		if !wanted {
			continue
		}
		g.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if r.feed.Kind == FeedEvents {
				outcomes[p], err = r.mergeEvents(ctx, p, must)
			} else {
				outcomes[p], err = r.mergeFacts(ctx, p)
			}
			outcomes[p].keep = nil
			return err
		})
	}
	return g.Wait()
}

func (r *run) count(outcomes []outcome) {
	r.imp.Added, r.imp.Corrected, r.imp.Retracted, r.imp.Unchanged, r.imp.Assumed = 0, 0, 0, 0, 0
	for i := range outcomes {
		o := &outcomes[i]
		r.imp.Added += o.added
		r.imp.Corrected += o.corrected
		r.imp.Retracted += o.retracted
		r.imp.Unchanged += o.unchanged
		r.imp.Assumed += o.assumed
	}
}

// note says what a person should know of the import.
func (r *run) note() string {
	var parts []string
	if r.imp.Backfill {
		parts = append(parts, "back-fill: recorded times before the newest night were kept")
	}
	if n := r.unknown[0]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d rows of kinds that are not under event_kinds became other", n))
	}
	if n := r.unknown[1]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d rows of channels that are not under channels have none", n))
	}
	if r.left > 0 {
		parts = append(parts, fmt.Sprintf("%d rows left out by the filter", r.left))
	}
	if r.gone > 0 {
		parts = append(parts, fmt.Sprintf("%d rows of erased customers left out", r.gone))
	}
	if n := r.tally.count - keptRejections; n > 0 {
		parts = append(parts, fmt.Sprintf("%d rejected rows are counted but not kept", n))
	}
	return strings.Join(parts, "; ")
}

// publish makes the import visible, redoing the months that another import
// changed meanwhile.
func (r *run) publish(ctx context.Context, outcomes []outcome) error {
	for range 100 {
		now := r.Now().UTC()
		stale, err := r.Store.PublishImport(ctx, r.imp, now)
		if err != nil {
			return err
		}
		if len(stale) == 0 {
			r.imp.Published = now
			return nil
		}
		todo := map[int][]int{}
		for _, at := range stale {
			todo[at[0]] = append(todo[at[0]], at[1])
		}
		if err := r.merge(ctx, outcomes, todo); err != nil {
			return err
		}
		r.count(outcomes)
	}
	return fault.New(fault.Conflict, "feed %s: other imports changed the same months a hundred times meanwhile; import again", r.feed.Name)
}

// abandon deletes the draft, also when ctx is done. Of a refused one stays what
// was wrong with it.
func (r *run) abandon(ctx context.Context) error {
	if r.imp.ID == 0 {
		return nil
	}
	if r.imp.Refused {
		if err := r.Store.RefuseImport(context.WithoutCancel(ctx), r.imp); err != nil {
			return fmt.Errorf("keep what is wrong with import %d: %w", r.imp.ID, err)
		}
		return nil
	}
	if err := r.Store.AbandonImport(context.WithoutCancel(ctx), r.imp.ID); err != nil {
		return fmt.Errorf("delete the draft of import %d (the sweeper will): %w", r.imp.ID, err)
	}
	return nil
}
