package simulate

import (
	"math"

	"holdfast/internal/stats"
)

// person is what never changes about a customer. It follows from the seed and
// the customer's number alone.
type person struct {
	index     uint32
	household uint32 // number of its first customer
	since     int32  // day of the first subscription; far below 0 for old customers
	birth     int16
	billing   uint8 // day of the month, 1 to 28
	acquired  uint8 // in acquisitions
	language  uint8
	zone      uint8 // 0 is the business's own
	segment   uint8 // at first
	plan      uint8 // at first
	phone     bool
	email     bool
	wrong     bool // the phone number is not theirs
	shared    bool // lives in a household with others
	dog       bool // lies best when left alone: contact wakes it

	mood      float64 // where satisfaction returns to
	loyal     float64 // lowers the hazard for good
	price     float64 // price sensitivity, 0 to 1
	frail     float64 // payment trouble, against the average
	habit     float64 // log of visits a day
	reachable float64 // probability of taking calls at all in a fortnight
}

var (
	segments     = [...]string{"family", "single", "student", "senior", "business"}
	acquisitions = [...]string{"web", "referral", "shop", "comparison_site", "partner"}
	languages    = [...]string{"en", "fr", "de", "es", "ar"}

	segmentShares     = [...]float64{.34, .62, .76, .92, 1}
	acquisitionShares = [...]float64{.35, .53, .68, .88, 1}
	languageShares    = [...]float64{.82, .88, .93, .98, 1}

	segmentLoyal     = [...]float64{.3, 0, -.7, .45, .1}
	acquisitionLoyal = [...]float64{0, .5, .2, -.6, -.1}
)

// pick returns the place of u among cumulative shares.
func pick(u float64, cumulative []float64) uint8 {
	for i, share := range cumulative {
		if u < share {
			return uint8(i)
		}
	}
	return uint8(len(cumulative) - 1)
}

// Questions asked once in a customer's life, or once for a household.
const (
	traitSince uint64 = iota + 1
	traitTenure
	traitBirth
	traitBilling
	traitAcquired
	traitLanguage
	traitZone
	traitSegment
	traitPlan
	traitPhone
	traitEmail
	traitDog
	traitMood
	traitLoyal
	traitPrice
	traitFrail
	traitHabit
	traitReach
	traitName
	traitBlock
	traitPair
	traitHomeMood
	traitHomePrice
	traitHomeName
	traitStart
)

// householdOf puts customers into households: of every four neighbours in the
// file all live together in one block of fifty, else each pair in a quarter.
// Neighbours joined at about the same time.
func householdOf(seed uint64, index uint32) (household uint32, shared bool) {
	block := index / 4
	if stats.HashUniform(seed, traitBlock, uint64(block)) < .02 {
		return block * 4, true
	}
	pair := index / 2
	if stats.HashUniform(seed, traitPair, uint64(pair)) < .24 {
		return pair * 2, true
	}
	return index, false
}

// newPerson makes customer index, who joined on day since.
func newPerson(seed uint64, index uint32, since int, year int) person {
	u := func(trait uint64) float64 { return stats.HashUniform(seed, trait, uint64(index)) }
	n := func(trait uint64) float64 { return bell(stats.Hash(seed, trait, uint64(index))) }
	p := person{index: index, since: int32(since)}
	p.household, p.shared = householdOf(seed, index)
	home := func(trait uint64) float64 { return bell(stats.Hash(seed, trait, uint64(p.household))) }

	p.acquired = pick(u(traitAcquired), acquisitionShares[:])
	p.segment = pick(u(traitSegment), segmentShares[:])
	p.language = pick(u(traitLanguage), languageShares[:])
	p.plan = pick(u(traitPlan), []float64{.45, .85, 1})
	if u(traitZone) > .97 {
		p.zone = 1 + uint8(index%2)
	}
	p.birth = int16(year - 19 - int(50*u(traitBirth)) - max(0, -since/365))
	p.billing = 1 + uint8(28*u(traitBilling))
	p.phone, p.wrong = u(traitPhone) > .08, u(traitPhone) > .97
	p.email = u(traitEmail) > .12
	p.reachable = math.Min(.95, .78+.12*n(traitReach))

	years := math.Max(0, float64(-since)/365.25)
	p.mood = .55*n(traitMood) + .3*home(traitHomeMood)
	p.loyal = .5*n(traitLoyal) + segmentLoyal[p.segment] + acquisitionLoyal[p.acquired] + .09*math.Min(years, 10)
	if since < 0 {
		p.loyal += .3 // those who would not stay are gone already
	}
	p.price = .35 + .18*n(traitPrice) + .1*home(traitHomePrice)
	if p.acquired == 3 {
		p.price += .25
	}
	if p.plan == 0 {
		p.price += .08
	}
	p.price = math.Max(0, math.Min(1, p.price))
	p.frail = math.Exp(.9 * n(traitFrail))
	p.habit = math.Log(.14) + .4*n(traitHabit)
	p.dog = u(traitDog) < .06+.2*stats.Sigmoid(-3*(p.habit-math.Log(.09)))
	if p.dog {
		p.habit -= .5
	}
	return p
}
