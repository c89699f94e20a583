package interventions

import (
	"math"
	"strings"
	"testing"

	"holdfast/history"
	"holdfast/internal/locale"
	"holdfast/scoring"
)

// TestAmountsAreOfTheCurrency: expressions speak of whole units, refusals of
// money, whatever decimals the currency has.
func TestAmountsAreOfTheCurrency(t *testing.T) {
	t.Parallel()
	contract := []history.SubscriptionState{{Subscription: history.Subscription{ValueMinor: 2639}}}
	for currency, want := range map[string]struct {
		value float64
		cost  string
	}{"GBP": {26.39, "£26.39"}, "JPY": {2639, "¥2,639"}, "KWD": {2.639, "KWD\u00a02.639"}} {
		cfg := DefaultConfig()
		cfg.Writer, _ = locale.New("", currency)
		p := &Policy{cfg: cfg}
		if f := p.fields(&Known{}, &scoring.Score{ValueMinor: 2639, Risk: .5}); f.Value != want.value || f.ValueAtRisk != want.value/2 {
			t.Errorf("%s: the value is %v, at risk %v", currency, f.Value, f.ValueAtRisk)
		}
		if f := p.fields(&Known{Subscriptions: contract}, &scoring.Score{}); f.PlanValue != want.value {
			t.Errorf("%s: the contract's value is %v", currency, f.PlanValue)
		}
		if x := Traits(&Known{Subscriptions: contract}, cfg.Writer.Unit()); x[2] != math.Log1p(want.value) {
			t.Errorf("%s: the price of the contract is exp(%v) - 1", currency, x[2])
		}
		err := p.refuseGrant(&Wrap{Agent: Agent{Name: "ann"}, Up: WrapUp{OfferMinor: 2639}}, "call")
		if err == nil || !strings.Contains(err.Error(), "the offer costs "+want.cost+", more than the ") {
			t.Errorf("%s: refused with %v", currency, err)
		}
	}
}
