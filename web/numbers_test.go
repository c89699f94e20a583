package web_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/model"
	"holdfast/nightly"
	"holdfast/scoring"
	"holdfast/training"
	"holdfast/web"
)

// numbers is what managers, operators and the auditor read, as plain values.
type numbers struct {
	each         func(func(web.RiskRow) error) error // instead of risk, for exports
	morning      *web.Morning
	risk         []web.RiskRow
	publications []interventions.Publication
	effects      *web.Effects
	models       []nightly.ModelRecord
	releases     releases
	watch        *nightly.Watch
	calibration  *web.Calibration
	runs         []nightly.Run
	counts       nightly.Counts // of the decide stage
	restaged     func([]nightly.StageRun)
	choices      bool // the last page of the risk list asked for them
	jobs         []web.Job
	imports      []history.Import
	arrivals     []nightly.Arrival
	rejections   []history.Rejection
	arms         []interventions.Arm
	excluded     []interventions.Exclusion
	fullAt       int // exclusions at most; 0 any number
	board        web.Board
	rosters      []interventions.RosterStatement
	due          []interventions.Task
	requests     []interventions.Request
	released     int
	resumed      []string
	retried      []int64
	broken       error // every reading fails with it
	hold         *interventions.Hold
	late         *nightly.Late
	paused       []interventions.Pause
	views        []access.SavedView
	attrition    measurement.Attrition
	moved        []web.MoveRow
	policyNow    web.PolicyNow
	rehearsals   []nightly.Rehearsal
	revised      []interventions.Revision
	grouped      measurement.GroupReport
	agentReport  measurement.AgentReport
	handled      []measurement.Handled
	marks        []measurement.ReasonMarks
}

func newNumbers() *numbers {
	n := &numbers{
		board: aBoard(), rosters: aRoster(), revised: []interventions.Revision{aRevision()},
		morning: &web.Morning{
			AsOf: tuesday.Truncate(24 * time.Hour), Released: tuesday.Add(-5*time.Hour - 44*time.Minute), Customers: 5942, InPopulation: 5501,
			Episodes: 312, Before: 298, HasBefore: true, AtStakeMinor: 6_100_000,
			Bands: map[scoring.Band]int{scoring.BandHigh: 312, scoring.BandMedium: 1120, scoring.BandLow: 4069},
			Tally: publication(3, 0).Tally, Calls: 171, Minutes: 2760, Messages: 320, Open: 164, DoneToday: 7, PromisesOpen: 9, PromisesLate: 1,
		},
		publications: []interventions.Publication{publication(3, 0), publication(2, 1), publication(1, 2)},
		counts: nightly.Counts{
			"customers": 5942, "out: not active": 441, "blocked: open_issue": 88, "sealed not_selected: below the line": 3800,
			"sealed ghost: held back": 70, "treat: released": 491, "no_treatment: no relevant treatment": 1052,
		},
		runs: []nightly.Run{nightRun("night-3", 0, nightly.Completed), nightRun("night-2", 1, nightly.Completed), nightRun("night-1", 2, nightly.Completed)},
		jobs: []web.Job{
			{ID: 11, Kind: "deliver", Key: "message/77/1", State: "unknown", Attempts: 1, Error: "the program ended between the call and its answer", Created: tuesday.Add(-3 * time.Hour), Last: tuesday.Add(-2 * time.Hour)},
			{ID: 12, Kind: "night", Key: "night-3/score/7", State: "dead", Attempts: 5, Error: "score, shard 7: the disk is full", Created: tuesday.Add(-8 * time.Hour), Last: tuesday.Add(-7 * time.Hour)},
		},
		imports: []history.Import{
			{ID: 42, Feed: "payments", Files: []string{"payments-2026-03-09.csv"}, Started: tuesday.Add(-9 * time.Hour), Published: tuesday.Add(-9 * time.Hour), Read: 48211, Added: 48105, Corrected: 92, Rejected: 14, Customers: 3},
			{ID: 41, Feed: "crm", Files: []string{"crm.csv.gz"}, Started: tuesday.Add(-10 * time.Hour), Read: 5942, Added: 12},
		},
		arrivals: []nightly.Arrival{
			{Feed: "crm", Published: tuesday.AddDate(0, 0, -20), Rows: 5801},
			{Feed: "payments", Published: tuesday.Add(-9 * time.Hour), Rows: 48211, Usual: 47980, Before: 8},
		},
		rejections: []history.Rejection{
			{Import: 42, File: "payments-2026-03-09.csv", Row: 118, Column: "amount", Value: "12,50", Reason: "is not a number: the decimal sign is a point"},
			{Import: 42, File: "payments-2026-03-09.csv", Row: 4001, Column: "customer", Value: `<img src=x onerror=alert(1)>`, Reason: "is not a customer we know"},
		},
		arms: []interventions.Arm{
			{Household: 5, Layer: "retention_call", Held: true, Share: .3, From: tuesday.AddDate(0, 0, -2), Until: tuesday.AddDate(1, 0, -2)},
			{Household: 6, Layer: "retention_call", Share: .3, From: tuesday.AddDate(0, 0, -2), Until: tuesday.AddDate(1, 0, -2)},
			{Household: 7, Layer: interventions.LayerGlobal, Held: true, Share: .05, From: tuesday.AddDate(-2, 0, 0), Until: tuesday.AddDate(-1, 0, 0)},
		},
	}
	for i := 1; i <= customersKnown; i++ {
		n.risk = append(n.risk, riskRow(i))
	}
	n.proof()
	n.model()
	n.leavers()
	n.plan()
	n.marks = []measurement.ReasonMarks{{Concept: "rhythm", True: 220, Untrue: 41}, {Concept: "price", True: 31, Untrue: 26}, {Concept: "tenure", True: 9, Untrue: 4}}
	n.grouped, n.agentReport, n.handled = aGroupReport(), anAgentReport(), someHandled()
	return n
}

