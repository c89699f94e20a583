package picture_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/internal/picture"
)

func histogramSample() picture.Histogram {
	return picture.Histogram{
		Title: "Customers by risk", Description: "How many have which risk.", X: picture.Axis{Title: "Risk", Unit: "%"}, Y: picture.Axis{Title: "Customers"},
		To: 100, Bins: 10, Layers: []picture.Layer{
			{Name: "high", Counts: []float64{0, 0, 0, 40, 90, 30, 12, 4, 0, 1}},
			{Name: "medium", Counts: []float64{0, 0, 160, 120}},
			{Name: "low", Counts: []float64{2100, 800, 200}},
		},
	}
}

func funnelSample() picture.Funnel {
	return picture.Funnel{
		Title: "From the file to those who stayed", Description: "How many came to each step.", Unit: "customers",
		Steps: []picture.Step{{Name: "in the population", Count: 5942}, {Name: "released", Count: 171}, {Name: "tried", Count: 150}, {Name: "reached", Count: 96}, {Name: "saved", Count: 40}, {Name: "still here", Count: 31}},
	}
}

// TestLayersStandOnEachOther: in each bin the bars touch and none overlap, and
// every count can be read from its words.
func TestLayersStandOnEachOther(t *testing.T) {
	t.Parallel()
	svg := string(histogramSample().HTML())
	for _, want := range []string{"high, 30 to 40: 40<", "medium, 30 to 40: 120<", "low, 0 to 10: 2,100<", "high, 90 to 100: 1<"} {
		if !strings.Contains(svg, "<title>"+want) {
			t.Errorf("there is no %q", want)
		}
	}
	if n := strings.Count(svg, `class="bar"`) - len(histogramSample().Layers); n != 11 { // less the legend's
		t.Errorf("%d bars, want one for each count that is not zero", n)
	}
}

// TestAFunnelSaysSharesOfTheStepBefore, for any counts without breaking.
func TestAFunnelSaysSharesOfTheStepBefore(t *testing.T) {
	t.Parallel()
	svg := string(funnelSample().HTML())
	for _, want := range []string{"released: 171 customers, 2.9% of the step before", "reached: 96 customers, 64% of the step before"} {
		if !strings.Contains(svg, want) {
			t.Errorf("there is no %q in\n%s", want, svg)
		}
	}
	later := funnelSample()
	later.Steps[4].Later = "not known before 3 Feb 2026"
	later.Steps[5].Known = 62
	svg = string(later.HTML())
	for _, want := range []string{">not known before 3 Feb 2026<", "still here: 31 customers, 50% of the 62 known so far"} {
		if !strings.Contains(svg, want) {
			t.Errorf("there is no %q in\n%s", want, svg)
		}
	}
	apart := funnelSample()
	apart.Steps[4].Apart = true
	if svg := string(apart.HTML()); !strings.Contains(svg, "saved: 40 customers<") || !strings.Contains(svg, "still here: 31 customers, 78% of the step before") {
		t.Errorf("what is counted among others is a share of the step before:\n%s", svg)
	}
	if strings.Contains(svg, "saved: ") {
		t.Error("a step whose count is not known has a bar")
	}
	rapid.Check(t, func(t *rapid.T) {
		var p picture.Funnel
		for _, v := range rapid.SliceOf(rapid.Float64()).Draw(t, "counts") {
			p.Steps = append(p.Steps, picture.Step{Name: "x", Count: v})
		}
		h := picture.Histogram{To: 1, Bins: rapid.IntRange(0, 30).Draw(t, "bins"), Layers: []picture.Layer{{Counts: rapid.SliceOf(rapid.Float64()).Draw(t, "layer")}}}
		for _, svg := range []string{string(p.HTML()), string(h.HTML())} {
			if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || !strings.HasSuffix(svg, "</svg>\n") {
				t.Fatalf("it draws %s", svg)
			}
		}
	})
}
