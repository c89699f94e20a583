package web

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/locale"
	"holdfast/interventions"
	"holdfast/web/catalogue"
)

// speech is the pages in one language: its words, its way to write numbers and
// times, and the templates put into it. English pages write these as the
// business's locale does, those of other languages as the language.
type speech struct {
	format
	*catalogue.Language
	pages pages
	home  locale.Writer // the business's own: what was written down is in it
	menus *sync.Map     // of template.HTML by menuKey
}

// newSpeeches makes the pages of every language that the business offers, its
// own first.
func newSpeeches(c Config, f format, a *assets, b Business) ([]*speech, error) {
	if err := c.validateLanguages(); err != nil {
		return nil, err
	}
	var list []*speech
	for _, code := range c.offered() {
		in, err := newSpeech(code, f)
		if err != nil {
			return nil, err
		}
		if in.pages, err = parsePages(in, a, b); err != nil {
			return nil, fmt.Errorf("write the pages in %s: %w", code, err)
		}
		list = append(list, in)
	}
	return list, nil
}

// newSpeech is a language that the pages are written in, without its pages.
func newSpeech(code string, f format) (*speech, error) {
	all, err := catalogue.Languages()
	if err != nil {
		return nil, err
	}
	in := &speech{format: f, Language: all[code], home: f.Writer, menus: new(sync.Map)}
	if in.Language == nil {
		return nil, fault.New(fault.Invalid, "the pages are not written in %q", code)
	}
	if !in.own() { // the language puts its own signs
		in.Writer = locale.Writer{}.In(f.Currency())
	}
	return in, nil
}

// offered are the codes of the languages that somebody may have, the business's first.
func (c Config) offered() []string {
	list := []string{c.Language}
	for _, code := range c.Languages {
		if !slices.Contains(list, code) {
			list = append(list, code)
		}
	}
	return list
}

// languageCookie keeps a choice in the browser.
const (
	languageCookie = "holdfast-language"
	languageKept   = 365 * 24 * time.Hour
)

// speechOf is the language of a request: the one chosen in this browser, else
// the business's.
func (s *site) speechOf(r *http.Request) *speech {
	if c, err := r.Cookie(languageCookie); err == nil {
		if in := s.speech(c.Value); in != nil {
			return in
		}
	}
	return s.speeches[0]
}

// machine is what programs read: English, whatever the business's locale.
var machine = &speech{Language: &catalogue.Language{}}

// english is what the API says it in; it has no pages.
func (s *site) english() *speech { return &speech{format: s.format, Language: &catalogue.Language{}} }

// speech is an offered language, nil for any other.
func (s *site) speech(code string) *speech {
	for _, in := range s.speeches {
		if in.Code() == code {
			return in
		}
	}
	return nil
}

// chooseLanguage keeps the language that somebody reads in.
func (s *site) chooseLanguage(w http.ResponseWriter, r *request) error {
	in := s.speech(r.PostFormValue("language"))
	if in == nil {
		return fault.New(fault.Invalid, "choose a language of the list")
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: in.Code(), Path: "/", MaxAge: int(languageKept / time.Second),
		HttpOnly: true, Secure: s.Config.secure(), SameSite: http.SameSiteLaxMode,
	})
	r.in = in
	return s.then(w, r, "/help", "")
}

// helpView offers the languages, when there are several.
type helpView struct {
	Languages []*speech
	Now       string // the code of the one it is in
}

// own says whether the pages are in the language that they are written in.
func (in *speech) own() bool { return in.Code() == "en" }

// Lines that follow write codes, numbers and times in a language.

func (in *speech) words(code any) string { return in.Text(words(fmt.Sprint(code))) }

// lower says a code in the middle of a sentence; a code that is a sentence
// itself, such as why somebody is not in the population, as it was written down.
func (in *speech) lower(code any) string {
	text := lower(fmt.Sprint(code))
	if in.own() {
		return text
	}
	if said := in.told(text); said != text {
		return said
	}
	if said := in.Text(capital(text)); said != capital(text) {
		return said
	}
	return text
}

func (in *speech) number(n int) string { return in.Figures(in.format.number(n)) }

// Decimal writes a number with so many decimals.
func (in *speech) Decimal(decimals int, v float64) string {
	return in.Figures(in.format.Decimal(decimals, v))
}

// whole writes a number without decimals.
func (in *speech) whole(v float64) string { return in.Figures(in.Number(int64(math.Round(v)))) }

