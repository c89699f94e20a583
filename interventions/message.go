package interventions

import (
	"time"

	"holdfast/history"
)

// MessageID identifies a message. It is random.
type MessageID int64

// MessageState is where a message stands.
//
//	ready → sent          the receiver took it
//	  ├───→ blocked       a gate closed after the decision
//	  ├───→ expired       its time ran out
//	  ├───→ recalled      its publication was withdrawn
//	  ├───→ failed        the receiver refused it for good
//	  └───→ unknown       nobody can tell whether it left; a person decides
//	ghost → passed        held out; stamped as passed when its turn comes, or blocked, expired, recalled
type MessageState string

// The states of a message.
const (
	MessageReady    MessageState = "ready"
	MessageSent     MessageState = "sent"
	MessageBlocked  MessageState = "blocked"
	MessageExpired  MessageState = "expired"
	MessageRecalled MessageState = "recalled"
	MessageFailed   MessageState = "failed"
	MessageUnknown  MessageState = "unknown"
	MessageGhost    MessageState = "ghost"
	MessagePassed   MessageState = "passed"
)

// Message is one contact over a channel without a person. IdempotencyKey is
// the same whenever the same message is made again, so that it leaves once.
type Message struct {
	ID             MessageID
	IdempotencyKey string // publication-independent: R8's key and the treatment
	Publication    PublicationID
	Key            string // household/family/episode: R8 counts by it
	Customer       history.CustomerID
	Household      history.HouseholdID
	Partition      int
	Treatment      string
	Family         Family
	Channel        Channel
	Purpose        Purpose
	Episode        int64
	Milestone      int
	State          MessageState
	Ghost          bool
	Override       bool `json:",omitempty"` // a director asked for it, whatever the arm

	To         string // address; empty for a webhook
	Name       string // of the customer
	Subject    string // rendered
	Body       string // rendered
	WorthMinor int64
	Zone       string

	AsOf      time.Time
	CreatedAt time.Time
	NotBefore time.Time
	ExpiresAt time.Time
	SentAt    time.Time
	PassedAt  time.Time // when a ghost's turn came
	Reason    string    // of the last change of state
}
