package simulate

import "math"

// Daily rates. The base of the voluntary hazard is set so that about two in a
// hundred leave by choice each month.
const (
	voluntaryBase  = -8.7    // log hazard a day of an average customer far from renewal
	unavoidableDay = .000085 // moved, died, closed
	issueDay       = .0017
	driftDay       = .002
	troubleDay     = .00025
	troubleEndDay  = .012
	issueEndDay    = .14
)

// step lives one day of one customer: minds move, issues open and close, bills
// are paid, terms renew, and the customer may leave. It changes s only. What
// can be seen of it goes to the sheet; with a nil sheet nothing is written and
// s becomes the same.
func step(w *world, p *person, s *state, day int, d die, out *sheet) {
	if s.left != stays || day < int(p.since) {
		return
	}
	feel(p, s, d)
	service(w, s, day, d, out)
	if w.days[day].month == p.billing && day > int(p.since) || s.retry == int32(day) {
		bill(w, p, s, day, d, out)
	}
	if s.left == stays && int(s.renews) == day {
		renew(w, p, s, day, d, out)
	}
	if s.left == stays {
		decide(w, p, s, day, d, out)
	}
	if out != nil && s.left == stays {
		watch(w, p, s, day, d, out)
	}
}

// feel moves satisfaction back to the customer's own mood, with shocks, and
// engagement after it. Now and then needs change and engagement follows over
// some weeks.
func feel(p *person, s *state, d die) {
	s.satisfaction += .02*(p.mood-s.satisfaction) + .1*d.normal(askMood)
	s.irritation *= .982
	s.drift *= .994
	switch u := d.uniform(askDrift); {
	case u < driftDay:
		s.drift -= 1.5
	case u > 1-driftDay/3:
		s.drift += .5
	}
	target := .5*s.satisfaction + s.drift
	s.engagement += .045*(target-s.engagement) + .05*d.normal(askUsage)
}

var categories = [...]string{"billing", "delivery", "quality", "access", "other"}

// service opens and closes service issues. An open one eats satisfaction every
// day; a mild one that is closed quickly gives some back.
func service(w *world, s *state, day int, d die, out *sheet) {
	if s.severity == 0 {
		if b := d.bits(askIssue); float64(b>>11)*0x1p-53 < issueDay*math.Exp(-.2*s.satisfaction) {
			s.severity = 1 + pick(float64(b&0x3ff)/1024, []float64{.3, .6, .82, .95, 1})
			s.category = uint8(b >> 10 & 0xff % uint64(len(categories)))
			s.opened = int32(day)
			out.issue(w, s, day, d, false)
		}
		return
	}
	s.satisfaction -= .022 * float64(s.severity)
	repaired := s.fix != 0 && day >= int(s.fix)
	if repaired || d.uniform(askIssueEnd) < issueEndDay/(.6+.25*float64(s.severity)) {
		if day-int(s.opened) < 5 {
			s.satisfaction += .15
		}
		endIssue(w, s, day, d, out)
	}
}

func endIssue(w *world, s *state, day int, d die, out *sheet) {
	out.issue(w, s, day, d, true)
	s.bad, s.severity, s.closed, s.fix = s.severity, 0, int32(day), 0
}

// bill takes the month's payment, at the list price of the day, and tries a
// failed one again a week later. After three failures in a row the contract
// ends.
func bill(w *world, p *person, s *state, day int, d die, out *sheet) {
	if price := listPrice(s.plan, day); price > s.price {
		s.price = price
		s.irritation = 1
		s.satisfaction -= .5 * p.price
		out.term(w, s, day, d, 0)
	}
	fails := .012
	if s.trouble {
		fails = .65
	}
	if d.uniform(askBill) >= fails {
		s.failed, s.retry = 0, 0
		out.payment(w, s, day, d, paid)
		return
	}
	s.failed++
	out.payment(w, s, day, d, unpaid)
	if s.failed >= 3 {
		leave(w, s, day, d, leftUnpaid, out)
		return
	}
	s.retry = int32(day + 7)
}

// renew begins another year. Some who mind the price go to a smaller plan.
func renew(w *world, p *person, s *state, day int, d die, out *sheet) {
	s.renews = int32(w.renewal(int(p.since), day))
	switch u := d.uniform(askPlan); {
	case s.plan > 0 && u < .12*p.price:
		s.plan--
		s.price = listPrice(s.plan, day)
	case int(s.plan) < len(planNames)-1 && u > .96:
		s.plan++
		s.price = listPrice(s.plan, day)
	}
	out.term(w, s, day, d, 0)
}

// decide is the day's fate: payment trouble comes and goes, and the customer
// may have to leave or choose to.
func decide(w *world, p *person, s *state, day int, d die, out *sheet) {
	switch u := d.uniform(askTrouble); {
	case s.trouble:
		s.trouble = u >= troubleEndDay
	case u < troubleDay*p.frail:
		s.trouble = true
	}
	if d.uniform(askFate) < unavoidableDay {
		leave(w, s, day, d, leftUnavoidably, out)
		return
	}
	// Nobody leaves by choice on a draw above the greatest hazard there is:
	// most days the exponential need not be taken.
	if u := d.uniform(askChoice); u < mostHazard && u < hazard(p, s, day) {
		leave(w, s, day, d, leftVoluntarily, out)
	}
}

// mostHazard caps the probability of leaving by choice on one day.
const mostHazard = .08

// hazard is the probability that the customer leaves by choice on this day,
// given that it is still there.
func hazard(p *person, s *state, day int) float64 {
	z := voluntaryBase - .9*s.satisfaction - 1.8*s.engagement - p.loyal +
		1.9*p.price*s.irritation + term(int(s.renews)-day) + shift(s, day)
	switch {
	case s.severity > 0:
		z += .3 * float64(s.severity)
	case day-int(s.closed) < 30:
		z += .2 * float64(s.bad)
	}
	if p.dog {
		z -= .9
	}
	return math.Min(mostHazard, math.Exp(z))
}

// term is the pull of the contract: low in the middle of a year, high when the
// end of it is near, as the notice to renew is out.
func term(daysLeft int) float64 {
	switch {
	case daysLeft <= 14:
		return 2
	case daysLeft <= 45:
		return 1.2
	case daysLeft > 335:
		return -.3 // just renewed
	default:
		return -.6
	}
}

// shift is what the contacts of the past still do to the log hazard.
func shift(s *state, day int) float64 {
	sum := 0.0
	if int32(day) < s.saved.until {
		sum = s.saved.shift
	}
	if int32(day) < s.thanked.until {
		sum += s.thanked.shift
	}
	return sum
}

func leave(w *world, s *state, day int, d die, how exit, out *sheet) {
	s.left, s.leftOn = how, int32(day)
	out.term(w, s, day, d, how)
}
