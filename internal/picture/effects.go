package picture

import (
	"html/template"
	"math"
)

// Effect is one row: an estimate with its interval.
type Effect struct {
	Label               string
	Estimate, Low, High float64  // a missing limit leaves the dot alone
	Truth               *float64 // the planted truth of a simulation, drawn as a diamond
	Note                string   // at the right: "n = 1,204", "not enough data"
}

// Effects compares estimates with zero: a dot and an interval per row.
type Effects struct {
	Title, Description string
	In                 Voice // English without one
	X                  Axis
	Below, Above       string // what a value under and over zero means: "fewer leave", "more leave"
	Rows               []Effect
}

// HTML draws the chart.
func (e Effects) HTML() template.HTML {
	var xs span
	truths := false
	for _, r := range e.Rows {
		if missing(r.Estimate) {
			continue
		}
		xs.add(r.Estimate, r.Low, r.High)
		if r.Truth != nil {
			xs.add(*r.Truth)
			truths = truths || !missing(*r.Truth)
		}
	}
	if !xs.ok {
		return nothing(e.In, "effects", e.Title, e.Description)
	}
	xs.add(0)
	xs.add(e.X.Include...)
	f := newFrame(e.In, e.Title, e.legend(truths))
	f.effectAxes(e, xs)
	for i, r := range e.Rows {
		f.effect(r, f.top+(float64(i)+0.5)*rowHeight)
	}
	return f.finish("effects", e.Title, e.Description)
}

const rowHeight = 30

func (e Effects) legend(truths bool) []entry {
	if !truths {
		return nil
	}
	in := voice(e.In)
	return []entry{
		{in.Text("estimate with interval"), func(c *canvas, x, y float64) {
			c.series(0)
			c.add("<path d=\"M%s %sh30\" stroke=\"currentColor\" stroke-width=\"2\"/>\n", px(x), px(y))
			markers[0](c, x+15, y)
			c.end()
		}},
		{in.Text("planted truth"), func(c *canvas, x, y float64) {
			c.series(1)
			c.diamond(x+15, y, "")
			c.end()
		}},
	}
}

// effectAxes makes room for the labels at the left and the notes at the right.
func (f *frame) effectAxes(e Effects, xs span) {
	names, notes := 0.0, 0.0
	for _, r := range e.Rows {
		names = math.Max(names, textWidth(r.Label, headingSize))
		notes = math.Max(notes, textWidth(r.note(f.in), tickSize))
	}
	f.left = 12 + math.Min(names, 290) + 12
	f.right = width - 18 - math.Min(notes, 160) - 8
	f.top += 10
	if e.Below != "" || e.Above != "" {
		f.top += 16
	}
	f.bottom = f.top + rowHeight*float64(len(e.Rows))
	f.x = newScale(e.In, xs, e.X, 6, true).onto(f.left+8, f.right-8)
	for _, t := range f.x.ticks {
		f.rule("grid", f.x.at(t.at), f.top, f.x.at(t.at), f.bottom, 0.14, "")
	}
	f.xTicks(f.bottom)
	zero := f.x.at(0)
	f.rule("zero", zero, f.top-4, zero, f.bottom, 0.75, "")
	if e.Below != "" {
		f.label(zero-8, f.top-8, tickSize, zero-12, "end", "note", "← "+e.Below)
	}
	if e.Above != "" {
		f.label(zero+8, f.top-8, tickSize, width-zero-12, "start", "note", e.Above+" →")
	}
	f.rule("axis", f.left, f.bottom, f.right, f.bottom, 0.6, "")
	f.label(f.right, f.bottom+36, headingSize, f.right-12, "end", "heading", e.X.heading())
	f.height = f.bottom + 46
}

func (r Effect) note(in Voice) string {
	if r.Note == "" && missing(r.Estimate) {
		return in.Text("no estimate")
	}
	return r.Note
}

// effect draws one row at height y.
func (f *frame) effect(r Effect, y float64) {
	f.label(12, y+4, headingSize, math.Min(f.left-20, 290), "start", "row", r.Label)
	f.label(f.right+8, y+4, tickSize, 160, "start", "note", r.note(f.in))
	if missing(r.Estimate) {
		return
	}
	words := r.Label + ": " + f.x.exact(r.Estimate)
	f.series(0)
	if !missing(r.Low) && !missing(r.High) {
		words += f.between(f.x.exact(r.Low), f.x.exact(r.High))
		f.add("<path class=\"whisker\" d=\"M%s %sv8m0 -4H%sm0 -4v8\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/>\n", px(f.x.at(r.Low)), px(y-4), px(f.x.at(r.High)))
	}
	f.point(0, f.x.at(r.Estimate), y, words)
	f.end()
	if r.Truth != nil && !missing(*r.Truth) {
		f.series(1)
		f.diamond(f.x.at(*r.Truth), y, f.in.Say("%s, planted: %s", r.Label, f.x.exact(*r.Truth)))
		f.end()
	}
}

// diamond draws an open diamond that lets a dot beneath it show.
func (c *canvas) diamond(x, y float64, words string) {
	c.add(`<path class="truth" d="M%s %sl7 7l-7 7l-7 -7z" fill="none" stroke="currentColor" stroke-width="2" pointer-events="all">`, px(x), px(y-7))
	if words != "" {
		c.add("<title>%s</title>", safe(words))
	}
	c.add("</path>\n")
}
