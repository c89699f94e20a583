package main

import (
	"context"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// explainedWork is a call of a night as it stands now. Whoever is held back has
// none, as everybody below the line.
type explainedWork struct {
	Treatment string                  `json:"treatment"`
	State     interventions.TaskState `json:"state"`
	Since     time.Time               `json:"since,omitzero"` // of its last change
	Why       string                  `json:"why,omitempty"`  // of that
	Ends      time.Time               `json:"ends,omitzero"`
	Behind    bool                    `json:"behind,omitempty"` // the rest of the day has no room for it
}

// explainWork is what became of a night's decision on a customer since.
func (a *app) explainWork(ctx context.Context, customer history.CustomerID, asOf time.Time) ([]explainedWork, error) {
	const most = 20
	tasks, err := a.store.CustomerTasks(ctx, customer, most)
	if err != nil {
		return nil, err
	}
	var out []explainedWork
	for _, t := range tasks {
		if !t.AsOf.Equal(asOf) || t.Treatment == "" {
			continue
		}
		w := explainedWork{Treatment: t.Treatment, State: t.State, Why: t.Reason, Ends: t.ExpiresAt, Behind: t.Behind()}
		changes, err := a.store.Changes(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			if c.At.After(w.Since) {
				w.Since = c.At
			}
		}
		out = append(out, w)
	}
	return out, nil
}

func (a *app) sayWork(work []explainedWork) {
	at := func(t time.Time) string { return t.In(a.cfg.Zone).Format("2006-01-02 15:04") }
	for _, w := range work {
		line := "  its call, " + w.Treatment + ": " + string(w.State)
		if w.Behind {
			line += ", behind the others"
		}
		if !w.Since.IsZero() {
			line += " since " + at(w.Since)
		}
		if w.Why != "" {
			line += " (" + w.Why + ")"
		}
		if w.State.Open() && !w.Ends.IsZero() {
			line += "; ends " + at(w.Ends)
		}
		a.p.say("%s", line)
	}
}
