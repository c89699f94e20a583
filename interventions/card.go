package interventions

import (
	"cmp"
	"time"

	"holdfast/history"
	"holdfast/scoring"
)

// Card is what an agent reads in twenty seconds. It is made with the task and
// kept with it as JSON, whose names never change.
type Card struct {
	Customer   history.CustomerID  `json:"customer"`
	Household  history.HouseholdID `json:"household"`
	Name       string              `json:"name"`
	Source     string              `json:"source"`
	Key        string              `json:"key"`
	Points     []CardPoint         `json:"points"`
	Zone       string              `json:"zone"`
	Language   string              `json:"language,omitempty"`
	Since      time.Time           `json:"since,omitzero"`
	TenureDays int                 `json:"tenure_days"`
	ThankLine  string              `json:"thank_line,omitempty"` // "8 years with us"
	Tier       string              `json:"tier"`                 // value tier
	ValueMinor int64               `json:"value_minor"`          // margin at stake
	ValueLow   int64               `json:"value_low_minor,omitempty"`
	ValueHigh  int64               `json:"value_high_minor,omitempty"`
	ValueBy    string              `json:"value_by,omitempty"` // trailing, or the model it is foreseen by
	Risk       float64             `json:"risk"`
	Band       scoring.Band        `json:"band"`
	Attributes map[string]string   `json:"attributes,omitempty"`

	Reasons   []scoring.Reason `json:"reasons"` // at most four, with their evidence
	Contacts  []CardContact    `json:"contacts"`
	Issues    []OpenIssue      `json:"issues"`
	Marks     []CardMark       `json:"marks,omitempty"` // said once, and true until corrected
	Plans     []CardPlan       `json:"plans,omitempty"`
	Events    []CardEvent      `json:"events"` // the last fifty, newest first
	Treatment string           `json:"treatment"`
	Purpose   Purpose          `json:"purpose"`
	Offer     *Offer           `json:"offer,omitempty"` // removed while an issue is open (R1)
	Worth     Worth            `json:"worth"`
	Opening   string           `json:"opening,omitempty"`
	Signatory string           `json:"signatory,omitempty"`
	Avoid     []string         `json:"avoid,omitempty"`
	AsOf      time.Time        `json:"as_of"`
}

// CardPoint is one way to reach the customer.
type CardPoint struct {
	Channel string `json:"channel"`
	Value   string `json:"value"`
}

// CardContact is one earlier contact.
type CardContact struct {
	At          time.Time `json:"at"`
	Channel     string    `json:"channel"`
	Direction   string    `json:"direction"`
	Purpose     string    `json:"purpose"`
	By          string    `json:"by,omitempty"`
	Disposition string    `json:"disposition,omitempty"`
	Note        string    `json:"note,omitempty"`
}

// CardMark is what somebody who spoke with the customer said of them, and what
// every later contact has to know: deceased, vulnerable or dispute.
type CardMark struct {
	Mark  Disposition `json:"mark"`
	Since time.Time   `json:"since"`
}

// cardMarks are the dispositions that mark a customer, the gravest first.
var cardMarks = []Disposition{Deceased, Vulnerable, Dispute}

// Called is what the customer is called: the name, or the key of who has none.
func (c *Card) Called() string { return cmp.Or(c.Name, c.Key) }

// CardPlan is one subscription.
type CardPlan struct {
	Plan       string    `json:"plan"`
	Since      time.Time `json:"since"`
	RenewsAt   time.Time `json:"renews_at,omitzero"`
	ValueMinor int64     `json:"value_minor"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
}

// CardEvent is one event in words.
type CardEvent struct {
	At          time.Time `json:"at"`
	Kind        string    `json:"kind"`
	AmountMinor int64     `json:"amount_minor,omitempty"`
	Quantity    float64   `json:"quantity,omitempty"`
	Channel     string    `json:"channel,omitempty"`
}
