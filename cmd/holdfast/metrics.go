package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/queue"
)

// gauges reads the database when Prometheus asks.
type gauges struct{ a *app }

// The values of the labels are fixed: none is of a customer, a list or a person.
var (
	reachedDesc  = prometheus.NewDesc("holdfast_database_up", "1 when the database answered this scrape, 0 when not; without it what follows is absent.", nil, nil)
	jobsDesc     = prometheus.NewDesc("holdfast_jobs", "Jobs that are not done, by state.", []string{"state"}, nil)
	overdueDesc  = prometheus.NewDesc("holdfast_jobs_overdue", "Jobs due more than ten minutes ago that nobody began.", nil, nil)
	tasksDesc    = prometheus.NewDesc("holdfast_tasks_open", "Open tasks of released lists, by state.", []string{"state"}, nil)
	promisesDesc = prometheus.NewDesc("holdfast_promises_late", "Promises and call-backs past their time.", nil, nil)
	lateDesc     = prometheus.NewDesc("holdfast_list_late_seconds", "Since the deadline of a list that is not released; 0 when none is late.", nil, nil)
	dueDesc      = prometheus.NewDesc("holdfast_night_due_timestamp_seconds", "As-of of the newest night that the schedule should have begun, in seconds since 1970.", nil, nil)
	nightDesc    = prometheus.NewDesc("holdfast_night_as_of_timestamp_seconds", "As-of of the newest night there is, in seconds since 1970; 0 before the first.", nil, nil)
	retriedDesc  = prometheus.NewDesc("holdfast_messages_retried", "Messages that wait for another try because their receiver did not take them, by channel.", []string{"channel"}, nil)
	awayDesc     = prometheus.NewDesc("holdfast_receiver_away_seconds", "Since a receiver has taken no message while some wait for another try, by channel; 0 when it takes them.", []string{"channel"}, nil)
	stateDesc    = prometheus.NewDesc("holdfast_night_state", "1 for the state that the newest night is in, 0 for the others.", []string{"state"}, nil)
)

var (
	jobStates       = []queue.State{queue.Ready, queue.Dispatched, queue.Running, queue.Dead, queue.Unknown}
	taskStates      = []interventions.TaskState{interventions.TaskReady, interventions.TaskLeased, interventions.TaskInProgress, interventions.TaskSnoozed, interventions.TaskCallback}
	sendingChannels = []interventions.Channel{interventions.ChannelEmail, interventions.ChannelLetter, interventions.ChannelWebhook}
	nightStates     = []nightly.State{nightly.Running, nightly.HeldBack, nightly.Failed, nightly.Completed}
)

// Describe implements prometheus.Collector.
func (g gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{reachedDesc, jobsDesc, overdueDesc, tasksDesc, promisesDesc, lateDesc, dueDesc, nightDesc, stateDesc, retriedDesc, awayDesc} {
		out <- d
	}
}

// Collect implements prometheus.Collector. A database that is away is a gauge
// and no failed scrape, so that it can be told from a program that is away.
func (g gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugesWithin)
	defer cancel()
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	at := g.a.p.Now()
	send(dueDesc, float64(g.a.cfg.Nightly.Due(at, g.a.cfg.Zone).Unix()))
	now, err := g.a.store.Gauges(ctx, at)
	late, is, lateErr := g.a.late(ctx)
	if err := errors.Join(err, lateErr); err != nil {
		g.a.log.Warn("the database did not answer for the metrics", "error", err)
		send(reachedDesc, 0)
		return
	}
	send(reachedDesc, 1)
	for _, s := range jobStates {
		send(jobsDesc, float64(now.Jobs[s]), string(s))
	}
	send(overdueDesc, float64(now.Overdue))
	for _, s := range taskStates {
		send(tasksDesc, float64(now.Tasks[string(s)]), string(s))
	}
	send(promisesDesc, float64(now.PromisesDue))
	seconds, asOf := 0., 0.
	if is {
		seconds = at.Sub(late.By).Seconds()
	}
	send(lateDesc, seconds)
	if !now.Night.IsZero() {
		asOf = float64(now.Night.Unix())
	}
	send(nightDesc, asOf)
	for _, channel := range sendingChannels {
		messages, away := 0, 0.
		for _, r := range now.Retried {
			if r.Channel == channel {
				messages, away = r.Messages, r.For(at).Seconds()
			}
		}
		send(retriedDesc, float64(messages), string(channel))
		send(awayDesc, away, string(channel))
	}
	for _, s := range nightStates {
		in := 0.
		if now.NightState == string(s) {
			in = 1
		}
		send(stateDesc, in, string(s))
	}
}

// gaugesWithin is how long the database may take, below Prometheus's own ten
// seconds for a scrape.
const gaugesWithin = 5 * time.Second

// newRegistry makes what Prometheus reads.
func (a *app) newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), gauges{a})
	return r
}

// measured counts and times the requests of a handler.
func (a *app) measured(h http.Handler) http.Handler {
	if a.registry == nil {
		return h
	}
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "holdfast_http_request_duration_seconds", Help: "Time to answer requests of the desk and the API.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"code", "method"})
	a.registry.MustRegister(took)
	return promhttp.InstrumentHandlerDuration(took, h)
}

// openMetrics opens the address of the metrics, and returns what answers
// Prometheus there until its context ends.
func (a *app) openMetrics() (func(context.Context) error, error) {
	l, err := net.Listen("tcp", a.cfg.Web.Metrics)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "open the metrics at %s: %w; name another address in web.metrics", a.cfg.Web.Metrics, err)
	}
	a.registry = a.newRegistry()
	h := promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{})
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	a.log.Info("metrics are served", "at", l.Addr().String())
	return func(ctx context.Context) error {
		go func() {
			<-ctx.Done()
			_ = srv.Close() // nothing of it is worth waiting for
		}()
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the metrics: %w", err)
		}
		return nil
	}, nil
}