// segmentOf is the segment of a customer: trade for odd ones.
func segmentOf(n int) string { return []string{"private", "trade"}[n%2] }

func riskRow(i int) web.RiskRow {
	c, s := customer(i), scoreOf(i)
	r := web.RiskRow{
		Customer: c.ID, Name: c.Name, Source: c.Source, Key: c.Key, Segment: segmentOf(i), Risk: s.Risk, Band: scoring.BandHigh,
		Episode: s.EpisodeStart, ValueMinor: s.ValueMinor, TenureDays: s.TenureDays, Reason: s.Reasons[0].Text,
		Result: interventions.ResultTreat, Why: interventions.ReasonReleased, Treatment: "retention_call", Task: interventions.TaskReady,
	}
	switch i % 5 {
	case 2:
		r.Result, r.Why, r.Treatment, r.Task = interventions.ResultBlocked, string(interventions.GateIssue), "", ""
	case 3:
		r.Result, r.Why, r.Treatment, r.Task = interventions.ResultNotSelected, interventions.ReasonBelowLine, "", ""
	}
	if i%3 != 0 {
		r.RiskBefore, r.Owner = s.Risk-.03*float64(i%4-1), "Mia Lindqvist"
	}
	if s.Risk < .3 {
		r.Band, r.Episode = scoring.BandMedium, time.Time{}
	}
	return r
}

func publication(id int64, day int) interventions.Publication {
	asOf := tuesday.Truncate(24*time.Hour).AddDate(0, 0, -day)
	return interventions.Publication{
		ID: interventions.PublicationID(id), AsOf: asOf, State: interventions.PublicationReleased, ReleasedAt: asOf.Add(4*time.Hour + 16*time.Minute),
		Prices: interventions.Prices{
			Offers: []interventions.OfferRate{{Treatment: "retention_call", Rate: .12, Measured: true, Outcomes: 1240}, {Treatment: "offer_message", Rate: .03}},
			Limits: []interventions.Limit{
				{Kind: interventions.LimitMinutes, Amount: 2760, PriceMinor: 138},
				{Kind: interventions.LimitSkill, Name: "polish", Amount: 240, PriceMinor: 233},
				{Kind: interventions.LimitBudget, Amount: 50_000, PriceMinor: 1.8},
				{Kind: interventions.LimitQuota, Name: "tenure_thanks_letter", Amount: 50, PriceMinor: 310},
				{Kind: interventions.LimitSignatory, Name: "the managing director", Amount: 3, PriceMinor: 420},
				{Kind: interventions.LimitChannel, Name: "letter", Amount: 400},
			},
			NextMinor: map[string]float64{"retention_call": 904, "offer_message": 221}, Assumed: true,
			Calls: []interventions.Handling{{Treatment: "retention_call", Tries: 1140, Tasks: 460, Attempts: 2.1, Reach: .55, Dial: 1.2, Talk: 8}},
		},
		Tally: interventions.Tally{
			Customers: 5942, Minutes: 1490,
			ByResult: map[interventions.Result]int{
				interventions.ResultOut: 441, interventions.ResultNoTreatment: 1052, interventions.ResultBlocked: 88,
				interventions.ResultNotSelected: 3800, interventions.ResultGhost: 70, interventions.ResultTreat: 491,
			},
			ByReason: map[interventions.Result]map[string]int{
				interventions.ResultOut: {"not active": 401, "too new": 40}, interventions.ResultBlocked: {"open_issue": 60, "cool_off": 28},
				interventions.ResultGhost: {interventions.ReasonHeldBack: 70},
			},
			Released: map[string]int{"retention_call": 171, "offer_message": 320},
		},
	}
}

