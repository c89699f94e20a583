package simulate

import "holdfast/internal/stats"

// sheet is where one customer's days leave their facts. A nil sheet takes
// none. The flaws of real feeds are made here: some facts become known days
// late, some are wrong at first, some are there twice until somebody notices.
type sheet struct {
	ledger *ledger
	person *person
}

// Event kinds and channels of the feed.
const (
	paid uint8 = iota
	unpaid
	visited
	answered
)

var (
	eventKinds    = [...]string{"payment", "payment_failed", "visit", "survey"}
	eventChannels = [...]string{"direct_debit", "card", "app", "web", "shop", "email"}
)

// Shares of flawed facts.
const (
	lateShare    = .07  // of events, known one to six days later
	lateEndShare = .25  // of ends
	wrongShare   = .012 // of payments and visits, corrected within three weeks
	doubleShare  = .006 // of events, withdrawn within ten days
)

// flaw makes the die of one fact.
func flaw(d die, t table, number uint32) die {
	return die(stats.Hash(uint64(d), uint64(askFlaw), uint64(t), uint64(number)))
}

// delay is how many seconds pass until a fact is known: minutes, or one to six
// days for a share of them.
func delay(d die, late float64) uint32 {
	b := d.bits(askFlaw)
	if float64(b>>40)/(1<<24) < late {
		return daySeconds + uint32(b)%(5*daySeconds)
	}
	return 60 + uint32(b)%3600
}

// at is a second of the day between two hours.
func at(w *world, day int, d die, q question, from, to uint32) uint32 {
	return w.days[day].start + from*3600 + uint32(d.bits(q)>>33)%((to-from)*3600)
}

// event writes one event with its flaws.
func (o *sheet) event(s *state, d die, r row) {
	s.events++
	r.table, r.customer, r.number = eventsTable, o.person.index, s.events
	f := flaw(d, eventsTable, r.number)
	r.recorded = r.occurred + delay(f, lateShare)
	switch u := f.uniform(askFlaw + 1); {
	case u < wrongShare && r.kind != unpaid:
		right := r
		right.recorded += daySeconds + uint32(f.bits(askFlaw+2))%(20*daySeconds)
		r.amount += r.amount / 10
		r.quantity = max(0, r.quantity-2)
		if r.amount == right.amount && r.quantity == right.quantity {
			r.quantity++
		}
		o.ledger.add(right)
	case u > 1-doubleShare:
		s.events++
		twin := r
		twin.number = s.events
		o.ledger.add(twin)
		twin.recorded += daySeconds + uint32(f.bits(askFlaw+2))%(9*daySeconds)
		twin.flag = true
		o.ledger.add(twin)
	}
	o.ledger.add(r)
}

// payment writes the month's payment or its failure. Bills run in the early
// morning.
func (o *sheet) payment(w *world, s *state, day int, d die, kind uint8) {
	if o == nil {
		return
	}
	o.event(s, d, row{
		occurred: at(w, day, d, askBill, 4, 6), kind: kind, amount: s.price, quantity: 1, channel: o.person.billing % 2,
	})
}

// term writes the subscription as it now stands: begun, renewed, repriced or
// ended. Ends come into force with the end of the day and may be known late.
func (o *sheet) term(w *world, s *state, day int, d die, how exit) {
	if o == nil {
		return
	}
	s.terms++
	r := row{
		table: subscriptionsTable, customer: o.person.index, number: 1, occurred: w.days[day].start + 3*3600 + s.terms%600,
		begin: w.midnight(int(o.person.since)), renews: w.midnight(int(s.renews)),
		amount: s.price, kind: s.plan, channel: uint8(how),
	}
	// Versions become known in the order in which they are true, so that the
	// newest recorded is the newest; the last one may be late.
	r.recorded = r.occurred + 900
	if how != stays {
		r.occurred = w.midnight(day+1) - 1
		r.end = r.occurred
		r.recorded = r.occurred + delay(flaw(d, subscriptionsTable, s.terms), lateEndShare)
	}
	o.ledger.add(r)
}

// found writes a subscription that was there before the simulation began.
func (o *sheet) found(w *world, s *state, p *person) {
	s.terms++
	o.ledger.add(row{
		table: subscriptionsTable, customer: p.index, number: 1, occurred: w.midnight(int(p.since)),
		begin: w.midnight(int(p.since)), renews: w.midnight(int(s.renews)),
		amount: s.price, kind: s.plan, recorded: o.ledger.origin,
	})
}
