package training

import (
	"fmt"
	"math"
	"time"
)

// Sign is one thing that is watched of a champion in office: how far it has moved,
// how far chance alone moves it, and from where on it matters.
type Sign struct {
	Of       string  `json:"of"`       // what moves: scores, a feature, calibration, leaving rate, customers
	Measure  string  `json:"measure"`  // in which Value, Chance and Material are: PSI, log-odds, log ratio
	Known    bool    `json:"known"`    // false: Words say why nothing is known, and Value and Chance are 0
	Value    float64 `json:"value"`    // how far it has moved, with its sign
	Chance   float64 `json:"chance"`   // the critical value: how far it moves though nothing has changed
	Material float64 `json:"material"` // from where on it matters
	Words    string  `json:"words"`    // what was seen
	why      string  // the reason to train again, once it has moved
}

// Moved says whether it moved farther than chance explains, and so far that it matters.
func (s Sign) Moved() bool {
	return s.Known && math.Abs(s.Value) > s.Chance && math.Abs(s.Value) > s.Material
}

// What the signs are measured in.
const (
	inPSI      = "PSI"
	inLogOdds  = "log-odds"
	inLogRatio = "log ratio"
)

// Signs are what the evidence shows of drift, the one that calls loudest for a new
// champion first: scores, features, calibration of outcomes that became final, the
// leaving rate and the population.
func (e Evidence) Signs() []Sign {
	out := []Sign{e.scores(), e.feature()}
	out = append(out, e.Aftermath.signs()...)
	return append(out, e.population())
}

// twoNights says why two nights cannot be compared.
const twoNights = "no two of its nights are to be compared yet"

func (e Evidence) scores() Sign {
	s := Sign{Of: "scores", Measure: inPSI, Material: materialPSI, Words: twoNights}
	if e.PSI > 0 || e.Critical > 0 {
		s.Known, s.Value, s.Chance = true, e.PSI, e.Critical
		s.Words = "its risks on its newest night against those on its first"
		s.why = fmt.Sprintf("its scores have drifted: PSI %.3f, above %.3f", e.PSI, max(e.Critical, materialPSI))
	}
	return s
}

func (e Evidence) feature() Sign {
	s := Sign{Of: "features", Measure: inPSI, Material: materialFeaturePSI, Words: twoNights}
	switch {
	case e.Feature != "":
		s.Known, s.Value, s.Chance = true, e.FeaturePSI, e.FeatureCritical
		s.Words = fmt.Sprintf("%s moved farthest of all features between its first night and its newest", e.Feature)
		s.why = fmt.Sprintf("the feature %s has drifted: PSI %.3f, above %.3f", e.Feature, e.FeaturePSI, max(e.FeatureCritical, materialFeaturePSI))
	case e.PSI > 0 || e.Critical > 0:
		s.Words = "none moved beyond chance between its first night and its newest"
	}
	return s
}

// signs are the calibration of outcomes that became final, and the leaving rate.
func (a *Aftermath) signs() []Sign {
	level := Sign{Of: "calibration", Measure: inLogOdds, Material: materialLevel}
	shift := Sign{Of: "leaving rate", Measure: inLogOdds, Material: materialLevel}
	if a == nil {
		level.Words = fmt.Sprintf("no date after those it learned from is final, or fewer than %d left on it", aftermathLeft)
		shift.Words = level.Words
		return []Sign{level, shift}
	}
	level.Known, level.Value, level.Chance = true, a.Level, beyondChance*a.LevelSE
	level.Words = fmt.Sprintf("of %d customers of %s, whose outcome it had not learned from, it expected %s to leave and %s did",
		a.Customers, a.AsOf.Format(time.DateOnly), tenths(a.Expected), tenths(a.Rate))
	level.why = level.Words
	shift.Known, shift.Value, shift.Chance = true, a.Shift, beyondChance*a.ShiftSE
	shift.Words = fmt.Sprintf("%s left of the customers of %s, the newest date it learned from, and %s of those of %s",
		tenths(a.Before), a.Newest.Format(time.DateOnly), tenths(a.Rate), a.AsOf.Format(time.DateOnly))
	shift.why = fmt.Sprintf("the leaving rate has moved from %s of the customers of %s, the newest date it learned from, to %s of those of %s",
		tenths(a.Before), a.Newest.Format(time.DateOnly), tenths(a.Rate), a.AsOf.Format(time.DateOnly))
	return []Sign{level, shift}
}

func (e Evidence) population() Sign {
	s := Sign{Of: "customers", Measure: inLogRatio, Material: materialPopulation, Words: twoNights}
	if e.Population > 0 && e.PopulationThen > 0 {
		s.Known, s.Value = true, math.Log(e.Population/e.PopulationThen)
		s.Chance = beyondChance * math.Sqrt(1/e.Population+1/e.PopulationThen)
		s.Words = fmt.Sprintf("it scored %.0f on its newest night and %.0f on its first", e.Population, e.PopulationThen)
		s.why = fmt.Sprintf("it scores %.0f customers and %.0f on its first night: the population is another one", e.Population, e.PopulationThen)
	}
	return s
}

func tenths(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