func (n *numbers) proof() {
	truth := .042
	n.effects = &web.Effects{AsOf: tuesday.Truncate(24 * time.Hour), Rows: []web.TreatmentEffect{
		{
			Treatment: "retention_call", Contacted: 1204, ContactedLeft: 217, LeftAlone: 516, LeftAloneLeft: 119, Matured: true, Effect: .0504, Low: .0089, High: .0935, Claimed: 388, Sustained: 301, Proven: 61, ProvenLow: 11, ProvenHigh: 113, Detectable: .058, Truth: &truth,
			Plan: measurement.Plan{Base: .2306, Fall: .0346, Yet: 1730, Weekly: 131.5, Known: true, Now: measurement.Answer{Share: .3, Customers: 5482, Weeks: 42}, Best: measurement.Answer{Share: .5, Customers: 4430, Weeks: 34}},
		},
		{Treatment: "offer_message", Contacted: 2210, ContactedLeft: 398, LeftAlone: 948, LeftAloneLeft: 160, Matured: true, Effect: -.0113, Low: -.0394, High: .0176, Claimed: 0, Sustained: 0, Proven: -25, ProvenLow: -87, ProvenHigh: 39, Detectable: .041},
		{
			Treatment: "tenure_thanks_call", Contacted: 31, LeftAlone: 9, Detectable: .21,
			Plan: measurement.Plan{Base: .0312, Fall: .0031, Yet: 40, Now: measurement.Answer{Share: .2, Customers: 147_214, Weeks: measurement.Never}, Best: measurement.Answer{Share: .5, Customers: 94_210, Weeks: measurement.Never}},
		},
	}}
}

// skewed is a world in which the arms of a treatment are not as they were drawn.
func skewed(w *world) {
	w.numbers.effects.Rows[1].Ratio = measurement.Ratio{Households: 3158, Broken: true, Expected: .4, Found: .3002}
}

func (n *numbers) model() {
	n.models = []nightly.ModelRecord{
		{ID: "7f3a9c11d0e2", Name: "logistic regression", Champion: true, TrainedAt: tuesday.AddDate(0, 0, -9), Created: tuesday.AddDate(0, 0, -9), Promoted: tuesday.AddDate(0, 0, -9), Reason: "better than the naive rule by .06 AUC", Card: model.Card{
			Name: "logistic regression", Data: model.Training{Rows: 41822, Leavers: 5120, Description: "six monthly snapshots"}, Settings: []model.Setting{{Name: "penalty", Value: "0.3"}},
			Metrics:   []model.Metric{{Name: "AUC", Sample: "later customers", Value: .7812, Naive: .7204, Low: .772, High: .79}, {Name: "Brier", Sample: "later customers", Value: .0891, Naive: .0944}},
			Sentences: []string{"This is risk under current practice: too few customers were left alone to know it untreated."},
		}},
		{ID: "aa", Name: "forest", Created: tuesday.AddDate(0, 0, -9), Reason: "worse on later customers"},
	}
	seen := training.Evidence{
		PSI: .141, Critical: .021, Population: 8310, PopulationThen: 8124,
		Aftermath: &training.Aftermath{
			AsOf: tuesday.AddDate(0, -3, 0), Customers: 7904, Left: 866, Expected: .104, Rate: .1096, Level: .059, LevelSE: .036,
			Newest: tuesday.AddDate(0, -4, 0), Before: .1061, Shift: .036, ShiftSE: .05,
		},
	}
	n.watch = &nightly.Watch{
		AsOf: tuesday.AddDate(0, 0, -1), Model: n.models[0].ID, Due: false, Refused: 1, Signs: seen.Signs(),
		Why: "its scores have drifted: PSI 0.141, above 0.100, but what was trained on 2026-03-08 did not replace it: the next attempt is on 2026-03-15",
	}
	c := &web.Calibration{Sample: "8,310 customers of January, none of them seen in training."}
	for i := range 8 {
		f := .05 + .08*float64(i)
		c.Bins = append(c.Bins, stats.ReliabilityBin{Low: f - .04, High: f + .04, Forecast: f, Observed: f * 1.04, Count: 900 - 100*i})
	}
	for i := range 12 {
		low := .06 * float64(i)
		c.Histogram = append(c.Histogram, stats.ReliabilityBin{Low: low, High: low + .06, Forecast: low + .03, Observed: low + .03, Count: 1400 - 110*i})
	}
	c.CORP = stats.Isotonic{Score: []float64{.02, .09, .1, .24, .31, .52, .66}, Level: []float64{.03, .03, .11, .11, .33, .49, .64}}
	c.Lift, c.NaiveLift = []float64{4.1, 3.2, 2.6}, []float64{2.9, 2.4, 2.1}
	n.calibration = c
}

