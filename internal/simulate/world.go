package simulate

import (
	"math"
	"time"
)

// Plan prices of one month, minor units, on the first simulated day.
var (
	planNames  = [...]string{"basic", "standard", "premium"}
	planPrices = [...]int32{1490, 2490, 4490}
)

const (
	firstRiseDay = 200 // list prices rise on this day and every year after
	riseEvery    = 365
	yearlyRise   = .06
)

// world is what all customers share: the calendar, the seasons and the list
// prices. Days are counted from the first simulated one, which is 0. It is a
// pure function of the configuration; the days are only a cache.
type world struct {
	zone   *time.Location
	origin time.Time // noon UTC of the civil date of day 0
	days   []dayFacts
}

// dayFacts is what one day is like.
type dayFacts struct {
	start  uint32  // local midnight, Unix seconds
	month  uint8   // day of the month
	visits float64 // visits against an average day
}

func newWorld(cfg Config) *world {
	y, m, d := cfg.Start.In(cfg.Zone).Date()
	return &world{zone: cfg.Zone, origin: time.Date(y, m, d-cfg.HistoryDays, 12, 0, 0, 0, time.UTC)}
}

// reach makes the calendar long enough for days before to. It must not run
// beside readers.
func (w *world) reach(to int) {
	for day := len(w.days); day < to; day++ {
		at := w.origin.AddDate(0, 0, day)
		w.days = append(w.days, dayFacts{start: w.midnight(day), month: uint8(at.Day()), visits: seasonal(at)})
	}
}

// seasonal is high in January and autumn, low in July and August, and lower at
// weekends.
func seasonal(at time.Time) float64 {
	angle := 2 * math.Pi * float64(at.YearDay()) / 365.25
	factor := 1 + .25*math.Cos(angle) - .1*math.Sin(2*angle)
	if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday {
		factor *= .6
	}
	return factor
}

// midnight is when a day begins, be it in the calendar or not.
func (w *world) midnight(day int) uint32 {
	if day >= 0 && day < len(w.days) {
		return w.days[day].start
	}
	at := w.origin.AddDate(0, 0, day)
	first := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, w.zone)
	// Where the clocks skip midnight the day begins within two hours of it. No
	// more is tried, as Samoa once skipped a whole day.
	for range 4 {
		if first.Day() == at.Day() {
			break
		}
		first = first.Add(30 * time.Minute)
	}
	return uint32(first.Unix())
}

// dayOf is the local day of an instant.
func (w *world) dayOf(at time.Time) int {
	y, m, d := at.In(w.zone).Date()
	return int(math.Round(time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Sub(w.origin).Hours() / 24))
}

// renewal is the first anniversary of day since that lies after day after.
func (w *world) renewal(since, after int) int {
	first := w.origin.AddDate(0, 0, since)
	years := max(1, int(float64(after-since)/365.25))
	for ; ; years++ {
		if day := w.dayNumber(first.AddDate(years, 0, 0)); day > after {
			return day
		}
	}
}

// dayNumber counts the days from day 0 to a civil date at noon UTC.
func (w *world) dayNumber(noon time.Time) int {
	return int(math.Round(noon.Sub(w.origin).Hours() / 24))
}

// listPrice is what a plan costs new customers and those billed on day.
func listPrice(plan uint8, day int) int32 {
	rises := 0
	if day >= firstRiseDay {
		rises = 1 + (day-firstRiseDay)/riseEvery
	}
	return int32(math.Round(float64(planPrices[plan]) * math.Pow(1+yearlyRise, float64(rises))))
}
