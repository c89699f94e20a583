package nightly

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/model"
	"holdfast/scoring"
	"holdfast/training"
	"holdfast/value"
)

// Stages does the work of a night's steps. Its exported fields are set once,
// before the first step, and not changed.
type Stages struct {
	Store    WorkStore
	Run      Store
	Config   Config
	Zone     *time.Location // of the business
	Engine   *features.Engine
	Churn    *churn.Definition
	Value    *value.Margin
	Scoring  scoring.Config
	Training training.Config
	Judges   training.Judges
	Policy   *interventions.Policy
	Required []string // feeds that hold the night when they are not there
	Binary   string   // version of the program
	Now      func() time.Time
	Log      *slog.Logger

	// Import reads what is new in the watched feeds; nil watches nothing.
	Import func(ctx context.Context, asOf time.Time) (Counts, error)
	// Practice is what we did to customers, for training; nil takes outcomes as they came.
	Practice func(ctx context.Context) (*training.Practice, error)
	// Measure says what contact was worth, reading histories through shard; nil
	// leaves the stage out.
	Measure func(ctx context.Context, run Run, shard func(partition int) (*history.Shard, error)) (Counts, error)

	// Learned is what proof taught before this night; nil has learned nothing.
	Learned func(ctx context.Context, run Run) (interventions.Learned, error)

	mu      sync.Mutex
	scorers map[string]*scoring.Scorer // by model id
	shards  shardCache

	taught    *interventions.Policy // the policy with the beliefs of one run
	taughtFor string
}

// Steps lists the steps in their order.
func (s *Stages) Steps() []Step {
	each := func(st Stage, do func(context.Context, Run, int) (Counts, error)) Step {
		return Step{Stage: st, PerPartition: true, Do: func(ctx context.Context, r Run, shard int) (Counts, error) {
			r.AsOf = r.AsOf.In(s.Zone) // days of windows are the business's days
			return do(ctx, r, shard)
		}}
	}
	one := func(st Stage, do func(context.Context, Run) (Counts, error)) Step {
		step := each(st, func(ctx context.Context, r Run, _ int) (Counts, error) { return do(ctx, r) })
		step.PerPartition = false
		return step
	}
	return []Step{
		one(StageImport, s.importFeeds),
		one(StageCheck, s.check),
		one(StageTrain, s.train),
		each(StageScore, s.score),
		each(StagePropose, s.propose),
		one(StageAllocate, s.allocate),
		each(StageDecide, s.decide),
		one(StagePublish, s.publish),
		one(StageMeasure, s.measure),
		one(StageClean, s.clean),
	}
}

func (s *Stages) importFeeds(ctx context.Context, run Run) (Counts, error) {
	counts := Counts{}
	if run.DryRun {
		return counts, nil // it changes nothing that stays
	}
	if s.Import != nil {
		c, err := s.Import(ctx, run.AsOf)
		if err != nil {
			return nil, fmt.Errorf("import feeds: %w", err)
		}
		counts.Add(c)
	}
	folded, err := s.Store.FoldEvents(ctx, s.Now())
	if err != nil {
		return nil, fmt.Errorf("fold single events: %w", err)
	}
	counts["single events folded"] += int64(folded)
	return counts, nil
}

// CountRefused is the count of a night whose training left the champion in office.
const CountRefused = "trainings refused"

