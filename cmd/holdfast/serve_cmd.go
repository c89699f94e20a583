package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/queue"
	"holdfast/web"
)

// roles are what one process does.
type roles struct{ web, work, schedule bool }

func (p *program) upCmd() *cobra.Command {
	return p.roleCmd("up", "web, worker and scheduler in one process", roles{true, true, true}, false)
}

func (p *program) serveCmd() *cobra.Command {
	return p.roleCmd("serve", "the desk alone, beside workers on the same Postgres and Redis", roles{web: true}, true)
}

func (p *program) workerCmd() *cobra.Command {
	return p.roleCmd("worker", "a worker alone, as many as wanted", roles{work: true}, true)
}

func (p *program) scheduleCmd() *cobra.Command {
	return p.roleCmd("schedule", "the scheduler alone, as many as wanted: each slot fires once", roles{schedule: true}, true)
}

func (p *program) roleCmd(use, short string, r roles, server bool) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := p.load()
			if err != nil {
				return err
			}
			if server && (!cfg.Store.IsPostgres() || cfg.Queue.Redis.Embedded()) {
				return fault.New(fault.Invalid, "%s needs Postgres and Redis by address; with an embedded database use holdfast up", use)
			}
			a, err := p.openWith(cmd.Context(), cfg, owns)
			if err != nil {
				return err
			}
			return a.closeAfter(a.run(cmd.Context(), r))
		},
	}
}

// run does what the roles say until ctx ends; the first part that fails stops
// the others.
func (a *app) run(ctx context.Context, r roles) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	n, st := a.night()
	a.nights = st
	a.courtesy = a.newTurns(time.Now)
	if r.web {
		a.courtesy.joined = func(ctx context.Context) (bool, error) { return a.store.Joined(ctx, machine()) }
	} else {
		a.p.goLast()
	}
	c, redis, err := a.courier(a.handlers(n, st))
	if err != nil {
		return err
	}
	defer redis.Close() //nolint:errcheck // what it holds is in the database
	if warning, err := redis.Check(ctx); err != nil {
		return err
	} else if warning != "" {
		a.log.Warn(warning)
	}
	var parts []func(context.Context) error
	if a.cfg.Web.Metrics != "" {
		serve, err := a.openMetrics()
		if err != nil {
			return err
		}
		parts = append(parts, serve)
	}
	if r.work {
		parts = append(parts, c.Run, a.tend)
	}
	if r.work && !r.web {
		parts = append(parts, a.heed)
	}
	if r.schedule {
		s, err := queue.NewScheduler(a.slots(), a.cfg.Zone, a.store, a.p.Now, a.log, c.Wake)
		if err != nil {
			return err
		}
		parts = append(parts, func(ctx context.Context) error { s.Run(ctx); return nil })
	}
	if r.web {
		parts = append(parts, a.serve)
	}
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	for range parts {
		if e := <-ended; e != nil && !errors.Is(e, context.Canceled) && err == nil {
			err = e
			stop(e)
		}
	}
	return err
}

// cronAt is cron's line for a time of day, which the configuration was checked
// for, on some days of the week.
func cronAt(clock, days string) string {
	at, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%d %d * * %s", at.Minute(), at.Hour(), days)
}

// slots is the schedule: the night at its hour, and a second look at its feeds
// when they are due.
func (a *app) slots() []queue.Entry {
	days := "*"
	for i, d := range a.cfg.Nightly.Days {
		if i == 0 {
			days = d
		} else {
			days += "," + d
		}
	}
	slots := []queue.Entry{
		{Name: "night", Spec: cronAt(a.cfg.Nightly.At, days), Kind: jobNight},
		{Name: "feeds due", Spec: cronAt(a.cfg.Nightly.Deadline, days), Kind: jobFeedsDue},
	}
	if by := a.cfg.Nightly.ReleaseBy; by != "" {
		slots = append(slots, queue.Entry{Name: "list due", Spec: cronAt(by, "*"), Kind: jobListDue})
	}
	if every := a.cfg.Nightly.ResolveMinutes; every > 0 {
		slots = append(slots, queue.Entry{
			Name: "resolve", Spec: fmt.Sprintf("%d-59/%d * * * *", min(every, 60)/2, every), Kind: jobResolveSlot, CatchUp: time.Duration(every) * time.Minute / 2,
		})
	}
	if digest, wanted := a.digestSlot(); wanted {
		slots = append(slots, digest)
	}
	return slots
}

// tendEvery is how often the queue of tasks is looked after.
const tendEvery = time.Minute

// tend returns lost leases, expires what is over and escalates promises.
func (a *app) tend(ctx context.Context) error {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		if err := a.tendOnce(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("looking after the queue failed; it is tried again", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (a *app) tendOnce(ctx context.Context) error {
	agents, err := a.store.AgentsOnDuty(ctx)
	if err != nil {
		return err
	}
	n, err := a.policy.Tend(ctx, a.store, agents, a.p.Now())
	if err != nil {
		return err
	}
	if total := n.LeasesLost + n.Expired + n.Opened + n.Escalated; total > 0 {
		a.log.Info("looked after the queue", "leases_lost", n.LeasesLost, "expired", n.Expired, "opened", n.Opened, "escalated", n.Escalated)
	}
	return nil
}

// shutdownGrace is how long open requests may take when the program stops.
const shutdownGrace = 10 * time.Second

// serve answers the desk until ctx ends.
func (a *app) serve(ctx context.Context) error {
	h, err := a.handler()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", a.cfg.Web.Listen)
	if err != nil {
		return fault.New(fault.Unavailable, "open the desk at %s: %w; name another address in web.listen", a.cfg.Web.Listen, err)
	}
	srv := &http.Server{
		Handler: web.Noted(a.measured(h), a.courtesy.request), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	scheme, answer := "http", srv.Serve
	if a.cfg.Web.TLS.Certificate != "" {
		if srv.TLSConfig, err = a.cfg.Web.TLS.Server(a.log); err != nil {
			return errors.Join(err, l.Close())
		}
		scheme, answer = "https", func(l net.Listener) error { return srv.ServeTLS(l, "", "") }
	}
	a.p.tell("the desk is open at %s://%s", scheme, l.Addr())
	if a.p.Ready != nil {
		a.p.Ready(l.Addr().String())
	}
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		if err := srv.Shutdown(end); err != nil {
			a.log.Warn("some requests were cut off at shutdown", "error", err.Error())
		}
	}()
	if err := answer(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the desk: %w", err)
	}
	return nil
}
