package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"holdfast/config"
	"holdfast/internal/fault"
	"holdfast/internal/simulate"
	"holdfast/nightly"
)

// demoNights is how many weekly nights the demo runs: with a horizon of six
// weeks, the outcomes of the first are final when the last has run.
const demoNights = 7

// demoHistoryDays is how much history the business has before its first night.
const demoHistoryDays = 456

type demoFlags struct {
	customers int
	seed      uint64
	dir       string
	noServe   bool
	listen    string
}

func (p *program) demoCmd() *cobra.Command {
	f := demoFlags{}
	c := &cobra.Command{
		Use:   "demo [--customers N] [--seed S] [--dir DIR] [--listen ADDRESS] [--no-serve]",
		Short: "simulate a business, run its nights, open the desk",
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context(), f) },
	}
	c.Flags().IntVar(&f.customers, "customers", 20_000, "customers of the simulated business")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "seed of the simulation")
	c.Flags().StringVar(&f.dir, "dir", "", "`folder` to keep everything in; a new temporary one by default")
	c.Flags().StringVar(&f.listen, "listen", "", "`address` of the desk instead of 127.0.0.1:8080; port 0 takes a free one")
	c.Flags().BoolVar(&f.noServe, "no-serve", false, "print the summary and end")
	return c
}

// clock is the time of a simulated business: set to an instant, it runs on at
// the speed of the real one.
type clock struct {
	mu     sync.Mutex
	real   func() time.Time
	offset time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.real().Add(c.offset).UTC()
}

// Set moves the clock to t; it never goes back.
func (c *clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := t.Sub(c.real()); d > c.offset || c.offset == 0 {
		c.offset = d
	}
}

// Real lets the clock show the real time.
func (c *clock) Real() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = 0
}

func (p *program) demo(ctx context.Context, f demoFlags) error {
	dir, err := demoDir(f.dir)
	if err != nil {
		return err
	}
	if f.noServe && f.dir == "" {
		defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder of nobody's interest
	}
	p.configPath = filepath.Join(dir, "holdfast.yaml")
	if err := os.WriteFile(p.configPath, []byte(config.Demo(dir)), 0o600); err != nil {
		return fmt.Errorf("write the demo's configuration: %w", err)
	}
	cfg, err := p.load()
	if err != nil {
		return err
	}
	if f.listen != "" {
		cfg.Web.Listen = f.listen
		if err := cfg.Web.Validate(); err != nil {
			return usageError{err}
		}
	}
	real := p.Now
	c := &clock{real: real}
	today := nightly.StartOfDay(real(), cfg.Zone, 0)
	start := today.AddDate(0, 0, -7*(demoNights-1))
	c.Set(start)
	p.Now = c.Now
	watch := newStopwatch(real, p)
	watch.begin("simulate")
	world, err := simulate.New(simulate.Config{
		Customers: f.customers, Seed: f.seed, Start: start, HistoryDays: demoHistoryDays, Zone: cfg.Zone,
	})
	if err != nil {
		return err
	}
	p.armsSeed = fmt.Sprintf("demo %d", f.seed) // the same seed draws the same arms
	a, err := p.openWith(ctx, cfg, owns)
	if err != nil {
		return err
	}
	d := &demo{app: a, world: world, clock: c, dir: dir, watch: watch, start: start, truth: map[string]*plantedTruth{}}
	if err := d.run(ctx); err != nil {
		return a.closeAfter(err)
	}
	if f.noServe {
		return a.Close()
	}
	c.Real()
	return a.closeAfter(d.open(ctx))
}

// demoDir makes the folder; one that already holds a database is refused.
func demoDir(dir string) (string, error) {
	if dir == "" {
		dir, err := os.MkdirTemp("", "holdfast-demo-")
		if err != nil {
			return "", fmt.Errorf("make a folder for the demo: %w", err)
		}
		return dir, nil
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return "", fault.New(fault.Invalid, "the folder %s is not empty: name a new one for the demo", dir)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fault.New(fault.Invalid, "make the folder of the demo: %w", err)
	}
	return filepath.Abs(dir)
}

// stopwatch says what is being done, and how long each kind of work took.
type stopwatch struct {
	real  func() time.Time
	p     *program
	names []string
	took  map[string]float64
	name  string
	since time.Time
}

func newStopwatch(real func() time.Time, p *program) *stopwatch {
	return &stopwatch{real: real, p: p, took: map[string]float64{}}
}

// begin ends what was being done and begins something else.
func (w *stopwatch) begin(name string) {
	now := w.real()
	if w.name != "" {
		w.took[w.name] += now.Sub(w.since).Seconds()
	}
	if _, ok := w.took[name]; !ok && name != "" {
		w.took[name] = 0
		w.names = append(w.names, name)
	}
	w.name, w.since = name, now
}
