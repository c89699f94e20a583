package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast/churn"
	"holdfast/config"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/nightly"
	"holdfast/store"
	"holdfast/training"
	"holdfast/value"
)

// app is the opened program: the database and every stage made from the
// configuration.
type app struct {
	p        *program
	cfg      *config.Config
	registry *prometheus.Registry // of metrics; nil when nobody reads them
	log      *slog.Logger
	store    *store.Store
	engine   *features.Engine
	churn    *churn.Definition
	margin   *value.Margin
	judges   training.Judges
	judged   map[string]measurement.Event // treatments judged on an event
	policy   *interventions.Policy
	nights   *nightly.Stages // whose jobs this process does; nil in a command
	courtesy *courtesy       // of shards towards the desk; nil where there is no desk
	owner    *store.Owner    // nil beside the process that owns an embedded database
	close    []func() error
}

// claim is what a command needs of an embedded database.
type claim int

const (
	reads  claim = iota // nothing is changed: any number of processes beside the owner
	writes              // by the owner: this process, or as a job of the one there is
	owns                // this very process is the owner until it ends
)

// load reads the configuration with what the environment adds.
func (p *program) load() (*config.Config, error) {
	c, err := config.Load(p.file(p.configPath))
	if err != nil {
		return nil, err
	}
	c.Store = c.Store.WithEnvironment(p.Getenv)
	return c, nil
}

// open opens the database of the configuration and makes the stages, after
// claiming an embedded one. It is a store.HeldError when another process has it.
func (p *program) open(ctx context.Context, c claim) (*app, error) {
	cfg, err := p.load()
	if err != nil {
		return nil, err
	}
	if p.host != nil {
		return p.host.app(p, cfg)
	}
	return p.openWith(ctx, cfg, c)
}

func (p *program) openWith(ctx context.Context, cfg *config.Config, c claim) (a *app, err error) {
	a = &app{p: p, cfg: cfg, log: p.logger()}
	defer func() {
		if err != nil {
			err = a.closeAfter(err)
			a = nil
		}
	}()
	if c != reads {
		if a.owner, err = store.Own(cfg.Store, p.doing); err != nil {
			return a, err
		}
		a.close = append(a.close, a.owner.Release)
	}
	if a.store, err = p.openStore(ctx, cfg, c); err != nil {
		return a, err
	}
	a.close = append(a.close, a.store.Close)
	if a.owner != nil && !cfg.Store.IsPostgres() {
		// Whoever worked on it before is gone: what they began may be begun again.
		if _, err = a.store.SweepJobs(ctx, p.Now().Add(cfg.Queue.Lease+cfg.Queue.Hold)); err != nil {
			return a, err
		}
	}
	return a, a.stages(ctx)
}

// openStore opens the database, which the owner of an embedded one, or anybody
// while nobody owns it, first brings to this program's schema.
func (p *program) openStore(ctx context.Context, cfg *config.Config, c claim) (*store.Store, error) {
	opts := p.storeOptions(cfg)
	if c == reads && !cfg.Store.IsPostgres() {
		s, err := store.Open(ctx, cfg.Store, opts)
		if k := fault.Of(err); err == nil || k != fault.NotFound && k != fault.Invalid {
			return s, err
		}
		owner, held := store.Own(cfg.Store, p.doing)
		if held != nil {
			return nil, err
		}
		defer owner.Release() //nolint:errcheck // nothing was written to it
	}
	if err := store.Migrate(ctx, cfg.Store, opts); err != nil {
		return nil, err
	}
	return store.Open(ctx, cfg.Store, opts)
}

func (p *program) storeOptions(cfg *config.Config) store.Options {
	return store.Options{
		Now: p.Now, Partitions: cfg.Business.Partitions, Currency: cfg.Business.Currency, TimeZone: cfg.Business.TimeZone,
		SegmentAttribute: cfg.Interventions.SegmentAttribute, OwnerAttribute: cfg.Measurement.OwnerAttribute, Subscribers: cfg.Channels.Subscribers,
	}
}

