package picture

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Line is one series: points (X[i], Y[i]) in ascending X, a missing Y leaving a
// gap, with an optional band from Low[i] to High[i].
type Line struct {
	Name      string
	X, Y      []float64
	Low, High []float64 // nil, or as long as Y
	Step      bool      // hold each value until the next X: survival curves
}

// at reads a point, missing where a slice is too short.
func at(values []float64, i int) float64 {
	if i >= len(values) {
		return math.NaN()
	}
	return values[i]
}

// Mark is a reference line across the plot: a threshold, or the day a policy began.
type Mark struct {
	At       float64
	Vertical bool // at an X instead of a Y
	Label    string
}

// Lines is a chart of one or more series over a common x; with Step it is a
// survival chart. Up to six series can be told apart.
type Lines struct {
	Title, Description string
	In                 Voice // English without one
	X, Y               Axis
	Series             []Line
	Marks              []Mark
}

// HTML draws the chart.
func (l Lines) HTML() template.HTML {
	var xs, ys span
	for _, s := range l.Series {
		for i, y := range s.Y {
			if x := at(s.X, i); !missing(x) && !missing(y) {
				xs.add(x)
				ys.add(y, at(s.Low, i), at(s.High, i))
			}
		}
	}
	if !xs.ok {
		return nothing(l.In, "lines", l.Title, l.Description)
	}
	xs.add(l.X.Include...)
	ys.add(l.Y.Include...)
	for _, m := range l.Marks {
		if m.Vertical {
			xs.add(m.At)
		} else {
			ys.add(m.At)
		}
	}
	f := newFrame(l.In, l.Title, l.legend())
	x := newScale(l.In, xs, l.X, 7, false)
	f.axes(&x, newScale(l.In, ys, l.Y, 5, true), l.X, l.Y, plotHeight)
	f.marks(l.Marks)
	for i, s := range l.Series {
		f.line(i, s)
	}
	return f.finish("lines", l.Title, l.Description)
}

// legend names the series, unless there is one without a name.
func (l Lines) legend() []entry {
	if len(l.Series) == 1 && l.Series[0].Name == "" {
		return nil
	}
	out := make([]entry, len(l.Series))
	for i, s := range l.Series {
		out[i] = entry{s.Name, func(c *canvas, x, y float64) {
			c.series(i)
			c.stroke(fmt.Sprintf("M%s %sh30", px(x), px(y)), i)
			markers[i%len(markers)](c, x+15, y)
			c.end()
		}}
	}
	return out
}

func (c *canvas) stroke(path string, i int) {
	c.add(`<path d="%s" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"`, path)
	if d := dashes[i%len(dashes)]; d != "" {
		c.add(` stroke-dasharray="%s"`, d)
	}
	c.add("/>\n")
}

func (f *frame) marks(marks []Mark) {
	for _, m := range marks {
		if missing(m.At) {
			continue
		}
		if m.Vertical {
			x := f.x.at(m.At)
			f.rule("mark", x, f.top, x, f.bottom, 0.7, "3 3")
			if x > (f.left+f.right)/2 {
				f.label(x-5, f.top+10, tickSize, x-f.left-5, "end", "note", m.Label)
			} else {
				f.label(x+5, f.top+10, tickSize, f.right-x-5, "start", "note", m.Label)
			}
			continue
		}
		y := f.y.at(m.At)
		f.rule("mark", f.left, y, f.right, y, 0.7, "3 3")
		f.label(f.right, y-4, tickSize, f.right-f.left, "end", "note", m.Label)
	}
}

// pixel is one drawable point of a line.
type pixel struct{ x, y, low, high float64 }

// runs cuts a line at its missing points into drawable runs.
func (f *frame) runs(s Line) [][]pixel {
	var out [][]pixel
	open := false
	for i, y := range s.Y {
		x := at(s.X, i)
		if missing(x) || missing(y) {
			open = false
			continue
		}
		p := pixel{f.x.at(x), f.y.at(y), math.NaN(), math.NaN()}
		if low, high := at(s.Low, i), at(s.High, i); !missing(low) && !missing(high) {
			p.low, p.high = f.y.at(low), f.y.at(high)
		}
		if !open {
			out = append(out, nil)
			open = true
		}
		out[len(out)-1] = append(out[len(out)-1], p)
	}
	return out
}

// line draws series i: band, stroke, markers and what hovering says.
func (f *frame) line(i int, s Line) {
	f.series(i)
	points := 0
	for _, run := range f.runs(s) {
		points += len(run)
		f.band(run, s.Step)
		var d strings.Builder
		trace(&d, run, func(p pixel) float64 { return p.y }, s.Step, "M")
		f.stroke(d.String(), i)
	}
	// Hundreds of markers would be a smear: mark few, let some hundred be hovered.
	every := (points + 299) / 300
	seen := 0
	for k, y := range s.Y {
		x := at(s.X, k)
		if missing(x) || missing(y) {
			continue
		}
		if seen++; seen%every != 0 && seen != points {
			continue
		}
		words := s.words(f, k)
		if points <= 30 {
			f.point(i, f.x.at(x), f.y.at(y), words)
		} else {
			f.target(f.x.at(x), f.y.at(y), words)
		}
	}
	f.end()
}

func (s Line) words(f *frame, k int) string {
	words := f.x.exact(s.X[k]) + ": " + f.y.exact(s.Y[k])
	if low, high := at(s.Low, k), at(s.High, k); !missing(low) && !missing(high) {
		words += f.between(f.y.exact(low), f.y.exact(high))
	}
	return entitled(s.Name, words)
}

// band fills between low and high wherever both are there.
func (f *frame) band(run []pixel, step bool) {
	for start := 0; start < len(run); {
		end := start
		for end < len(run) && !math.IsNaN(run[end].low) {
			end++
		}
		if end-start > 1 {
			part := run[start:end]
			var d strings.Builder
			trace(&d, part, func(p pixel) float64 { return p.high }, step, "M")
			back := make([]pixel, len(part))
			for i, p := range part {
				back[len(part)-1-i] = p
			}
			traceBack(&d, back, step)
			f.add(`<path class="band" d="%sz" fill-opacity="0.16"/>`+"\n", d.String())
		} else if end-start == 1 {
			f.rule("band", run[start].x, run[start].low, run[start].x, run[start].high, 0.6, "")
		}
		start = max(end, start+1)
	}
}

// trace appends a path through the points, level first when stepped.
func trace(d *strings.Builder, run []pixel, y func(pixel) float64, step bool, first string) {
	for i, p := range run {
		switch {
		case i == 0:
			fmt.Fprintf(d, "%s%s %s", first, px(p.x), px(y(p)))
		case step:
			fmt.Fprintf(d, "H%sV%s", px(p.x), px(y(p)))
		default:
			fmt.Fprintf(d, "L%s %s", px(p.x), px(y(p)))
		}
	}
	if len(run) == 1 {
		d.WriteString("h0")
	}
}

// traceBack appends the lower edge from right to left: drop first when stepped.
func traceBack(d *strings.Builder, run []pixel, step bool) {
	for i, p := range run {
		if step && i > 0 {
			fmt.Fprintf(d, "V%sH%s", px(p.low), px(p.x))
		} else {
			fmt.Fprintf(d, "L%s %s", px(p.x), px(p.low))
		}
	}
}
