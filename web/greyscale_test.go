package web_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/internal/picture"
)

// leastContrast is how far apart two bars of the same pattern are in grey, as
// WCAG 2.2 counts contrast from relative luminance.
const leastContrast = 1.5

// palette is how a mode colours pictures: what they lie on, and their series.
type palette struct {
	mode   string
	sheet  string
	series map[string]string // by class: s1 → #0072b2
}

// palettes reads the light and the dark colours from the styles of the pages.
func palettes(t *testing.T) []palette {
	t.Helper()
	desk, err := os.ReadFile("static/desk.css")
	if err != nil {
		t.Fatal(err)
	}
	out := []palette{{mode: "light"}, {mode: "dark"}}
	sheets := regexp.MustCompile(`--sheet: (#[0-9a-f]+);`).FindAllStringSubmatch(string(desk), -1)
	parts := strings.SplitN(picture.Stylesheet, "@media (prefers-color-scheme: dark)", 2)
	for i := range out {
		out[i].sheet, out[i].series = sheets[i][1], map[string]string{}
		for _, m := range regexp.MustCompile(`\.picture \.(s\d) \{ color: (#[0-9a-f]{6});`).FindAllStringSubmatch(parts[i], -1) {
			out[i].series[m[1]] = m[2]
		}
		if len(out[i].series) != 6 {
			t.Fatalf("%s mode has the colours %v", out[i].mode, out[i].series)
		}
	}
	return out
}

// luminance is the relative luminance (WCAG 2.2) of a colour laid upon another
// with an opacity.
func luminance(t *testing.T, over, under string, opacity float64) (sum float64) {
	t.Helper()
	channel := func(colour string, i int) float64 {
		if len(colour) == 4 { // #fff
			colour = "#" + strings.Repeat(colour[1:2], 2) + strings.Repeat(colour[2:3], 2) + strings.Repeat(colour[3:4], 2)
		}
		v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		return float64(v) / 255
	}
	for i, weight := range []float64{.2126, .7152, .0722} {
		c := opacity*channel(over, i) + (1-opacity)*channel(under, i)
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// looks is how a series looks apart from its hue.
type looks struct {
	forms  map[string]bool // dashes, markers and patterns
	shades map[float64]bool
}

func (l *looks) add(form string) {
	if l.forms == nil {
		l.forms = map[string]bool{}
	}
	l.forms[form] = true
}

// drawn is what a picture draws of its series, by class, and what its legend shows.
type drawn struct{ plot, legend map[string]*looks }

func readPicture(t *testing.T, svg string) drawn {
	t.Helper()
	d := drawn{map[string]*looks{}, map[string]*looks{}}
	into, class, depth := d.legend, "", 0
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return d
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			a := map[string]string{}
			for _, x := range token.Attr {
				a[x.Name.Local] = x.Value
			}
			switch {
			case token.Name.Local == "line" && (a["class"] == "grid" || a["class"] == "axis"):
				into = d.plot // the legend stands before the axes
			case class == "" && token.Name.Local == "g" && regexp.MustCompile(`^s\d$`).MatchString(a["class"]):
				class, depth = a["class"], 0
				if into[class] == nil {
					into[class] = &looks{shades: map[float64]bool{}}
				}
			case class != "":
				depth++
				into[class].see(token.Name.Local, a)
			}
		case xml.EndElement:
			if class != "" {
				if depth--; depth < 0 {
					class = ""
				}
			}
		}
	}
}

// relative is a path without where its strokes begin.
var relative = regexp.MustCompile(`M[-\d.]+ [-\d.]+`)

// see takes in an element of a series.
func (l *looks) see(element string, a map[string]string) {
	switch class := a["class"]; {
	case class == "bar":
		shade, _ := strconv.ParseFloat(a["fill-opacity"], 64)
		l.shades[shade] = true
	case class == "hatch":
		l.add("hatched " + strings.Join(slices.Sorted(maps.Keys(letters(a["d"]))), ""))
	case class == "whisker", class == "band", class == "point", element == "title", element == "g", element == "text":
	case a["stroke-linejoin"] != "", class == "corp", strings.HasSuffix(a["d"], "h30"):
		l.add("line " + a["stroke-dasharray"])
	default:
		l.add("marker " + element + relative.ReplaceAllString(a["d"], ""))
	}
}

// letters are the strokes of a path.
func letters(d string) map[string]bool {
	found := map[string]bool{}
	for _, c := range d {
		if c >= 'a' && c <= 'z' {
			found[string(c)] = true
		}
	}
	return found
}

// inGrey says what of a picture only its hues would tell.
func inGrey(t *testing.T, svg string, modes []palette) (wrong []string) {
	t.Helper()
	d := readPicture(t, svg)
	names := slices.Sorted(maps.Keys(d.plot))
	for i, a := range names {
		if l := d.legend[a]; l != nil {
			for form := range d.plot[a].forms {
				if !l.forms[form] {
					wrong = append(wrong, fmt.Sprintf("%s is drawn with %q, and its legend is not", a, form))
				}
			}
			if len(l.shades) > 0 && len(d.plot[a].shades) > 0 && !maps.Equal(l.shades, d.plot[a].shades) {
				wrong = append(wrong, fmt.Sprintf("%s is as dark as %v, and its legend as %v", a, d.plot[a].shades, l.shades))
			}
		}
		for _, b := range names[:i] {
			if !maps.Equal(d.plot[a].forms, d.plot[b].forms) {
				continue
			}
			for _, mode := range modes {
				if c := contrast(t, mode, a, d.plot[a].shades, b, d.plot[b].shades); c < leastContrast {
					wrong = append(wrong, fmt.Sprintf("%s and %s have the forms %v and in %s mode a contrast of %.2f", a, b, slices.Sorted(maps.Keys(d.plot[a].forms)), mode.mode, c))
				}
			}
		}
	}
	return wrong
}

