package simulate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Business is a simulated business at an instant. Its past is in its feeds; its
// future has not been drawn, but follows from the seed and from who is
// contacted. It is not safe for concurrent use.
type Business struct {
	cfg     Config
	seed    uint64 // of the days to come; cfg.Seed made the customers
	world   *world
	day     int // the first that is not yet simulated
	now     time.Time
	people  []person
	states  []state
	ledger  ledger
	founded int     // customers that were there on day 0
	every   float64 // days between two new customers
}

const (
	monthlyLoss = .027 // of the customers there are, replaced by new ones
	oldestYears = 16
	lastYear    = 2100 // seconds are kept in 32 bits
)

// New makes the business and lives its history up to the start.
func New(cfg Config) (*Business, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("simulate a business: %w", err)
	}
	b := &Business{cfg: cfg, seed: cfg.Seed, world: newWorld(cfg)}
	b.world.reach(1)
	b.ledger.origin = b.world.days[0].start
	// As many join as leave, so the file grows while the base stays.
	grown := monthlyLoss * float64(cfg.HistoryDays) / 30.4
	b.founded = max(1, int(math.Round(float64(cfg.Customers)/(1+grown))))
	b.every = 30.4 / (monthlyLoss * float64(b.founded))
	if joined := cfg.Customers - b.founded; joined > 0 {
		b.every = float64(cfg.HistoryDays) / float64(joined)
	}
	for i := range b.founded {
		b.admit(uint32(i), -b.tenure(uint32(i)))
	}
	b.now = b.clock(0)
	if err := b.Advance(b.clock(cfg.HistoryDays)); err != nil {
		return nil, fmt.Errorf("simulate a business: %w", err)
	}
	return b, nil
}

// clock is the local midnight at which a day begins.
func (b *Business) clock(day int) time.Time { return time.Unix(int64(b.world.midnight(day)), 0).UTC() }

// tenure is how many days a customer of day 0 has been with the business:
// most for a few years, some for sixteen.
func (b *Business) tenure(index uint32) int {
	u := stats.HashUniform(b.cfg.Seed, traitTenure, uint64(index))
	return 1 + int(math.Min(.999, -.24*math.Log(1-u))*oldestYears*365.25)
}

// joins is the day on which customer founded+k joins. It rises with k.
func (b *Business) joins(k int) int {
	return int((float64(k) + stats.HashUniform(b.cfg.Seed, traitSince, uint64(k))) * b.every)
}

// admit adds the next customer.
func (b *Business) admit(index uint32, since int) {
	p := newPerson(b.cfg.Seed, index, since, b.world.origin.AddDate(0, 0, max(0, since)).Year())
	start := max(0, since)
	s := newState(b.world, b.cfg.Seed, &p, start)
	if out := (&sheet{&b.ledger, &p}); since < 0 {
		d := on(luck(b.cfg.Seed, index), -1)
		out.found(b.world, &s, &p)
		out.profile(b.world, &s, 0, d)
		out.consent(b.world, &s, 0, d, purposeMarketing, channelEmail, d.bits(askConsent)&0xff < 150)
	} else {
		out.join(b.world, &s, since, on(luck(b.cfg.Seed, index), -1))
	}
	b.people = append(b.people, p)
	b.states = append(b.states, s)
}

// Now is the instant up to which the business has been advanced.
func (b *Business) Now() time.Time { return b.now }

// Zone is the business's own time zone.
func (b *Business) Zone() *time.Location { return b.cfg.Zone }

// Advance lives on to an instant. Whole local days are simulated: the day of
// to itself, unless to is its midnight, is still open and can be acted on.
// Advancing in any number of pieces gives the same business.
func (b *Business) Advance(to time.Time) error {
	if to.Before(b.now) {
		return fault.New(fault.Invalid, "the business is at %s and cannot go back to %s",
			b.now.Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	}
	if to.Year() > lastYear {
		return fault.New(fault.Invalid, "the business cannot go to %s: it ends with the year %d", to.Format(time.DateOnly), lastYear)
	}
	target := b.world.dayOf(to)
	b.world.reach(target + 1)
	for k := len(b.people) - b.founded; b.joins(k) < target; k++ {
		b.admit(uint32(b.founded+k), b.joins(k))
	}
	b.live(target)
	b.day, b.now = max(b.day, target), to.UTC()
	return nil
}

// crowd is how many customers one goroutine lives at a time. It decides nothing
// but speed: rows are put in order when they are written.
const crowd = 512

// live simulates every customer's days up to target, each customer alone.
func (b *Business) live(target int) {
	if target <= b.day {
		return
	}
	crowds := (len(b.people) + crowd - 1) / crowd
	ledgers := make([]ledger, min(crowds, 8))
	parallel(len(ledgers), func(k int) {
		ledgers[k].origin = b.ledger.origin
		for c := k; c < crowds; c += len(ledgers) {
			for i := c * crowd; i < min((c+1)*crowd, len(b.people)); i++ {
				b.liveOne(i, target, &ledgers[k])
			}
		}
	})
	for i := range ledgers {
		b.ledger.take(&ledgers[i])
	}
}

func (b *Business) liveOne(i, target int, l *ledger) {
	p, s := &b.people[i], &b.states[i]
	out := &sheet{l, p}
	h := luck(b.seed, p.index)
	for day := max(b.day, int(p.since)); day < target && s.left == stays; day++ {
		step(b.world, p, s, day, on(h, day), out)
	}
}

// Clone copies the business; both have the same future until they are treated
// differently.
func (b *Business) Clone() *Business {
	c := *b
	c.people, c.states = slices.Clone(b.people), slices.Clone(b.states)
	c.ledger.days = slices.Clone(b.ledger.days)
	for i := range c.ledger.days {
		c.ledger.days[i].rows = slices.Clone(c.ledger.days[i].rows)
	}
	w := *b.world
	w.days = slices.Clone(w.days)
	c.world = &w
	return &c
}

// Fork copies the business and gives the copy another future: the same
// customers up to now, other luck from here on.
func (b *Business) Fork(seed uint64) *Business {
	c := b.Clone()
	c.seed = stats.Hash(b.seed, seed)
	return c
}

// key is a customer's name in the feeds.
func key(index uint32) string { return fmt.Sprintf("C%07d", index) }

// find returns the place of a customer.
func (b *Business) find(key string) (int, error) {
	if len(key) > 1 && key[0] == 'C' {
		if i, err := strconv.ParseUint(key[1:], 10, 31); err == nil && int(i) < len(b.people) && string(appendKey(nil, 'C', uint32(i))) == key {
			return int(i), nil
		}
	}
	return 0, fault.New(fault.NotFound, "the business has no customer %q: keys are those of customers.csv", key)
}