func (n *numbers) Morning(context.Context, time.Time) (web.Morning, error) {
	if n.broken != nil {
		return web.Morning{}, n.broken
	}
	if n.morning == nil {
		return web.Morning{}, fault.New(fault.NotFound, "no list was released yet")
	}
	return *n.morning, nil
}

func (n *numbers) Publications(context.Context, int) ([]interventions.Publication, error) {
	return n.publications, n.broken
}

// Worked is the newest that is released.
func (n *numbers) Worked(context.Context) (interventions.PublicationID, error) {
	for _, p := range n.publications {
		if p.State == interventions.PublicationReleased {
			return p.ID, n.broken
		}
	}
	return 0, n.broken
}

func (n *numbers) Publication(_ context.Context, id interventions.PublicationID) (interventions.Publication, error) {
	for _, p := range n.publications {
		if p.ID == id {
			return p, nil
		}
	}
	return interventions.Publication{}, fault.New(fault.NotFound, "there is no such list")
}

func (n *numbers) selected(q web.RiskQuery) []web.RiskRow {
	var rows []web.RiskRow
	for _, r := range n.risk {
		text := strings.ToLower(r.Name + r.Key + r.Reason)
		if (q.Band == "" || r.Band == q.Band) && (q.Segment == "" || r.Segment == q.Segment) &&
			(q.Owner == "" || r.Owner == q.Owner) && (q.Concept == "" || r.Concept == q.Concept) && r.ValueMinor >= q.MinValueMinor &&
			(len(q.Segments) == 0 || slices.Contains(q.Segments, r.Segment)) &&
			strings.Contains(text, strings.ToLower(q.Text)) && (!q.EpisodeOnly || !r.Episode.IsZero()) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b web.RiskRow) int {
		switch q.Sort {
		case web.SortValue:
			return int(b.ValueMinor - a.ValueMinor)
		case web.SortTenure:
			return b.TenureDays - a.TenureDays
		}
		return int(b.AtRiskMinor() - a.AtRiskMinor())
	})
	return rows
}

func (n *numbers) RiskList(_ context.Context, q web.RiskQuery) (web.RiskPage, error) {
	rows := n.selected(q)
	p := web.RiskPage{AsOf: tuesday.Truncate(24 * time.Hour), Total: len(rows)}
	if n.choices = q.Choices; q.Choices {
		p.Segments, p.Owners, p.Concepts = []string{"private", "trade"}, []string{"Mia Lindqvist"}, []string{"price", "support cases"}
	}
	if len(n.risk) > 0 && q.Choices {
		p.Spread = []web.RiskBar{{scoring.BandHigh, 35, 40, 120}, {scoring.BandLow, 0, 5, 3400}, {scoring.BandLow, 5, 10, 900}, {scoring.BandMedium, 20, 25, 310}}
	}
	for i := range rows {
		rows[i].Cursor = strconv.Itoa(i)
	}
	from := 0
	if i, err := strconv.Atoi(q.After); err == nil {
		from = i + 1
	}
	if i, err := strconv.Atoi(q.Before); err == nil {
		from = max(0, i-q.Limit)
	}
	p.Rows = rows[min(from, len(rows)):]
	p.Rows = p.Rows[:min(q.Limit, len(p.Rows))]
	return p, n.broken
}