func (in *speech) percent(p float64) string { return in.Figures(in.format.percent(p)) }
func (in *speech) points(p float64) string  { return in.Figures(in.format.points(p)) }

// workTime writes minutes of work: 46 h, 1.5 h or 35 min.
func (in *speech) workTime(minutes float64) string { return in.Figures(in.format.workTime(minutes)) }

// ordinal writes 1st, 2nd, 3rd, 11th, 172nd.
func (in *speech) ordinal(n int) string {
	if in.own() {
		return in.number(n) + ordinalSuffix(n)
	}
	return in.Say("%sth", in.number(n))
}

// trend is the change of a row's risk since the list before, in words.
func (in *speech) trend(r RiskRow) string {
	switch change := r.Risk - r.RiskBefore; {
	case r.RiskBefore == 0:
		return in.Text("new")
	case change >= .005:
		return in.Say("up %s points", in.Decimal(1, 100*change))
	case change <= -.005:
		return in.Say("down %s points", in.Decimal(1, -100*change))
	}
	return in.Text("steady")
}

func (in *speech) plural(n int, noun string) string { return in.Count(n, in.number(n), "%s "+noun) }

func (in *speech) money(minor int64) string { return in.amount(in.format.money(minor)) }
func (in *speech) exact(minor int64) string { return in.amount(in.format.exact(minor)) }

func (in *speech) worth(minor float64) string { return in.amount(in.format.worth(minor)) }

// currencyPlace shows where the sign of a currency stands.
const currencyPlace = "¤1"

// amount writes an English amount its way.
func (in *speech) amount(english string) string {
	place := in.Text(currencyPlace)
	if place == currencyPlace {
		return in.Figures(english)
	}
	digits := in.Figures(strings.Replace(english, in.Symbol(), "", 1))
	return strings.NewReplacer("¤", strings.TrimSpace(in.Symbol()), "1", digits).Replace(place)
}

func (in *speech) date(t time.Time) string  { return in.written(t, "2 Jan 2006", in.Date) }
func (in *speech) when(t time.Time) string  { return in.written(t, "2 Jan 2006, 15:04", in.DateClock) }
func (in *speech) month(t time.Time) string { return in.written(t, "January 2006", in.Month) }

// isoDate is a date as sentences that were kept hold it.
var isoDate = regexp.MustCompile(`"?\b\d{4}-\d{2}-\d{2}\b`)

// exampleDate says how a file is to write dates.
const exampleDate = "2006-01-31"

// dated writes the dates in a kept sentence the reader's way, but not what is
// quoted from a file, nor how a file is to write them.
func (in *speech) dated(kept string) string {
	return isoDate.ReplaceAllStringFunc(kept, func(text string) string {
		day, err := time.ParseInLocation(time.DateOnly, text, in.zone)
		if err != nil || text == exampleDate {
			return text
		}
		return in.date(day)
	})
}

func (in *speech) written(t time.Time, layout string, own func(time.Time) string) string {
	if t.IsZero() {
		return "–"
	}
	return in.local(t.In(in.zone), layout, own)
}

// local writes a time by the business's locale, in other languages by a layout.
func (in *speech) local(t time.Time, layout string, own func(time.Time) string) string {
	if in.own() {
		return own(t)
	}
	return in.Time(t, layout)
}

// inZone writes a time where the customer is.
func (in *speech) inZone(t time.Time, zone *time.Location) string {
	return in.local(t.In(zone), "Mon 2 Jan, 15:04", in.DayClock)
}

// day says a date beside now: today, tomorrow, yesterday, or the date.
func (in *speech) day(t, now time.Time) string {
	switch word, thisYear := day(t, now, in.zone); {
	case word != "":
		return in.Text(word)
	case thisYear:
		return in.local(t.In(in.zone), "Mon 2 Jan", in.Day)
	}
	return in.date(t)
}

// tenure says how long a customer has been with us.
func (in *speech) tenure(days int) string {
	n, unit := tenure(days)
	return in.plural(n, unit)
}

// thankLine says how many years a card thanks for; cards hold it in English.
func (in *speech) thankLine(card string) string {
	years, rest, _ := strings.Cut(card, " ")
	n, err := strconv.Atoi(years)
	if err != nil || !strings.HasPrefix(rest, "year") {
		return card
	}
	return in.Say("%s with us", in.plural(n, "year"))
}

// disposition is what came of a contact, for the middle of a sentence.
func (in *speech) disposition(d any) string { return in.Text(disposition(fmt.Sprint(d))) }