// stages makes what depends on the database's vocabulary and secret.
func (a *app) stages(ctx context.Context) error {
	vocab, err := a.store.Vocabulary(ctx, a.cfg.History.EventKinds, a.cfg.History.Channels)
	if err != nil {
		return fmt.Errorf("read the vocabulary: %w", err)
	}
	a.cfg.Features.Currency, a.cfg.Features.Location = a.cfg.Business.Currency, a.cfg.Zone
	for i := range a.cfg.Features.Events { // one margin rate per event kind, said once
		e := &a.cfg.Features.Events[i]
		e.MarginRate = a.cfg.Value.MarginRates[e.Name]
	}
	if a.engine, err = features.New(a.cfg.Features, vocab); err != nil {
		return fmt.Errorf("features: %w", err)
	}
	if a.churn, err = churn.New(a.cfg.Churn, vocab); err != nil {
		return fmt.Errorf("churn: %w", err)
	}
	if a.margin, err = value.New(a.cfg.Value, vocab); err != nil {
		return fmt.Errorf("value: %w", err)
	}
	key, err := a.secret(ctx)
	if err != nil {
		return err
	}
	if a.policy, err = interventions.NewPolicy(a.cfg.Interventions, a.cfg.Zone, key); err != nil {
		return fmt.Errorf("interventions: %w", err)
	}
	a.judged = judgedOn(a.policy, vocab)
	a.judges = a.cfg.Training.NewJudges(a.churn, a.p.Now)
	return nil
}

// armsKey is the setting that holds the key arms are drawn with.
const armsKey = "arms_key"

// secret returns the database's key for draws, making it the first time.
func (a *app) secret(ctx context.Context) ([]byte, error) {
	made := make([]byte, 32)
	if _, err := rand.Read(made); err != nil {
		return nil, fmt.Errorf("make the key of the arms: %w", err)
	}
	if a.p.armsSeed != "" {
		sum := sha256.Sum256([]byte(a.p.armsSeed))
		copy(made, sum[:])
	}
	text, err := a.store.SettingOnce(ctx, armsKey, hex.EncodeToString(made))
	if err != nil {
		return nil, fmt.Errorf("read the key of the arms: %w", err)
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		return nil, fault.New(fault.Internal, "the key of the arms in the database cannot be read")
	}
	return key, nil
}

// Close closes what was opened, newest first.
func (a *app) Close() error { return a.closeAfter(nil) }

func (a *app) closeAfter(err error) error {
	for i := len(a.close) - 1; i >= 0; i-- {
		if e := a.close[i](); e != nil && err == nil {
			err = e
		}
	}
	a.close = nil
	return err
}

// importer makes the importer of the configured feeds.
func (a *app) importer() *history.Importer {
	return &history.Importer{Store: a.store, Config: a.cfg.History, Zone: a.cfg.Zone, Now: a.p.Now}
}

// night makes the night of this configuration.
func (a *app) night() (*nightly.Night, *nightly.Stages) {
	st := &nightly.Stages{
		Store: a.store, Run: a.store, Config: a.cfg.Nightly, Zone: a.cfg.Zone,
		Engine: a.engine, Churn: a.churn, Value: a.margin, Scoring: a.cfg.Scoring,
		Training: a.cfg.Training, Judges: a.judges, Policy: a.policy, Required: a.requiredFeeds(),
		Binary: version(), Now: a.p.Now, Log: a.log,
	}
	st.Import = func(ctx context.Context, asOf time.Time) (nightly.Counts, error) {
		c, err := a.importer().ImportNew(ctx, asOf)
		return nightly.Counts(c), err
	}
	st.Measure, st.Practice, st.Learned = a.measureStage, a.practice, a.learned
	return nightly.New(a.store, st.Steps(), a.store.Partitions(), a.p.Now, a.log).Metered(newMeter()), st
}

// practice tells training whom we contacted and whom we left alone.
func (a *app) practice(ctx context.Context) (*training.Practice, error) {
	arms, err := a.store.Arms(ctx, a.p.Now())
	if err != nil {
		return nil, err
	}
	return &training.Practice{
		Draws: a.store.Draws, Held: a.policy.Holdout(arms).Held, MemoryDays: a.cfg.Interventions.Chance.HoldoutDays,
	}, nil
}

// requiredFeeds are the feeds without which the night is held.
func (a *app) requiredFeeds() []string {
	var names []string
	for _, f := range a.cfg.History.Feeds {
		if f.Required {
			names = append(names, f.Name)
		}
	}
	return names
}