func (n *numbers) AssignOwner(_ context.Context, ids []history.CustomerID, owner string, _ time.Time) error {
	for i := range n.risk {
		if slices.Contains(ids, n.risk[i].Customer) {
			n.risk[i].Owner = owner
		}
	}
	return n.broken
}

func (n *numbers) Owners(context.Context) ([]string, error) {
	return []string{"Mia Lindqvist"}, n.broken
}

func (n *numbers) EachRisk(_ context.Context, q web.RiskQuery, f func(web.RiskRow) error) error {
	if n.each != nil {
		return n.each(f)
	}
	for _, r := range n.selected(q) {
		if err := f(r); err != nil {
			return err
		}
	}
	return n.broken
}

func (n *numbers) Effects(context.Context) (web.Effects, error) {
	if n.effects == nil {
		return web.Effects{}, fault.New(fault.NotFound, "nothing was measured yet")
	}
	return *n.effects, n.broken
}

func (n *numbers) Models(context.Context, int) ([]nightly.ModelRecord, error) {
	return n.models, n.broken
}

func (n *numbers) Watch(_ context.Context, id string) (nightly.Watch, error) {
	if n.watch == nil || n.watch.Model != id {
		return nightly.Watch{}, fault.New(fault.NotFound, "no night has looked at model %s yet", id)
	}
	return *n.watch, nil
}

func (n *numbers) Calibration(context.Context, string) (web.Calibration, error) {
	if n.calibration == nil {
		return web.Calibration{}, fault.New(fault.NotFound, "there is no calibration yet")
	}
	return *n.calibration, nil
}

func (n *numbers) Runs(context.Context, int) ([]nightly.Run, error) { return n.runs, n.broken }

func (n *numbers) Run(_ context.Context, id string) (nightly.Run, error) {
	for _, r := range n.runs {
		if r.ID == id {
			return r, nil
		}
	}
	return nightly.Run{}, fault.New(fault.NotFound, "there is no night %q", id)
}

func (n *numbers) Stages(ctx context.Context, id string) ([]nightly.StageRun, error) {
	run, err := n.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []nightly.StageRun
	at := run.Started
	for i, st := range []nightly.Stage{
		nightly.StageImport, nightly.StageCheck, nightly.StageTrain, nightly.StageScore, nightly.StagePropose, nightly.StageAllocate,
		nightly.StageDecide, nightly.StagePublish, nightly.StageMeasure, nightly.StageClean,
	} {
		s := nightly.StageRun{Stage: st, Shards: 1}
		if st == nightly.StageScore || st == nightly.StagePropose || st == nightly.StageDecide {
			s.Shards = 64
		}
		if run.State == nightly.Completed || i < 3 {
			s.Done, s.Started = s.Shards, at
			at = at.Add(time.Duration(i+1) * 12700 * time.Millisecond)
			s.Finished = at
		} else if i == 3 {
			s.Done, s.Started = 41, at
		}
		if st == nightly.StageDecide && s.Done > 0 {
			s.Counts = n.counts
		}
		if s.Done > 0 {
			s.Memory = nightly.Memory{Peak: 212 << 20, Live: 90 << 20}
		}
		if st == nightly.StageScore && s.Done > 0 {
			s.Counts = nightly.Counts{"customers": 5942, "scored": 5501}
		}
		out = append(out, s)
	}
	if n.restaged != nil {
		n.restaged(out)
	}
	for i, st := range out {
		if refused := nightly.MayRerun(st.Stage, out, run.State == nightly.Completed); refused != nil {
			out[i].Refused = refused.Error()
		}
	}
	return out, n.broken
}

func (n *numbers) ResumeRun(ctx context.Context, id string, _ nightly.Stage, _ time.Time) (nightly.Run, error) {
	run, err := n.Run(ctx, id)
	if err == nil && run.State != nightly.HeldBack && run.State != nightly.Failed {
		err = fault.New(fault.Conflict, "the night of %s is %s: there is nothing to resume", run.AsOf.Format(time.DateOnly), run.State)
	}
	if err == nil {
		n.resumed = append(n.resumed, id)
	}
	return run, err
}

