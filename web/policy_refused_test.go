package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"holdfast/web/catalogue"
)

// acceptable is a policy that nothing is wrong with; refusedPolicies spoil it.
const acceptable = `interventions:
  treatments:
    - name: call
      family: save
      channel: phone
      purpose: retention
      dial_minutes: 1
      attempts: 2
      durability: 0.8
      effect: {mean: 0.1, spread: 0.1}
      expiry_days: 10
`

// spoilt is the acceptable policy with one of its lines put otherwise.
func spoilt(line, otherwise string) string {
	return strings.Replace(acceptable, "      "+line+"\n", "      "+otherwise+"\n", 1)
}

// with is the acceptable policy with a line more, of its only treatment.
func with(line string) string { return acceptable + "      " + line + "\n" }

// section is a policy of the default treatments that says one thing of its own.
func section(line string) string { return "interventions:\n  " + line + "\n" }

// refusedPolicies are what a manager may paste, and what they read in German.
var refusedPolicies = []struct{ policy, want string }{
	{"", "Zeile 1, Spalte 1: hier steht nichts; beginnen Sie mit interventions:"},
	{"a: 1", `Zeile 1, Spalte 1: hier steht "a", und eine Richtlinie ist allein der Abschnitt interventions`},
	{"- a", "Zeile 1, Spalte 1: eine Richtlinie ist der Abschnitt interventions einer "},
	{"interventions: {}\n---\na: 1", "Zeile 2, Spalte 1: hier beginnt ein zweites Dokument"},
	{"interventions:\n\tx: 1", "Zeile 2, Spalte 1: hier steht ein Tabulator; rücken Sie mit Leerzeichen ein."},
	{"interventions: {roster: {agents: 3", "es fehlt ein Komma oder }"},
	{section("directors: [ann"), "es fehlt ein Komma oder ]"},
	{section("episode_days: 180\n  episode_days: 180"), `Zeile 3, Spalte 3: der Schlüssel "episode_days" steht schon in Zeile 2`},
	{section("segment_attribute: a: b"), "ein Doppelpunkt steht, wo keiner hingehört"},
	{section("directors: &d [a]\n  protected_attributes: *d"), "Zeile 3, Spalte 25: hier wird genannt, was anderswo steht"},
	{section("rooster: 1"), `Zeile 2, Spalte 3: interventions hat keinen Schlüssel "rooster"; die Schlüssel sind treatments, `},
	{section("roster: {agents: many}"), `Zeile 2, Spalte 20: interventions.roster.agents ist "many"; schreiben Sie eine ganze Zahl.`},
	{section("roster: 3"), `interventions.roster ist "3"; schreiben Sie die Schlüssel agents, minutes, inbound, skills.`},
	{section("roster: [3]"), "interventions.roster ist eine Liste; schreiben Sie die Schlüssel agents"},
	{section("directors: {ann: 1}"), "interventions.directors hat eigene Schlüssel; schreiben Sie eine Liste."},
	{section("chance: {exploration_share: 5%}"), `interventions.chance.exploration_share ist "5%"; schreiben Sie 0.05, das sind 5 % als Anteil.`},
	{section("episode_days: 90"), "Zeile 1, Spalte 1: scoring.episode_max_days ist 180 und interventions.episode_days 90"},
	{strings.Repeat("\n", 1500) + section("roster: {agents: 200000}"), "Zeile 1502, Spalte 20: interventions.roster.agents ist 200000: Geben Sie eine Zahl von 0 bis 100000 an."},
	{section("roster: {minutes: {funday: 3}}"), "interventions.roster.minutes.funday ist kein Wochentag"},
	{section("roster: {agents: 2, skills: {polish: 3}}"), "interventions.roster.skills.polish ist 3: Geben Sie eine Zahl von 0 bis roster.agents an, 2."},
	{section("contact_policy: {windows: {funday: []}}"), "interventions.contact_policy.windows.funday ist kein Wochentag"},
	{section(`contact_policy: {windows: {monday: ["9"]}}`), `windows.monday[0] ist "9": Schreiben Sie eine Spanne`},
	{section(`contact_policy: {windows: {monday: ["9-25:00"]}}`), `windows.monday[0] ist "9-25:00": "9" ist keine Uhrzeit`},
	{section(`contact_policy: {windows: {monday: ["20:00-09:00"]}}`), "das Ende muss nach dem Beginn liegen."},
	{section("contact_policy: {holidays: [christmas]}"), `holidays[0] ist "christmas": Schreiben Sie ein Datum`},
	{section("contact_policy: {caps: [{max: -1, days: 30}]}"), "caps[0] ist max -1 in 30 Tagen"},
	{section("contact_policy: {windowed: [pigeon]}"), `windowed[0] ist "pigeon": Schreiben Sie phone`},
	{section("limits: {channels: {email: -4000}}"), "limits.channels.email ist -4000: Geben Sie eine Zahl von Kontakten an"},
	{section("limits: {signatories: {Ann: 3}}"), `limits.signatories hat "Ann", wer aber keinen Dankanruf führt`},
	{section("chance: {global_holdout: 0.7}"), "chance.global_holdout ist 0.7: Geben Sie einen Anteil von 0 bis 0.5 an"},
	{section("attempts: {max: 60}"), "attempts.max ist 60: Geben Sie eine Zahl von 1 bis 20 an."},
	{section("value_tiers: [{name: gold, from_minor: 100000}, {name: silver, from_minor: 1000}]"), `value_tiers[1] ist "silver" ab 1000: Geben Sie jeder einen Namen`},
	{section("protected_attributes: [gender, gender]"), `protected_attributes[1] ist "gender": Nennen Sie jedes Merkmal einmal.`},
	{section("protected_attributes: [gender]"), `interventions.protected_attributes[0] spricht vom Merkmal "gender", das kein Feed bringt (sie bringen segment)`},
	{spoilt("family: save", "family: sell"), `interventions.treatments[0].family ist "sell": Schreiben Sie save`},
	{spoilt("family: save", "family: service"), `treatments[0].purpose ist "retention": Die Familie service, und nur sie, hat den Zweck service.`},
	{spoilt("family: save", "family: offer"), "treatments[0].offer fehlt: Die Familie offer braucht ein Angebot."},
	{spoilt("channel: phone", "channel: letter"), "treatments[0].body fehlt: Eine Nachricht braucht einen Text."},
	{spoilt("durability: 0.8", "durability: 0"), "treatments[0].durability fehlt"},
	{spoilt("durability: 0.8", "durability: 8"), "Zeile 9, Spalte 19: interventions.treatments[0].durability ist 8: Geben Sie eine Zahl von 0 bis 1 an."},
	{spoilt("effect: {mean: 0.1, spread: 0.1}", "reach: 0.5"), "treatments[0].effect fehlt"},
	{with("milestone_years: [5]"), "treatments[0].milestone_years ist gesetzt"},
	{with("plan_ghost_share: true"), "treatments[0].plan_ghost_share ist true und ghost_share ist 0"},
	{with("outcome: visit"), `treatments[0].outcome ist "visit": Die Familie save wird am Bleiben gemessen`},
	{with("offer: {name: free, cost_minor: 5, ceilings: {clerk: {gold: 1}}}"), "offer.ceilings.clerk ist keine Befugnis"},
	{with("offer: {name: free, cost_minor: 5, ceilings: {lead: {gold: 1}}}"), "offer.ceilings.lead fehlt die Wertklasse standard"},
	{with("relevance: teir == 'gold'"), "treatments[0].relevance von call: Zeile 1, Spalte 1: unbekannter Name teir."},
	{with("relevance: plan > 3"), "Zeile 1, Spalte 6: ungültige Operation: > (die Typen string und int passen nicht zusammen)."},
	{with("relevance: risk + 1"), "der Ausdruck ergibt float64: Ein Ausdruck muss bool ergeben"},
	{with("relevance: risk >"), "der Ausdruck endet, bevor er vollständig ist."},
	{with("relevance: risk > ) 1"), `")" gehört nicht hierher.`},
	{with(`relevance: "plan == 'x"`), "ein Anführungszeichen wird geöffnet und nicht geschlossen."},
	{with("relevance: plan.name == 'x'"), "der Typ string hat kein Feld name."},
	{with("relevance: any(1..3, risk > 0)"), "es gibt keine Bereiche: Vergleichen Sie stattdessen mit < und >."},
	{with("relevance: let a = risk; a > 0"), "es gibt kein let"},
	{with("relevance: now() > 3"), "es gibt keine Funktion now; es gibt all, any, "},
	{with(`relevance: "any(reasons, any(reasons, # == #))"`), "any steht in any: Keine Schleife steht in einer anderen"},
	{with("relevance: reasons[1.5] == 'x'"), `die Sprache der Ausdrücke sagt "`},
	{with("script: Dear {{.Nmae}}"), "treatments[0].script lässt sich nicht ausfüllen: script:1:7: Es gibt kein Feld Nmae in .Nmae; die Felder sind Name"}, //nolint:misspell // the misspelling is the bad input
	{with("script: Dear {{.Name"), `treatments[0].script lässt sich nicht ausfüllen: script:1: zwei geschweifte Klammern werden geöffnet und nicht geschlossen; die Felder`},
	{with(`script: "{{if .Offer}}We offer {{.Offer}}"`), "script:1: ein if oder range hat kein end; die Felder"},
	{with(`script: "Dear {{end}}"`), "script:1: end steht, wo kein if oder range begonnen wurde"},
	{with(`script: "Dear {{else}}"`), "script:1: else steht, wo kein if"},
	{with(`script: "Dear {{}}"`), "script:1: ein Feld oder ein anderer Wert fehlt"},
	{with(`script: "{{if}}x{{end}}"`), "script:1: ein Feld oder ein anderer Wert fehlt"},
	{with(`script: "Dear {{upper .Name}}"`), `script:1: es gibt keine Funktion "upper"; die Felder`},
	{with(`script: "Dear {{$name}}"`), `script:1: unbekannter Name "$name"`},
	{with("script: 'Dear {{printf \"%s .Name}}'"), "script:1: ein Anführungszeichen wird geöffnet und nicht geschlossen"},
	{with(`script: "Dear {{(.Name}}"`), "script:1: eine Klammer wird geöffnet und nicht geschlossen"},
	{with(`script: "Dear {{.Name)}}"`), "script:1: eine Klammer wird geschlossen, die nicht geöffnet wurde"},
	{with(`script: "Dear {{template \"sir\"}}"`), `script:1:16: es gibt keine Vorlage "sir"; die Felder`},
	{with(`script: "Dear {{.Name}!}}"`), `script:1: '}' gehört nicht hierher; die Felder`},
	{with(`script: "Dear {{if . else}}"`), `script:1: <else> gehört nicht hierher; die Felder`},
	{with(`script: "Dear {{len}}"`), `die Sprache der Vorlagen sagt "script:1:7: executing`},
	{with("texts: {de: {script: Hallo}}"), "treatments[0].texts.de.script ist gesetzt, und die Maßnahme hat kein script"},
}

