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
	"holdfast/queue"
)

// gauges reads the database when Prometheus asks.
type gauges struct{ a *app }

var (
	jobsDesc     = prometheus.NewDesc("holdfast_jobs", "Jobs that are not done, by state.", []string{"state"}, nil)
	overdueDesc  = prometheus.NewDesc("holdfast_jobs_overdue", "Jobs due more than ten minutes ago that nobody began.", nil, nil)
	tasksDesc    = prometheus.NewDesc("holdfast_tasks_open", "Open tasks of released lists, by state.", []string{"state"}, nil)
	promisesDesc = prometheus.NewDesc("holdfast_promises_late", "Promises and call-backs past their time.", nil, nil)
	nightDesc    = prometheus.NewDesc("holdfast_night_as_of_seconds", "As-of of the newest night, in seconds since 1970.", nil, nil)
	lateDesc     = prometheus.NewDesc("holdfast_list_late_seconds", "Since the deadline of a list that is not released; 0 when none is late.", nil, nil)
	stateDesc    = prometheus.NewDesc("holdfast_night_state", "1 for the state that the newest night is in.", []string{"state"}, nil)
)

// Describe implements prometheus.Collector.
func (g gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsDesc, overdueDesc, tasksDesc, promisesDesc, nightDesc, stateDesc, lateDesc} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (g gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	now, err := g.a.store.Gauges(ctx, g.a.p.Now())
	if err != nil {
		out <- prometheus.NewInvalidMetric(jobsDesc, err)
		return
	}
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, s := range []queue.State{queue.Ready, queue.Dispatched, queue.Running, queue.Dead, queue.Unknown} {
		send(jobsDesc, float64(now.Jobs[s]), string(s))
	}
	send(overdueDesc, float64(now.Overdue))
	for state, n := range now.Tasks {
		send(tasksDesc, float64(n), state)
	}
	send(promisesDesc, float64(now.PromisesDue))
	late, is, err := g.a.late(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(lateDesc, err)
		return
	}
	seconds := 0.0
	if is {
		seconds = g.a.p.Now().Sub(late.By).Seconds()
	}
	send(lateDesc, seconds)
	if !now.Night.IsZero() {
		send(nightDesc, float64(now.Night.Unix()))
		send(stateDesc, 1, now.NightState)
	}
}

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
		Name: "holdfast_http_request_seconds", Help: "Time to answer requests of the desk and the API.",
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
