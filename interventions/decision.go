package interventions

import (
	"strings"
	"time"

	"holdfast/history"
)

// PublicationID identifies one released list. It is random.
type PublicationID int64

// PublicationState is where a publication stands.
//
//	draft → released → withdrawn → released (a re-release revives it)
//	  └───→ held ──↗
type PublicationState string

// The states of a publication.
const (
	PublicationDraft     PublicationState = "draft"
	PublicationHeld      PublicationState = "held"
	PublicationReleased  PublicationState = "released"
	PublicationWithdrawn PublicationState = "withdrawn"
)

// Publication is the list of one night. All its rows are written under the
// draft and seen by nobody until it is released.
type Publication struct {
	ID         PublicationID
	AsOf       time.Time
	State      PublicationState
	CreatedAt  time.Time
	ReleasedAt time.Time
	Reason     string // why it is held or withdrawn
	Policy     string // hash of the policy it was made with
	Tally      Tally
	Prices     Prices
}

// Why is the reason without the state that it may begin with, to be said
// beside the state.
func (p Publication) Why() string {
	return strings.TrimPrefix(p.Reason, string(p.State)+": ")
}

// Result is tonight's result for one customer. Every customer has exactly one.
type Result string

// The results. Ghost, holdout and not selected are one and the same to
// everybody but the auditor: "not on this list".
const (
	ResultTreat       Result = "treat"        // released: a task or a message
	ResultGhost       Result = "ghost"        // selected, held back in the treatment's layer
	ResultHoldout     Result = "holdout"      // selected, held back globally
	ResultNotSelected Result = "not_selected" // eligible, below the line
	ResultBlocked     Result = "blocked"      // relevant, but a gate is closed
	ResultNoTreatment Result = "no_treatment" // no treatment is relevant
	ResultOut         Result = "out"          // not in the population
	ResultRest        Result = "rest"         // in public tallies only: several of these, too few to count singly
)

// Results lists all of them in the order of a waterfall.
var Results = []Result{
	ResultOut, ResultNoTreatment, ResultBlocked, ResultNotSelected, ResultHoldout, ResultGhost, ResultTreat,
}

// PublicResults lists those of a public tally in the order of a waterfall.
var PublicResults = []Result{ResultOut, ResultNoTreatment, ResultBlocked, ResultRest, ResultNotSelected, ResultTreat}

// NotOnList is what everybody but the auditor reads for ghosts, holdouts and
// customers below the line (R7).
const NotOnList = "not on this list"

// NoWork is what is said of ResultRest.
const NoWork = "no work tonight, for one reason or another"

// Reasons of results that are no gate.
const (
	ReasonReleased    = "released"
	ReasonExplored    = "released by exploration"
	ReasonBelowLine   = "below the line"
	ReasonNoWorth     = "worth nothing"
	ReasonHousehold   = "another of the household"
	ReasonHeldBack    = "held back"
	ReasonHeldBefore  = "held back before" // a ghost of the household did what a contact would have
	ReasonNotEligible = "eligible for no treatment"
	ReasonNotRelevant = "no relevant treatment"
	ReasonNotSuitable = "no suitable treatment"
)

// Worth is the worth of acting, in minor units, with its parts:
// Total = Tau × AtStake × Durability − Accept × OfferCost − ContactCost − Harm.
type Worth struct {
	Tau         float64 `json:"tau"`          // reduction in the probability of leaving, or rise in that of the event judged on
	AtStake     float64 `json:"at_stake"`     // margin at stake, or the gain of the event
	Durability  float64 `json:"durability"`   // share of it that a save keeps
	Accept      float64 `json:"accept"`       // probability that the offer is taken
	OfferCost   float64 `json:"offer_cost"`   // cost of the offer when taken
	ContactCost float64 `json:"contact_cost"` // of the contact, without an agent's time
	Harm        float64 `json:"harm"`         // complaints and opt-outs only
	Total       float64 `json:"total"`
	Assumed     bool    `json:"assumed"` // the effect is the configured prior, not measured
}

// Considered is one treatment's part of a trace.
type Considered struct {
	Treatment string  `json:"treatment"`
	Relevant  bool    `json:"relevant"`         // eligible, relevant and suitable
	Why       string  `json:"why,omitempty"`    // why it does not fit
	Lacks     Part    `json:"lacks,omitempty"`  // which of eligibility, relevance and suitability; empty where it fits
	Passed    GateSet `json:"passed,omitempty"` // gates that were open
	Failed    []Stop  `json:"failed,omitempty"` // gates that were closed, in their order
	Worth     *Worth  `json:"worth,omitempty"`  // only when nothing failed
	Key       string  `json:"key,omitempty"`    // what R8 counts by
	Milestone int     `json:"milestone,omitempty"`
}

