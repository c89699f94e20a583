package training

import (
	"fmt"
	"time"
)

// Evidence is what is known about the champion when asking for a new one.
type Evidence struct {
	AsOf      time.Time
	TrainedAt time.Time // as-of the champion was trained at; zero without one
	Schema    string    // hash of the schema it expects
	Now       string    // hash of the schema that is made now
	PSI       float64   // of its scores against those in training; 0 when unknown
	Critical  float64   // the null distribution's 95 % critical value
	// Feature is the one that moved farthest beyond chance between the champion's
	// first night and its newest; empty when none has.
	Feature         string
	FeaturePSI      float64
	FeatureCritical float64
	// Population is how many customers the champion scored on its newest night, and
	// PopulationThen on its first; 0 when unknown.
	Population, PopulationThen float64
	// Aftermath is what became of customers whose outcome the champion did not learn
	// from; nil while none is final.
	Aftermath *Aftermath
	// Refused counts the trainings since the champion went live that left it in
	// office, the newest of them as of RefusedAt.
	Refused   int
	RefusedAt time.Time
	// Waiting names a trained model that people have not released yet, trained at
	// WaitingSince; empty when there is none or none of the schema made now.
	Waiting      string
	WaitingSince time.Time
}

// materialPSI is the drift from which a significant shift also matters.
const materialPSI = 0.10

// materialFeaturePSI is that of a single feature: one of many moves often, and the
// scores tell whether it matters.
const materialFeaturePSI = 0.25

// materialPopulation is the log of the ratio of two nights' numbers of customers
// from which the base is another one: a quarter fewer, a third more.
const materialPopulation = 0.29

// refusedDays is how long nothing is trained for the same champion's sake after a
// training that left it in office; twice as long after the next, up to retrain_days.
const refusedDays = 7

// Due says whether a new champion should be trained, with the reason in words. A
// reason that stands every night does not train every night: after a training that
// left the champion in office the next one waits.
func (c Config) Due(e Evidence) (bool, string) {
	switch {
	case e.Waiting != "" && int(e.AsOf.Sub(e.WaitingSince).Hours()/24) < c.RetrainDays:
		return false, fmt.Sprintf("model %s waits to be released by two people", e.Waiting)
	case e.TrainedAt.IsZero():
		return true, "there is no champion yet"
	case e.Schema != e.Now:
		return true, "the features have changed since the champion was trained"
	}
	why := c.grown(e)
	if why == "" {
		return false, fmt.Sprintf("the champion is %d days old and its scores have not drifted", e.age())
	}
	if next := c.next(e); e.AsOf.Before(next) {
		return false, fmt.Sprintf("%s, but what was trained on %s did not replace it: the next attempt is on %s",
			why, e.RefusedAt.Format(time.DateOnly), next.Format(time.DateOnly))
	}
	return true, why
}

func (e Evidence) age() int { return int(e.AsOf.Sub(e.TrainedAt).Hours() / 24) }

// next is the first day on which another attempt is made.
func (c Config) next(e Evidence) time.Time {
	if e.Refused == 0 {
		return e.RefusedAt
	}
	days := refusedDays << min(e.Refused-1, 10)
	return e.RefusedAt.AddDate(0, 0, min(days, max(c.RetrainDays, refusedDays)))
}

// grown says what the champion has grown too old for; empty when nothing.
func (c Config) grown(e Evidence) string {
	if e.age() >= c.RetrainDays {
		return fmt.Sprintf("the champion is %d days old and retrain_days is %d", e.age(), c.RetrainDays)
	}
	for _, sign := range e.Signs() {
		if sign.Moved() {
			return sign.why
		}
	}
	return ""
}
