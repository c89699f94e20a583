package measurement_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/measurement"
)

// peopled is a shard of customers with a value each and, for some, a contact.
func peopled(t *rapid.T, asOf time.Time, values []string, contacted func(i int) *history.Contact) (*history.Shard, []measurement.Standing) {
	var p history.Parts
	var standings []measurement.Standing
	for i, v := range values {
		id := history.CustomerID(i + 1)
		p.Customers = append(p.Customers, history.Customer{ID: id})
		add := func(kind history.FactKind, body any) {
			at := asOf.AddDate(0, 0, -30)
			p.Facts = append(p.Facts, history.Fact{Stamp: history.Stamp{Customer: id, Ref: int64(len(p.Facts) + 1), Occurred: at, Recorded: at}, Kind: kind, Body: body})
		}
		if v != "" {
			add(history.FactProfile, history.Profile{Attributes: map[string]string{"gender": v}})
		}
		if c := contacted(i); c != nil {
			add(history.FactContact, *c)
		}
		standings = append(standings, measurement.Standing{Customer: id, High: i%4 == 0, Listed: i%2 == 0, WorthMinor: float64(100 + i%3)})
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return s, standings
}

// TestGroupsAreCounted against a count by hand; the few stand together, or are
// not told of.
func TestGroupsAreCounted(t *testing.T) {
	t.Parallel()
	asOf := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SampledFrom([]string{"f", "m", "x", ""}), 0, 130).Draw(t, "values")
		ours := func(i int) *history.Contact {
			switch i % 3 {
			case 0:
				return &history.Contact{Direction: "out", Proactive: true}
			case 1:
				return &history.Contact{Direction: "in"}
			}
			return nil
		}
		s, standings := peopled(t, asOf, values, ours)
		g := measurement.NewGroups([]string{"gender"}, asOf)
		g.Add(s, standings)
		got := g.Sum()
		want := map[string]measurement.GroupLine{}
		for i, v := range values {
			one := want[v]
			one.Attribute, one.Value = "gender", v
			one.Customers++
			one.High += num(i%4 == 0)
			one.Contacted += num(i%3 == 0)
			if i%2 == 0 {
				one.Listed++
				one.WorthMinor += float64(100 + i%3)
				one.WorthSquares += float64((100 + i%3) * (100 + i%3))
			}
			want[v] = one
		}
		together := 0
		for v, one := range want {
			if v == "" || one.Customers < measurement.MinGroup {
				together += one.Customers
			}
		}
		seen := 0
		for _, line := range got.Groups {
			switch {
			case line.Hidden:
				if line != (measurement.GroupLine{Attribute: "gender", Hidden: true}) || together == 0 || together >= measurement.MinGroup {
					t.Fatalf("hidden: %+v of %d", line, together)
				}
				seen += together
			case line.Value == "":
				if line.Customers != together {
					t.Fatalf("together: %+v, want %d", line, together)
				}
				seen += together
			default:
				if d := cmp.Diff(want[line.Value], line); d != "" || line.Customers < measurement.MinGroup {
					t.Fatal(d)
				}
				seen += line.Customers
			}
			if !line.Hidden && line.Customers < measurement.MinGroup {
				t.Fatalf("%d customers are told of", line.Customers)
			}
		}
		if seen != len(values) {
			t.Fatalf("the groups have %d of %d customers", seen, len(values))
		}
	})
}

func num(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// TestGroupIntervals: Wilson's of 81 in 263 (Newcombe 1998, table I: .2553 to
// .3662), and Student's for a mean, t.975 of 19 degrees of freedom being 2.0930.
func TestGroupIntervals(t *testing.T) {
	t.Parallel()
	near := func(a, b, within float64) bool { return math.Abs(a-b) < within }
	iv := measurement.GroupLine{Customers: 263, Listed: 81}.ListedShare()
	if !near(iv.Low, .2553, 5e-5) || !near(iv.High, .3662, 5e-5) {
		t.Errorf("%+v", iv)
	}
	// Twenty contacts worth 1 to 20: mean 10.5, standard deviation √35.
	g := measurement.GroupLine{Customers: 100, Listed: 20, WorthMinor: 210, WorthSquares: 2870}
	iv, known := g.MeanWorth()
	half := 2.0930 * math.Sqrt(35.0/20)
	if !known || iv.Estimate != 10.5 || !near(iv.Low, 10.5-half, 1e-3) || !near(iv.High, 10.5+half, 1e-3) {
		t.Errorf("%+v, want ± %v", iv, half)
	}
	g.Listed = 19
	if _, known = g.MeanWorth(); known {
		t.Error("a mean of nineteen contacts is told")
	}
	if iv := (measurement.GroupLine{}).HighShare(); !math.IsNaN(iv.Estimate) {
		t.Errorf("of nobody: %+v", iv)
	}
}
