package interventions

import (
	"cmp"
	"math"
	"slices"
)

// Contrast is what chance has shown about a treatment in one segment: the
// relative reduction in leaving of those assigned to be contacted against
// those left alone. Nothing else may change a belief, least of all claimed
// saves.
type Contrast struct {
	Treatment string  `json:"treatment"`
	Segment   string  `json:"segment"`   // empty where there are none, or it is unknown
	Reduction float64 `json:"reduction"` // 1 − rate of the contacted ÷ rate of those left alone; judged on an event, the difference of the shares who had one
	Error     float64 `json:"error"`     // its standard error
	Customers int     `json:"customers"` // of both arms
}

// Response is how often an offer was taken by those selected for it.
type Response struct {
	Treatment string `json:"treatment"`
	Selected  int    `json:"selected"`
	Accepted  int    `json:"accepted"`

	Model *ResponseModel `json:"model,omitempty"` // how customers differ; nil with too few outcomes
}

// Learned is all that proof has to say to the nights that follow.
type Learned struct {
	Contrasts []Contrast `json:"contrasts,omitempty"`
	Responses []Response `json:"responses,omitempty"`
	Handling  []Handling `json:"handling,omitempty"` // how long calls took

	GhostShares map[string]float64 `json:"ghost_shares,omitempty"` // planned, by treatment
}

// Belief is what is believed of an effect, or of an acceptance rate.
type Belief struct {
	Mean     float64
	Spread   float64
	Measured bool // chance has had its say; else it is assumed
}

// How a configured spread is shared out: what treatments of one family have in
// common, what is the treatment's own, and how far segments lie from it.
const (
	familyShare  = .5  // of the variance, common to the family
	ownShare     = .5  // of the variance, the treatment's own
	segmentShare = .25 // of the variance, a segment's distance from its treatment
)

// responseWeight is how many selected customers the configured acceptance rate
// counts for.
const responseWeight = 50

// beliefs are the posterior means that worth is computed with.
type beliefs struct {
	effects   [][]segmentBelief // by treatment; the first is for unknown segments
	responses []Belief          // by treatment
	models    []*ResponseModel  // by treatment; nil where customers are taken to be alike
	handling  []Handling        // by treatment; a zero one is as configured
}

type segmentBelief struct {
	segment string
	Belief
}

// Learn returns the policy with its beliefs updated by what chance has shown.
// Effects are pooled partially, family → treatment → segment, by the normal
// hierarchy
//
//	effect of treatment t in segment g = mean_t + spread_t × (family + own_t + segment_tg)
//	family ~ N(0, ½)   own_t ~ N(0, ½)   segment_tg ~ N(0, ¼)
//
// whose posterior is exact. A treatment without a contrast of its own moves
// with its family and remains assumed; a spread of 0 is certainty and learns
// nothing. The policy itself stays as it is.
func (p *Policy) Learn(l Learned) *Policy {
	out := &Policy{cfg: p.cfg.leftAlone(l.GhostShares), zone: p.zone, key: p.key, calls: p.calls, fit: p.fit, scripts: p.scripts}
	b := &beliefs{effects: make([][]segmentBelief, len(p.cfg.Treatments)), responses: make([]Belief, len(p.cfg.Treatments)), models: make([]*ResponseModel, len(p.cfg.Treatments)), handling: make([]Handling, len(p.cfg.Treatments))}
	for _, f := range Families {
		p.learnFamily(f, l.Contrasts, b)
	}
	for i := range p.cfg.Treatments {
		b.responses[i] = p.cfg.Treatments[i].response(l.Responses)
		for _, r := range l.Responses {
			if r.Treatment == p.cfg.Treatments[i].Name && b.responses[i].Measured {
				b.models[i] = r.Model
			}
		}
	}
	for _, h := range l.Handling {
		if i := p.index(h.Treatment); i >= 0 && h.Measured() {
			b.handling[i] = h
		}
	}
	out.beliefs = b
	return out
}

// evidence is a normal observation: a value with its variance; none where the
// variance is infinite.
type evidence struct{ value, variance float64 }

var none = evidence{0, math.Inf(1)}

// with combines two independent observations of one thing.
func (e evidence) with(o evidence) evidence {
	switch {
	case math.IsInf(o.variance, 1):
		return e
	case math.IsInf(e.variance, 1):
		return o
	case e.variance == 0:
		return e
	case o.variance == 0:
		return o
	}
	w := 1/e.variance + 1/o.variance
	return evidence{(e.value/e.variance + o.value/o.variance) / w, 1 / w}
}

// further is an observation of something that lies a normal step of that
// variance away.
func (e evidence) further(step float64) evidence { return evidence{e.value, e.variance + step} }

