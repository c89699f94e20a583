package interventions

import "holdfast/scoring"

// worth is the worth of giving a customer a treatment, before the price of an
// agent's time:
//
//	tau × at stake × durability − accept × offer cost − contact cost − harm
//	tau = risk × relative reduction in leaving caused by being selected
//
// Of a treatment judged on an event, tau is the rise in the share of customers
// who have one, and what is at stake is the gain that each of them brings.
//
// The margin at stake is that of the last twelve months unless the champion's
// card has a model proven better. The effect is the configured prior until
// chance has shown more; see Learn.
func (p *Policy) worth(treatment int, k *Known, s *scoring.Score) Worth {
	t := &p.cfg.Treatments[treatment]
	effect := p.Effect(treatment, k.Attributes[p.cfg.SegmentAttribute])
	w := Worth{
		Tau: s.Risk * effect.Mean, AtStake: float64(s.ValueMinor), Durability: t.Durability,
		ContactCost: float64(t.CostMinor), Harm: float64(t.HarmMinor), Assumed: !effect.Measured,
	}
	if t.Event() != "" {
		w.Tau, w.AtStake = effect.Mean, float64(t.GainMinor)
	}
	if t.Offer != nil {
		w.Accept, w.OfferCost = p.AcceptanceOf(treatment, k), float64(t.Offer.CostMinor)
	}
	w.Total = float64(w.Tau*w.AtStake*w.Durability) - float64(w.Accept*w.OfferCost) - w.ContactCost - w.Harm
	return w
}
