package simulate_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/internal/simulate"
	"holdfast/interventions"
)

// TestRepliesAreInTheDesksWords calls many customers and wants every reply to
// be one that an agent could have entered.
func TestRepliesAreInTheDesksWords(t *testing.T) {
	t.Parallel()
	cfg := simulate.Default()
	cfg.Customers, cfg.HistoryDays = 3_000, 120
	b, err := simulate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, plan := range simulate.Treatments() {
		if !plan.Call {
			continue
		}
		for _, k := range b.Keys() {
			r, err := b.Call(k, plan.Name, b.Now().Add(10*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			kinds[r.Disposition] = true
			m, err := interventions.MeaningOf(interventions.Disposition(r.Disposition))
			if err != nil {
				t.Fatal(err)
			}
			if m.Reached != r.Reached {
				t.Errorf("%s: reached %v, the desk says %v", r.Disposition, r.Reached, m.Reached)
			}
			if m.LeaveReason != (r.LeaveReason != "") || m.LeaveReason && !slices.Contains(interventions.LeaveReasons, r.LeaveReason) {
				t.Errorf("%s with leave reason %q", r.Disposition, r.LeaveReason)
			}
			if (r.Disposition == "callback_agreed") == r.CallbackAt.IsZero() {
				t.Errorf("%s with a call-back at %v", r.Disposition, r.CallbackAt)
			}
		}
	}
	if len(kinds) < 18 {
		t.Errorf("only %d kinds of reply in thousands of calls: %v", len(kinds), kinds)
	}
}

// TestTreatmentsOfTheDefaultPolicyAreKnown ties the planted table to the
// treatments that the product comes with.
func TestTreatmentsOfTheDefaultPolicyAreKnown(t *testing.T) {
	t.Parallel()
	cfg := simulate.Default()
	cfg.Customers, cfg.HistoryDays = 50, 30
	b, err := simulate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, treatment := range interventions.DefaultConfig().Treatments {
		if _, err := b.Expect(b.Keys(), treatment.Name, 7, 1); err != nil {
			t.Error(err)
		}
		for _, plan := range simulate.Treatments() {
			if treatment.Name != plan.Name && treatment.Name != plan.Also {
				continue
			}
			if string(treatment.Purpose) != plan.Purpose || (treatment.Channel == interventions.ChannelPhone) != plan.Call {
				t.Errorf("%s is %s over %s, the simulator plants %s, a call: %v",
					treatment.Name, treatment.Purpose, treatment.Channel, plan.Purpose, plan.Call)
			}
		}
	}
}
