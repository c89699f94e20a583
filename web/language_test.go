package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"holdfast/internal/fault"
	"holdfast/web"
	"holdfast/web/catalogue"
)

// TestTheBusinessHasALanguage that its pages, notices and refusals are in.
func TestTheBusinessHasALanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.config.Language = "de" })
	if a := w.browser(t).get("/desk"); !strings.Contains(a.body, "<h1>Anmelden</h1>") {
		t.Errorf("not signed in: %s", a.body)
	}
	busy(w)
	ann := w.as(t, "ann")
	card := ann.post("/desk/next", url.Values{})
	for _, want := range []string{
		`<html lang="de">`, "Was kam dabei heraus?", "Niemand erreicht", "7 Jahre bei uns", "kostet 15\u00a0£; Sie dürfen bis 20\u00a0£ gewähren",
		`data-lost="Es besteht keine Verbindung`, "Di 10. Mär, 09:55 (Ortszeit des Kunden)", ">10. Mär 2019</span>", `placeholder="was dem Kunden zugesagt wurde"`, "morgen Nachmittag: Mi 11. Mär, 15:00",
	} {
		if !strings.Contains(card.body, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
	at := strings.TrimPrefix(card.path, "/tasks/")
	for _, c := range []struct {
		form   string
		status int
		want   string
	}{
		{"fence=1&disposition=", http.StatusUnprocessableEntity, "Wählen Sie, was dabei herauskam."},
		{"fence=1&disposition=no_answer&then=desk", http.StatusOK, "Gespeichert für "},
	} {
		form, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		a := ann.post("/tasks/"+at+"/save", form)
		if !strings.Contains(a.body, c.want) || a.status != c.status {
			t.Errorf("%s answers %d without %q: %s", c.form, a.status, c.want, a.body)
		}
	}
}

// TestSomebodyHasALanguageOfTheirOwn: of those that the business offers, in
// this browser only.
func TestSomebodyHasALanguageOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.config.Languages = []string{"de"} })
	ann := w.as(t, "ann")
	if a := ann.get("/help"); !strings.Contains(a.body, `<option value="de" lang="de">Deutsch</option>`) || !strings.Contains(a.body, "<h1>Keys and words</h1>") {
		t.Errorf("help does not offer German: %s", a.body)
	}
	if a := ann.post("/language", url.Values{"language": {"de"}}); !strings.Contains(a.body, "<h1>Tasten und Wörter</h1>") {
		t.Errorf("after the choice: %s", a.body)
	}
	if a := ann.get("/desk"); !strings.Contains(a.body, "<h1>Arbeitsplatz</h1>") {
		t.Errorf("the desk is not in German: %s", a.body)
	}
	for _, code := range []string{"", "fr", catalogue.Invented} {
		if a := ann.post("/language", url.Values{"language": {code}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Wählen Sie eine Sprache aus der Liste.") {
			t.Errorf("language %q: %d %s", code, a.status, a.body)
		}
	}
	if a := w.as(t, "mia").get("/desk"); !strings.Contains(a.body, "<h1>Desk</h1>") {
		t.Error("mia has ann's language")
	}
}

func TestUnknownLanguagesAreRefused(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*web.Config){
		`language: the pages are not written in "": choose of de, en, en-XA`:    func(c *web.Config) { c.Language = "" },
		`languages: the pages are not written in "fr": choose of de, en, en-XA`: func(c *web.Config) { c.Languages = []string{"en", "fr"} },
	} {
		c := web.DefaultConfig()
		change(&c)
		if err := c.Validate(); fault.Of(err) != fault.Invalid || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
