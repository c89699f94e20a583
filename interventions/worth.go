package interventions

import "holdfast/scoring"

// worth is the worth of giving a customer a treatment, before the price of an
// agent's time:
//
//	tau × at stake × durability − accept × offer cost − contact cost − harm
//	tau = risk × relative reduction in leaving caused by being selected
//
// The margin at stake is that of the last twelve months unless the champion's
// card has a model proven better, and the effect is the configured prior.
func worth(t *Treatment, s *scoring.Score) Worth {
	w := Worth{
		Tau: s.Risk * t.Effect.Mean, AtStake: float64(s.ValueMinor), Durability: t.Durability,
		ContactCost: float64(t.CostMinor), Harm: float64(t.HarmMinor), Assumed: true,
	}
	if t.Offer != nil {
		w.Accept, w.OfferCost = t.Offer.AcceptRate, float64(t.Offer.CostMinor)
	}
	w.Total = float64(w.Tau*w.AtStake*w.Durability) - float64(w.Accept*w.OfferCost) - w.ContactCost - w.Harm
	return w
}
