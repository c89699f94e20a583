package picture

import "math"

// frame is the part of a picture that charts share: title, legend, axes, grid.
//
//	title
//	legend
//	y heading
//	 30% |------------------
//	 20% |------------------
//	     +------------------
//	       Jan   Feb   Mar
//	                x heading
type frame struct {
	*canvas
	left, right, top, bottom float64 // of the plot, in picture units
	x, y                     scale
}

const (
	tickSize, headingSize, titleSize = 11.5, 12, 15
	plotHeight                       = 260
)

// entry is one line of a legend.
type entry struct {
	name string
	draw func(c *canvas, x, y float64) // the sample: 30 units wide, centred on y
}

// newFrame lays out title and legend and leaves the plot below them.
func newFrame(in Voice, title string, legend []entry) *frame {
	f := &frame{canvas: &canvas{in: voice(in)}, left: 12, right: width - 18}
	f.label(12, 22, titleSize, width-24, "start", "title", title)
	f.top = 34
	x := 12.0
	for i, e := range legend {
		name := fit(e.name, headingSize, 300)
		wide := 38 + textWidth(name, headingSize) + 18
		if i == 0 || x+wide > width {
			x = 12
			f.top += 18
		}
		e.draw(f.canvas, x, f.top-8)
		f.label(x+36, f.top-4, headingSize, 300, "start", "legend", e.name)
		x += wide
	}
	return f
}

// axes draws grid, ticks and headings for a plot of the given height; x may be
// nil when the chart writes its own categories.
func (f *frame) axes(x *scale, y scale, xAxis, yAxis Axis, height float64) {
	if yAxis.heading() != "" {
		f.top += 20
		f.label(12, f.top-4, headingSize, width-24, "start", "heading", yAxis.heading())
	}
	f.top += 14
	f.bottom = f.top + height
	for _, t := range y.ticks {
		f.left = math.Max(f.left, 12+textWidth(t.label, tickSize)+8)
	}
	f.y = y.onto(f.bottom, f.top)
	for _, t := range f.y.ticks {
		at := f.y.at(t.at)
		f.rule("grid", f.left, at, f.right, at, 0.14, "")
		f.label(f.left-6, at+4, tickSize, 200, "end", "tick", t.label)
	}
	if x != nil {
		f.x = x.onto(f.left+8, f.right-8)
		f.xTicks(f.bottom)
	}
	f.rule("axis", f.left, f.bottom, f.right, f.bottom, 0.6, "")
	f.height = f.bottom + 26
	if xAxis.heading() != "" {
		f.label(f.right, f.bottom+36, headingSize, f.right-f.left, "end", "heading", xAxis.heading())
		f.height = f.bottom + 46
	}
}

// xTicks writes the ticks of x below a line, leaving out labels that would run
// into the one before.
func (f *frame) xTicks(below float64) {
	free := math.Inf(-1)
	for _, t := range f.x.ticks {
		at, half := f.x.at(t.at), textWidth(t.label, tickSize)/2
		f.rule("axis", at, below, at, below+4, 0.6, "")
		middle := math.Min(at, width-4-half)
		if middle-half > free {
			f.label(middle, below+17, tickSize, 200, "middle", "tick", t.label)
			free = middle + half + 4
		}
	}
}
