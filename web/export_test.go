package web

import (
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"holdfast/access"
	"holdfast/internal/locale"
	"holdfast/interventions"
	"holdfast/web/catalogue"
)

// RouteInfo is a route as tests see it.
type RouteInfo struct {
	Pattern string
	Action  access.Action
	Open    bool
}

// Routes is the table of addresses.
func Routes() []RouteInfo {
	var list []RouteInfo
	for _, r := range (&site{}).routes() {
		list = append(list, RouteInfo{r.pattern, r.action, r.open})
	}
	return list
}

// english is the pages' own language.
var english = speech{Language: &catalogue.Language{}}

// The functions that write numbers and times.
var (
	Number  = english.number
	Points  = english.points
	Percent = english.percent
	Day     = func(t, now time.Time, zone *time.Location) string {
		in := english
		in.zone = zone
		return in.day(t, now)
	}
	Took     = english.format.took
	Tenure   = english.tenure
	Local    = local
	Presets  = func(now time.Time, zone *time.Location) []preset { return presets(now, zone, &english, anyTime) }
	Words    = words[string]
	NotOn    = notContacted
	Sentence = sentence
)

// DueWords says how many commitments are due.
func DueWords(kinds ...interventions.DueKind) string {
	var due []commitment
	for _, k := range kinds {
		due = append(due, commitment{Task: interventions.Task{DueKind: k}})
	}
	return dueWords(due, &english)
}

// KeptWords says what became of claimed saves, of which those that are undecided
// are judged from a day on.
func KeptWords(claimed, kept, undecided int, from time.Time) string {
	in := english
	in.zone = time.UTC
	return in.keptWords(claims{claimed, kept, undecided, from})
}

// SourceShown is a source as pages show it.
func SourceShown(many bool, name string) string {
	return Business{ManySources: many}.sourceShown(name)
}

// Money writes amounts of a currency.
func Money(currency string, minor int64) (whole, exact string) {
	w, _ := locale.New("", currency)
	f := newFormat(Business{Writer: w})
	return f.money(minor), f.exact(minor)
}

// APIRoutes is the table of the API's addresses.
func APIRoutes(d Deps) ([]RouteInfo, error) {
	s, err := newSite(d)
	if err != nil {
		return nil, err
	}
	var list []RouteInfo
	for _, r := range s.newAPI().table {
		list = append(list, RouteInfo{Pattern: r.method + " " + r.path, Action: r.action})
	}
	return list, nil
}

// APIDocument is the description that the API is made with.
func APIDocument(d Deps) (*huma.OpenAPI, error) {
	s, err := newSite(d)
	if err != nil {
		return nil, err
	}
	return s.newAPI().OpenAPI(), nil
}

// ToldFormats are the formats of the sentences that are kept in English.
var ToldFormats = toldFormats

// Told says a kept sentence in a language, for a business in London.
func Told(t testing.TB, code, kept string) string {
	t.Helper()
	return london(t, code).told(kept)
}

// Closed says what closed a gate, there too.
func Closed(t testing.TB, code string, s interventions.Stop) string {
	t.Helper()
	return london(t, code).closed(s)
}

func london(t testing.TB, code string) *speech {
	t.Helper()
	w, err := locale.New("en-GB", "GBP")
	if err != nil {
		t.Fatal(err)
	}
	in, err := newSpeech(code, newFormat(Business{Writer: w, Zone: time.UTC}))
	if err != nil {
		t.Fatal(err)
	}
	return in
}
