package history

import "time"

// CustomerID identifies a customer inside one database: a 63-bit hash of the
// first (source, key) pair the customer was known by, so that it needs no
// look-up and does not depend on the order of imports. Never negative or zero.
type CustomerID int64

// HouseholdID identifies people who decide together. A customer without a
// household relation is a household of one, whose id is the CustomerID's.
type HouseholdID int64

// ImportID identifies one import; 0 marks facts that Holdfast recorded itself.
type ImportID int64

// FactKind names the kind of a small fact (everything but events).
type FactKind string

// The kinds of small facts. A thing that begins and ends is two facts, so that
// its end cannot be seen before it happened.
const (
	FactProfile         FactKind = "profile"
	FactContactPoint    FactKind = "contact_point"
	FactSubscription    FactKind = "subscription"
	FactSubscriptionEnd FactKind = "subscription_end"
	FactIssue           FactKind = "issue"
	FactIssueClosed     FactKind = "issue_closed"
	FactContact         FactKind = "contact"
	FactConsent         FactKind = "consent"
	FactRelation        FactKind = "relation"
)

// Stamp is what every dated fact carries. Times are UTC, to the microsecond.
type Stamp struct {
	Customer  CustomerID
	Ref       int64     // identity of the fact: hash(feed, key); a newer Recorded of the same Ref corrects it
	Occurred  time.Time // when it was true
	Recorded  time.Time // when we learned of it
	Assumed   bool      // Recorded was not in the feed but computed from its lag
	Retracted bool      // the fact is withdrawn from Recorded on
	Import    ImportID
}

// Fact is a small fact as it is stored: its stamp, its kind and its body. Body
// holds exactly one of the body types below, by Kind.
type Fact struct {
	Stamp
	Kind FactKind
	Body any
}

// Profile is a customer's attributes as one feed row gave them. The newest
// visible value of each attribute is the one known. An empty value says that
// the attribute is now unknown.
type Profile struct {
	Attributes map[string]string `json:"a"`
}

// ContactPoint is a phone number, address or e-mail with its validity.
type ContactPoint struct {
	Channel string    `json:"ch"` // phone, email, post
	Value   string    `json:"v"`
	Until   time.Time `json:"u,omitzero"`
}

// Subscription is the beginning (or a changed term) of a contract. A renewal
// is a correction with a later RenewsAt.
type Subscription struct {
	Plan         string    `json:"p,omitempty"`
	Start        time.Time `json:"s"`
	RenewsAt     time.Time `json:"r,omitzero"` // end of the current term; zero when open-ended
	ValueMinor   int64     `json:"v"`          // price of one period, minor units
	PeriodMonths int       `json:"m"`          // length of one period
}

// SubscriptionEnd closes the subscription of the same Ref, at Occurred.
type SubscriptionEnd struct {
	Kind   string `json:"k"`           // voluntary, involuntary, unavoidable
	Reason string `json:"r,omitempty"` // the source's own word
}

// Issue is the opening of a service issue; IssueClosed of the same Ref closes it.
type Issue struct {
	Category string `json:"c,omitempty"`
	Severity int    `json:"s,omitempty"` // 1 (mild) to 5
}

// IssueClosed closes the service issue of the same Ref, at Occurred.
type IssueClosed struct {
	Resolution string `json:"r,omitempty"`
}

// Contact is one interaction in either direction. Proactive marks contacts
// that this system started; features never see those.
type Contact struct {
	Channel     string `json:"ch"`
	Purpose     string `json:"p"`   // retention, thanks, service, marketing
	Direction   string `json:"d"`   // in, out
	Proactive   bool   `json:"pro"` // ours, on our own initiative
	By          string `json:"by,omitempty"`
	Disposition string `json:"o,omitempty"`
	Reached     bool   `json:"re,omitempty"`
	Task        string `json:"t,omitempty"`
	Note        string `json:"n,omitempty"`
}

// Consent says whether contact for a purpose over a channel is allowed. An
// empty Purpose or Channel stands for all of them.
type Consent struct {
	Purpose string `json:"p,omitempty"`
	Channel string `json:"ch,omitempty"`
	Allowed bool   `json:"a"`
}

// Relation ties a customer to a household from Occurred on.
type Relation struct {
	Kind      string      `json:"k"` // household
	Household HouseholdID `json:"h"`
}

// Exposure says that a customer was selected for contact or deliberately left
// alone. Training may read exposures to weight what it sees; features cannot:
// a View has no accessor for them.
type Exposure struct {
	Customer   CustomerID
	Household  HouseholdID
	At         time.Time
	Purpose    string
	Treatment  string
	Arm        string  // treat, ghost, global_holdout
	Propensity float64 // probability with which the arm was chosen
	Contacted  time.Time
}

// Customer is the one current record of a customer.
type Customer struct {
	ID        CustomerID
	Partition int
	Source    string // the source that first named the customer
	Key       string // its key there
	Name      string // display name, may be empty
	Import    ImportID
}

// Event is one dated fact of the numerous kind: a purchase, payment, login,
// visit, return, survey answer. In bulk, events live in columns (Events).
type Event struct {
	Stamp
	Kind        uint16  // code in the database's vocabulary of event kinds
	AmountMinor int64   // signed, minor units
	Quantity    float64 // count, minutes, score …
	Channel     uint16  // code in the vocabulary of channels; 0 is none
}

// Events is a block of events in columns, all of one partition, sorted by
// (Customer, Occurred, Ref, Recorded). Times are microseconds since 1970 UTC.
type Events struct {
	Customer []int64
	Ref      []int64
	Occurred []int64
	Recorded []int64
	Import   []int64
	Flags    []uint8 // FlagAssumed, FlagRetracted
	Kind     []uint16
	Amount   []int64
	Quantity []float64
	Channel  []uint16
}

// Flags of an event.
const (
	FlagAssumed   uint8 = 1
	FlagRetracted uint8 = 2
)

// Len returns the number of events.
func (e *Events) Len() int { return len(e.Customer) }

// Link says that two customer records are one person from Occurred on, as
// recorded; an unmerge ends it. Facts of From are read as facts of To.
type Link struct {
	From, To CustomerID
	Recorded time.Time
	Ended    time.Time // zero while the merge stands
}

// Vocabulary gives the words behind the codes kept in events. It only grows.
type Vocabulary struct {
	Kinds    []string // index 0 is "other"
	Channels []string // index 0 is ""
}

// Shard is one partition's history in memory, as a manifest version shows it:
// the unit of work of every stage. It is made by AssembleShard and not changed
// afterwards, so that any number of goroutines may read it.
type Shard struct {
	Partition int
	Version   int64      // manifest version it was read at
	Customers []Customer // sorted by ID; merged-away customers are not in it
	Events    Events     // of those customers, links already followed
	Facts     []Fact     // sorted by (Customer, Kind, Ref, Recorded), links already followed
	Vocab     Vocabulary
	Orphans   int // rows left out because their customer is not in the shard

	eventAt   []int32     // Events[eventAt[i]:eventAt[i+1]] are customer i's
	lag       []int64     // longest Recorded-Occurred of customer i's events, or corrected
	factAt    []int32     // Facts[factAt[i]:factAt[i+1]] are customer i's
	factTimes []factTimes // of each fact
	immutable bool        // DeclareImmutable was called
}
