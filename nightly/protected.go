package nightly

import (
	"cmp"
	"slices"

	"holdfast/interventions"
)

// ProtectedGroup is one value of a protected attribute: customers in the
// population, and what either policy does for them. Values of fewer than
// twenty customers stand together, without a name.
type ProtectedGroup struct {
	Attribute string  `json:"attribute"`
	Value     string  `json:"value"` // empty where it is unknown, or few have it
	Customers int     `json:"customers"`
	Now       int     `json:"now"`  // contacts
	Then      int     `json:"then"` // contacts
	NowMinor  float64 `json:"now_worth_minor"`
	ThenMinor float64 `json:"then_worth_minor"`
}

// minGroup is the smallest group that is reported by itself.
const minGroup = 20

// protectedGroups gathers the groups of a comparison.
type protectedGroups struct {
	names []string // of the attributes that either policy protects
	byKey map[[2]string]*ProtectedGroup
}

func newProtectedGroups(both [2]*rehearsal) *protectedGroups {
	names := slices.Concat(both[0].policy.Protected(), both[1].policy.Protected())
	slices.Sort(names)
	return &protectedGroups{slices.Compact(names), map[[2]string]*ProtectedGroup{}}
}

// of are the groups that a customer is in, one for each protected attribute.
func (p *protectedGroups) of(attributes map[string]string) []*ProtectedGroup {
	out := make([]*ProtectedGroup, len(p.names))
	for i, name := range p.names {
		k := [2]string{name, attributes[name]}
		if p.byKey[k] == nil {
			p.byKey[k] = &ProtectedGroup{Attribute: name, Value: k[1]}
		}
		out[i] = p.byKey[k]
	}
	return out
}

// add counts what the two policies do for a customer of the group.
func (g *ProtectedGroup) add(now, then interventions.Planned) {
	if now.Treatment != "" {
		g.Now++
		g.NowMinor += now.Worth
	}
	if then.Treatment != "" {
		g.Then++
		g.ThenMinor += then.Worth
	}
}

// list are the groups by attribute and value, small ones as one.
func (p *protectedGroups) list() []ProtectedGroup {
	few := map[string]*ProtectedGroup{}
	var out []ProtectedGroup
	for _, g := range p.byKey {
		if g.Value != "" && g.Customers >= minGroup {
			out = append(out, *g)
			continue
		}
		rest := few[g.Attribute]
		if rest == nil {
			rest = &ProtectedGroup{Attribute: g.Attribute}
			few[g.Attribute] = rest
		}
		rest.Customers += g.Customers
		rest.Now += g.Now
		rest.Then += g.Then
		rest.NowMinor += g.NowMinor
		rest.ThenMinor += g.ThenMinor
	}
	for _, g := range few {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b ProtectedGroup) int {
		return cmp.Or(cmp.Compare(a.Attribute, b.Attribute), cmp.Compare(a.Value, b.Value))
	})
	return out
}
