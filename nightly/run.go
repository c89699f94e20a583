package nightly

import (
	"encoding/json"
	"time"
)

// Stage names one step of a night.
type Stage string

// The stages of a night, in order.
const (
	StageImport   Stage = "import"   // read what is new in the watched feeds
	StageCheck    Stage = "check"    // is the data fit to act on
	StageTrain    Stage = "train"    // fit and judge models when that is due
	StageScore    Stage = "score"    // per partition: risk, value and reasons
	StagePropose  Stage = "propose"  // per partition: gates and the best treatment
	StageAllocate Stage = "allocate" // shadow prices, capacity, arms
	StageDecide   Stage = "decide"   // per partition: decisions, tasks, messages
	StagePublish  Stage = "publish"  // make tonight's list visible at once
	StageMeasure  Stage = "measure"  // what contact was worth
	StageClean    Stage = "clean"    // what retention lets go
)

// State is where a run stands.
type State string

// The states of a run.
const (
	Running   State = "running"
	HeldBack  State = "held"      // a check wants a person to look
	Failed    State = "failed"    // a shard gave up
	Completed State = "completed" // published, measured and cleaned
)

// Run is one night.
type Run struct {
	ID       string
	AsOf     time.Time
	Version  int64  // manifest version it reads, pinned when scoring begins
	Model    string // champion it scores with, pinned likewise
	Config   string // hash of the configuration it was started with
	Binary   string // version of the program
	DryRun   bool
	State    State
	Reason   string // why it is held or failed
	Started  time.Time
	Finished time.Time
	Worked   time.Duration // of the stages that are done, without the time between two runs of a night
	Again    time.Time     // when it was run again from a stage; zero if it never was
}

// Counts is what a shard did, by word: customers, scored, tasks, rows … The
// words are shown to the operator as they are.
type Counts map[string]int64

// Add adds o's counts to c.
func (c Counts) Add(o Counts) {
	for k, v := range o {
		c[k] += v
	}
}

// Done is what came of a shard.
type Done struct {
	Counts Counts
	Memory Memory
}

// StageRun is a stage of one run as the operator sees it.
type StageRun struct {
	Stage    Stage
	Shards   int
	Done     int
	Started  time.Time
	Finished time.Time
	Counts   Counts
	Memory   Memory // the most that any process held while it worked on it
	Note     string
	Refused  string // why the night cannot be run again from here; empty where it can
	Failing  Failing
}

// Failing is what of a stage failed and is tried again by itself; the zero
// value when nothing is.
type Failing struct {
	Shards int       `json:"shards"`        // that failed and are not done
	Tries  int       `json:"tries"`         // in vain, of the shard that was tried most often
	Next   time.Time `json:"next,omitzero"` // try of that shard; zero while it is under way
	Error  string    `json:"error"`         // of its last try
}

// Passed says that a person ran the night again from a later stage, past this
// one, which was not done.
func (s StageRun) Passed() bool { return s.Done == s.Shards && s.Finished.IsZero() }

// Work is one shard of one stage: the payload of a job.
type Work struct {
	Run   string `json:"run"`
	Stage Stage  `json:"stage"`
	Shard int    `json:"shard"`
	Try   int    `json:"try,omitempty"` // raised by resume, so that a new job has a new key
}

// Payload encodes the work for a job.
func (w Work) Payload() []byte {
	b, err := json.Marshal(w)
	if err != nil { // strings and ints always marshal
		panic(err)
	}
	return b
}

// Ticket is the fenced right to finish one job, handed over by whoever runs
// the work; the store checks it in the transaction that records the shard.
type Ticket struct {
	Job   int64
	Fence int64
}
