package nightly

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/scoring"
)

// Comparison is one night decided by two policies, with nothing written: the
// one in use and another. Only what is released counts, so no arm shows.
type Comparison struct {
	Now     interventions.Plan `json:"now"`
	Then    interventions.Plan `json:"then"`
	Both    int                `json:"both"`    // contacted by either, alike
	New     int                `json:"new"`     // by the other policy only
	Dropped int                `json:"dropped"` // by the one in use only
	Moved   int                `json:"moved"`   // by either, with another treatment
	Groups  []GroupMove        `json:"groups"`
	// Protected reports contact and worth by protected attribute.
	Protected []ProtectedGroup `json:"protected,omitempty"`
	Moves     []PolicyMove     `json:"customers,omitempty"`
	Evidence  Evidence         `json:"evidence"` // what came of those left to chance that night
}

// GroupMove counts the contacts of one band and value tier.
type GroupMove struct {
	Band scoring.Band `json:"band"`
	Tier string       `json:"tier"`
	Now  int          `json:"now"`
	Then int          `json:"then"`
}

// PolicyMove is a customer whom the two treat differently; an empty treatment
// is none.
type PolicyMove struct {
	Key  string `json:"customer"`
	Now  string `json:"now,omitempty"`
	Then string `json:"then,omitempty"`
}

// rehearsal is one policy's part of a comparison.
type rehearsal struct {
	policy     *interventions.Policy
	candidates []interventions.Candidate
	reasons    map[interventions.Result]map[string]int
	plan       interventions.Plan
	who        []interventions.Planned
	chances    map[history.CustomerID]release // of those who might be released
}

// release is the probability with which a policy releases a treatment.
type release struct {
	treatment string
	chance    float64
}

// Compare decides a night that was scored once more, by the policy in use and
// by another, on the same scores, facts, arms, requests and open work. It writes
// nothing. byName lists the customers who are treated differently: it is only
// for policies that leave the same to chance. Of a night whose outcomes are final
// as known at knownAt it says what past chance speaks for; see Evidence.
//
// manual: nightly run --only decide --dry-run --policy.
func (s *Stages) Compare(ctx context.Context, run Run, other *interventions.Policy, byName bool, knownAt time.Time) (Comparison, error) {
	run.AsOf = run.AsOf.In(s.Zone)
	in, err := s.believing(ctx, run)
	if err != nil {
		return Comparison{}, err
	}
	if s.Learned != nil {
		l, err := s.Learned(ctx, run)
		if err != nil {
			return Comparison{}, err
		}
		other = other.Learn(l)
	}
	both := [2]*rehearsal{{policy: in}, {policy: other}}
	customers, groups := 0, newProtectedGroups(both)
	for p := range s.Store.Partitions() {
		n, err := s.rehearse(ctx, run, p, both, groups)
		if err != nil {
			return Comparison{}, err
		}
		customers += n
	}
	for _, r := range both {
		if err := s.allocateOnly(ctx, run, customers, r); err != nil {
			return Comparison{}, err
		}
	}
	out := Comparison{Now: both[0].plan, Then: both[1].plan}
	if out.Evidence, err = s.weigh(ctx, run, both, knownAt); err != nil {
		return Comparison{}, err
	}
	err = s.differ(ctx, run, both, byName, groups, &out)
	out.Protected = groups.list()
	return out, err
}

// rehearse proposes to a partition's customers by both policies.
func (s *Stages) rehearse(ctx context.Context, run Run, partition int, both [2]*rehearsal, groups *protectedGroups) (customers int, err error) {
	shard, scores, err := s.scored(ctx, run, partition)
	if err != nil {
		return 0, err
	}
	facts, err := s.Store.HouseholdFacts(ctx, partition, run.AsOf)
	if err != nil {
		return 0, fmt.Errorf("read our own work of partition %d: %w", partition, err)
	}
	excluded, err := s.Store.Exclusions(ctx, partition, run.AsOf)
	if err != nil {
		return 0, fmt.Errorf("read whom to leave alone in partition %d: %w", partition, err)
	}
	var scratch history.Scratch
	for i := range scores {
		known := interventions.Know(shard.View(i, run.AsOf, &scratch))
		known.Excluded = excluded[known.Customer.ID]
		f := facts[known.Household]
		if scores[i].Excluded == "" {
			for _, g := range groups.of(known.Attributes) {
				g.Customers++
			}
		}
		for _, r := range both {
			p, candidates, err := r.policy.Propose(&known, &scores[i], &f, partition)
			if err != nil {
				return 0, err
			}
			r.candidates = append(r.candidates, candidates...)
			if p.Result != "" {
				r.count(p.Result, p.Reason)
			}
		}
	}
	return len(scores), nil
}

