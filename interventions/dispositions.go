package interventions

import (
	"slices"
	"strings"

	"holdfast/internal/fault"
)

// follow is what follows a disposition.
type follow uint8

const (
	thenDone     follow = iota // the task is finished
	thenRetry                  // again, in another part of the day
	thenLater                  // again, in a day or more
	thenCallback               // at the time agreed: a promise
	thenSwitch                 // over another channel
	thenFollowUp               // again in a few days, or at the time agreed
	thenUnusable               // the number is no good: another one, or a data task
)

// Meaning says what a disposition means and leads to.
type Meaning struct {
	Disposition Disposition
	Text        string // on screen
	Reached     bool   // the right person was spoken to
	Group       string // not reached, reached, outcome, compliance
	LeaveReason bool   // needs a leave reason
	Grants      bool   // may come with an offer
	Stops       string // compliance: what it stops, in words; empty otherwise

	then    follow
	issue   string // category of the service issue it opens
	consent []ConsentKey
}

// Dispositions lists all of them in the order of the desk's menu.
var Dispositions = []Meaning{
	{Disposition: NoAnswer, Text: "No answer", Group: "not reached", then: thenRetry},
	{Disposition: Busy, Text: "Busy", Group: "not reached", then: thenRetry},
	{Disposition: VoicemailLeft, Text: "Left a voicemail", Group: "not reached", then: thenRetry},
	{Disposition: CallDropped, Text: "Call dropped", Group: "not reached", then: thenRetry},
	{Disposition: NumberInvalid, Text: "Number does not work", Group: "not reached", then: thenUnusable},
	{Disposition: WrongParty, Text: "Wrong person's number", Group: "not reached", then: thenUnusable},
	{Disposition: ThirdParty, Text: "Somebody else answered", Group: "not reached", then: thenRetry},

	{Disposition: CallbackAgreed, Text: "Call-back agreed", Reached: true, Group: "reached", then: thenCallback},
	{Disposition: BadTime, Text: "Bad time", Reached: true, Group: "reached", then: thenLater},
	{Disposition: OtherChannel, Text: "Prefers another channel", Reached: true, Group: "reached", then: thenSwitch},

	{Disposition: SavedNoOffer, Text: "Stays, without an offer", Reached: true, Group: "outcome"},
	{Disposition: SavedWithOffer, Text: "Stays, with an offer", Reached: true, Group: "outcome", Grants: true},
	{Disposition: PartialSave, Text: "Stays with less", Reached: true, Group: "outcome", Grants: true},
	{Disposition: NoRiskFound, Text: "Was not leaving", Reached: true, Group: "outcome"},
	{Disposition: Undecided, Text: "Undecided", Reached: true, Group: "outcome", then: thenFollowUp},
	{Disposition: DeclinedLeave, Text: "Leaving all the same", Reached: true, Group: "outcome", LeaveReason: true},
	{Disposition: AlreadyLeft, Text: "Has already left", Reached: true, Group: "outcome", LeaveReason: true},
	{Disposition: Unavoidable, Text: "Leaving could not be avoided", Reached: true, Group: "outcome", LeaveReason: true},
	{Disposition: IssueEscalated, Text: "Has a problem: escalated", Reached: true, Group: "outcome", issue: "escalated"},
	{Disposition: Thanked, Text: "Thanked", Reached: true, Group: "outcome"},

	{Disposition: DoNotCall, Text: "Do not call", Reached: true, Group: "compliance", Stops: "every call", consent: []ConsentKey{{Channel: ChannelPhone}}},
	{Disposition: OptOutAll, Text: "No contact at all", Reached: true, Group: "compliance", Stops: "every contact", consent: []ConsentKey{{}}},
	{Disposition: Complaint, Text: "Complaint", Reached: true, Group: "compliance", Stops: "offers and thanks until it is closed", issue: "complaint"},
	{Disposition: Vulnerable, Text: "Vulnerable", Reached: true, Group: "compliance", Stops: "offers and thanks"},
	{Disposition: Deceased, Text: "Deceased", Group: "compliance", Stops: "every contact"},
	{Disposition: Dispute, Text: "In dispute with us", Reached: true, Group: "compliance", Stops: "offers and thanks"},
}

// agreesCall says whether a wrap-up agrees when to call again: a call-back, or
// somebody undecided who named a time and was promised nothing else.
func (m Meaning) agreesCall(up WrapUp) bool {
	return m.then == thenCallback || (m.then == thenFollowUp && !up.DueAt.IsZero() && up.PromiseWhat == "")
}

// MeaningOf returns a disposition's meaning.
func MeaningOf(d Disposition) (Meaning, error) {
	for _, m := range Dispositions {
		if m.Disposition == d {
			return m, nil
		}
	}
	return Meaning{}, fault.New(fault.Invalid, "there is no disposition %q: choose one of the list", d)
}

// The reasons people may give.
var (
	LeaveReasons = []string{
		"price", "competitor", "service_failure", "product_fit", "moved", "life_event", "hardship", "not_needed",
		"billing_error", "unknown",
	}
	SkipReasons = []string{
		"needs_other_skill", "language", "known_person", "recent_contact", "data_looks_wrong", "on_other_line",
		"outside_hours", "other",
	}
	SnoozeReasons = []string{"customer_away", "waiting_internal", "waiting_document", "seasonal", "agreed_date"}
)

// oneOf refuses what is not on a list; ask is said where nothing was chosen.
func oneOf(ask, what, s string, list []string) error {
	switch {
	case slices.Contains(list, s):
		return nil
	case s == "":
		return fault.New(fault.Invalid, "%s", ask)
	}
	return fault.New(fault.Invalid, "there is no %s %q: choose one of %s", what, s, strings.Join(list, ", "))
}

// Claims are the dispositions with which an agent says that a customer stays.
var Claims = []Disposition{SavedNoOffer, SavedWithOffer, PartialSave}

// Claims says whether the agent says that the customer stays.
func (u WrapUp) Claims() bool { return slices.Contains(Claims, u.Disposition) }
