package measurement

import (
	"cmp"
	"math"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/stats"
)

// MinGroup is the smallest group of which anything is said: of fewer customers
// a share would tell of single people.
const MinGroup = 20

// Standing is what a night made of one customer of the population, as everybody
// may see it.
type Standing struct {
	Customer   history.CustomerID
	High       bool    // in the high band of risk
	Listed     bool    // on the night's list
	WorthMinor float64 // expected of the contact, minor units; of the listed alone
}

// GroupLine is the customers of the population with one value of a protected
// attribute. Values that fewer than MinGroup have stand together without a name,
// with those of whom it is not known; if they are fewer even together, Hidden
// says so and nothing is counted.
type GroupLine struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"` // empty for the ones together
	Hidden    bool   `json:"hidden,omitempty"`
	Customers int    `json:"customers"`
	High      int    `json:"high"`      // of them, in the high band
	Listed    int    `json:"listed"`    // on the night's list
	Contacted int    `json:"contacted"` // by us, on our own initiative, in the days before

	WorthMinor   float64 `json:"worth_minor"`   // sum over the listed
	WorthSquares float64 `json:"worth_squares"` // sum of squares over the listed
}

// GroupReport is contact and worth by group as of a night.
type GroupReport struct {
	AsOf   time.Time   `json:"as_of"`
	Days   int         `json:"days"`   // that Contacted looks back
	Groups []GroupLine `json:"groups"` // by attribute and value, the ones together last
}

// groupDays is how far back a contact counts.
const groupDays = 90

// share is a part of the group with its 95 % interval (Wilson 1927).
func (g GroupLine) share(n int) stats.Interval {
	iv, err := stats.Wilson(stats.Proportion{Events: float64(n), Trials: float64(g.Customers)}, Level)
	if err != nil {
		return stats.Interval{Estimate: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	return iv
}

// HighShare is the share scored high; NaN for nobody.
func (g GroupLine) HighShare() stats.Interval { return g.share(g.High) }

// ListedShare is the share on the night's list; NaN for nobody.
func (g GroupLine) ListedShare() stats.Interval { return g.share(g.Listed) }

// ContactedShare is the share contacted lately; NaN for nobody.
func (g GroupLine) ContactedShare() stats.Interval { return g.share(g.Contacted) }

// MeanWorth is the mean expected worth of a contact on the list, minor units,
// with its 95 % interval by Student's t; known is false below MinGroup contacts.
func (g GroupLine) MeanWorth() (iv stats.Interval, known bool) {
	if g.Listed < MinGroup {
		return stats.Interval{}, false
	}
	n := float64(g.Listed)
	mean := g.WorthMinor / n
	variance := math.Max(0, (g.WorthSquares-n*mean*mean)/(n-1))
	half := stats.StudentQuantile(.5+Level/2, n-1) * math.Sqrt(variance/n)
	return stats.Interval{Estimate: mean, Low: mean - half, High: mean + half}, true
}

func (g *GroupLine) add(o GroupLine) {
	g.Customers += o.Customers
	g.High += o.High
	g.Listed += o.Listed
	g.Contacted += o.Contacted
	g.WorthMinor += o.WorthMinor
	g.WorthSquares += o.WorthSquares
}

// Groups counts the groups of protected attributes shard by shard. It is for
// one goroutine.
type Groups struct {
	asOf       time.Time
	attributes []string
	by         map[[2]string]*GroupLine // by attribute and value
}

// NewGroups counts as of a night.
func NewGroups(attributes []string, asOf time.Time) *Groups {
	return &Groups{asOf: asOf, attributes: attributes, by: map[[2]string]*GroupLine{}}
}

// Add counts the customers of a shard whose standings are given, sorted by
// customer; a customer without one is not in the population.
func (g *Groups) Add(s *history.Shard, standings []Standing) {
	var scratch history.Scratch
	since := g.asOf.AddDate(0, 0, -groupDays)
	for _, st := range standings {
		i, found := s.Find(st.Customer)
		if !found {
			continue
		}
		v := s.View(i, g.asOf, &scratch)
		one := GroupLine{Customers: 1, High: count1(st.High), Listed: count1(st.Listed)}
		if st.Listed {
			one.WorthMinor, one.WorthSquares = st.WorthMinor, float64(st.WorthMinor*st.WorthMinor)
		}
		one.Contacted = count1(slices.ContainsFunc(v.AllContacts(), func(c history.ContactAt) bool {
			return c.Proactive && c.Direction == "out" && !c.At.Before(since)
		}))
		for _, name := range g.attributes {
			value, _ := v.Attribute(name)
			k := [2]string{name, value}
			if g.by[k] == nil {
				g.by[k] = &GroupLine{Attribute: name, Value: value}
			}
			g.by[k].add(one)
		}
	}
}

func count1(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Sum finishes the count.
func (g *Groups) Sum() GroupReport {
	out := GroupReport{AsOf: g.asOf, Days: groupDays}
	for _, name := range g.attributes {
		rest := GroupLine{Attribute: name}
		for k, one := range g.by {
			switch {
			case k[0] != name:
			case k[1] != "" && one.Customers >= MinGroup:
				out.Groups = append(out.Groups, *one)
			default:
				rest.add(*one)
			}
		}
		if rest.Customers > 0 && rest.Customers < MinGroup {
			rest = GroupLine{Attribute: name, Hidden: true}
		}
		if rest.Customers > 0 || rest.Hidden {
			out.Groups = append(out.Groups, rest)
		}
	}
	slices.SortStableFunc(out.Groups, func(a, b GroupLine) int {
		return cmp.Or(cmp.Compare(a.Attribute, b.Attribute), cmp.Compare(count1(a.Value == ""), count1(b.Value == "")), cmp.Compare(a.Value, b.Value))
	})
	return out
}