func (r *rehearsal) count(result interventions.Result, reason string) {
	if r.reasons == nil {
		r.reasons = map[interventions.Result]map[string]int{}
	}
	if r.reasons[result] == nil {
		r.reasons[result] = map[string]int{}
	}
	r.reasons[result][reason]++
}

// allocateOnly allocates one policy's candidates and keeps the sums.
func (s *Stages) allocateOnly(ctx context.Context, run Run, customers int, r *rehearsal) error {
	night, err := s.night(ctx, run)
	if err != nil {
		return err
	}
	night.Customers, night.Candidates = customers, r.candidates
	a, err := r.policy.Allocate(night)
	if err != nil {
		return fmt.Errorf("allocate: %w", err)
	}
	r.plan, r.who = r.policy.Plan(&a, night.Candidates)
	r.plan.Reasons, r.candidates, r.chances = r.reasons, nil, map[history.CustomerID]release{}
	for i := range a.Choices {
		if ch := &a.Choices[i]; ch.Propensity > 0 {
			r.chances[ch.Customer] = release{r.policy.Treatments()[ch.Treatment].Name, ch.Propensity}
		}
	}
	return nil
}

// differ fills in whom the two treat alike and differently.
func (s *Stages) differ(ctx context.Context, run Run, both [2]*rehearsal, byName bool, protected *protectedGroups, out *Comparison) error {
	type group struct {
		band scoring.Band
		tier string
	}
	groups, order := map[group]*GroupMove{}, []group{}
	var scratch history.Scratch
	for p := range s.Store.Partitions() {
		now, then := take(&both[0].who, p), take(&both[1].who, p)
		if len(now)+len(then) == 0 {
			continue
		}
		shard, scores, err := s.scored(ctx, run, p)
		if err != nil {
			return err
		}
		for i := range scores {
			x, y := now[scores[i].Customer], then[scores[i].Customer]
			a, b := x.Treatment, y.Treatment
			if a == "" && b == "" {
				continue
			}
			known := interventions.Know(shard.View(i, run.AsOf, &scratch))
			for _, g := range protected.of(known.Attributes) {
				g.add(x, y)
			}
			g := group{scores[i].Band, s.Policy.Tier(scores[i].ValueMinor)}
			if groups[g] == nil {
				groups[g] = &GroupMove{Band: g.band, Tier: g.tier}
				order = append(order, g)
			}
			out.count(groups[g], a, b)
			if byName && a != b {
				out.Moves = append(out.Moves, PolicyMove{shard.Customers[i].Key, a, b})
			}
		}
	}
	for _, g := range order {
		out.Groups = append(out.Groups, *groups[g])
	}
	out.sort()
	return nil
}

// take removes the customers of a partition from the front of a sorted list.
func take(who *[]interventions.Planned, partition int) map[history.CustomerID]interventions.Planned {
	out := map[history.CustomerID]interventions.Planned{}
	for len(*who) > 0 && (*who)[0].Partition == partition {
		out[(*who)[0].Customer] = (*who)[0]
		*who = (*who)[1:]
	}
	return out
}

func (c *Comparison) count(g *GroupMove, now, then string) {
	if now != "" {
		g.Now++
	}
	if then != "" {
		g.Then++
	}
	switch {
	case now == then:
		c.Both++
	case now == "":
		c.New++
	case then == "":
		c.Dropped++
	default:
		c.Moved++
	}
}

// sort puts groups by band and tier, and customers by their key.
func (c *Comparison) sort() {
	slices.SortFunc(c.Groups, func(a, b GroupMove) int { return cmp.Or(cmp.Compare(a.Band, b.Band), cmp.Compare(a.Tier, b.Tier)) })
	slices.SortFunc(c.Moves, func(a, b PolicyMove) int { return cmp.Compare(a.Key, b.Key) })
}
