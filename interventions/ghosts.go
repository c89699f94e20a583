package interventions

import "slices"

// leftAlone is the configuration with the shares of the planner in place of
// those to begin with, of treatments that have it set theirs. A household keeps
// the arm that it has, at the share that it was drawn with.
func (c Config) leftAlone(shares map[string]float64) Config {
	c.Treatments = slices.Clone(c.Treatments)
	for i := range c.Treatments {
		t := &c.Treatments[i]
		if share, planned := shares[t.Name]; planned && t.PlanGhostShare && share > 0 && share < 1 {
			t.GhostShare = share
		}
	}
	return c
}

// ghostShares are the shares that arms are drawn with, of treatments whose
// share the planner sets; nil without any.
func (p *Policy) ghostShares() map[string]float64 {
	var out map[string]float64
	for i := range p.cfg.Treatments {
		if t := &p.cfg.Treatments[i]; t.PlanGhostShare {
			if out == nil {
				out = map[string]float64{}
			}
			out[t.Name] = t.GhostShare
		}
	}
	return out
}