// train fits a champion when one is due, and pins the model and the manifest
// version for the rest of the night.
func (s *Stages) train(ctx context.Context, run Run) (Counts, error) {
	version, err := s.Store.ManifestVersion(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	rec, office, err := s.Store.Champion(ctx)
	if err != nil && fault.Of(err) != fault.NotFound {
		return nil, fmt.Errorf("read the champion: %w", err)
	}
	evidence, err := s.evidence(ctx, run, version, rec, office)
	if err != nil {
		return nil, err
	}
	due, why := s.Training.Due(evidence)
	s.Log.Info("training", "due", due, "why", why)
	watch := Watch{AsOf: run.AsOf, Model: rec.ID, Due: due, Why: why, Refused: evidence.Refused, Signs: evidence.Signs()}
	if err := s.Store.SaveWatch(ctx, run.ID, watch); err != nil {
		return nil, fmt.Errorf("keep what is known of the champion: %w", err)
	}
	counts := Counts{}
	if due && rec.ID == "" {
		why = "it was the first" // kept as the new champion's reason
	}
	if due {
		trained, err := s.retrain(ctx, run, version, why, rec.Name, office, counts)
		switch {
		case err == nil:
			rec = trained
		case fault.Of(err) == fault.Held && rec.ID != "" && rec.Schema == s.Engine.Schema().Hash():
			// Last month's model is better than no list.
			s.Log.Warn("the champion stays: no better one could be trained", "champion", rec.ID, "reason", err.Error())
			watch.Kept = strings.TrimPrefix(err.Error(), "train: ")
			if err := s.Store.SaveWatch(ctx, run.ID, watch); err != nil {
				return nil, fmt.Errorf("keep why the champion stays: %w", err)
			}
			counts["champion kept"] = 1
			if counts["models waiting for release"] == 0 {
				counts[CountRefused] = 1
			}
		case fault.Of(err) == fault.Held:
			return nil, fmt.Errorf("%w; after that `holdfast nightly resume --from train` goes on", err)
		default:
			return nil, err
		}
	}
	if !due && (rec.ID == "" || rec.Schema != s.Engine.Schema().Hash()) {
		return nil, waits(evidence.Waiting)
	}
	_, err = s.Run.PinRun(ctx, run.ID, version, rec.ID)
	return counts, err
}

// waits holds what needs a model that people have not released yet.
func waits(id string) error {
	return fault.New(fault.Held, "model %s is trained and training.two_person_release is on: two people release it, each with holdfast model promote %s --by NAME", id, id)
}

func (s *Stages) retrain(ctx context.Context, run Run, version int64, why, champion string, office *model.Model, counts Counts) (ModelRecord, error) {
	from, err := s.Store.Earliest(ctx)
	if err != nil {
		return ModelRecord{}, fmt.Errorf("find the beginning of the history: %w", err)
	}
	if from.IsZero() {
		return ModelRecord{}, fault.New(fault.Held, "there is no history to learn from: import a feed first")
	}
	choose := training.Choose{
		Reader: cachedShards{s, run}, Version: version, Engine: s.Engine, Judges: s.Judges,
		From: from, AsOf: run.AsOf, Config: s.Training, Binary: s.Binary, Champion: champion,
		Incumbent: office,
	}
	if choose.Practice, err = s.practice(ctx); err != nil {
		return ModelRecord{}, err
	}
	chosen, err := choose.Train(ctx)
	if err != nil {
		return ModelRecord{}, fmt.Errorf("train: %w", err)
	}
	counts["rows"], counts["left"] = int64(chosen.Rows), int64(chosen.Left)
	if err := s.addStake(ctx, run, version, from, chosen); err != nil {
		return ModelRecord{}, err
	}
	rec := ModelRecord{
		ID: "m-" + run.ID, Kind: chosen.Model.Kind(), Name: chosen.Winner, Schema: chosen.Model.SchemaHash(),
		TrainedAt: run.AsOf, Created: s.Now(), Reason: why, Card: chosen.Model.Card(),
	}
	if err := s.Store.SaveModel(ctx, rec, chosen.Model); err != nil {
		return ModelRecord{}, fmt.Errorf("save the model: %w", err)
	}
	if run.DryRun {
		return rec, nil
	}
	if s.Training.TwoPersonRelease {
		counts["models waiting for release"] = 1
		return ModelRecord{}, waits(rec.ID)
	}
	if err := s.Store.Promote(ctx, rec.ID, s.Now(), why); err != nil {
		return ModelRecord{}, fmt.Errorf("promote the model: %w", err)
	}
	return rec, nil
}

// practice is what we did to customers; nil where nobody tells.
func (s *Stages) practice(ctx context.Context) (*training.Practice, error) {
	if s.Practice == nil {
		return nil, nil
	}
	p, err := s.Practice(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what we did to customers: %w", err)
	}
	return p, nil
}

// addStake puts a model of the margin at stake on the champion's card, or the
// reason why the last twelve months' margin remains.
func (s *Stages) addStake(ctx context.Context, run Run, version int64, from time.Time, chosen *training.Chosen) error {
	stake, err := training.Worth{
		Reader: cachedShards{s, run}, Version: version, Churn: s.Churn, Value: s.Value,
		From: from, AsOf: run.AsOf, Seed: s.Training.Seed,
	}.Fit(ctx)
	if err != nil && fault.Of(err) != fault.Held {
		return fmt.Errorf("fit the margin at stake: %w", err)
	}
	card := chosen.Model.Card()
	card.Stake = stake
	if err != nil {
		card.Sentences = append(card.Sentences, fmt.Sprintf("The margin at stake is that of the last twelve months: %v.", err))
	} else {
		card.Sentences = append(card.Sentences, stake.Words())
	}
	chosen.Model = chosen.Model.WithCard(card)
	return nil
}

func (s *Stages) scorer(ctx context.Context, id string) (*scoring.Scorer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sc := s.scorers[id]; sc != nil {
		return sc, nil
	}
	_, m, err := s.Store.Model(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("load model %s: %w", id, err)
	}
	sc := s.newScorer(m, id)
	s.scorers = map[string]*scoring.Scorer{id: sc} // one night, one model
	return sc, nil
}

func (s *Stages) newScorer(m *model.Model, id string) *scoring.Scorer {
	return &scoring.Scorer{Config: s.Scoring, Churn: s.Churn, Engine: s.Engine, Value: s.Value, Model: m, ModelID: id}
}

func (s *Stages) score(ctx context.Context, run Run, partition int) (Counts, error) {
	sc, err := s.scorer(ctx, run.Model)
	if err != nil {
		return nil, err
	}
	shard, err := s.shard(ctx, run, partition)
	if err != nil {
		return nil, err
	}
	prev, err := s.Store.PreviousScores(ctx, partition, run.AsOf)
	if err != nil {
		return nil, fmt.Errorf("read the scores of the night before: %w", err)
	}
	cells := scoring.NewCells(sc.Model)
	scores, err := sc.Counting(shard, run.AsOf, prev, cells)
	if err != nil {
		return nil, err
	}
	if err := s.Store.SaveScores(ctx, run.ID, partition, scores); err != nil {
		return nil, fmt.Errorf("save scores of partition %d: %w", partition, err)
	}
	s.shards.putScores(cacheKey(run), partition, scores)
	c := Counts{"customers": int64(len(scores))}
	for _, r := range scores {
		if r.Excluded == "" {
			c["population"]++
			c["band "+string(r.Band)]++
			countRisk(c, r.Risk)
		}
	}
	countCells(c, cells)
	return c, nil
}

func shardScores(shard *history.Shard, scores []scoring.Score) error {
	if len(shard.Customers) != len(scores) {
		return fault.New(fault.Internal, "partition %d has %d customers and %d scores", shard.Partition, len(shard.Customers), len(scores))
	}
	for i := range scores {
		if scores[i].Customer != shard.Customers[i].ID {
			return fault.New(fault.Internal, "the scores of partition %d are of other customers", shard.Partition)
		}
	}
	return nil
}
