package picture

import (
	"fmt"
	"html/template"
	"math"
)

// Step is one stage of a funnel and how many came to it.
type Step struct {
	Name  string
	Count float64
	Known float64 // of the step before, for how many the count is known; 0 all of them
	Later string  // said instead of the count while that is known for none
	Apart bool    // counted among others than the step before, so that it is no share of that
}

// Funnel is how many are left after each of several steps: a bar for each,
// with its share of the step before. A step may be larger than the one before.
type Funnel struct {
	Title, Description string
	In                 Voice  // English without one
	Unit               string // what is counted, in the plural
	Steps              []Step
}

const (
	funnelRow  = 30.0
	funnelWide = 330.0 // of the longest bar
	funnelText = 150.0 // of the names
)

// HTML draws the chart.
func (p Funnel) HTML() template.HTML {
	most := 0.0
	for _, s := range p.Steps {
		if !missing(s.Count) {
			most = math.Max(most, s.Count)
		}
	}
	if most <= 0 {
		return nothing(p.In, "funnel", p.Title, p.Description)
	}
	f := newFrame(p.In, p.Title, nil)
	y := f.top + 4
	before := math.NaN()
	for _, s := range p.Steps {
		if missing(s.Count) || s.Count < 0 {
			continue
		}
		f.label(f.left, y+funnelRow/2+4, headingSize, funnelText-8, "start", "legend", s.Name)
		if s.Later != "" {
			f.label(f.left+funnelText, y+funnelRow/2+4, tickSize, width-f.left-funnelText, "start", "value", s.Later)
			y += funnelRow
			continue
		}
		said, share := write(f.in, s.Count, 1, Number), ""
		if s.Known > 0 {
			before = s.Known
		}
		if s.Apart {
			before = math.NaN()
		}
		if part := s.Count / before; before > 0 && !missing(part) {
			wrote := write(f.in, part, shareStep(part), Percent)
			if share = ", " + f.in.Say("%s of the step before", wrote); s.Known > 0 {
				share = ", " + f.in.Say("%s of the %s known so far", wrote, write(f.in, s.Known, 1, Number))
			}
		}
		long := math.Max(funnelWide*s.Count/most, .5)
		f.series(0)
		f.block(0, false, f.left+funnelText, y+3, long, funnelRow-8, fmt.Sprintf("%s: %s %s%s", s.Name, said, p.Unit, share))
		f.end()
		f.label(f.left+funnelText+long+8, y+funnelRow/2+4, tickSize, width-f.left-funnelText-long-16, "start", "value", said+share)
		before = s.Count
		y += funnelRow
	}
	f.height = y + 8
	return f.finish("funnel", p.Title, p.Description)
}

// shareStep is how finely a share is written: whole percents, small ones to a tenth.
func shareStep(share float64) float64 {
	if share < .1 {
		return .001
	}
	return .01
}