// contrast is the smallest between the bars of two series, 1 without bars.
func contrast(t *testing.T, mode palette, a string, ofA map[float64]bool, b string, ofB map[float64]bool) float64 {
	t.Helper()
	least := math.Inf(1)
	for x := range ofA {
		for y := range ofB {
			p, q := luminance(t, mode.series[a], mode.sheet, x)+.05, luminance(t, mode.series[b], mode.sheet, y)+.05
			least = min(least, max(p, q)/min(p, q))
		}
	}
	if math.IsInf(least, 1) {
		return 1
	}
	return least
}

// TestPicturesAreReadInGrey: whatever stands in one picture differs by dash,
// marker, pattern or darkness, never by hue alone, in light and in dark, and the
// legend shows it as it is drawn. It looks at every picture of every page, and at
// as many series as a picture can have.
func TestPicturesAreReadInGrey(t *testing.T) {
	t.Parallel()
	modes := palettes(t)
	pages, err := filepath.Glob("testdata/golden/*.html") // as TestPagesAreAsSeen keeps them
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{} // with several series
	see := func(where, svg string) {
		for _, why := range inGrey(t, svg, modes) {
			t.Errorf("%s: %s", where, why)
		}
		kind := regexp.MustCompile(`class="picture (\w+)`).FindStringSubmatch(svg)
		if len(readPicture(t, svg).plot) > 1 {
			kinds[kind[1]]++
		}
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, svg := range regexp.MustCompile(`(?s)<svg [^>]*class="picture .*?</svg>`).FindAllString(string(text), -1) {
			see(page, svg)
		}
	}
	for _, kind := range []string{"bars", "lines", "calibration", "histogram"} {
		if kinds[kind] == 0 {
			t.Errorf("no page has %s of several series: %v", kind, kinds)
		}
	}
	for where, svg := range fullPictures() {
		see(where, svg)
	}
}

// fullPictures have six series each.
func fullPictures() map[string]string {
	bars, ranges := picture.Bars{Title: "bars", Categories: []string{"a", "b"}}, picture.Bars{Title: "ranges", Categories: []string{"a", "b"}}
	few, many := picture.Lines{Title: "few points"}, picture.Lines{Title: "many points"}
	layers := picture.Histogram{Title: "layers", To: 2, Bins: 2}
	for i := range 6 {
		name, v := fmt.Sprint("series ", i), float64(i+1)
		bars.Series = append(bars.Series, picture.BarSeries{Name: name, Values: []float64{v, .1}})
		ranges.Series = append(ranges.Series, picture.BarSeries{Name: name, Values: []float64{v, 1}, Low: []float64{v - .5, math.NaN()}, High: []float64{v + .5, 2}})
		few.Series = append(few.Series, picture.Line{Name: name, X: []float64{0, 1}, Y: []float64{v, v}})
		layers.Layers = append(layers.Layers, picture.Layer{Name: name, Counts: []float64{v, 1}})
		line := picture.Line{Name: name}
		for x := range 100 {
			line.X, line.Y = append(line.X, float64(x)), append(line.Y, v)
		}
		many.Series = append(many.Series, line)
	}
	return map[string]string{
		"bars": string(bars.HTML()), "bars with intervals": string(ranges.HTML()), "lines": string(few.HTML()), "lines of many points": string(many.HTML()), "layers": string(layers.HTML()),
	}
}

// TestHueAloneIsFound: the rule of these tests catches what it is there for.
func TestHueAloneIsFound(t *testing.T) {
	t.Parallel()
	bar := `<g class="%s" fill="currentColor"><rect class="bar" x="1" y="1" width="9" height="9" fill-opacity="%s"/></g>`
	axis := `<line class="axis" x1="0" y1="0" x2="1" y2="0"/>`
	line := `<g class="%s"><path d="M1 1L2 2" stroke-linejoin="round"/></g>`
	for name, c := range map[string]struct{ svg, want string }{
		"bars of one darkness": {axis + fmt.Sprintf(bar, "s1", "0.8") + fmt.Sprintf(bar, "s3", "0.8"), "s3 and s1 have the forms [] and in light mode a contrast of 1.0"},
		"lines alike":          {axis + fmt.Sprintf(line, "s1") + fmt.Sprintf(line, "s2"), "s2 and s1 have the forms [line ] and in light mode a contrast of 1.00"},
		"another legend":       {fmt.Sprintf(bar, "s1", "0.8") + axis + fmt.Sprintf(bar, "s1", "0.4"), "s1 is as dark as map[0.4:true], and its legend as map[0.8:true]"},
		"told apart":           {axis + fmt.Sprintf(bar, "s1", "0.8") + fmt.Sprintf(bar, "s2", "0.1"), ""},
	} {
		got := strings.Join(inGrey(t, `<svg class="picture bars">`+c.svg+`</svg>`, palettes(t)), "\n")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
