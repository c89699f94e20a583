package picture

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// width of every picture in its own units; the page scales it.
const width = 720

// canvas collects one SVG.
type canvas struct {
	strings.Builder
	height float64
	in     Voice
}

// add writes markup; arguments are numbers by px or text by safe.
func (c *canvas) add(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// px writes a coordinate to a tenth of a unit.
func px(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64)
}

// safe escapes text for markup and attributes and replaces what XML cannot hold.
func safe(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r':
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff:
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
	return html.EscapeString(text)
}

// textWidth is a guess, on the wide side, for sans-serif letters.
func textWidth(text string, size float64) float64 {
	return float64(utf8.RuneCountInString(text)) * size * 0.56
}

// fit shortens text that would be wider than room.
func fit(text string, size, room float64) string {
	if textWidth(text, size) <= room {
		return text
	}
	runes := []rune(text)
	keep := max(1, int(room/(size*0.56))-1)
	return strings.TrimRight(string(runes[:min(keep, len(runes))]), " ") + "…"
}

// label writes text in a given size at a baseline, shortened to room.
func (c *canvas) label(x, y, size, room float64, anchor, class, text string) {
	if text == "" {
		return
	}
	c.add(`<text class="%s" x="%s" y="%s" font-size="%s" fill="currentColor"`, class, px(x), px(y), px(size))
	if anchor != "start" {
		c.add(` text-anchor="%s"`, anchor)
	}
	switch class {
	case "title":
		c.add(` font-weight="600"`)
	case "tick", "heading", "note":
		c.add(` fill-opacity="0.78"`)
	}
	c.add(`>%s`, safe(fit(text, size, room)))
	if textWidth(text, size) > room {
		c.add(`<title>%s</title>`, safe(text))
	}
	c.add("</text>\n")
}

// rule draws a straight helper line.
func (c *canvas) rule(class string, x1, y1, x2, y2, opacity float64, dash string) {
	c.add(`<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s" stroke="currentColor" stroke-opacity="%s"`, class, px(x1), px(y1), px(x2), px(y2), strconv.FormatFloat(opacity, 'f', -1, 64))
	if dash != "" {
		c.add(` stroke-dasharray="%s"`, dash)
	}
	c.add("/>\n")
}

// series opens the group of series i, within which currentColor is its colour.
func (c *canvas) series(i int) {
	c.add("<g class=\"s%d\" fill=\"currentColor\">\n", i%len(dashes)+1)
}

func (c *canvas) end() { c.add("</g>\n") }

// point draws series i's marker, with words to hover over.
func (c *canvas) point(i int, x, y float64, words string) {
	c.add(`<g class="point">`)
	markers[i%len(markers)](c, x, y)
	c.add("<title>%s</title></g>\n", safe(words))
}

// target is an invisible disc with words to hover over.
func (c *canvas) target(x, y float64, words string) {
	c.add("<circle class=\"point\" cx=\"%s\" cy=\"%s\" r=\"6\" fill-opacity=\"0\"><title>%s</title></circle>\n", px(x), px(y), safe(words))
}

// finish wraps what was drawn into one svg element.
func (c *canvas) finish(kind, title, description string) template.HTML {
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" class="picture %s" viewBox="0 0 %d %s" role="img" aria-label="%s">`+"\n", kind, width, px(c.height), safe(title))
	if description != "" {
		fmt.Fprintf(&out, "<desc>%s</desc>\n", safe(description))
	}
	out.WriteString(c.String())
	out.WriteString("</svg>\n")
	return template.HTML(out.String())
}

// nothing is the picture of no data.
func nothing(in Voice, kind, title, description string) template.HTML {
	c := &canvas{height: 140, in: voice(in)}
	c.label(12, 22, 15, width-24, "start", "title", title)
	c.add(`<rect class="empty" x="12" y="40" width="%d" height="84" rx="4" fill="none" stroke="currentColor" stroke-opacity="0.3" stroke-dasharray="4 4"/>`+"\n", width-24)
	c.label(width/2, 87, 13, width-60, "middle", "note", c.in.Text("Nothing to draw yet"))
	return c.finish(kind+" empty", title, description)
}
