package main

import (
	"context"
	"fmt"
	"time"

	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/training"
)

// shownModel is a model with what the newest night saw of it; Drift is null while
// no night has looked at it.
type shownModel struct {
	nightly.ModelRecord
	Drift *nightly.Watch
}

func (a *app) showModel(ctx context.Context, id string) error {
	rec, _, err := a.store.Model(ctx, id)
	if err != nil {
		return err
	}
	shown := shownModel{ModelRecord: rec}
	w, err := a.store.Watch(ctx, id)
	switch {
	case err == nil:
		shown.Drift = &w
	case fault.Of(err) != fault.NotFound:
		return err
	}
	return a.p.print(shown, func() {
		c := rec.Card
		a.p.say("%s: %s, trained as of %s, seed %d, by holdfast %s", rec.ID, c.Name, c.TrainedAt.In(a.cfg.Zone).Format(time.DateOnly), c.Seed, c.Version)
		a.p.say("%s: %d rows, %d of them left", c.Data.Description, c.Data.Rows, c.Data.Leavers)
		for _, s := range c.Settings {
			a.p.say("  %s: %s", s.Name, s.Value)
		}
		for _, m := range c.Metrics {
			if m.Low != m.High {
				a.p.say("  %-34s %8.4f  95 %% interval %.4f to %.4f  (%s)", m.Name, m.Value, m.Low, m.High, m.Sample)
				continue
			}
			a.p.say("  %-34s %8.4f  naive rule %8.4f  (%s)", m.Name, m.Value, m.Naive, m.Sample)
		}
		for _, s := range c.Sentences {
			a.p.say("  %s", s)
		}
		for _, line := range driftLines(shown.Drift, a.cfg.Zone) {
			a.p.say("%s", line)
		}
	})
}

// driftLines say how far a model has drifted, as the model page does.
func driftLines(w *nightly.Watch, zone *time.Location) []string {
	if w == nil {
		return []string{"Has it drifted? No night has looked at it while it was champion."}
	}
	verdict := "no new one was due"
	if w.Due {
		verdict = "a new one was due"
	}
	out := []string{fmt.Sprintf("Has it drifted? On %s %s: %s.", w.AsOf.In(zone).Format(time.DateOnly), verdict, w.Why)}
	if w.Kept != "" {
		out = append(out, fmt.Sprintf("  The champion stayed: %s.", w.Kept))
	}
	if w.Refused == 1 {
		out = append(out, "  1 training since it went live left it in office.")
	} else if w.Refused > 1 {
		out = append(out, fmt.Sprintf("  %d trainings since it went live left it in office.", w.Refused))
	}
	for _, s := range w.Signs {
		out = append(out, signLine(s))
	}
	return out
}

func signLine(s training.Sign) string {
	if !s.Known {
		return fmt.Sprintf("  %-12s  –         %s", s.Of, s.Words)
	}
	verdict := "as before"
	if s.Moved() {
		verdict = "moved"
	}
	return fmt.Sprintf("  %-12s  %-9s %s: %.3f %s; chance explains %.3f, from %.2f it matters", s.Of, verdict, s.Words, s.Value, s.Measure, s.Chance, s.Material)
}
