package interventions

// Family groups treatments that do the same thing for a customer. R8 counts
// work per household, family and episode.
type Family string

// The families. Save and offer need a risk episode, service an open issue,
// thanks a tenure milestone; develop makes more of a relationship that is in no
// danger.
const (
	FamilySave    Family = "save"
	FamilyOffer   Family = "offer"
	FamilyThanks  Family = "thanks"
	FamilyService Family = "service"
	FamilyDevelop Family = "develop"
)

// Families lists those that treatments can be of.
var Families = []Family{FamilySave, FamilyOffer, FamilyThanks, FamilyService, FamilyDevelop}

// The families of work that no treatment makes: a customer who rang, and a
// contact point to be put right.
const (
	FamilyInbound Family = "inbound"
	FamilyData    Family = "data"
)

// Channel is how a contact reaches a customer.
type Channel string

// The channels. Phone makes a task for a person, the others make a message.
const (
	ChannelPhone   Channel = "phone"
	ChannelEmail   Channel = "email"
	ChannelWebhook Channel = "webhook"
	ChannelLetter  Channel = "letter"
)

// point names the kind of contact point a channel needs; empty needs none.
var points = map[Channel]string{
	ChannelPhone: "phone", ChannelEmail: "email", ChannelLetter: "post", ChannelWebhook: "",
}

// Purpose is why a customer is contacted. Consent and caps are per purpose.
type Purpose string

// The purposes. Only service sells, offers and thanks nothing.
const (
	PurposeRetention Purpose = "retention"
	PurposeThanks    Purpose = "thanks"
	PurposeService   Purpose = "service"
	PurposeMarketing Purpose = "marketing"
)

// purposes lists those that contacts can be for.
var purposes = []Purpose{PurposeRetention, PurposeThanks, PurposeService, PurposeMarketing}

// Treatment is one concrete intervention as the configuration describes it.
// "Do nothing" is not in the list: it is what a decision is otherwise.
type Treatment struct {
	Name    string  `yaml:"name"`
	Family  Family  `yaml:"family"`
	Channel Channel `yaml:"channel"`
	Purpose Purpose `yaml:"purpose"`

	DialMinutes float64 `yaml:"dial_minutes"` // one attempt
	TalkMinutes float64 `yaml:"talk_minutes"` // once reached
	Attempts    float64 `yaml:"attempts"`     // expected number of attempts
	Reach       float64 `yaml:"reach"`        // share reached in the end
	CostMinor   int64   `yaml:"cost_minor"`   // of one contact, without an agent's time
	HarmMinor   int64   `yaml:"harm_minor"`   // expected cost of complaints and opt-outs

	Offer     *Offer   `yaml:"offer"`     // nil sells nothing
	Skills    []string `yaml:"skills"`    // all of them are needed
	Languages []string `yaml:"languages"` // empty serves every customer
	Script    string   `yaml:"script"`    // talk track for a card, a template
	Subject   string   `yaml:"subject"`   // of a message, a template
	Body      string   `yaml:"body"`      // of a message, a template

	// Texts are the same templates in other languages, by what the customer's
	// language attribute says; de serves de-AT too, and whoever has none of them
	// gets the ones above.
	Texts map[string]Texts `yaml:"texts"`

	Avoid []string `yaml:"avoid"` // what not to mention

	Effect     Effect  `yaml:"effect"`
	Durability float64 `yaml:"durability"` // share of the margin at stake that a save keeps

	// Outcome is what the treatment is judged on: that customers stay, which it
	// is when empty, or for the develop family an event of a kind that they are
	// to begin with, each worth GainMinor.
	Outcome   string `yaml:"outcome"`
	GainMinor int64  `yaml:"gain_minor"`

	MilestoneYears []int  `yaml:"milestone_years"` // thanks only, rising
	DailyQuota     int    `yaml:"daily_quota"`     // 0 is no quota
	Signatory      string `yaml:"signatory"`       // the named senior manager of a thank-you

	ExpiryDays int     `yaml:"expiry_days"`
	GhostShare float64 `yaml:"ghost_share"` // of the selected, held back
	// PlanGhostShare has every night draw new arms at the share that needs the
	// fewest customers for an answer, from GhostShare up to a half, until there is
	// an answer; then, and before anything is known, at GhostShare.
	PlanGhostShare bool `yaml:"plan_ghost_share"`

	// Expressions over Fields, asked in this order; an empty one is always true.
	Eligibility string `yaml:"eligibility"` // may customers like this one have it at all
	Relevance   string `yaml:"relevance"`   // does it answer their situation
	Suitability string `yaml:"suitability"` // is it good for them now
}

// Texts are a treatment's templates in one language.
type Texts struct {
	Script  string `yaml:"script"`
	Subject string `yaml:"subject"`
	Body    string `yaml:"body"`
}

// Offer is what a treatment may grant.
type Offer struct {
	Name       string  `yaml:"name" json:"name"`
	CostMinor  int64   `yaml:"cost_minor" json:"cost_minor"`
	AcceptRate float64 `yaml:"accept_rate" json:"accept_rate"`

	// HeldAttribute is the profile attribute that names the offers a customer
	// has, with commas between them; HeldDays is how long one that we granted
	// counts as held (0: not at all).
	HeldAttribute string `yaml:"held_attribute" json:"held_attribute,omitempty"`
	HeldDays      int    `yaml:"held_days" json:"held_days,omitempty"`
	// LimitAttribute is the profile attribute with what a customer may be
	// committed to, in whole currency units: their credit, or what they can
	// afford. CommitsMinor is what the offer commits them to, minor units.
	LimitAttribute string `yaml:"limit_attribute" json:"limit_attribute,omitempty"`
	CommitsMinor   int64  `yaml:"commits_minor" json:"commits_minor,omitempty"`

	// Ceilings bound what it may cost by who gives it and the customer's value
	// tier; none leaves it to each person's own ceiling.
	Ceilings Ceilings `yaml:"ceilings" json:"ceilings,omitempty"`
}

// Staying is the outcome that all but the develop family are judged on.
const Staying = "staying"

// Event is the kind of event that the treatment is judged on, empty where it is
// staying.
func (t *Treatment) Event() string {
	if t.Outcome == Staying {
		return ""
	}
	return t.Outcome
}

// Effect is what is believed, before proof, about a treatment: the relative
// reduction in leaving caused by being selected (intention to treat, reach
// included). Negative makes people leave. Of a treatment that is judged on an
// event it is the rise in the share of customers who have one.
type Effect struct {
	Mean   float64 `yaml:"mean"`
	Spread float64 `yaml:"spread"`
}

// Minutes is the time of the agents' roster that one selection is expected to
// take: attempts × dial time + reach × talk time. Messages take none, nor do
// calls that a senior signatory makes: those are bounded by their daily quota.
func (t *Treatment) Minutes() float64 {
	if t.Channel != ChannelPhone || t.Signatory != "" {
		return 0
	}
	return t.Attempts*t.DialMinutes + t.Reach*t.TalkMinutes
}

// ThanksByPhone says whether a senior manager makes the contact in person.
func (t *Treatment) ThanksByPhone() bool {
	return t.Family == FamilyThanks && t.Channel == ChannelPhone
}

// Sells says whether R1 holds the treatment back while an issue is open:
// everything but service recovery.
func (t *Treatment) Sells() bool { return t.Family != FamilyService }
