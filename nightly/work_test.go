package nightly

import (
	"context"
	"slices"
	"sync"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/model"
	"holdfast/scoring"
)

// desk is a WorkStore of maps, for tests.
type desk struct {
	mu        sync.Mutex
	shards    []*history.Shard
	models    map[string]*model.Model
	records   map[string]ModelRecord
	champion  string
	previous  map[history.CustomerID]scoring.Previous
	arrivals  []Arrival
	rosters   map[string][]interventions.Rostered // by day
	before    [2]int64                            // population and released of the night before
	scores    map[int][]scoring.Score
	pub       interventions.Publication
	byHand    interventions.Hold // nobody without a name
	drafts    map[int]interventions.Draft
	allocated interventions.Allocation
	arms      []interventions.Arm

	watch                   Watch
	refused                 int
	refusedAt               time.Time
	firstNight, newestNight Counts
	excluded                map[history.CustomerID]*interventions.Exclusion
	decisions               map[int][]interventions.Decision
	work                    map[int]interventions.Assignment
	policy                  string
	published               int
	cleaned                 int
	folded                  int
}

func newDesk(shards ...*history.Shard) *desk {
	return &desk{
		shards: shards, models: map[string]*model.Model{}, records: map[string]ModelRecord{}, scores: map[int][]scoring.Score{},
		drafts: map[int]interventions.Draft{}, decisions: map[int][]interventions.Decision{}, work: map[int]interventions.Assignment{},
	}
}

func (d *desk) Partitions() int { return len(d.shards) }

func (d *desk) LoadShard(_ context.Context, p int, _ int64) (*history.Shard, error) {
	return d.shards[p], nil
}

func (d *desk) Champion(ctx context.Context) (ModelRecord, *model.Model, error) {
	return d.Model(ctx, d.champion)
}

func (d *desk) Model(_ context.Context, id string) (ModelRecord, *model.Model, error) {
	if m := d.models[id]; m != nil {
		return d.records[id], m, nil
	}
	return ModelRecord{}, nil, fault.New(fault.NotFound, "there is no model %q", id)
}

func (d *desk) SaveModel(_ context.Context, rec ModelRecord, m *model.Model) error {
	if d.models[rec.ID] == nil {
		d.models[rec.ID], d.records[rec.ID] = m, rec
	}
	return nil
}

func (d *desk) Waiting(context.Context) (rec ModelRecord, err error) {
	for id, r := range d.records {
		if id != d.champion && r.TrainedAt.After(rec.TrainedAt) {
			rec = r
		}
	}
	if rec.ID == "" {
		return rec, fault.New(fault.NotFound, "no model waits")
	}
	return rec, nil
}

func (d *desk) Promote(_ context.Context, id string, _ time.Time, _ string) error {
	d.champion = id
	return nil
}

func (d *desk) ManifestVersion(context.Context) (int64, error) { return 9, nil }

func (d *desk) Earliest(context.Context) (time.Time, error) {
	if len(d.shards) == 0 || len(d.shards[0].Customers) == 0 {
		return time.Time{}, nil
	}
	return asOf.AddDate(-2, 0, 0), nil
}

func (d *desk) PreviousScores(context.Context, int, time.Time) (map[history.CustomerID]scoring.Previous, error) {
	return d.previous, nil
}

func (d *desk) SaveScores(_ context.Context, _ string, p int, s []scoring.Score) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.scores[p] = slices.Clone(s)
	return nil
}

func (d *desk) LoadScores(_ context.Context, _ string, p int) ([]scoring.Score, error) {
	return d.scores[p], nil
}

func (d *desk) Arrivals(context.Context) ([]Arrival, error) { return d.arrivals, nil }

func (d *desk) Volume(context.Context, time.Time) (int64, int64, error) {
	return d.before[0], d.before[1], nil
}

func (d *desk) Draft(_ context.Context, _ string, pub interventions.Publication) (interventions.Publication, error) {
	if d.pub.ID == 0 {
		d.pub = pub
		d.pub.ID = 77
	}
	return d.pub, nil
}

func (d *desk) Hold(_ context.Context, _ interventions.PublicationID, reason string) error {
	d.pub.State, d.pub.Reason = interventions.PublicationHeld, reason
	return nil
}