func (in *speech) language(tag string) string {
	name, region := language(tag)
	if region != "" {
		return in.Text(name) + " (" + region + ")"
	}
	return in.Text(name)
}

// within says when leaving counts: in so many days, or by each customer's own rhythm.
func (in *speech) within(b Business) string {
	if b.OwnRhythm != "" {
		return in.Say("by their own rhythm (%s)", b.OwnRhythm)
	}
	return in.Count(b.HorizonDays, in.number(b.HorizonDays), "within %s day")
}

// gate says what a closed gate means.
func (in *speech) gate(g interventions.Gate) string { return in.Text(gate(g)) }

// closed says what closed a gate, its codes in words.
func (in *speech) closed(s interventions.Stop) string {
	switch s.Gate {
	case interventions.GateLeft:
		if code, since, told := strings.Cut(s.Detail, " since "); told {
			return in.Say("%s, since %s", in.disposition(code), in.dated(since))
		}
		return in.lower(s.Detail)
	case interventions.GateHousehold:
		return in.lower(s.Detail)
	case interventions.GateIssue:
		if category, since, open := strings.Cut(s.Detail, ", open since "); open {
			return in.Say("%s, open since %s", in.lower(category), in.dated(since))
		}
	}
	return in.told(s.Detail)
}

// notContacted says in public words why a customer is not contacted.
func (in *speech) notContacted(result interventions.Result, reason string) string {
	if result == interventions.ResultOut {
		return in.Say("out of the population: %s", in.lower(reason))
	}
	return in.Text(notContacted(result, reason))
}

// functions are what the templates call.
func (in *speech) functions(a *assets, b Business) map[string]any {
	return map[string]any{
		"asset": a.path, "money": in.money, "exact": in.exact, "worth": in.worth, "date": in.date, "when": in.when, "clock": in.clock,
		"percent": in.percent, "trend": in.trend, "points": in.points, "decimal": in.Decimal, "text": in.Text, "capital": capital, "told": in.told, "concept": in.concept,
		"number": in.number, "number64": func(n int64) string { return in.Figures(in.Number(n)) },
		"language": in.language, "words": in.words, "lower": in.lower, "disposition": in.disposition, "thankLine": in.thankLine,
		"day": in.day, "took": func(d time.Duration) string { return in.Figures(in.format.took(d)) }, "mebibytes": mebibytes,
		"hours": in.workTime, "tenure": in.tenure,
		"plural": in.plural, "keptWords": in.keptWords, "notBefore": in.notBefore, "gate": in.gate, "closed": in.closed, "unlisted": in.unlisted, "moved": in.moved, "join": strings.Join,
		"notContacted": in.notContacted,
		"source":       b.sourceShown,
		"skewed":       in.skewed, "until": in.until,
		"horizon":  func() string { return in.plural(b.HorizonDays, "day") },
		"within":   func() string { return in.within(b) },
		"has":      func(list []string, s string) bool { return slices.Contains(list, s) },
		"inZone":   in.inZone,
		"isoDay":   func(t time.Time) string { return isoDay(t.In(in.zone)) },
		"whole":    in.whole,
		"times100": func(v float64) float64 { return 100 * v },
	}
}

// say puts an error into words for a person.
func (in *speech) say(err error) string {
	if fault.Of(err) == fault.Internal {
		return in.Text(ourSide)
	}
	why := cause(err)
	return sentence(in.why(why))
}

// why is an error in words: the counts among its arguments as people write them,
// and what was wrong inside it in words too. Numbers of things are not counts:
// they have types of their own.
func (in *speech) why(err error) string {
	format, args := fault.Words(err)
	if len(args) == 0 {
		return in.Text(err.Error())
	}
	args = slices.Clone(args)
	for i, a := range args {
		switch a := a.(type) {
		case int:
			args[i] = figure{in.number(a)}
		case error:
			args[i] = in.why(a)
		}
	}
	return in.Say(format, args...)
}

// figure is a count that any verb writes as people do.
type figure struct{ written string }

// Format writes it.
func (f figure) Format(s fmt.State, _ rune) { fmt.Fprint(s, f.written) }

// validateLanguages refuses languages that the pages are not written in.
func (c Config) validateLanguages() error {
	all, err := catalogue.Languages()
	if err != nil {
		return err
	}
	for i, code := range c.offered() {
		if all[code] == nil {
			field := "language"
			if i > 0 {
				field = "languages"
			}
			return fault.New(fault.Invalid, "%s: the pages are not written in %q: choose of %s", field, code, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
		}
	}
	return nil
}