func (n *numbers) StuckJobs(context.Context, int) ([]web.Job, error) { return n.jobs, n.broken }

func (n *numbers) Queues(context.Context) ([]web.Queue, error) {
	if len(n.jobs) == 0 {
		return nil, n.broken
	}
	return []web.Queue{
		{Kind: "deliver", Waiting: 12, Oldest: tuesday.Add(-95 * time.Second), InHand: 3, Stuck: 1},
		{Kind: "night", InHand: 2, Stuck: 3, Dead: 3},
		{Kind: "tell", Waiting: 4, Oldest: tuesday.Add(time.Hour)},
	}, n.broken
}

func (n *numbers) Retried(context.Context) ([]web.Retried, error) {
	if len(n.jobs) == 0 {
		return nil, n.broken
	}
	return []web.Retried{
		{
			Channel: "email", Messages: 1204, Since: tuesday.Add(-3 * time.Hour), Next: tuesday.Add(20 * time.Minute), Away: tuesday.Add(-100 * time.Minute),
			Error: "the mail server mail.example:25 cannot be used: dial tcp 10.0.0.1:25: connect: connection refused",
		},
		{Channel: "webhook", Messages: 1, Since: tuesday.Add(-5 * time.Minute), Error: "the webhook receiver answered 503"},
	}, n.broken
}

func (n *numbers) TryNow(ctx context.Context, channel string, _ time.Time) (messages int, err error) {
	list, err := n.Retried(ctx)
	for _, r := range list {
		if r.Channel == channel {
			messages = r.Messages
		}
	}
	return messages, err
}

func (n *numbers) RefusedMessages(_ context.Context, since time.Time) ([]web.Refused, error) {
	if len(n.jobs) == 0 {
		return nil, n.broken
	}
	list := []web.Refused{
		{Channel: "email", Messages: 1031, Tried: 1040, Last: tuesday.Add(-2 * time.Hour), Error: "the mail server refused the message with 550 5.7.1", Most: true},
		{Channel: "webhook", Messages: 1, Tried: 40, Last: tuesday.AddDate(0, 0, -8), Error: "the webhook receiver refused the message with 400"},
	}
	return slices.DeleteFunc(list, func(r web.Refused) bool { return r.Last.Before(since) }), n.broken
}

func (n *numbers) JobNamed(_ context.Context, id int64) (string, error) {
	for _, j := range n.jobs {
		if j.ID == id {
			return j.Kind + " " + j.Key, nil
		}
	}
	return "", fault.New(fault.NotFound, "there is no job %d", id)
}

func (n *numbers) RetryJob(_ context.Context, id int64, _ time.Time) error {
	if !slices.ContainsFunc(n.jobs, func(j web.Job) bool { return j.ID == id }) {
		return fault.New(fault.NotFound, "there is no stuck job %d", id)
	}
	n.retried = append(n.retried, id)
	return nil
}

func (n *numbers) SettleJob(_ context.Context, id int64, _ time.Time) error {
	at := slices.IndexFunc(n.jobs, func(j web.Job) bool { return j.ID == id })
	switch {
	case at < 0:
		return fault.New(fault.NotFound, "there is no job %d", id)
	case n.jobs[at].State != "unknown":
		return fault.New(fault.Conflict, "job %s is %s: only what is unknown is settled", n.jobs[at].Key, n.jobs[at].State)
	}
	n.jobs = slices.Delete(slices.Clone(n.jobs), at, at+1)
	return nil
}

func (n *numbers) RetryDead(_ context.Context, kind string, _ time.Time) (int, error) {
	dead := 0
	for _, j := range n.jobs {
		if j.Kind == kind && j.State == "dead" {
			n.retried = append(n.retried, j.ID)
			dead++
		}
	}
	return dead, nil
}

func (n *numbers) Imports(context.Context, int) ([]history.Import, error) {
	return n.imports, n.broken
}

func (n *numbers) Arrivals(context.Context) ([]nightly.Arrival, error) {
	return n.arrivals, n.broken
}

func (n *numbers) Import(_ context.Context, id history.ImportID) (history.Import, error) {
	for _, i := range n.imports {
		if i.ID == id {
			return i, nil
		}
	}
	return history.Import{}, fault.New(fault.NotFound, "there is no import %d", id)
}

