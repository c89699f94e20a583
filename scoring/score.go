package scoring

import (
	"time"

	"holdfast/history"
)

// Band is a named interval of risk.
type Band string

// The bands. A customer enters a band at its upper threshold and leaves it at
// the lower one.
const (
	BandLow    Band = "low"
	BandMedium Band = "medium"
	BandHigh   Band = "high"
)

// Reason is a claim in words with the evidence behind it.
type Reason struct {
	Concept  string  `json:"concept"`
	Text     string  `json:"text"`     // "No purchase for 74 days; usually every 21"
	Weight   float64 `json:"weight"`   // contribution to the log-odds, positive raises risk
	Feature  string  `json:"feature"`  // the feature with the largest part in it
	Value    float64 `json:"value"`    // that feature's value tonight
	Evidence string  `json:"evidence"` // the facts behind it, in words
}

// Score is one customer's result as of one night. A customer outside the
// population has Excluded set and no risk.
type Score struct {
	Customer     history.CustomerID
	Household    history.HouseholdID
	AsOf         time.Time
	Excluded     string  // why the customer is not in the population; empty when it is
	Risk         float64 // calibrated probability of leaving within the horizon if nobody intervenes
	RiskLow      float64 // 90 % interval for the leaving rate of customers scored like this one; both 0 when not known
	RiskHigh     float64
	Band         Band
	Episode      int64     // 0 outside an episode; else stable over its whole stay above the threshold
	EpisodeStart time.Time // zero outside an episode
	ValueMinor   int64     // margin at stake: what they bring in over a year if they stay, minor units
	ValueLow     int64     // 90 % interval of what customers like them who stayed brought in on average;
	ValueHigh    int64     // both 0 where ValueBy is trailing
	ValueBy      string    // value.ByTrailing, the margin of the last twelve months, or the model of the champion's card
	TenureDays   int
	Reasons      []Reason // at most four, only those that raise the risk
	Model        string   // id of the model
}

// Previous is what the night before knew of a customer: what hysteresis and
// episodes need.
type Previous struct {
	Band         Band
	Episode      int64
	EpisodeStart time.Time
	Risk         float64
}
