package web

import (
	"context"
	"time"

	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/scoring"
)

// Publications reads released lists in numbers.
type Publications interface {
	// Morning returns the numbers of the newest released list; NotFound before
	// the first.
	Morning(ctx context.Context, now time.Time) (Morning, error)
	// Publications returns the newest lists.
	Publications(ctx context.Context, limit int) ([]interventions.Publication, error)
	// Worked is the list that the desk works, or worked last when that was
	// withdrawn; 0 before the first.
	Worked(ctx context.Context) (interventions.PublicationID, error)
	// Publication returns one list; NotFound when there is none.
	Publication(ctx context.Context, id interventions.PublicationID) (interventions.Publication, error)
}

// Morning is what a manager reads first.
type Morning struct {
	AsOf         time.Time
	Released     time.Time
	Customers    int // in the file
	InPopulation int
	Episodes     int  // customers in a risk episode
	Before       int  // the night before
	HasBefore    bool // there was one
	AtStakeMinor int64
	Bands        map[scoring.Band]int
	Tally        interventions.Tally // its decisions, the public copy
	Calls        int                 // released tasks
	Minutes      float64             // they are expected to take
	Messages     int
	Open         int // tasks still to be worked
	DoneToday    int
	PromisesOpen int
	PromisesLate int // past their time and not kept
}

// RiskList reads the current scores with what is being done.
type RiskList interface {
	// RiskList returns one page.
	RiskList(ctx context.Context, q RiskQuery) (RiskPage, error)
	// RiskOf returns the rows of some customers, the most value at risk first,
	// without those who are not on the list.
	RiskOf(ctx context.Context, ids []history.CustomerID) ([]RiskRow, error)
	// EachRisk calls f with every row of the query in its order, however many;
	// After, Before and Limit are not used.
	EachRisk(ctx context.Context, q RiskQuery, f func(RiskRow) error) error
}

// RiskSort names an order of the risk list; all of them fall.
type RiskSort string

// The orders.
const (
	SortAtRisk RiskSort = "at_risk" // risk × value
	SortRisk   RiskSort = "risk"
	SortValue  RiskSort = "value"
	SortTenure RiskSort = "tenure"
)

// RiskQuery asks for part of the risk list. Empty fields ask for everybody.
type RiskQuery struct {
	Band          scoring.Band
	Segment       string
	Segments      []string // only customers of these; none means all
	Text          string   // key, name, phone or e-mail
	Owner         string   // who looks after them
	Concept       string   // what the strongest reason is about
	MinValueMinor int64
	EpisodeOnly   bool
	Sort          RiskSort
	After         string // Cursor of the row that the page follows; empty begins
	Before        string // Cursor of the row that the page ends before
	Limit         int
	Choices       bool // the page shows what there is to choose from, and how the risks lie
}

// RiskRow is one customer of the risk list. Result and Why may be sealed ones:
// the page shows their public words.
type RiskRow struct {
	Customer    history.CustomerID
	Name        string
	Source, Key string
	Segment     string
	Risk        float64
	RiskLow     float64 // of 100 such customers, so many; both zero when not known
	RiskHigh    float64
	Band        scoring.Band
	Episode     time.Time // start; zero outside one
	RiskBefore  float64   // on the list before; 0 when not on it
	Owner       string    // who looks after the customer; empty when not known
	ValueMinor  int64
	TenureDays  int
	Reason      string // the first, in words
	Concept     string // what it is about
	Result      interventions.Result
	Why         string // reason of the decision
	Treatment   string
	Task        interventions.TaskState // of its task; empty without one
	Cursor      string                  // for RiskQuery.After and Before
}

// AtRiskMinor is the row's value at risk.
func (r RiskRow) AtRiskMinor() int64 { return int64(r.Risk*float64(r.ValueMinor) + 0.5) }

// RiskPage is one page of the risk list.
type RiskPage struct {
	AsOf     time.Time
	Rows     []RiskRow
	Total    int      // rows of the query
	Segments []string // to choose from
	Owners   []string
	Concepts []string
	Spread   []RiskBar // of all the list's customers, whatever the query
}

// EffectsReader reads what contact was worth.
type EffectsReader interface {
	Effects(ctx context.Context) (Effects, error)
}

// Effects is the proof page's content.
type Effects struct {
	AsOf time.Time
	Rows []TreatmentEffect
	Note string // such as which lists it rests on
}

// TreatmentEffect compares those assigned to be contacted with those left
// alone, from first selection, by assignment.
type TreatmentEffect struct {
	Treatment                string
	Outcome                  string // kind of event it is judged on; empty is staying, else who "left" had none
	Contacted, ContactedLeft int    // assigned to contact; of them, left
	LeftAlone, LeftAloneLeft int
	Matured                  bool // the outcome window has passed for enough of them
	// Effect is the fall in the leaving rate caused by being selected, with its
	// 95 % interval; positive means that fewer leave.
	Effect, Low, High float64
	Claimed           int       // saves that agents say
	Sustained         int       // of them, still here at day 90
	Undecided         int       // of them, day 90 has not come
	DecidedFrom       time.Time // when it comes for the first of those; zero without any
	Proven            float64
	ProvenLow         float64
	ProvenHigh        float64
	Detectable        float64  // the smallest effect these numbers could show
	Truth             *float64 // planted by a simulation

	Ratio measurement.Ratio // whether the arms are as large as they were drawn
	Plan  measurement.Plan  // what an answer takes
}

// Calibration is what came true of a model's risks.
type Calibration struct {
	Sample    string // which customers
	Bins      []stats.ReliabilityBin
	Histogram []stats.ReliabilityBin
	CORP      stats.Isotonic
	// Lift and NaiveLift are the leaving rate among the riskiest 1, 5 and 10 % as
	// a multiple of everybody's, by the model and by the naive rule; nil when not kept.
	Lift, NaiveLift []float64
}
