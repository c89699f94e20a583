package training

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"holdfast/churn"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/value"
)

// The models of buying a configuration may name, for businesses without
// contracts whose customers leave by falling silent.
const (
	NameBGNBD     = string(value.KindBGNBD)
	NameMBGNBD    = string(value.KindMBGNBD)
	NameParetoNBD = string(value.KindParetoNBD)
)

var buyingNames = []string{NameBGNBD, NameMBGNBD, NameParetoNBD}

// FixedSilence returns the first of the candidates that foresees silence of one
// length for all customers, and "" where there is none.
func FixedSilence(candidates []string) string {
	for _, name := range candidates {
		if slices.Contains(buyingNames, name) {
			return name
		}
	}
	return ""
}

// buying makes a candidate of a model of buying. It learns from each customer's
// newest row: when they had bought, and whether they then fell silent. Its
// likelihood is that of single customers, without weights. A lead time is not in
// the model; calibration answers for it.
func buying(name string, def *churn.Definition) Candidate {
	kind, cfg := value.Kind(name), def.Config()
	return Candidate{
		Name: name,
		Fit: func(_ context.Context, s *Sample, _ uint64) (*model.Model, error) {
			return fitBuying(kind, cfg, s, nil)
		},
		Refit: func(_ context.Context, s *Sample, _ uint64, like *model.Model) (*model.Model, error) {
			return fitBuying(kind, cfg, s, like.Buying().Parameters)
		},
	}
}

func fitBuying(kind value.Kind, cfg churn.Config, s *Sample, from map[string]float64) (*model.Model, error) {
	if cfg.Kind != churn.Lapse {
		return nil, fault.New(fault.Invalid, "%s knows customers who fall silent, and here contracts end", kind)
	}
	if cfg.Rhythm.Times > 0 {
		return nil, fault.New(fault.Invalid, "%s foresees silence of one length, and here every customer has their own", kind)
	}
	about := cfg.Activity[0]
	body := &model.Buying{
		Kind: kind, HorizonDays: float64(cfg.SilenceDays),
		Days: about + "_active_days_ever", Since: about + "_days_since", First: about + "_first_days",
	}
	var columns [3]int
	for i, name := range []string{body.Days, body.Since, body.First} {
		if columns[i] = s.X.Schema.Index(name); columns[i] < 0 {
			return nil, fault.New(fault.Invalid, "%s needs the feature %s: list %s among features.events with role: activity", kind, name, about)
		}
	}
	all, reference := outcomes(s, columns)
	_, fit, err := value.FitOutcomes(kind, all, body.HorizonDays, from)
	if err != nil {
		return nil, err
	}
	body.Reference, body.Parameters = reference, make(map[string]float64)
	card := model.Card{Settings: []model.Setting{{Name: "horizon", Value: fmt.Sprintf("%g days of silence", body.HorizonDays)}}}
	for _, p := range fit.Parameters {
		body.Parameters[p.Name] = p.Estimate
		card.Settings = append(card.Settings, model.Setting{
			Name: p.Name, Value: fmt.Sprintf("%.4g, 95 %% interval %.4g to %.4g, times in days", p.Estimate, p.Low, p.High),
		})
	}
	card.Sentences = []string{"It looks at three things only: on how many days a customer bought, and how long ago the first and the last of them were."}
	return model.NewBuying(s.X.Schema, body, card)
}

// buyingCustomers bounds the customers that a model of buying is fitted to: so
// many decide its four parameters to a hundredth.
const buyingCustomers = 50_000

// outcomes takes each customer's newest row, and the medians of what is seen.
func outcomes(s *Sample, columns [3]int) ([]value.Outcome, [3]float64) {
	newest := make(map[int64]int)
	for i, c := range s.Customer {
		if at, ok := newest[c]; !ok || s.Date[i] > s.Date[at] {
			newest[c] = i
		}
	}
	var all []value.Outcome
	var seen [3][]float64
	customers := slices.Sorted(maps.Keys(newest))
	share := buyingCustomers / float64(len(customers))
	for _, c := range customers {
		if stats.HashUniform(buyingCustomers, uint64(c)) >= share {
			continue
		}
		at := newest[c]
		row := s.X.Row(at)
		days, since, first := row[columns[0]], row[columns[1]], row[columns[2]]
		if !(days >= 1) || math.IsNaN(since) || math.IsNaN(first) {
			continue
		}
		// Whole days, as the first purchase is counted: many customers are then alike.
		age := math.Floor(first)
		b := value.Behaviour{Repeats: int(days) - 1, Age: age}
		if b.Repeats > 0 {
			b.Last = max(0, age-math.Floor(since))
		}
		all = append(all, value.Outcome{Behaviour: b, Silent: s.Y[at] == 1})
		for k, v := range [3]float64{days, since, first} {
			seen[k] = append(seen[k], v)
		}
	}
	var reference [3]float64
	for k, list := range seen {
		slices.Sort(list)
		if len(list) > 0 {
			reference[k] = list[len(list)/2]
		}
	}
	return all, reference
}
