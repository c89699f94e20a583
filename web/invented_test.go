package web_test

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"holdfast/web/catalogue"
)

// page is the file of a state's page, by the first word of its name.
func (s state) page() string {
	name, _, _ := strings.Cut(s.name, "-")
	switch {
	case strings.HasPrefix(s.name, "risk-chosen"):
		name = "chosen"
	case name == "sign":
		name = "signin"
	case name == "recommendations":
		name = "box"
	case strings.HasPrefix(s.name, "roster-day"):
		name = "rosterday"
	case name == "dry":
		name = "rehearsal"
	case name == "list":
		name = "decisions"
	}
	return name + ".html"
}

// translated are the states of the pages that are translated.
func translated() []state {
	return slices.DeleteFunc(slices.Clone(states), func(s state) bool { return slices.Contains(notYet, s.page()) })
}

var (
	markup        = regexp.MustCompile(`(?s)<(?:kbd|code|style|script)[^>]*>.*?</(?:kbd|code|style|script)>|<[^>]*>`)
	readAttribute = regexp.MustCompile(`\b(?:title|aria-label|placeholder|alt)="([^"]*)"`)
	// in the invented language every letter has an accent.
	english = regexp.MustCompile(`[A-Za-z][ -~–’“”]*[A-Za-z]{2,}`)
	// dates, and units that every language writes so.
	everywhere = regexp.MustCompile(`\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{1,2} [A-Z][a-z]{2}\b|\b[A-Z][a-z]+ \d{4}\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|\d (?:MiB|min)\b`)
)

// TestEveryTextIsInvented: in the invented language nothing is left in English
// but what people and the business wrote, which the state's own world holds.
func TestEveryTextIsInvented(t *testing.T) {
	t.Parallel()
	list := translated()
	if len(list) < 30 {
		t.Fatalf("only %d states", len(list))
	}
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w, got := s.worldIn(t, catalogue.Invented)
			body, written := got.body, writtenBy(w, s)
			texts := markup.Split(body, -1)
			for _, m := range readAttribute.FindAllStringSubmatch(body, -1) {
				texts = append(texts, m[1])
			}
			marked := 0
			for _, text := range texts {
				text = html.UnescapeString(text)
				marked += strings.Count(text, "[!!")
				for _, left := range english.FindAllString(everywhere.ReplaceAllString(text, ""), -1) {
					if !written.say(strings.TrimSpace(left)) {
						t.Errorf("%q is not translated in %q", left, strings.TrimSpace(text))
					}
				}
			}
			if marked < 5 {
				t.Errorf("only %d texts are translated", marked)
			}
		})
	}
}

// TestLongerWordsHaveRoom: no page scrolls sideways at 360 pixels, in German
// and with texts that are 40 % longer.
func TestLongerWordsHaveRoom(t *testing.T) {
	t.Parallel()
	w := openWindow(t)
	w.do("set the screen", narrow.set())
	for _, language := range []string{catalogue.Invented, "de"} {
		g := newGalleryIn(t, language, translated())
		for _, name := range g.names {
			w.do("open "+name, chromedp.Navigate(g.url+name), reach("main"))
			if found := evaluate[string](w, tooWide); found != "" {
				t.Errorf("%s in %s at 360 pixels: %s", name, language, found)
			}
		}
	}
}
