package picture

import (
	"fmt"
	"html/template"
	"math"
)

// BarSeries is one value per category; a missing value has no bar.
type BarSeries struct {
	Name      string
	Values    []float64
	Low, High []float64 // optional interval of each value, drawn as a whisker
}

// Bars is a chart of values by category, side by side when there are several
// series. The value axis always starts at zero.
type Bars struct {
	Title, Description string
	In                 Voice // English without one
	X, Y               Axis  // X.Format is not used: categories are words
	Categories         []string
	Series             []BarSeries
}

// HTML draws the chart.
func (b Bars) HTML() template.HTML {
	var ys span
	for _, s := range b.Series {
		for i := range b.Categories {
			if v := at(s.Values, i); !missing(v) {
				ys.add(v, at(s.Low, i), at(s.High, i))
			}
		}
	}
	if !ys.ok {
		return nothing(b.In, "bars", b.Title, b.Description)
	}
	ys.add(0)
	ys.add(b.Y.Include...)
	if ys.low == 0 && ys.high == 0 {
		ys.high = 1 // all zero is a finding, not a failure
		if b.Y.Format == Percent {
			ys.high = 0.01
		}
	}
	f := newFrame(b.In, b.Title, b.legend())
	f.axes(nil, newScale(b.In, ys, b.Y, 5, true), b.X, b.Y, plotHeight)
	f.rule("zero", f.left, f.y.at(0), f.right, f.y.at(0), 0.6, "")
	slot := (f.right - f.left) / float64(len(b.Categories))
	f.categories(b.Categories, slot)
	wide := math.Min(slot*0.76/float64(len(b.Series)), 64)
	named := b.fit(f, wide)
	for i, s := range b.Series {
		f.bars(i, b, s, slot, wide, named)
	}
	return f.finish("bars", b.Title, b.Description)
}

// fit says whether every bar has room for its value above it: either all have
// one or none.
func (b Bars) fit(f *frame, wide float64) bool {
	if len(b.Series) == 1 {
		wide += 6 // into the gap
	}
	for _, s := range b.Series {
		for i := range b.Categories {
			if v := at(s.Values, i); !missing(v) && textWidth(write(f.in, v, f.y.step/10, f.y.format), tickSize) >= wide {
				return false
			}
		}
	}
	return true
}

func (b Bars) legend() []entry {
	if len(b.Series) == 1 && b.Series[0].Name == "" {
		return nil
	}
	out := make([]entry, len(b.Series))
	for i, s := range b.Series {
		out[i] = swatch(i, b.faint(), s.Name)
	}
	return out
}

// faint says whether intervals are drawn over the bars.
func (b Bars) faint() bool {
	for _, s := range b.Series {
		for i := range b.Categories {
			if s.interval(i) {
				return true
			}
		}
	}
	return false
}

// interval says whether the value of a category has one.
func (s BarSeries) interval(i int) bool { return !missing(at(s.Low, i)) && !missing(at(s.High, i)) }

// swatch is the legend of the i-th series of bars.
func swatch(i int, faint bool, name string) entry {
	return entry{name, func(c *canvas, x, y float64) {
		c.series(i)
		c.block(i, faint, x+8, y-6, 20, 12, "")
		c.end()
	}}
}

// bar draws one rectangle with its outline.
func (c *canvas) bar(shade, x, y, w, h float64, words string) {
	c.add(`<rect class="bar" x="%s" y="%s" width="%s" height="%s" fill-opacity="%.2g" stroke="currentColor"`, px(x), px(y), px(w), px(h), shade)
	if words == "" {
		c.add("/>\n")
		return
	}
	c.add("><title>%s</title></rect>\n", safe(words))
}

// categories writes the names under their slots, every k-th when they are many.
func (f *frame) categories(names []string, slot float64) {
	every := int(math.Ceil(34 / slot))
	for i, name := range names {
		if i%every == 0 {
			f.label(f.left+(float64(i)+0.5)*slot, f.bottom+17, tickSize, slot*float64(every)-4, "middle", "tick", name)
		}
	}
}

// bars draws series i, with its values above when they are named.
func (f *frame) bars(i int, b Bars, s BarSeries, slot, wide float64, named bool) {
	faint := b.faint()
	f.series(i)
	for k, category := range b.Categories {
		v := at(s.Values, k)
		if missing(v) {
			continue
		}
		middle := f.left + (float64(k)+0.5)*slot
		x := middle + (float64(i)-float64(len(b.Series))/2)*wide
		zero, end := f.y.at(0), f.y.at(v)
		words := entitled(s.Name, fmt.Sprintf("%s: %s", category, f.y.exact(v)))
		low, high, interval := at(s.Low, k), at(s.High, k), s.interval(k)
		if interval {
			words += f.between(f.y.exact(low), f.y.exact(high))
		}
		f.block(i, faint, x+1, math.Min(zero, end), math.Max(wide-2, 0.5), math.Abs(end-zero), words)
		if interval {
			f.whisker(x+wide/2, f.y.at(low), f.y.at(high))
		}
		// Beside zero for a bar that hangs down: below it are the categories.
		if named && !interval {
			f.label(x+wide/2, math.Min(zero, end)-4, tickSize, 200, "middle", "value", write(f.in, v, f.y.step/10, f.y.format))
		}
	}
	f.end()
}

// whisker draws an upright interval with short caps in the text's own colour.
func (f *frame) whisker(x, low, high float64) {
	f.add("<path class=\"whisker\" d=\"M%s %sh6m-3 0V%sm-3 0h6\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"/>\n", px(x-3), px(low), px(high))
}