func (d *desk) OrderList(context.Context, interventions.PublicationID) error { return nil }

func (d *desk) SaveTally(_ context.Context, _ interventions.PublicationID, t interventions.Tally) error {
	d.pub.Tally = t
	return nil
}

func (d *desk) SavePolicy(_ context.Context, _ time.Time, hash, _ string) error {
	d.policy = hash
	return nil
}

func (d *desk) Publish(context.Context, string, interventions.PublicationID, time.Time) (Counts, error) {
	if d.byHand.By != "" {
		return nil, d.byHand.Refusal()
	}
	if d.pub.State != interventions.PublicationReleased {
		d.pub.State = interventions.PublicationReleased
		d.published++
	}
	return Counts{"tasks": 1}, nil
}

func (d *desk) Clean(context.Context, time.Time, Retention) (Counts, error) {
	d.cleaned++
	return Counts{"segments": 1}, nil
}

func (d *desk) FoldEvents(context.Context, time.Time) (int, error) {
	d.folded++
	return 2, nil
}

func (d *desk) Exclusions(context.Context, int, time.Time) (map[history.CustomerID]*interventions.Exclusion, error) {
	return d.excluded, nil
}

func (d *desk) HouseholdFacts(context.Context, int, time.Time) (map[history.HouseholdID]interventions.Facts, error) {
	return nil, nil
}

func (d *desk) SaveDraft(_ context.Context, draft interventions.Draft) error {
	d.drafts[draft.Partition] = draft
	return nil
}

func (d *desk) Candidates(context.Context, interventions.PublicationID) ([]interventions.Candidate, error) {
	var out []interventions.Candidate
	for _, draft := range d.drafts {
		out = append(out, draft.Candidates...)
	}
	return out, nil
}

func (d *desk) Requests(context.Context, time.Time) ([]interventions.Request, error) { return nil, nil }
func (d *desk) ScoreCounts(context.Context, string, time.Time) (first, newest Counts, err error) {
	return d.firstNight, d.newestNight, nil
}

func (d *desk) SaveWatch(_ context.Context, _ string, w Watch) error {
	d.watch = w
	return nil
}

func (d *desk) Refused(context.Context, string, time.Time) (int, time.Time, error) {
	return d.refused, d.refusedAt, nil
}
func (d *desk) JoinArms(context.Context, time.Time) (int, error)             { return 0, nil }
func (d *desk) Arms(context.Context, time.Time) ([]interventions.Arm, error) { return d.arms, nil }

func (d *desk) Committed(context.Context, time.Time) (interventions.Committed, error) {
	return interventions.Committed{}, nil
}

func (d *desk) RosterOn(_ context.Context, day string) ([]interventions.Rostered, error) {
	return d.rosters[day], nil
}

func (d *desk) SaveAllocation(_ context.Context, _ interventions.PublicationID, a interventions.Allocation) error {
	d.allocated = a
	d.arms = append(d.arms, a.NewArms...)
	return nil
}

func (d *desk) LoadDraft(_ context.Context, _ interventions.PublicationID, p int) (interventions.Draft, error) {
	return d.drafts[p], nil
}

func (d *desk) Choices(_ context.Context, _ interventions.PublicationID, p int) ([]interventions.Choice, error) {
	var out []interventions.Choice
	for _, c := range d.allocated.Choices {
		if c.Partition == p {
			out = append(out, c)
		}
	}
	return out, nil
}

func (d *desk) SaveDecisions(_ context.Context, _ interventions.PublicationID, p int, ds []interventions.Decision, _ []scoring.Score) error {
	d.decisions[p] = ds
	return nil
}

func (d *desk) LeftToChance(_ context.Context, _ string, p int) (out []interventions.Decision, err error) {
	for _, x := range d.decisions[p] {
		if x.Propensity > 0 && x.Propensity < 1 {
			out = append(out, x)
		}
	}
	return out, nil
}

func (d *desk) SaveWork(_ context.Context, _ interventions.PublicationID, p int, w interventions.Assignment) (int, error) {
	d.work[p] = w
	return 0, nil
}