func (n *numbers) Rejections(_ context.Context, id history.ImportID, after, limit int) ([]history.Rejection, error) {
	var out []history.Rejection
	for _, r := range n.rejections {
		if r.Import == id {
			out = append(out, r)
		}
	}
	out = out[min(after, len(out)):]
	return out[:min(limit, len(out))], n.broken
}

func (n *numbers) Arms(context.Context, time.Time) ([]interventions.Arm, error) {
	return n.arms, n.broken
}

// manyRisks makes n rows.
func manyRisks(n int) []web.RiskRow {
	var rows []web.RiskRow
	for i := 1; i <= n; i++ {
		r := riskRow(i)
		r.Name = fmt.Sprintf("Customer %04d", i)
		rows = append(rows, r)
	}
	return rows
}

func (n *numbers) Board(context.Context, time.Time) (web.Board, error) { return n.board, n.broken }

func (n *numbers) Due(_ context.Context, until time.Time, limit int) (list []interventions.Task, err error) {
	for _, t := range n.due {
		if len(list) < limit && !t.DueAt.After(until) {
			list = append(list, t)
		}
	}
	return list, n.broken
}

// aBoard is a desk with more work than hours.
func aBoard() web.Board {
	rev := aRevision()
	return web.Board{
		Revision: &rev,
		Rows: []web.BoardRow{
			{Treatment: "retention_call", Waiting: 171, Minutes: 2780, InHand: 4, Later: 12, Blocked: 3, Done: 38},
			{Treatment: "tenure_thanks_call", Waiting: 6, Done: 1},
			{Family: interventions.FamilyData, Waiting: 2},
			{Family: interventions.FamilyInbound, InHand: 1, Done: 5},
		},
		Rostered: 3900, Absent: []string{"zoe"}, Left: 1950, PromisesOpen: 9, PromisesLate: 1, PromisesDue: 2,
		Skips: []web.BoardCount{{Reason: "language", Count: 3}, {Reason: "known_person", Count: 1}},
		People: []web.BoardPerson{
			{Name: "ann", State: access.OnCall, Since: tuesday.Add(-12 * time.Minute), With: []string{"retention_call"}, Handled: 20, Done: 19, Skips: 3},
			{Name: "ben", State: access.Break, Since: tuesday.Add(-3 * time.Minute)},
			{Name: "bo", Handled: 24, Done: 25, Skips: 1},
			{Name: "cy", State: access.WrappingUp, Since: tuesday.Add(-40 * time.Second), With: []string{"inbound", "tenure_thanks_call"}, Handled: 2},
		},
	}
}

func (n *numbers) SaveRequests(_ context.Context, list []interventions.Request) error {
	n.requests = append(n.requests, list...)
	return nil
}

func (n *numbers) SaveExclusions(_ context.Context, list []interventions.Exclusion) error {
	if n.fullAt > 0 && len(n.excluded)+len(list) > n.fullAt {
		return fault.New(fault.Unavailable, "the disk is full")
	}
	for _, e := range list {
		if !slices.ContainsFunc(n.excluded, func(kept interventions.Exclusion) bool { return kept.ID == e.ID }) {
			n.excluded = append(n.excluded, e)
		}
	}
	return nil
}

func (n *numbers) EndExclusion(_ context.Context, id history.CustomerID, now time.Time) (ended int64, err error) {
	for i := range n.excluded {
		if e := &n.excluded[i]; e.Customer == id && e.Holds(now) {
			e.Until = now
			ended++
		}
	}
	return ended, nil
}

func (n *numbers) Exclusion(_ context.Context, id history.CustomerID, now time.Time) (*interventions.Exclusion, error) {
	for i := range n.excluded {
		if e := &n.excluded[i]; e.Customer == id && e.Holds(now) {
			return e, nil
		}
	}
	return nil, nil
}

func (n *numbers) RiskOf(_ context.Context, ids []history.CustomerID) (rows []web.RiskRow, err error) {
	for _, r := range n.selected(web.RiskQuery{}) {
		if slices.Contains(ids, r.Customer) {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (n *numbers) RequestsFor(_ context.Context, id history.CustomerID, limit int) (out []interventions.Request, err error) {
	for _, r := range slices.Backward(n.requests) {
		if r.Customer == id && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (n *numbers) Overrides(context.Context, time.Time) (o interventions.Overrides, err error) {
	o.Released = n.released
	for _, r := range n.requests {
		if r.Override {
			o.Asked++
		}
	}
	return o, nil
}
