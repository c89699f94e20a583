package web

import (
	"context"
	"fmt"
	"time"

	"holdfast/internal/fault"
	"holdfast/nightly"
)

type (
	apiWatch struct {
		AsOf    time.Time `json:"as_of" doc:"The night that looked."`
		Due     bool      `json:"due" doc:"Whether that night was to train another."`
		Why     string    `json:"why" doc:"In words, whether due or not."`
		Refused int       `json:"refused" doc:"Trainings before that night that left it in office."`
		Kept    string    `json:"kept,omitempty" doc:"Why what that night trained left it in office."`
		Signs   []apiSign `json:"signs"`
	}
	apiSign struct {
		Of       string   `json:"of" doc:"What moves: scores, features, calibration, leaving rate, customers."`
		Measure  string   `json:"measure" enum:"PSI,log-odds,log ratio"`
		Value    *float64 `json:"value,omitempty" doc:"How far it has moved; missing where nothing is known, or nothing moved beyond chance."`
		Chance   *float64 `json:"chance,omitempty" doc:"The critical value: how far it moves though nothing has changed."`
		Material float64  `json:"material" doc:"From where on it matters."`
		Moved    bool     `json:"moved" doc:"Beyond both: a reason to train again."`
		Words    string   `json:"words"`
	}
)

// watchOf is what the newest night saw of a model; nil before any looked at it.
func watchOf(ctx context.Context, m Models, id string) (*nightly.Watch, error) {
	w, err := m.Watch(ctx, id)
	if fault.Of(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what the nights saw of the champion: %w", err)
	}
	return &w, nil
}

func apiWatchOf(w *nightly.Watch) *apiWatch {
	if w == nil {
		return nil
	}
	out := &apiWatch{AsOf: w.AsOf.UTC(), Due: w.Due, Why: w.Why, Refused: w.Refused, Kept: w.Kept, Signs: []apiSign{}}
	for _, s := range w.Signs {
		sign := apiSign{Of: s.Of, Measure: s.Measure, Material: s.Material, Moved: s.Moved(), Words: s.Words}
		if s.Known {
			sign.Value, sign.Chance = &s.Value, &s.Chance
		}
		out.Signs = append(out.Signs, sign)
	}
	return out
}
