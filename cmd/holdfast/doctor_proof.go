package main

import (
	"context"
)

// lookAtProof says whose arms are not as large as they were drawn.
func (a *app) lookAtProof(ctx context.Context) ([]finding, error) {
	effects, asOf, err := a.store.NewestEffects(ctx)
	if err != nil {
		return nil, err
	}
	var found []finding
	for _, e := range effects {
		if r := e.Ratio; r.Broken {
			found = append(found, ill("proof", 1, "do not believe its effect; docs/measurement.md says what loses customers of one arm",
				"of %d households selected for %s %.1f %% are left alone where %.1f %% were drawn to be", r.Households, e.Treatment, 100*r.Found, 100*r.Expected))
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case len(effects) == 0:
		return []finding{well("proof", "nothing has been measured yet")}, nil
	}
	return []finding{well("proof", "the arms of %d treatments are as large as they were drawn, as of %s", len(effects), a.date(asOf))}, nil
}
