package nightly

import (
	"context"
	"time"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/model"
	"holdfast/scoring"
)

// ModelRecord is a model in the registry.
type ModelRecord struct {
	ID        string
	Kind      model.Kind
	Name      string // the candidate that won
	Schema    string // hash
	Champion  bool
	TrainedAt time.Time // its as-of
	Created   time.Time
	Promoted  time.Time // zero while it never was champion
	Reason    string    // why it was trained or promoted
	Card      model.Card
}

// ModelStore is the model registry.
type ModelStore interface {
	// Champion returns the live model: NotFound when there is none.
	Champion(ctx context.Context) (ModelRecord, *model.Model, error)
	// Model returns any model by id.
	Model(ctx context.Context, id string) (ModelRecord, *model.Model, error)
	// SaveModel stores a model, once per id.
	SaveModel(ctx context.Context, rec ModelRecord, m *model.Model) error
	// Waiting returns the newest model of the nights that has never been champion: NotFound without one.
	Waiting(ctx context.Context) (ModelRecord, error)
	// Refused counts the trainings of nights before asOf that left a champion in
	// office, and gives the newest of them; 0 without one.
	Refused(ctx context.Context, model string, asOf time.Time) (times int, newest time.Time, err error)
	// SaveWatch keeps what a night saw of the champion in office; saving again replaces it.
	SaveWatch(ctx context.Context, run string, w Watch) error
	// Promote makes a stored model the champion; it was champion already: nothing changes.
	Promote(ctx context.Context, id string, at time.Time, reason string) error
}

// ScoreStore keeps a night's scores under its unpublished run.
type ScoreStore interface {
	history.ShardReader
	// ManifestVersion returns the newest manifest version.
	ManifestVersion(ctx context.Context) (int64, error)
	// Earliest returns when the first fact occurred; zero without any.
	Earliest(ctx context.Context) (time.Time, error)
	// PreviousScores returns what the newest completed night before asOf said of a partition.
	PreviousScores(ctx context.Context, partition int, asOf time.Time) (map[history.CustomerID]scoring.Previous, error)
	// SaveScores keeps one shard's scores; saving again replaces them.
	SaveScores(ctx context.Context, run string, partition int, scores []scoring.Score) error
	// ScoreCounts returns the counts of the score stage of the first and of the
	// newest completed night before asOf that a model scored; nil without one.
	ScoreCounts(ctx context.Context, model string, asOf time.Time) (first, newest Counts, err error)
	// LoadScores returns them, sorted by customer.
	LoadScores(ctx context.Context, run string, partition int) ([]scoring.Score, error)
}

// Arrival is what a feed last brought.
type Arrival struct {
	Feed      string
	Published time.Time
	Rows      int64 // of the newest published import
	Usual     int64 // median of the up to eight before it; 0 without any
	Before    int   // how many there were before it
	New       int64 // facts that the newest import added, corrected or retracted
	UsualNew  int64 // median of the same before it
	Newest    time.Time
	Seen      bool // a completed night has read the newest import
}

// CheckStore is what the data checks look at.
type CheckStore interface {
	// Arrivals returns the newest import of every feed that ever had one.
	Arrivals(ctx context.Context) ([]Arrival, error)
	// Volume returns customers scored and tasks planned by the newest completed
	// night before asOf; zeros without one.
	Volume(ctx context.Context, asOf time.Time) (population, released int64, err error)
}

// PublishStore makes a night's list visible.
type PublishStore interface {
	// Draft makes the draft publication of a run, or returns the one it has.
	Draft(ctx context.Context, run string, pub interventions.Publication) (interventions.Publication, error)
	// Hold marks the draft as held for a person, and says why.
	Hold(ctx context.Context, pub interventions.PublicationID, reason string) error
	// OrderList writes the orders that the risk list reads the draft in.
	OrderList(ctx context.Context, pub interventions.PublicationID) error
	// SaveTally keeps the night's totals with the publication.
	SaveTally(ctx context.Context, pub interventions.PublicationID, t interventions.Tally) error
	// SavePolicy records what a night is decided by, once for each change.
	SavePolicy(ctx context.Context, asOf time.Time, hash, body string) error
	// Publish releases the draft: scores and decisions become the current
	// ones, tasks and messages start, those of the night before that nobody
	// started are recalled, and delivery jobs are made, all in short
	// conditional steps that may be repeated. Held, with who does, while
	// somebody holds the next list by hand.
	Publish(ctx context.Context, run string, pub interventions.PublicationID, now time.Time) (Counts, error)
}

// CleanStore lets go of what retention no longer keeps.
type CleanStore interface {
	Clean(ctx context.Context, now time.Time, keep Retention) (Counts, error)
	// FoldEvents moves events that arrived singly into segments.
	FoldEvents(ctx context.Context, now time.Time) (folded int, err error)
}

// ChanceStore tells what a night left to chance.
type ChanceStore interface {
	// LeftToChance returns the decisions of a night whose list was released that
	// chance made:
	// those whose propensity lies between 0 and 1. Nothing where there are none,
	// or no longer. It is sealed: what is made of it may tell nobody's arm.
	LeftToChance(ctx context.Context, run string, partition int) ([]interventions.Decision, error)
}

// WorkStore is all that the stages need of the database.
type WorkStore interface {
	ModelStore
	ScoreStore
	CheckStore
	PublishStore
	CleanStore
	ChanceStore
	interventions.ProposeStore
	interventions.PlanStore
	interventions.DecideStore
}
