package churn

import (
	"fmt"
	"slices"
	"time"

	"holdfast/history"
)

// Definition is one meaning of leaving, ready to be asked about customers. Any
// number of goroutines may share it.
type Definition struct {
	cfg      Config
	activity []bool // by event kind code
	reasons  [numReasons]string
}

// The reasons for not being in the population, in the order they are looked for.
const (
	reasonUnknown = iota
	reasonNoContract
	reasonEnded
	reasonNew
	reasonFew
	reasonSilent
	numReasons
)

// New makes a definition. Activity kinds that the vocabulary does not have yet
// have no events; that is no error.
func New(cfg Config, vocab history.Vocabulary) (*Definition, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	d := &Definition{cfg: cfg, activity: make([]bool, len(vocab.Kinds))}
	for code, kind := range vocab.Kinds {
		d.activity[code] = slices.Contains(cfg.Activity, kind)
	}
	act := words(cfg.Activity)
	d.reasons = [numReasons]string{
		reasonUnknown:    "nothing known of them yet",
		reasonNoContract: "no contract",
		reasonEnded:      "contract has ended",
		reasonNew:        fmt.Sprintf("with us for less than %d days", cfg.Population.MinTenureDays),
		reasonFew:        fmt.Sprintf("%s fewer than %d times", act, cfg.Population.MinEvents),
		reasonSilent:     cfg.silentWords(act),
	}
	return d, nil
}

// Config returns what the definition was made from.
func (d *Definition) Config() Config { return d.cfg }

// Reasons lists every reason InPopulation can give.
func (d *Definition) Reasons() []string { return slices.Clone(d.reasons[:]) }

// Window returns the outcome window of as-of: [from, to). Days are counted on
// the calendar of as-of's time zone. Where customers have their own rhythm it is
// the longest, so that all customers of a date mature together: those of a fast
// rhythm alone would be another population.
func (d *Definition) Window(asOf time.Time) (from, to time.Time) {
	from = asOf.AddDate(0, 0, d.cfg.LeadTimeDays)
	return from, from.AddDate(0, 0, d.cfg.horizonDays())
}

// MaturesAt returns when an outcome as of asOf is final.
func (d *Definition) MaturesAt(asOf time.Time) time.Time {
	_, to := d.Window(asOf)
	return to.AddDate(0, 0, d.cfg.GraceDays)
}

// isActivity says whether events of a kind end a silence.
func (d *Definition) isActivity(kind uint16) bool {
	return int(kind) < len(d.activity) && d.activity[kind]
}

// InPopulation says whether the customer can leave, as known at v's as-of, and
// if not, why, in words for the screen ("no purchase in 180 days"). Nobody who
// has already left by this definition is in the population: for a contract,
// who has none running; for a lapse, who has been silent for
// active_within_days, which may be set wider than the silence itself so that
// those about to be given up are scored too. Left out, it is the silence that
// would be a lapse, by the customer's own rhythm where there is one.
func (d *Definition) InPopulation(v history.View) (ok bool, reason string) {
	if why := d.excluded(v); why >= 0 {
		return false, d.reasons[why]
	}
	return true, ""
}

func (d *Definition) excluded(v history.View) int {
	first, seen := v.FirstSeen()
	if !seen {
		return reasonUnknown
	}
	if d.cfg.Kind == Contract {
		if why := contractExcluded(v); why >= 0 {
			return why
		}
	}
	asOf, p := v.AsOf(), d.cfg.Population
	if first.After(asOf.AddDate(0, 0, -p.MinTenureDays)) {
		return reasonNew
	}
	days := d.activeWithinDays(v)
	if p.MinEvents == 0 && days == 0 {
		return -1
	}
	count, last := d.activityOf(v)
	if days > 0 && (count == 0 || last < asOf.AddDate(0, 0, -days).UnixMicro()) {
		return reasonSilent
	}
	if count < p.MinEvents {
		return reasonFew
	}
	return -1
}

// activeWithinDays is how long the customer may have been silent and still be in
// the population; 0 is for ever.
func (d *Definition) activeWithinDays(v history.View) int {
	if d.cfg.Kind == Lapse && d.cfg.Population.ActiveWithinDays == 0 {
		return d.SilenceDays(v)
	}
	return d.cfg.Population.ActiveWithinDays
}

// silentWords says why somebody silent is not in the population.
func (c Config) silentWords(act string) string {
	days := c.Population.ActiveWithinDays
	if c.Kind == Lapse && days == 0 {
		if c.Rhythm.Times > 0 {
			return fmt.Sprintf("no %s for %g times as long as usual", act, c.Rhythm.Times)
		}
		days = c.SilenceDays
	}
	return fmt.Sprintf("no %s in %d days", act, days)
}

func contractExcluded(v history.View) int {
	subs := v.Subscriptions()
	if len(subs) == 0 {
		return reasonNoContract
	}
	ended := false
	for i := range subs {
		if subs[i].ActiveAt(v.AsOf()) {
			return -1
		}
		ended = ended || !subs[i].Ended.IsZero()
	}
	if ended {
		return reasonEnded
	}
	return reasonNoContract
}

// activityOf counts activity events and gives the time of the last.
func (d *Definition) activityOf(v history.View) (count int, last int64) {
	occurred := v.Occurred()
	for i, kind := range v.Kinds() {
		if d.isActivity(kind) {
			count++
			last = occurred[i]
		}
	}
	return count, last
}
