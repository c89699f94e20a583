package picture

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"holdfast/internal/stats"
)

// Calibration shows whether of 100 customers given a risk of 20 % about 20 left:
// bins with their 90 % Wilson intervals, the isotonic (CORP) line, the diagonal
// of a perfect model, and below it how many customers had each risk.
type Calibration struct {
	Title, Description string
	In                 Voice // English without one
	X, Y               Axis  // formats are percent whatever they say
	Bins               []stats.ReliabilityBin
	CORP               stats.Isotonic         // drawn unless empty
	Histogram          []stats.ReliabilityBin // nil: Bins; many narrow bins look best
}

// HTML draws the chart.
func (c Calibration) HTML() template.HTML {
	var both span
	bins := make([]stats.ReliabilityBin, 0, len(c.Bins))
	for _, b := range c.Bins {
		if !missing(b.Forecast) && !missing(b.Observed) && b.Count > 0 {
			bins = append(bins, b)
			both.add(b.Forecast, b.Observed, wilson(b).High)
		}
	}
	if len(bins) == 0 {
		return nothing(c.In, "calibration", c.Title, c.Description)
	}
	both.add(0)
	both.add(c.X.Include...)
	both.add(c.Y.Include...)
	both.high = math.Min(both.high, 1)
	f := newFrame(c.In, c.Title, c.legend())
	percent := Axis{Format: Percent}
	x := newScale(c.In, both, percent, 6, true)
	f.axes(&x, newScale(c.In, both, percent, 6, true), Axis{}, c.Y, 300)
	f.rule("perfect", f.x.at(f.x.low), f.y.at(f.y.low), f.x.at(f.x.high), f.y.at(f.y.high), 0.6, "4 4")
	f.corp(c.CORP)
	f.reliability(bins)
	histogram := c.Histogram
	if histogram == nil {
		histogram = bins
	}
	f.counts(histogram, c.X)
	return f.finish("calibration", c.Title, c.Description)
}

func wilson(b stats.ReliabilityBin) stats.Interval {
	n := float64(b.Count)
	iv, err := stats.Wilson(stats.Proportion{Events: math.Min(n, math.Max(0, b.Observed*n)), Trials: n}, 0.9)
	if err != nil { // a bin without rows is never drawn
		return stats.Interval{Estimate: b.Observed, Low: b.Observed, High: b.Observed}
	}
	return iv
}

func (c Calibration) legend() []entry {
	in := voice(c.In)
	out := []entry{
		{in.Text("observed, with 90 % interval"), func(c *canvas, x, y float64) {
			c.series(0)
			c.add("<path d=\"M%s %sv14\" stroke=\"currentColor\" stroke-width=\"1.5\"/>\n", px(x+15), px(y-7))
			markers[0](c, x+15, y)
			c.end()
		}},
	}
	if len(c.CORP.Score) > 0 {
		out = append(out, entry{in.Text("isotonic line (CORP)"), func(c *canvas, x, y float64) {
			c.series(1)
			c.add("<path d=\"M%s %sh30\" stroke=\"currentColor\" stroke-width=\"2\"/>\n", px(x), px(y))
			c.end()
		}})
	}
	return append(out, entry{in.Text("perfect"), func(c *canvas, x, y float64) {
		c.rule("perfect", x, y, x+30, y, 0.6, "4 4")
	}})
}

// corp draws the isotonic line as far as the plot reaches.
func (f *frame) corp(iso stats.Isotonic) {
	if len(iso.Score) == 0 || len(iso.Level) != len(iso.Score) {
		return
	}
	var d strings.Builder
	move := "M"
	put := func(score, level float64) {
		if !missing(score) && !missing(level) {
			fmt.Fprintf(&d, "%s%s %s", move, px(f.x.at(score)), px(f.y.at(math.Min(level, f.y.high))))
			move = "L"
		}
	}
	for i, score := range iso.Score {
		if score > f.x.high {
			put(f.x.high, iso.Apply(f.x.high))
			break
		}
		put(score, iso.Level[i])
	}
	f.series(1)
	f.add("<path class=\"corp\" d=\"%s\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/>\n", d.String())
	f.end()
}

func (f *frame) reliability(bins []stats.ReliabilityBin) {
	f.series(0)
	for _, b := range bins {
		iv := wilson(b)
		x := f.x.at(b.Forecast)
		f.whisker(x, f.y.at(iv.Low), f.y.at(math.Min(iv.High, f.y.high)))
		f.point(0, x, f.y.at(b.Observed), f.in.Say("predicted %s, observed %s (%s to %s), %s customers",
			f.x.exact(b.Forecast), f.y.exact(b.Observed), f.y.exact(iv.Low), f.y.exact(iv.High), write(f.in, float64(b.Count), 1, Number)))
	}
	f.end()
}

// counts draws the histogram panel below the plot, on the same x.
func (f *frame) counts(bins []stats.ReliabilityBin, axis Axis) {
	const panel = 46
	highest := 0
	for _, b := range bins {
		highest = max(highest, b.Count)
	}
	top := f.bottom + 26
	base := top + panel
	f.series(0)
	for _, b := range bins {
		low, high := f.x.at(math.Max(b.Low, f.x.low)), f.x.at(math.Min(b.High, f.x.high))
		if missing(low) || missing(high) || high < low {
			continue
		}
		h := panel * float64(b.Count) / float64(max(1, highest))
		f.bar(0.4, low, base-h, math.Max(high-low-1, 1), h, f.in.Say("risk %s to %s: %s customers", f.x.exact(b.Low), f.x.exact(b.High), write(f.in, float64(b.Count), 1, Number)))
	}
	f.end()
	f.rule("axis", f.left, base, f.right, base, 0.6, "")
	f.height = base + 28
	f.label(f.left, base+18, tickSize, 280, "start", "note", f.in.Say("customers by risk, at most %s a bar", write(f.in, float64(highest), 1, Number)))
	f.label(f.right, base+18, headingSize, f.right-f.left-290, "end", "heading", axis.heading())
}
