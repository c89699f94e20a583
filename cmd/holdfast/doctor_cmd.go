package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/config"
	"holdfast/store"
)

// verdict is what doctor thinks of one thing.
type verdict string

const (
	good    verdict = "good"
	warning verdict = "warning" // it works, and will not for long or not well
	problem verdict = "problem" // it does not work
)

// finding is what doctor says of one thing, and what to do about it.
type finding struct {
	What    string  `json:"what"`
	Verdict verdict `json:"verdict"`
	Says    string  `json:"says"`
	Do      string  `json:"do,omitempty"`
	code    int     // exit code of a problem
}

// diagnosis is what doctor prints as JSON.
type diagnosis struct {
	Findings []finding `json:"findings"`
	Problems int       `json:"problems"`
	Warnings int       `json:"warnings"`
	code     int       // of the first problem
}

func (d *diagnosis) add(f finding) {
	switch f.Verdict {
	case warning:
		d.Warnings++
	case problem:
		d.Problems++
		if d.code == 0 {
			d.code = f.code
		}
	}
	d.Findings = append(d.Findings, f)
}

func well(what, format string, args ...any) finding {
	return finding{What: what, Verdict: good, Says: fmt.Sprintf(format, args...)}
}

func warn(what, do, format string, args ...any) finding {
	return finding{What: what, Verdict: warning, Says: fmt.Sprintf(format, args...), Do: do}
}

// ill is a problem; the code is what a command that meets it exits with.
func ill(what string, code int, do, format string, args ...any) finding {
	return finding{What: what, Verdict: problem, Says: fmt.Sprintf(format, args...), Do: do, code: code}
}

// failed is a problem that an error tells, which says itself what to do.
func failed(what string, err error) finding { return ill(what, exitCode(err), "", "%v", err) }

func (p *program) doctorCmd() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "what is well and what is not, and what to do about it; changes nothing",
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := p.diagnose(cmd.Context())
			err := p.print(d, func() {
				for _, f := range d.Findings {
					p.say("%-8s %-14s %s", f.Verdict, f.What, f.Says)
					if f.Do != "" {
						p.say("%-8s %-14s → %s", "", "", f.Do)
					}
				}
			})
			if err != nil || d.Problems == 0 {
				return err
			}
			p.tell("holdfast: problems %d, warnings %d", d.Problems, d.Warnings)
			return codeError(d.code)
		},
	}
}

// diagnose looks at everything; what cannot be reached leaves out what stands on it.
func (p *program) diagnose(ctx context.Context) diagnosis {
	d := diagnosis{Findings: []finding{}}
	cfg, err := p.load()
	if err != nil {
		d.add(failed("configuration", err))
		return d
	}
	d.add(well("configuration", "%s: %d feeds, %d treatments", p.configPath, len(cfg.History.Feeds), len(cfg.Interventions.Treatments)))
	d.add(p.lookAtRedis(ctx, cfg))
	owner, held := p.lookAtOwner(cfg)
	d.add(owner)
	s, err := store.Open(ctx, cfg.Store, p.storeOptions(cfg))
	if err != nil {
		d.add(failed("database", err))
		if h, err := store.DiskOf(cfg.Store); err == nil && h.Disk > 0 {
			d.add(lookAtDisk(h))
		}
		return d
	}
	a := &app{p: p, cfg: cfg, log: p.logger(), store: s, close: []func() error{s.Close}}
	if err := a.diagnose(ctx, &d, held); err != nil {
		d.add(failed("database", err))
	}
	if err := a.Close(); err != nil {
		d.add(failed("database", err))
	}
	return d
}

// diagnose looks at an open database.
func (a *app) diagnose(ctx context.Context, d *diagnosis, held bool) error {
	h, err := a.store.Health(ctx, a.p.Now())
	if err != nil {
		return err
	}
	d.add(a.lookAtDatabase(h))
	d.add(a.lookAtClock(h))
	if h.Disk > 0 {
		d.add(lookAtDisk(h))
	}
	for _, look := range []func(context.Context) ([]finding, error){a.lookAtNight, a.lookAtDeadline, a.lookAtHold, a.lookAtFeeds, a.lookAtModel, a.lookAtProof, a.lookAtUsers, a.lookAtSkills, a.lookAtAudit, a.lookAtMessages} {
		found, err := look(ctx)
		if err != nil {
			return err
		}
		for _, f := range found {
			d.add(f)
		}
	}
	d.add(lookAtJobs(h, held))
	return nil
}

func (p *program) lookAtRedis(ctx context.Context, cfg *config.Config) finding {
	r, err := p.openRedis(cfg)
	if err != nil {
		return failed("redis", err)
	}
	defer r.Close() //nolint:errcheck // nothing was written to it
	if cfg.Queue.Redis.Embedded() {
		return well("redis", "embedded: it lives in the process that works")
	}
	advice, err := r.Check(ctx)
	switch {
	case err != nil:
		return failed("redis", err)
	case advice != "":
		return warn("redis", "redis-cli config set maxmemory-policy noeviction, and the same in redis.conf", "%s", advice)
	}
	return well("redis", "it answers and evicts nothing")
}

// lookAtOwner says who owns an embedded database, and whether jobs are done.
func (p *program) lookAtOwner(cfg *config.Config) (f finding, works bool) {
	if cfg.Store.IsPostgres() {
		return well("process", "any number of workers share %s", cfg.Store), true
	}
	h, held, err := store.HolderOf(cfg.Store)
	switch {
	case err != nil:
		return failed("process", err), false
	case held:
		return well("process", "holdfast %s (process %d) owns the database", h.Command, h.Process), runsJobs(h)
	}
	return warn("process", "holdfast up", "nobody owns the database: no night begins by itself, no message leaves, the desk is closed"), false
}
