package picture

import (
	"html/template"
	"math"
)

// Layer is one part of a histogram: a count for each bin.
type Layer struct {
	Name   string
	Counts []float64 // of Histogram.Bins; negative and missing ones count as none
}

// Histogram is a chart of how many there are between two values: Bins of equal
// width from From to To, the layers on top of each other, the first lowest.
type Histogram struct {
	Title, Description string
	In                 Voice // English without one
	X, Y               Axis
	From, To           float64
	Bins               int
	Layers             []Layer
}

// HTML draws the chart.
func (h Histogram) HTML() template.HTML {
	ys, any := span{}, false
	for bin := range h.Bins {
		sum := 0.0
		for _, l := range h.Layers {
			sum += l.count(bin)
		}
		ys.add(sum)
		any = any || sum > 0
	}
	if !any || !(h.To > h.From) {
		return nothing(h.In, "histogram", h.Title, h.Description)
	}
	ys.add(0)
	xs := span{}
	xs.add(h.From, h.To)
	f := newFrame(h.In, h.Title, h.legend())
	x := newScale(h.In, xs, h.X, 10, false)
	f.axes(&x, newScale(h.In, ys, h.Y, 5, true), h.X, h.Y, plotHeight)
	floor := make([]float64, h.Bins)
	for i, l := range h.Layers {
		f.layer(i, h, l, floor)
	}
	return f.finish("histogram", h.Title, h.Description)
}

func (l Layer) count(bin int) float64 {
	if v := at(l.Counts, bin); !missing(v) {
		return math.Max(v, 0)
	}
	return 0
}

func (h Histogram) legend() []entry {
	if len(h.Layers) == 1 && h.Layers[0].Name == "" {
		return nil
	}
	out := make([]entry, len(h.Layers))
	for i, l := range h.Layers {
		out[i] = swatch(i, false, l.Name)
	}
	return out
}

// layer draws one layer upon what is there already, and raises the floor.
func (f *frame) layer(i int, h Histogram, l Layer, floor []float64) {
	width := (h.To - h.From) / float64(h.Bins)
	f.series(i)
	for bin := range h.Bins {
		v := l.count(bin)
		if v == 0 {
			continue
		}
		from := h.From + width*float64(bin)
		left, right := f.x.at(from), f.x.at(from+width)
		low, high := f.y.at(floor[bin]), f.y.at(floor[bin]+v)
		floor[bin] += v
		words := entitled(l.Name, f.in.Say("%s to %s: %s", f.x.exact(from), f.x.exact(from+width), f.y.exact(v)))
		f.block(i, false, left+1, high, math.Max(right-left-2, .5), math.Max(low-high, .5), words)
	}
	f.end()
}
