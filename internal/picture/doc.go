// Package picture draws the few kinds of chart we show, as SVG.
//
// What: a struct of numbers and words in, one self-contained SVG out, with no
// scripts, styles, ids or outside references; every point can be hovered over.
// Why: a page that works without JavaScript under a strict content policy, in
// the dark, in grey print and read aloud. Rejected: a charting library in the
// browser (a megabyte and a build step), and bitmaps (no zoom, no words).
//
// Everything is drawn in the page's own text colour; series differ by dash and
// marker. A page that includes Stylesheet adds colour. Values that are NaN,
// infinite or beyond 1e300 are missing: a gap in a line, no bar, no dot.
package picture