var (
	alert   = regexp.MustCompile(`<p class="say bad" role="alert">(.*?)</p>`)
	place   = regexp.MustCompile(`^(?:\[!! )?\S+ (\d+), \S+ \d+: `)
	inQuote = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	// anEnglishWord is one that English sentences have and German ones have not.
	anEnglishWord = regexp.MustCompile(`(?i)\b(?:the|is|are|has|have|write|give|which|must|missing|stands|from|with|there|leave|take|here|it|and|not|no|unknown|invalid|add|does|cannot|already)\b`)
	// twoWords in a row are English in the invented language, where every letter
	// of a text has an accent.
	twoWords = regexp.MustCompile(`\b[A-Za-z]{2,} [A-Za-z]{2,}\b`)
)

// TestAPolicyIsRefusedInTheReadersLanguage: whatever is wrong with what a manager
// pastes is said in German, but for what the libraries of YAML, expressions and
// templates say themselves, which is quoted; the line is shown.
func TestAPolicyIsRefusedInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	for language, leftover := range map[string]*regexp.Regexp{"de": anEnglishWord, catalogue.Invented: twoWords} {
		w := newWorld(t, func(w *world) { w.config.Language = language })
		b := w.as(t, "mia")
		for _, c := range refusedPolicies {
			got := b.post("/policy/dry-runs", url.Values{"policy": {c.policy}})
			said := alert.FindStringSubmatch(got.body)
			if got.status != http.StatusUnprocessableEntity || said == nil {
				t.Errorf("%q: %d, says nothing of it", c.policy, got.status)
				continue
			}
			text := html.UnescapeString(said[1])
			if language == "de" && !strings.Contains(text, c.want) {
				t.Errorf("%q: says\n %s\nand not\n %s", c.policy, text, c.want)
			}
			if left := leftover.FindString(inQuote.ReplaceAllString(text, "")); left != "" {
				t.Errorf("%s of %q: %q is English in %s", language, c.policy, left, text)
			}
			at := place.FindStringSubmatch(text)
			if at == nil {
				t.Errorf("%s of %q: no place begins %s", language, c.policy, text)
				continue
			}
			lines := strings.Split(c.policy, "\n")
			line, _ := strconv.Atoi(at[1]) // digits, by the pattern
			if shown := `<pre class="scroll" tabindex="0" dir="ltr"><code>` + lines[line-1] + "</code>"; lines[line-1] != "" && !strings.Contains(html.UnescapeString(got.body), shown) {
				t.Errorf("%s of %q: line %d is not shown", language, c.policy, line)
			}
		}
		if got := b.post("/policy/dry-runs", url.Values{"policy": {acceptable}}); got.status != http.StatusOK {
			t.Errorf("the policy that is spoilt is refused itself: %d", got.status)
		}
	}
}