// kinship is a treatment in its family. Everything is a distance from the
// configured mean in units of the spread.
type kinship struct {
	treatment int
	effect    Effect
	names     []string
	segments  []evidence
	up        evidence // of the treatment's distance, from all its segments
}

func (p *Policy) kin(f Family, contrasts []Contrast) []kinship {
	var list []kinship
	sorted := slices.Clone(contrasts)
	slices.SortFunc(sorted, func(x, y Contrast) int { return cmp.Compare(x.Segment, y.Segment) })
	for i := range p.cfg.Treatments {
		t := &p.cfg.Treatments[i]
		if t.Family != f {
			continue
		}
		br := kinship{treatment: i, effect: t.Effect, up: none}
		for _, c := range sorted {
			if c.Treatment != t.Name || !(c.Error > 0) || math.IsInf(c.Error, 1) || t.Effect.Spread == 0 {
				continue
			}
			at := evidence{(c.Reduction - t.Effect.Mean) / t.Effect.Spread, c.Error * c.Error / (t.Effect.Spread * t.Effect.Spread)}
			br.names, br.segments = append(br.names, c.Segment), append(br.segments, at)
			br.up = br.up.with(at.further(segmentShare))
		}
		list = append(list, br)
	}
	return list
}

// learnFamily goes up from segments to the family and down again. What is
// believed of one branch is what the others tell of it, and its own evidence.
func (p *Policy) learnFamily(f Family, contrasts []Contrast, b *beliefs) {
	list := p.kin(f, contrasts)
	for n, br := range list {
		family := evidence{0, familyShare}
		for m, other := range list {
			if m != n {
				family = family.with(other.up.further(ownShare))
			}
		}
		prior := family.further(ownShare)
		known := []segmentBelief{{"", br.believed(prior.with(br.up).further(segmentShare))}}
		for k, own := range br.segments {
			others := prior
			for m, o := range br.segments {
				if m != k {
					others = others.with(o.further(segmentShare))
				}
			}
			s := segmentBelief{br.names[k], br.believed(others.further(segmentShare).with(own))}
			if s.segment == "" {
				known[0] = s
				continue
			}
			known = append(known, s)
		}
		b.effects[br.treatment] = known
	}
}

func (br *kinship) believed(e evidence) Belief {
	s := br.effect.Spread
	return Belief{max(-1, min(1, br.effect.Mean+s*e.value)), s * math.Sqrt(e.variance), len(br.segments) > 0}
}

// response is the acceptance rate: the configured one counts for so many
// selected customers, and those who were add to it.
func (t *Treatment) response(all []Response) Belief {
	if t.Offer == nil {
		return Belief{}
	}
	a, n, measured := responseWeight*t.Offer.AcceptRate, float64(responseWeight), false
	for _, r := range all {
		if r.Treatment == t.Name && r.Selected > 0 {
			a, n, measured = a+float64(r.Accepted), n+float64(r.Selected), true
		}
	}
	rate := a / n
	return Belief{rate, math.Sqrt(rate * (1 - rate) / (n + 1)), measured}
}

// Effect is what is believed of a treatment's effect in a segment.
func (p *Policy) Effect(treatment int, segment string) Belief {
	t := &p.cfg.Treatments[treatment]
	if p.beliefs == nil {
		return Belief{Mean: t.Effect.Mean, Spread: t.Effect.Spread}
	}
	all := p.beliefs.effects[treatment]
	for _, s := range all[1:] {
		if s.segment == segment {
			return s.Belief
		}
	}
	return all[0].Belief
}

// EffectOf is what is believed of the effect of a treatment on a customer; false
// when there is no treatment of that name.
func (p *Policy) EffectOf(treatment string, k *Known) (Belief, bool) {
	i := p.index(treatment)
	if i < 0 {
		return Belief{}, false
	}
	return p.Effect(i, k.Attributes[p.cfg.SegmentAttribute]), true
}

// Acceptance is what is believed of how often a treatment's offer is taken by
// those selected for it; zero without an offer.
func (p *Policy) Acceptance(treatment int) Belief {
	t := &p.cfg.Treatments[treatment]
	switch {
	case t.Offer == nil:
		return Belief{}
	case p.beliefs == nil:
		return Belief{Mean: t.Offer.AcceptRate}
	}
	return p.beliefs.responses[treatment]
}

// assumes says whether any treatment that was selected rests on an effect that
// nobody has measured.
func (p *Policy) assumes(selected func(treatment int) bool) bool {
	for i := range p.cfg.Treatments {
		if selected(i) && !p.Effect(i, "").Measured {
			return true
		}
	}
	return false
}
