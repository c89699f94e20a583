package interventions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"

	"holdfast/history"
	"holdfast/scoring"
)

// Propose says what could be done for one customer tonight: the treatments
// that fit and whose gates are open are candidates, and the proposal
// holds the trace of all that were considered. It is pure. The error names the
// customer and treatment whose expression failed.
func (p *Policy) Propose(k *Known, s *scoring.Score, f *Facts, partition int) (Proposal, []Candidate, error) {
	out := Proposal{Customer: s.Customer, Household: k.Household, Episode: s.Episode}
	if s.Excluded != "" {
		out.Result, out.Reason, out.Trace.Excluded = ResultOut, s.Excluded, s.Excluded
		return out, nil, nil
	}
	fields := p.fields(k, s)
	var cands []Candidate
	for i := range p.cfg.Treatments {
		t := &p.cfg.Treatments[i]
		c, err := p.consider(i, k, s, f, &fields)
		if err != nil {
			return out, nil, fmt.Errorf("propose %s to customer %d: %w", t.Name, s.Customer, err)
		}
		out.Trace.Considered = append(out.Trace.Considered, c)
		if c.Worth != nil {
			cands = append(cands, Candidate{
				Customer: s.Customer, Household: k.Household, Worth: float32(c.Worth.Total),
				Minutes: float32(p.Minutes(i)), Partition: uint16(partition), Treatment: uint8(i),
			})
		}
	}
	if len(cands) == 0 {
		out.Result, out.Reason = out.Trace.verdict()
	}
	return out, cands, nil
}

func (p *Policy) consider(i int, k *Known, s *scoring.Score, f *Facts, fields *Fields) (Considered, error) {
	t := &p.cfg.Treatments[i]
	c := Considered{Treatment: t.Name}
	for n, part := range parts {
		why, err := p.unfit(i, n, k, s, fields, &c)
		if err != nil {
			return c, fmt.Errorf("%s: %w", part, err)
		}
		if why != "" {
			c.Why, c.Lacks = why, part
			return c, nil
		}
	}
	c.Relevant = true
	c.Passed, c.Failed = p.Gates(Ask{Treatment: t, Moment: AtDecide, Key: c.Key, Milestone: c.Milestone}, k, f)
	if len(c.Failed) == 0 {
		w := p.worth(i, k, s)
		c.Worth = &w
	}
	return c, nil
}

// unfit says what a treatment misses of the n-th of its parts, empty where it
// misses nothing: what its family or the customer's tier and language ask for,
// and then what the configuration does.
func (p *Policy) unfit(i, n int, k *Known, s *scoring.Score, fields *Fields, c *Considered) (string, error) {
	t := &p.cfg.Treatments[i]
	why := ""
	switch parts[n] {
	case PartRelevance:
		why = p.irrelevant(t, k, s, fields, c)
	case PartSuitability:
		why = p.unsuitable(t, k, s)
	}
	prog := p.fit[i][n]
	if why != "" || prog == nil {
		return why, nil
	}
	yes, err := expr.Run(prog, *fields)
	if err != nil {
		return "", placed(err)
	}
	if !yes.(bool) {
		why = lacks[parts[n]] + t.expression(parts[n])
	}
	return why, nil
}

// unsuitable says what stands between a treatment and the customer: a language
// it has no texts in, a channel too dear for them, or an offer nobody may give.
func (p *Policy) unsuitable(t *Treatment, k *Known, s *scoring.Score) string {
	if len(t.Languages) > 0 {
		l := k.Attributes[p.cfg.LanguageAttribute]
		if l != "" && !understands(t.Languages, l) {
			return "not in the customer's language"
		}
	}
	return orElse(p.tierOf(s.ValueMinor).tooCostly(t), t.tooDear(p.tier(s.ValueMinor)))
}

// understands says whether one of the languages is that one, or the one of all
// its regions: de understands de-AT, and not the other way round.
func understands(languages []string, one string) bool {
	short, _, _ := strings.Cut(one, "-")
	return slices.Contains(languages, one) || slices.Contains(languages, short)
}

// irrelevant says what a treatment's family misses, and otherwise fills in
// what R8 counts by: the episode, the issue, the milestone or the cycle.
func (p *Policy) irrelevant(t *Treatment, k *Known, s *scoring.Score, fields *Fields, c *Considered) string {
	part := ""
	switch t.Family {
	case FamilySave, FamilyOffer:
		if s.Episode == 0 || (!s.EpisodeStart.IsZero() && fields.EpisodeDays >= p.cfg.EpisodeDays) {
			return "in no risk episode"
		}
		part = fmt.Sprintf("episode-%d", s.Episode)
	case FamilyService:
		if len(k.Issues) == 0 {
			return "no open service issue"
		}
		part = fmt.Sprintf("issue-%d", k.Issues[0].Ref)
	case FamilyThanks:
		if c.Milestone = milestone(t.MilestoneYears, fields.TenureYears); c.Milestone == 0 {
			return "no tenure milestone reached"
		}
		part = fmt.Sprintf("years-%d", c.Milestone)
	case FamilyDevelop:
		if s.Episode != 0 {
			return "in a risk episode: keeping comes first"
		}
		part = p.cycle(s)
	}
	c.Key = workKey(k.Household, t.Family, part)
	return ""
}

// workKey is what R8 counts by.
func workKey(h history.HouseholdID, f Family, part string) string {
	return fmt.Sprintf("%d/%s/%s", int64(h), f, part)
}

// milestone is the highest milestone reached, 0 when none.
func milestone(years []int, tenure int) int {
	reached := 0
	for _, y := range years {
		if y <= tenure {
			reached = max(reached, y)
		}
	}
	return reached
}

// verdict is the result of a customer without candidates. The reason is the
// gate that comes first in the order of gates, so that a waterfall reads from
// the hardest block to the softest. A treatment that ghosts alone stand
// against would be open to a twin who was never selected, so that the customer
// counts as such (R7).
func (t *Trace) verdict() (Result, string) {
	first, nearest := len(Gates), PartEligibility
	for _, c := range t.Considered {
		if slices.Index(parts, c.Lacks) > slices.Index(parts, nearest) {
			nearest = c.Lacks
		}
		open := c.unsealed().Failed
		switch {
		case len(open) > 0:
			first = min(first, slices.Index(Gates, open[0].Gate))
		case len(c.Failed) > 0:
			return ResultNotSelected, ReasonHeldBefore
		}
	}
	if first == len(Gates) {
		return ResultNoTreatment, reasonLacking[nearest]
	}
	return ResultBlocked, string(Gates[first])
}

// unsealed is what may be said of a treatment to everybody: the gates that
// ghosts closed are open.
func (c Considered) unsealed() Considered {
	failed := make([]Stop, 0, len(c.Failed))
	for _, s := range c.Failed {
		if s.Sealed {
			c.Passed |= gateBit(s.Gate)
			continue
		}
		failed = append(failed, s)
	}
	if c.Failed = failed; len(failed) == 0 {
		c.Failed = nil
	}
	return c
}
