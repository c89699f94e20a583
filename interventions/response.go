package interventions

import (
	"math"
	"time"
)

// TraitNames are what a response model looks at, each as log(1 + x): years with
// us, contacts in either direction in the year before, and the price of one
// period of the running contract in whole currency units.
var TraitNames = [3]string{"years with us", "contacts of a year", "price of the contract"}

// Traits are a customer's numbers for a response model, in the order of
// TraitNames, where one of the currency is so many minor units. Where the
// beginning is unknown the years are none.
func Traits(k *Known, unit int64) [3]float64 {
	var x [3]float64
	if !k.Since.IsZero() {
		x[0] = math.Log1p(max(0, k.Now.Sub(k.Since).Hours()/24/365.25))
	}
	year := k.Now.Add(-365 * 24 * time.Hour)
	n := 0
	for i := range k.Contacts {
		if k.Contacts[i].At.After(year) {
			n++
		}
	}
	x[1] = math.Log1p(float64(n))
	if sub := running(k); sub != nil {
		x[2] = math.Log1p(max(0, float64(sub.ValueMinor)) / float64(unit))
	}
	return x
}

// ResponseModel says how customers differ in taking an offer: by so much the
// log-odds lie above those of all for each unit of a trait above its mean.
type ResponseModel struct {
	Means    [3]float64 `json:"means"`
	Weights  [3]float64 `json:"weights"`
	Outcomes int        `json:"outcomes"` // selected customers it was fitted on
}

// rate is the customer's own acceptance where all of them have the pooled one.
func (m *ResponseModel) rate(pooled float64, x [3]float64) float64 {
	if m == nil || pooled <= 0 || pooled >= 1 {
		return pooled
	}
	z := math.Log(pooled / (1 - pooled))
	for j, w := range m.Weights {
		z += float64(w * (x[j] - m.Means[j]))
	}
	return 1 / (1 + math.Exp(-z))
}

// AcceptanceOf is what is believed of how often a customer like this one takes
// a treatment's offer when selected: the pooled rate until there are enough
// outcomes for a model of the offer.
func (p *Policy) AcceptanceOf(treatment int, k *Known) float64 {
	pooled := p.Acceptance(treatment).Mean
	if p.beliefs == nil || p.beliefs.models[treatment] == nil {
		return pooled
	}
	return p.beliefs.models[treatment].rate(pooled, Traits(k, p.cfg.Writer.Unit()))
}

// OfferRate is what a night believed of how often an offer is taken.
type OfferRate struct {
	Treatment string  `json:"treatment"`
	Rate      float64 `json:"rate"`
	Measured  bool    `json:"measured"`           // recorded outcomes have had their say; else it is assumed
	Outcomes  int     `json:"outcomes,omitempty"` // that a model of the offer was fitted on; 0 without one
}

// offerRates lists the rates of all treatments with an offer.
func (p *Policy) offerRates() []OfferRate {
	var out []OfferRate
	for i := range p.cfg.Treatments {
		t := &p.cfg.Treatments[i]
		if t.Offer == nil {
			continue
		}
		b := p.Acceptance(i)
		r := OfferRate{Treatment: t.Name, Rate: b.Mean, Measured: b.Measured}
		if p.beliefs != nil && p.beliefs.models[i] != nil {
			r.Outcomes = p.beliefs.models[i].Outcomes
		}
		out = append(out, r)
	}
	return out
}
