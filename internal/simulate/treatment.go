package simulate

import (
	"slices"
	"strings"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Treatment is one intervention whose true effect is planted: it shifts the log
// of the hazard of leaving by choice for some days, by an amount that depends
// on the customer's hidden state; or, with an Outcome, it has customers begin
// with something and changes nothing else.
type Treatment struct {
	Name     string
	Also     string // another name it answers to; empty without one
	Purpose  string // retention, thanks, service, marketing
	Outcome  string // kind of event it is judged on; empty: staying
	Call     bool   // a conversation, which needs to reach the customer; else a message
	Lasts    int    // days from the contact on
	Attempts []int  // days after selection on which Expect has a call tried until it reaches
	Planted  string // the planted truth in words

	effect func(p *person, s *state, day int) (shift, satisfaction float64)
}

var callDays = []int{0, 1, 3}

// treatments is the planted truth. Shifts are of the log hazard: −0.5 keeps
// four of ten who would leave, +0.35 makes four of ten more leave.
var treatments = []Treatment{
	{
		Name: "retention_call", Purpose: "retention", Call: true, Lasts: 75, Attempts: callDays,
		Planted: "keeps the dissatisfied (−0.3 to −1.2, stronger the lower the satisfaction); wakes sleeping dogs (+0.5)",
		effect: func(p *person, s *state, _ int) (float64, float64) {
			if p.dog {
				return .5, 0
			}
			return -.3 - .9*stats.Sigmoid(-1.6*(s.satisfaction+.3)), .1
		},
	},
	{
		Name: "offer_message", Purpose: "retention", Lasts: 60, Attempts: callDays[:1],
		Planted: "keeps those who mind the price (down to −0.7); does nothing for those who do not; wakes sleeping dogs (+0.2)",
		effect: func(p *person, _ *state, _ int) (float64, float64) {
			if p.dog {
				return .2, 0
			}
			return -1.1 * max(0, p.price-.35), 0
		},
	},
	{
		Name: "service_recovery", Purpose: "service", Call: true, Lasts: 90, Attempts: callDays,
		Planted: "closes an open issue on the next day and keeps the customer (−0.8) if one is open or was closed in the last 14 days; nothing otherwise",
		effect: func(_ *person, s *state, day int) (float64, float64) {
			if !recentIssue(s, day) {
				return 0, 0
			}
			return -.8, .4
		},
	},
	{
		Name: "thank_you_call", Also: "tenure_thanks_call", Purpose: "thanks", Call: true, Lasts: 240, Attempts: callDays,
		Planted: "a little for long (−0.2) for everyone, and more for those with ten years or more (−0.35)",
		effect: func(p *person, _ *state, day int) (float64, float64) {
			if day-int(p.since) >= 3650 {
				return -.35, .2
			}
			return -.2, .1
		},
	},
	{
		Name: "thank_you_message", Also: "tenure_thanks_letter", Purpose: "thanks", Lasts: 180, Attempts: callDays[:1],
		Planted: "very little for long (−0.08) for everyone",
		effect:  func(*person, *state, int) (float64, float64) { return -.08, .03 },
	},
	{
		Name: "win_back_mail", Purpose: "retention", Lasts: 60, Attempts: callDays[:1],
		Planted: "harms by design: reminds people that they could leave (+0.4); helps only the very price-sensitive (−0.3)",
		effect: func(p *person, _ *state, _ int) (float64, float64) {
			if p.price > .7 {
				return -.3, 0
			}
			return .4, -.1
		},
	},
	{
		Name: "tell_us", Purpose: "marketing", Outcome: eventKinds[answered], Lasts: 1, Attempts: callDays[:1],
		Planted: "three in ten who read it answer a survey on the next day; leaving is not changed",
		effect:  func(*person, *state, int) (float64, float64) { return 0, 0 },
	},
}

// recentIssue says that something went wrong and is not forgotten.
func recentIssue(s *state, day int) bool { return s.severity > 0 || day-int(s.closed) <= 14 }

// Treatments lists the treatments that the business answers to.
func Treatments() []Treatment { return slices.Clone(treatments) }

func treatmentOf(name string) (*Treatment, error) {
	known := make([]string, 0, len(treatments))
	for i := range treatments {
		t := &treatments[i]
		if name != "" && (name == t.Name || name == t.Also) {
			return t, nil
		}
		known = append(known, t.Name)
	}
	return nil, fault.New(fault.Invalid, "the business knows no treatment %q: use one of %s", name, strings.Join(known, ", "))
}

// apply is a contact that got through.
func (t *Treatment) apply(p *person, s *state, day int) {
	if t.Outcome != "" {
		s.invited = int32(day + 1)
		return
	}
	change, glad := t.effect(p, s, day)
	s.satisfaction += glad
	left := influence{change, int32(day + t.Lasts)}
	if t.Purpose == "thanks" {
		s.thanked = left
	} else {
		s.saved = left
	}
	if t.Purpose == "service" && s.severity > 0 {
		s.fix = int32(day + 1)
	}
}
