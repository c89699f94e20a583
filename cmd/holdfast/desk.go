package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/model"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/scoring"
	"holdfast/store"
	"holdfast/web"
)

// handler makes the pages.
func (a *app) handler() (http.Handler, error) {
	d, err := a.deps()
	if err != nil {
		return nil, err
	}
	return web.New(d)
}

// deps are what the pages are made of.
func (a *app) deps() (web.Deps, error) {
	var skills []string
	for _, t := range a.policy.Treatments() {
		skills = append(skills, t.Skills...)
	}
	slices.Sort(skills)
	from := a.p.Now()
	_, until := a.churn.Window(from)
	sso, err := a.sso()
	if err != nil {
		return web.Deps{}, err
	}
	return web.Deps{
		Config: a.cfg.Web, SSO: sso,
		Business: web.Business{
			Name: a.cfg.Business.Name, Writer: a.cfg.Writer, Zone: a.cfg.Zone,
			HorizonDays: int(until.Sub(from).Hours()/24 + 0.5), OwnRhythm: a.churn.OwnRhythm(), Skills: slices.Compact(skills),
			ManySources: len(a.cfg.History.Sources()) > 1, Feeds: a.feedsShown(),
		},
		Now: a.p.Now, Log: a.log,
		Door: access.NewDoor(a.store), Sessions: a.store.Sessions(),
		Desk: interventions.NewDesk(a.policy, a.store), Tasks: a.store,
		Policy: a.policy, Requests: a.store, Boards: boards{a}, Steering: steering{a.store}, Staff: a.store, Rosters: a.store, Promises: a.store,
		Customers: customers{a}, Risk: riskList{a}, Owners: riskList{a}, Views: a.store, Attritions: attritions{a}, Publications: lists{a}, Lists: lists{a}, Policies: policyRoom{a}, Groups: a.store, Handled: a.store,
		Effects: proof{a}, Models: models{a}, Nights: nights{a.store}, Late: a.late,
		Jobs: jobs{a.store, a.policy}, Imports: a.store, Sealed: a.store, Audits: a.store,
		Tokens: a.store, Answers: a.store, Feeds: feeds{a}, Mail: mailbox{a},
	}, nil
}

// feedsShown are the feeds as the operator's page names them.
func (a *app) feedsShown() []web.Feed {
	var shown []web.Feed
	for _, f := range a.cfg.History.Feeds {
		shown = append(shown, web.Feed{Name: f.Name, Required: f.Required, Path: f.Path})
	}
	return shown
}

// sso is the client of the identity provider, nil without one.
func (a *app) sso() (*access.SSO, error) {
	c := a.cfg.Web.SSO
	if c.Issuer == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	c.Secret = a.p.Getenv(access.EnvironmentSSOSecret)
	return access.NewSSO(c, a.cfg.Web.SSOAnswer(), &http.Client{Timeout: 10 * time.Second}, a.p.Now)
}

// customers opens customers' files for the pages.
type customers struct{ a *app }

// Find looks a customer up by key, phone, e-mail or name.
func (c customers) Find(ctx context.Context, query string, limit int) ([]web.Found, error) {
	found, err := c.a.store.FindCustomers(ctx, query, limit)
	if err != nil {
		return nil, err
	}
	out := make([]web.Found, len(found))
	for i, f := range found {
		out[i] = web.Found{Customer: f.Customer, Match: f.Match}
	}
	return out, nil
}

// Card makes the card of a customer who rings, with the risk of the newest
// night.
func (c customers) Card(ctx context.Context, id history.CustomerID, now time.Time) (interventions.Card, error) {
	card, _, _, err := c.card(ctx, id, now)
	return card, err
}

// card makes the card with what it was made from.
func (c customers) card(ctx context.Context, id history.CustomerID, now time.Time) (interventions.Card, scoring.Score, interventions.Known, error) {
	shard, err := c.a.store.CustomerShard(ctx, id)
	if err != nil {
		return interventions.Card{}, scoring.Score{}, interventions.Known{}, err
	}
	score, err := c.a.scoreNow(ctx, shard, now)
	if err != nil {
		return interventions.Card{}, scoring.Score{}, interventions.Known{}, err
	}
	v := shard.View(0, now, nil)
	known := interventions.Know(v)
	return c.a.policy.CardOf(&known, &score, interventions.LastEvents(v, shard.Vocab)), score, known, nil
}