// Trace is everything that led to a decision.
type Trace struct {
	Excluded   string       `json:"excluded,omitempty"` // why the customer is not in the population
	Considered []Considered `json:"considered,omitempty"`
}

// Candidate is one treatment that one customer could be given tonight, small
// enough (32 bytes) that allocation can hold all of them in memory.
type Candidate struct {
	Customer  history.CustomerID
	Household history.HouseholdID
	Worth     float32 // minor units
	Minutes   float32 // of an agent, expected
	Partition uint16  // of the customer
	Treatment uint8   // index into Config.Treatments
	_         [5]byte
}

// Proposal is one customer's row of a draft, before anything is allocated.
type Proposal struct {
	Customer  history.CustomerID
	Household history.HouseholdID
	Result    Result // ResultOut, ResultNoTreatment, ResultBlocked, or empty: has candidates
	Reason    string // exclusion, gate or ReasonNotRelevant; empty with candidates
	Episode   int64  // of the score
	Trace     Trace
}

// Draft is one shard's proposals, sorted by customer, with their candidates.
type Draft struct {
	Publication PublicationID
	Partition   int
	AsOf        time.Time
	Proposals   []Proposal
	Candidates  []Candidate
}

// Decision is tonight's result for one customer, with every gate passed or
// failed. Propensity, Assigned, and Result where it is ghost or holdout, are sealed:
// show Public's copy to everybody but the auditor.
type Decision struct {
	Customer   history.CustomerID  `json:"customer"`
	Household  history.HouseholdID `json:"household"`
	AsOf       time.Time           `json:"as_of"`
	Result     Result              `json:"result"`
	Reason     string              `json:"reason"`
	Treatment  string              `json:"treatment,omitempty"` // the one chosen, held back ones included
	Worth      Worth               `json:"worth,omitzero"`
	Minutes    float64             `json:"minutes,omitempty"`
	Episode    int64               `json:"episode,omitempty"`
	Explored   bool                `json:"explored,omitempty"`   // drawn from the exploration band
	Propensity float64             `json:"propensity,omitempty"` // exact probability of being released; 0 outside the bands
	Override   bool                `json:"override,omitempty"`   // a director asked for it whatever the arm
	Assigned   Result              `json:"assigned,omitempty"`   // ghost or holdout where an override released it
	Trace      Trace               `json:"trace"`
}

// Public returns the decision as everybody but the auditor may see it: nothing
// in it differs between a ghost, a holdout and a customer below the line.
func (d Decision) Public() Decision {
	d.Propensity, d.Explored, d.Override, d.Assigned = 0, false, false, ""
	if d.Result == ResultTreat {
		d.Reason = ReasonReleased
		return d
	}
	switch d.Result {
	case ResultGhost, ResultHoldout, ResultNotSelected:
		d.Result, d.Reason = ResultNotSelected, NotOnList
	}
	d.Treatment, d.Worth, d.Minutes = "", Worth{}, 0
	t := Trace{Excluded: d.Trace.Excluded, Considered: make([]Considered, len(d.Trace.Considered))}
	for i, c := range d.Trace.Considered {
		c.Worth = nil
		t.Considered[i] = c.unsealed()
	}
	d.Trace = t
	return d
}

// Prices are what one more of anything that bounds the night would earn.
type Prices struct {
	Limits     []Limit            `json:"limits"`      // the agents' minutes first
	NextMinor  map[string]float64 `json:"next_minor"`  // by treatment: worth of the first customer below the line
	WorthMinor float64            `json:"worth_minor"` // of all that was selected
	BoundMinor float64            `json:"bound_minor"` // no selection within the limits is worth more
	Assumed    bool               `json:"assumed"`     // rests on configured effects
	Offers     []OfferRate        `json:"offers,omitempty"`
	Calls      []Handling         `json:"calls,omitempty"` // how long calls are expected to take
	// GhostShares are those that new arms were drawn with, of treatments whose
	// share the planner sets.
	GhostShares map[string]float64 `json:"ghost_shares,omitempty"`
}

// MinuteMinor is what one more agent-minute would earn, minor units.
func (p *Prices) MinuteMinor() float64 {
	for _, l := range p.Limits {
		if l.Kind == LimitMinutes {
			return l.PriceMinor
		}
	}
	return 0
}

// Tally counts decisions by result and reason. It adds up to the file (R2).
type Tally struct {
	Customers int                       `json:"customers"`
	ByResult  map[Result]int            `json:"by_result"`
	ByReason  map[Result]map[string]int `json:"by_reason"`
	Released  map[string]int            `json:"released"` // by treatment
	Minutes   float64                   `json:"minutes"`  // of the released
}
