package picture

// Stylesheet colours the pictures of a page, for light and dark. It is served
// with the page's own styles; without it pictures are grey and still readable.
// The colours are Okabe and Ito's, told apart by colour-blind readers, darkened
// for white and lightened for black until they have a contrast of 3:1.
const Stylesheet = `.picture { width: 100%; max-width: 760px; height: auto; font-family: inherit; }
.picture .s1 { color: #0072b2; } .picture .s2 { color: #b8500a; } .picture .s3 { color: #007a5a; }
.picture .s4 { color: #a3447f; } .picture .s5 { color: #7a6a00; } .picture .s6 { color: #555555; }
@media (prefers-color-scheme: dark) {
.picture .s1 { color: #6bb8ee; } .picture .s2 { color: #f0934e; } .picture .s3 { color: #41c79c; }
.picture .s4 { color: #e295c3; } .picture .s5 { color: #e0cf52; } .picture .s6 { color: #bbbbbb; }
}
`

// dashes and markers tell series apart without colour, in this order, again
// from the start after the last.
var (
	dashes  = [...]string{"", "7 4", "2 3", "10 3 2 3", "14 5", "5 2 1 2 1 2"}
	markers = [...]func(c *canvas, x, y float64){
		func(c *canvas, x, y float64) { c.add(`<circle cx="%s" cy="%s" r="3.5"/>`, px(x), px(y)) },
		func(c *canvas, x, y float64) {
			c.add(`<rect x="%s" y="%s" width="7" height="7"/>`, px(x-3.5), px(y-3.5))
		},
		func(c *canvas, x, y float64) { c.add(`<path d="M%s %sl4.5 8h-9z"/>`, px(x), px(y-5)) },
		func(c *canvas, x, y float64) { c.add(`<path d="M%s %sl4.5 5l-4.5 5l-4.5 -5z"/>`, px(x), px(y-5)) },
		func(c *canvas, x, y float64) { c.add(`<path d="M%s %sl4.5 -8h-9z"/>`, px(x), px(y+5)) },
		func(c *canvas, x, y float64) {
			c.add(`<path d="M%s %sh8M%s %sv8" fill="none" stroke="currentColor" stroke-width="2.5"/>`, px(x-4), px(y), px(x), px(y-4))
		},
	}
)

// fills and hatches tell bar series apart without colour: those that are hatched
// alike by how dark they are.
var (
	fills   = [...]float64{0.8, 0.3, 0.08, 0.3, 0.3, 0.3}
	hatches = [...]hatch{plain, across, plain, upright, grid, slanted}
)
