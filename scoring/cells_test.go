package scoring_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"holdfast/features"
	"holdfast/scoring"
)

// night draws 3,000 customers' values of forty features in five cells; the third
// feature's values are moved by so much.
func night(r *rand.Rand, by float64) map[int]map[int]float64 {
	out := map[int]map[int]float64{}
	for column := range 40 {
		out[column] = map[int]float64{}
		for range 3000 {
			v := r.Float64()
			if column == 2 {
				v = min(.999, v+by)
			}
			out[column][1+int(v*5)]++
		}
	}
	return out
}

// Of forty features that have not moved, hardly ever is one said to have; one that
// has is found and named.
func TestTheFarthestFeature(t *testing.T) {
	t.Parallel()
	var schema features.Schema
	for j := range 40 {
		schema.Columns = append(schema.Columns, features.Column{Name: fmt.Sprintf("f%d", j)})
	}
	r := rand.New(rand.NewPCG(5, 6))
	false95, found := 0, 0
	const runs = 60
	for range runs {
		first := night(r, 0)
		if _, ok, err := scoring.Farthest(schema, first, night(r, 0)); err != nil {
			t.Fatal(err)
		} else if ok {
			false95++
		}
		if far, ok, err := scoring.Farthest(schema, first, night(r, .2)); err != nil {
			t.Fatal(err)
		} else if ok && far.Feature == "f2" && far.PSI > .25 && far.PSI > far.Critical {
			found++
		}
	}
	if false95 > runs/8 || found != runs {
		t.Errorf("%d false alarms and %d found in %d", false95, found, runs)
	}
	for name, nights := range map[string][2]map[int]map[int]float64{
		"no first night":    {nil, night(r, .5)},
		"one cell":          {{2: {1: 500}}, {2: {1: 800}}},
		"a column gone":     {{2: {1: 500, 2: 500}}, {3: {1: 800, 2: 10}}},
		"few customers":     {{2: {1: 5, 2: 5}}, {2: {1: 7, 2: 3}}},
		"another new level": {{2: {1: 500, 2: 500}}, {2: {1: 500, 2: 500, 7: 1}}},
	} {
		if far, ok, err := scoring.Farthest(schema, nights[0], nights[1]); err != nil || ok {
			t.Errorf("%s: %+v, %v", name, far, err)
		}
	}
}

// A feature over all of the history moves by itself as time passes, and is not drift;
// what moved less beside it is.
func TestWhatGrowsByItselfIsNoDrift(t *testing.T) {
	t.Parallel()
	schema := features.Schema{Columns: []features.Column{{Name: "payment_amount_mean_ever"}, {Name: "payment_count_90d"}}}
	first := map[int]map[int]float64{0: {1: 900, 2: 100}, 1: {1: 500, 2: 500}}
	now := map[int]map[int]float64{0: {1: 100, 2: 900}, 1: {1: 500, 2: 500}}
	if far, ok, err := scoring.Farthest(schema, first, now); err != nil || ok {
		t.Errorf("only time passed: %+v, %v", far, err)
	}
	now[1] = map[int]float64{1: 300, 2: 700}
	if far, ok, err := scoring.Farthest(schema, first, now); err != nil || !ok || far.Feature != "payment_count_90d" {
		t.Errorf("a feature moved: %+v, %v, %v", far, ok, err)
	}
}
