package measurement

import (
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// MostHandled is how many attempts are looked back on at once at most.
const MostHandled = 500

// Handled is one attempt that stands, as people look back on it.
type Handled struct {
	Task        interventions.TaskID
	N           int // 1 for the first attempt of the task
	At          time.Time
	Took        time.Time // when the agent was handed the task; zero when that is not known
	Agent       string
	List        time.Time // as-of of the list that chose it; zero for a customer who rang
	Treatment   string    // empty for a customer who rang
	Family      interventions.Family
	Disposition interventions.Disposition
	Reached     bool
	Claimed     bool   // a save
	Reason      string // why they leave; empty where they do not
	KeptPromise bool
	Here        Here
	Customer    history.CustomerID
	Segment     string
	Source, Key string // of the customer
	Name        string
	ValueMinor  int64 // of the customer in a year, as the card said
	Note        string
}

// Minutes is how long the attempt took, from the task to what came of it; 0
// when that is not known.
func (h Handled) Minutes() float64 {
	if h.Took.IsZero() || h.At.Before(h.Took) {
		return 0
	}
	return h.At.Sub(h.Took).Minutes()
}

// LostCount is how many calls of an agent, treatment and list ended with a
// customer who leaves for a reason.
type LostCount struct {
	Agent       string
	Treatment   string    // empty for a customer who rang
	Publication int64     // the list; 0 for a customer who rang
	List        time.Time // its as-of; zero for a customer who rang
	Reason      string
	Calls       int
}

// LostQuery chooses lost calls; nil and empty fields choose all.
type LostQuery struct {
	From, To                 time.Time // [From, To)
	Agent, Treatment, Reason *string
	Publication              *int64
	Segments                 []string // only customers of these; none means all
	After                    string   // LostCursor of the last one seen; empty begins
	Limit                    int
}

// LostCursor is where a page of lost calls goes on after this one.
func (h Handled) LostCursor() string { return fmt.Sprintf("%d:%d:%d", h.At.UnixMicro(), h.Task, h.N) }
