package simulate

import (
	"fmt"
	"math"
	"time"

	"holdfast/internal/fault"
)

// Reply is what an agent writes down after a call. Claims are rosier than the
// truth: most who say that they stay would have stayed.
type Reply struct {
	Reached     bool      // the right person was spoken to
	Disposition string    // a code of the desk
	LeaveReason string    // with declined_leaving, already_left and unavoidable
	CallbackAt  time.Time // with callback_agreed
	Note        string
}

// outcome is a reply before it has words.
type outcome struct {
	reached     bool // the right person
	discussed   bool // the matter was talked about, so the treatment works
	disposition string
	reason      string
}

// Call is one attempt to speak to a customer, on the day that is still open. It
// changes the customer's hidden state if the conversation takes place. What is
// recorded of it is the caller's affair: the feeds do not carry it.
func (b *Business) Call(key, treatment string, at time.Time) (Reply, error) {
	i, t, err := b.meet(key, treatment, at)
	if err != nil {
		return Reply{}, fmt.Errorf("call: %w", err)
	}
	if !t.Call {
		return Reply{}, fault.New(fault.Invalid, "call: %s is a message, not a call", t.Name)
	}
	p, s := &b.people[i], &b.states[i]
	o := call(t, p, s, b.day, luck(b.seed, p.index))
	r := Reply{Reached: o.reached, Disposition: o.disposition, LeaveReason: o.reason}
	switch o.disposition {
	case "callback_agreed":
		// Tomorrow at the time of this call.
		r.CallbackAt = b.clock(b.day + 1).Add(at.Sub(b.clock(b.day)))
		r.Note = "asked to be called tomorrow"
	case "issue_escalated":
		r.Note = "a problem with " + categories[s.category]
	case "saved_with_offer":
		r.Note = "took the offer"
	}
	return r, nil
}

// Message delivers a message on the day that is still open. Nobody learns
// whether it was read.
func (b *Business) Message(key, treatment string, at time.Time) error {
	i, t, err := b.meet(key, treatment, at)
	if err != nil {
		return fmt.Errorf("message: %w", err)
	}
	if t.Call {
		return fault.New(fault.Invalid, "message: %s is a call, not a message", t.Name)
	}
	p := &b.people[i]
	message(t, p, &b.states[i], b.day, luck(b.seed, p.index))
	return nil
}

// meet finds both sides of a contact and checks that its day is open.
func (b *Business) meet(key, treatment string, at time.Time) (int, *Treatment, error) {
	i, err := b.find(key)
	if err != nil {
		return 0, nil, err
	}
	t, err := treatmentOf(treatment)
	if err != nil {
		return 0, nil, err
	}
	if day := b.world.dayOf(at); day != b.day {
		return 0, nil, fault.New(fault.Invalid, "the business is on %s, the contact is on %s: advance it to that day, no further",
			b.dateOf(b.day), b.dateOf(day))
	}
	return i, t, nil
}

func (b *Business) dateOf(day int) string {
	return b.world.origin.AddDate(0, 0, day).Format(time.DateOnly)
}

const readShare = .75 // of messages

// message says whether it was read.
func message(t *Treatment, p *person, s *state, day int, luck uint64) bool {
	d := flaw(on(luck, day), tables+1, s.calls)
	s.calls++
	if s.left != stays || d.uniform(askAnswer) >= readShare {
		return false
	}
	t.apply(p, s, day)
	return true
}

// answerShare is how many calls are taken by those who take calls this
// fortnight; over three attempts about six in ten talk.
const answerShare = .5

// call is one attempt. Each of a customer's calls has its own die, so that
// nothing depends on who else is called.
func call(t *Treatment, p *person, s *state, day int, luck uint64) outcome {
	d := flaw(on(luck, day), tables+2, s.calls)
	s.calls++
	fortnight := (day + int(p.index%14)) / 14
	expected := s.callback != never && day >= int(s.callback) && day <= int(s.callback)+2
	takes := on(luck, fortnight).uniform(askReachable) < p.reachable && d.uniform(askAnswer) < answerShare
	switch {
	case !p.phone:
		return outcome{disposition: "number_invalid"}
	case p.wrong:
		return outcome{disposition: "wrong_party"}
	case !takes && !(expected && d.uniform(askAnswer) < .85):
		codes := [...]string{"no_answer", "voicemail_left", "busy", "third_party", "call_dropped"}
		return outcome{disposition: codes[pick(d.uniform(askTalk), []float64{.45, .82, .92, .97, 1})]}
	}
	s.callback = never
	if s.left != stays {
		return gone(s)
	}
	switch u := d.uniform(askTalk); {
	case u < .05:
		return outcome{reached: true, disposition: "bad_time"}
	case u < .12 && !expected:
		s.callback = int32(day + 1)
		return outcome{reached: true, disposition: "callback_agreed"}
	}
	o := outcome{reached: true, discussed: true}
	o.disposition, o.reason = conclude(t, p, s, day, d)
	t.apply(p, s, day)
	return o
}

func gone(s *state) outcome {
	switch s.left {
	case leftUnavoidably:
		return outcome{reached: true, disposition: "unavoidable", reason: "moved"}
	case leftUnpaid:
		return outcome{reached: true, disposition: "already_left", reason: "hardship"}
	default:
		return outcome{reached: true, disposition: "already_left", reason: "unknown"}
	}
}

// conclude is what the agent writes down after talking. It looks at the hidden
// state before the conversation had its effect.
func conclude(t *Treatment, p *person, s *state, day int, d die) (disposition, reason string) {
	annoyed := .012
	if p.dog {
		annoyed = .05
	}
	if u := d.uniform(askOutcome); u < annoyed {
		codes := [...]string{"do_not_call", "complaint", "opt_out_all"}
		return codes[pick(u/annoyed, []float64{.6, .85, 1})], ""
	}
	switch {
	case t.Purpose == "thanks":
		return "thanked", ""
	case s.severity > 0 && (t.Purpose == "service" || d.bits(askOutcome)&1 == 0):
		return "issue_escalated", ""
	case t.Purpose == "service":
		return "no_risk_found", ""
	}
	// The chance of leaving within two months, as the agent senses it: half of
	// the conversations with people who were never going to leave end in a claim.
	risk := 1 - math.Pow(1-hazard(p, s, day), 60)
	switch u := flaw(d, tables, 0).uniform(askOutcome); {
	case u < .75*risk*risk:
		return "declined_leaving", cause(p, s)
	case u < .2+.3*risk:
		return "saved_no_offer", ""
	case u < .4+.4*risk:
		return "saved_with_offer", ""
	case u < .5+.4*risk:
		return "undecided", ""
	}
	return "no_risk_found", ""
}

// cause is the strongest of the reasons a leaver has.
func cause(p *person, s *state) string {
	switch {
	case s.severity > 0 || s.bad >= 3 && s.satisfaction < -.5:
		return "service_failure"
	case s.irritation*p.price > .2:
		return "price"
	case s.drift < -.8:
		return "not_needed"
	case s.satisfaction < -.8:
		return "product_fit"
	case p.price > .55:
		return "competitor"
	}
	return "unknown"
}
