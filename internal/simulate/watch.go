package simulate

import (
	"math"

	"holdfast/internal/stats"
)

// Dispositions and purposes that rows of contacts and consents may carry.
var (
	purposes        = [...]string{"", "retention", "thanks", "service", "marketing"}
	contactChannels = [...]string{"", "phone", "email"}
	inboundResults  = [...]string{"no_risk_found", "issue_escalated", "undecided"}
)

// Places in purposes and contactChannels; the first of both stands for all.
const (
	everyPurpose     uint8 = 0
	purposeService   uint8 = 3
	purposeMarketing uint8 = 4
	everyChannel     uint8 = 0
	channelPhone     uint8 = 1
	channelEmail     uint8 = 2
)

// Daily rates of what is seen and changes nothing.
const (
	surveyDay    = 1. / 110
	surveyAnswer = .35
	inviteAnswer = .3 // on the day after an invitation was read
	inboundDay   = .0035
	withdrawDay  = .0002
	objectDay    = .00004
	movedDay     = .00025 // a new number, address or segment
)

// answers says whether the customer answers a survey on a day.
func answers(s *state, day int, d die) bool {
	share := surveyDay * surveyAnswer
	if s.invited != 0 && int(s.invited) == day {
		share = inviteAnswer
	}
	return d.uniform(askSurvey) < share
}

// watch writes what a day shows of a customer's hidden state: visits, survey
// answers, calls to us, consents and changes of the profile.
func watch(w *world, p *person, s *state, day int, d die, out *sheet) {
	visits(w, p, s, day, d, out)
	if answers(s, day, d) {
		score := math.Round(6.7 + 1.6*s.satisfaction + 1.3*d.normal(askScore))
		out.event(s, d, row{
			occurred: at(w, day, d, askSurvey, 8, 22), kind: answered, quantity: int16(max(0, min(10, score))), channel: 5,
		})
	}
	inbound(w, p, s, day, d, out)
	switch u := d.uniform(askConsent); {
	case u < withdrawDay:
		out.consent(w, s, day, d, purposeMarketing, 1+uint8(d.bits(askConsent)&1), false)
	case u > 1-objectDay:
		out.consent(w, s, day, d, everyPurpose, everyChannel, false)
	}
	if u := d.uniform(askProfile); u < movedDay {
		switch d.bits(askProfile) % 3 {
		case 0:
			s.phoneNumber++
		case 1:
			s.emailName++
		default:
			s.segment = uint8(d.bits(askProfile) >> 3 % uint64(len(segments)))
		}
		out.profile(w, s, day, d)
	}
}

// visits draws a Poisson number of visits, at most four a day.
func visits(w *world, p *person, s *state, day int, d die, out *sheet) {
	mean := math.Exp(p.habit+s.engagement) * w.days[day].visits
	left := d.uniform(askVisit)
	chance := math.Exp(-mean)
	for n := 0; n < 4 && left >= chance; n++ {
		left -= chance
		chance *= mean / float64(n+1)
		f := flaw(d, tables, uint32(n))
		minutes := 1 + int16(6*math.Exp(.8*f.normal(askVisitTime)+.3*s.engagement))
		out.event(s, d, row{
			occurred: at(w, day, f, askVisit, 6, 24), kind: visited, quantity: min(240, minutes),
			channel: 2 + pick(f.uniform(askVisit), []float64{.55, .92, 1}),
		})
	}
}

// inbound is the customer ringing or writing: more with an open issue, after a
// price rise, and when it thinks of leaving.
func inbound(w *world, p *person, s *state, day int, d die, out *sheet) {
	chance := inboundDay + .02*s.irritation*p.price + 4*hazard(p, s, day)
	result := uint8(0)
	if s.severity > 0 {
		chance += .03 * float64(s.severity)
		result = 1
	} else if d.bits(askInbound)&3 == 0 && s.satisfaction < -.2 {
		result = 2
	}
	if d.uniform(askInbound) >= chance {
		return
	}
	s.contacts++
	r := row{
		table: contactsTable, customer: p.index, number: s.contacts, occurred: at(w, day, d, askInbound, 8, 20),
		kind: result, quantity: int16(purposeService), channel: 1 + uint8(d.bits(askInbound)>>7&1),
	}
	r.recorded = r.occurred + delay(flaw(d, contactsTable, s.contacts), 0)
	out.ledger.add(r)
}

// issue writes a service issue as it now stands. Openings are known within the
// hour, so that no later row can hide a closing; closings may be late.
func (o *sheet) issue(w *world, s *state, day int, d die, closing bool) {
	if o == nil {
		return
	}
	late := lateShare
	if !closing {
		s.issues++
		late = 0
	}
	f := flaw(d, issuesTable, s.issues)
	opened := flaw(on(stats.Hash(uint64(o.person.index), uint64(s.issues)), int(s.opened)), issuesTable, 0)
	r := row{
		table: issuesTable, customer: o.person.index, number: s.issues, kind: s.category, quantity: int16(s.severity),
		begin: at(w, int(s.opened), opened, askIssue, 8, 18),
	}
	r.occurred = r.begin
	if closing {
		r.end = at(w, day, d, askIssueEnd, 9, 18)
		r.occurred = r.end
	}
	r.recorded = r.occurred + delay(f, late)
	o.ledger.add(r)
}

// consent writes a consent or an objection.
func (o *sheet) consent(w *world, s *state, day int, d die, purpose, channel uint8, allowed bool) {
	s.consents++
	r := row{
		table: consentsTable, customer: o.person.index, number: s.consents,
		occurred: at(w, day, d, askConsent, 8, 20) + s.consents, kind: purpose, channel: channel, flag: allowed,
	}
	r.recorded = r.occurred + delay(flaw(d, consentsTable, s.consents), 0)
	o.ledger.add(r)
}

// profile writes the customer's master data as they now stand.
func (o *sheet) profile(w *world, s *state, day int, d die) {
	r := row{
		table: customersTable, customer: o.person.index, number: 1, occurred: at(w, day, d, askProfile, 0, 2), kind: s.segment,
	}
	if o.person.phone {
		r.phone = 1 + s.phoneNumber
	}
	if o.person.email {
		r.email = 1 + s.emailName
	}
	r.recorded = r.occurred + 60
	o.ledger.add(r)
}

// join writes what is known of a new customer on its first day.
func (o *sheet) join(w *world, s *state, day int, d die) {
	o.profile(w, s, day, d)
	o.term(w, s, day, d, stays)
	o.consent(w, s, day, d, purposeMarketing, channelEmail, d.bits(askConsent)&0xff < 150)
	o.consent(w, s, day, d, purposeMarketing, channelPhone, d.bits(askConsent)>>8&0xff < 100)
}