// scoreNow is one customer's score as of the newest completed night; without
// one, a score that says why there is none.
func (a *app) scoreNow(ctx context.Context, shard *history.Shard, now time.Time) (scoring.Score, error) {
	none := scoring.Score{Customer: shard.Customers[0].ID, AsOf: now, Excluded: "no night has been run yet"}
	if _, objects := history.ProfilingObjection(shard.View(0, now, nil).Consents()); objects {
		none.Excluded = scoring.ObjectsToProfiling // from this moment, whatever the night said
		return none, nil
	}
	asOf, err := a.store.NewestNight(ctx)
	if err != nil || asOf.IsZero() {
		return none, err
	}
	rec, m, err := a.store.Champion(ctx)
	if fault.Of(err) == fault.NotFound {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	scores, err := a.scorer(m, rec.ID).Shard(shard, asOf.In(a.cfg.Zone), nil)
	if err != nil {
		return none, err
	}
	return scores[0], nil
}

// scorer scores as nights do, by one model.
func (a *app) scorer(m *model.Model, id string) *scoring.Scorer {
	return &scoring.Scorer{Config: a.cfg.Scoring, Churn: a.churn, Engine: a.engine, Value: a.margin, Model: m, ModelID: id}
}

// proof reads what contact was worth.
type proof struct{ a *app }

// Effects returns the newest night's comparison.
func (p proof) Effects(ctx context.Context) (web.Effects, error) {
	effects, asOf, err := p.a.store.NewestEffects(ctx)
	if err != nil {
		return web.Effects{}, err
	}
	out := web.Effects{AsOf: asOf}
	for _, e := range effects {
		row := web.TreatmentEffect{
			Treatment: e.Treatment, Outcome: e.Outcome,
			Contacted: e.Contacted.Customers, ContactedLeft: e.Contacted.Left,
			LeftAlone: e.LeftAlone.Customers, LeftAloneLeft: e.LeftAlone.Left, Matured: e.Known,
			Claimed: e.ClaimedSaves, Sustained: e.SustainedSaves, Undecided: e.Undecided, DecidedFrom: e.DecidedFrom, Detectable: e.Detectable,
			Ratio: e.Ratio, Plan: e.Plan,
		}
		if e.Known { // the page speaks of a fall in leaving
			d, s := e.Difference.Scale(-1), e.ProvenSaves
			row.Effect, row.Low, row.High = d.Estimate, d.Low, d.High
			row.Proven, row.ProvenLow, row.ProvenHigh = s.Estimate, s.Low, s.High
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// models reads the registry for the model page.
type models struct{ a *app }

// Models returns the newest records, the champion first.
func (m models) Models(ctx context.Context, limit int) ([]nightly.ModelRecord, error) {
	list, err := m.a.store.Models(ctx, limit)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(list, func(m nightly.ModelRecord) bool { return m.Champion }) {
		champion, _, err := m.a.store.Champion(ctx) // older than the newest
		switch {
		case err == nil:
			list = append([]nightly.ModelRecord{champion}, list...)
		case fault.Of(err) != fault.NotFound:
			return nil, err
		}
	}
	slices.SortStableFunc(list, func(x, y nightly.ModelRecord) int {
		switch {
		case x.Champion && !y.Champion:
			return -1
		case y.Champion && !x.Champion:
			return 1
		}
		return y.Created.Compare(x.Created)
	})
	return list[:min(len(list), limit)], nil
}

// Watch returns what the newest night saw of a model in office.
func (m models) Watch(ctx context.Context, id string) (nightly.Watch, error) {
	return m.a.store.Watch(ctx, id)
}

// Calibration is what the model's card kept of its held-out date.
func (m models) Calibration(ctx context.Context, id string) (web.Calibration, error) {
	rec, _, err := m.a.store.Model(ctx, id)
	if err != nil {
		return web.Calibration{}, err
	}
	p := rec.Card.Pictures
	if p == nil {
		return web.Calibration{}, fault.New(fault.NotFound, "the card of model %s keeps no outcomes", id)
	}
	return web.Calibration{Sample: p.Sample, Bins: p.Curve, Histogram: p.Histogram, CORP: p.CORP, Lift: p.Lift, NaiveLift: p.NaiveLift}, nil
}

// jobs shows the jobs that wait for a person.
type jobs struct {
	*store.Store
	policy *interventions.Policy
}

// JobNamed says which job it is.
func (j jobs) JobNamed(ctx context.Context, id int64) (string, error) {
	job, err := j.Job(ctx, id)
	return job.Named(), err
}

// SettleJob ends a job of unknown outcome whose effect took place.
func (j jobs) SettleJob(ctx context.Context, id int64, now time.Time) error {
	return j.Store.SettleJob(ctx, id, now, j.policy.Sent)
}

// Queues counts what is not done, by kind.
func (j jobs) Queues(ctx context.Context) ([]web.Queue, error) {
	depths, err := j.QueueDepths(ctx)
	var out []web.Queue
	for _, d := range depths {
		if len(out) == 0 || out[len(out)-1].Kind != d.Kind {
			out = append(out, web.Queue{Kind: d.Kind})
		}
		switch q := &out[len(out)-1]; d.State {
		case queue.Ready:
			q.Waiting, q.Oldest, q.Failed, q.Error = d.Jobs, d.Oldest, d.Failed, d.Error
		case queue.Dead:
			q.Dead = d.Jobs
			q.Stuck += d.Jobs
		case queue.Unknown:
			q.Stuck += d.Jobs
		default:
			q.InHand += d.Jobs
		}
	}
	return out, err
}

// TryNow makes the next try of a channel's messages that wait for one due.
func (j jobs) TryNow(ctx context.Context, channel string, now time.Time) (int, error) {
	return j.Store.TryNow(ctx, interventions.Channel(channel), now)
}

// Retried counts the messages that wait for another try, by channel.
func (j jobs) Retried(ctx context.Context) ([]web.Retried, error) {
	list, err := j.Store.Retried(ctx)
	out := make([]web.Retried, len(list))
	for i, r := range list {
		out[i] = web.Retried{Channel: string(r.Channel), Messages: r.Messages, Since: r.Since, Next: r.Next, Away: r.Away, Error: r.Error}
	}
	return out, err
}

// RefusedMessages counts the messages tried since an instant that were refused for
// good, by channel.
func (j jobs) RefusedMessages(ctx context.Context, since time.Time) ([]web.Refused, error) {
	list, err := j.Store.RefusedMessages(ctx, since)
	out := make([]web.Refused, len(list))
	for i, r := range list {
		out[i] = web.Refused{Channel: string(r.Channel), Messages: r.Messages, Tried: r.Tried, Last: r.Last, Error: r.Error, Most: r.Most()}
	}
	return out, err
}

// StuckJobs returns unknown jobs and then dead ones, the newest of each first.
func (j jobs) StuckJobs(ctx context.Context, limit int) ([]web.Job, error) {
	began, err := j.OpenCalls(ctx)
	if err != nil {
		return nil, err
	}
	var out []web.Job
	for _, state := range []queue.State{queue.Unknown, queue.Dead} {
		list, err := j.Jobs(ctx, store.JobFilter{State: state, Limit: limit})
		if err != nil {
			return nil, err
		}
		for _, job := range list {
			last := job.DoneAt
			if state == queue.Unknown {
				last = began[job.ID]
			}
			out = append(out, web.Job{
				ID: job.ID, Kind: job.Kind, Key: job.Key, State: string(job.State),
				Attempts: job.Attempt, Error: job.LastError, Created: job.CreatedAt, Last: last,
			})
		}
	}
	return out[:min(len(out), limit)], nil
}
