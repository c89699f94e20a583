package picture

import (
	"fmt"
	"math"
	"strings"
)

// hatch is the pattern of a bar, drawn stroke by stroke: an SVG pattern needs an
// id, and two pictures of a page would share it.
type hatch uint8

const (
	plain   hatch = iota
	across        // ☰
	upright       // |||
	grid          // ▦
	slanted       // short strokes: ⟋⟋⟋
)

const (
	hatchGap  = 5.0 // from stroke to stroke, in picture units
	hatchTick = 3.0 // width and height of a slanted stroke
)

// block draws a bar of series i with its pattern, faint where an interval is to
// be seen over it.
func (c *canvas) block(i int, faint bool, x, y, w, h float64, words string) {
	shade := fills[i%len(fills)]
	if faint {
		shade /= 2
	}
	c.bar(shade, x, y, w, h, words)
	if d := hatches[i%len(hatches)].strokes(x, y, w, h); d != "" {
		c.add(`<path class="hatch" d="%s" fill="none" stroke="currentColor" stroke-width="1" stroke-opacity="0.7" pointer-events="none"/>`+"\n", d)
	}
}

// strokes is the path of a pattern over a rectangle; patterns of neighbours meet.
func (p hatch) strokes(x, y, w, h float64) string {
	var d strings.Builder
	if p == across || p == grid {
		for _, at := range along(y, h) {
			fmt.Fprintf(&d, "M%s %sh%s", px(x), px(at), px(w))
		}
	}
	if p == upright || p == grid {
		for _, at := range along(x, w) {
			fmt.Fprintf(&d, "M%s %sv%s", px(at), px(y), px(h))
		}
	}
	if p == slanted {
		for _, left := range along(x, w-hatchTick) {
			for _, top := range along(y, h-hatchTick) {
				fmt.Fprintf(&d, "M%s %sl%s -%s", px(left), px(top+hatchTick), px(hatchTick), px(hatchTick))
			}
		}
	}
	return d.String()
}

// along is where strokes lie along a side: at least one, however short it is.
func along(from, length float64) []float64 {
	var at []float64
	for s := (math.Floor(from/hatchGap) + 1) * hatchGap; s < from+length; s += hatchGap {
		at = append(at, s)
	}
	if len(at) == 0 {
		at = append(at, from+math.Max(length, 0)/2)
	}
	return at
}
