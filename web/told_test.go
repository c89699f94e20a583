package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/interventions"
	"holdfast/web"
)

// sentenceFiles are the files whose sentences are kept in English and shown on
// pages.
var sentenceFiles = []string{"../nightly/check.go", "../training/due.go", "../training/riskrange.go", "../training/signs.go", "../training/small.go", "../interventions/gates.go", "../interventions/gates_offer.go"}

// anyVerb is an argument of any kind.
var anyVerb = regexp.MustCompile(`%%|%[-+# 0]*[0-9.]*[a-zA-Z]`)

// TestWhatNightsWriteIsTold: every sentence that a night keeps has its format
// in the list that pages read it back by.
func TestWhatNightsWriteIsTold(t *testing.T) {
	t.Parallel()
	known := web.ToldFormats()
	for i := range known {
		known[i] = strings.ReplaceAll(known[i], "%v", "%s")
	}
	for _, name := range sentenceFiles {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			at := slices.Index([]string{"Sprintf", "New"}, fun.Sel.Name)
			if x, ok := fun.X.(*ast.Ident); !ok || at < 0 || at >= len(call.Args) || (x.Name != "fmt" && x.Name != "fault") {
				return true
			}
			format := anyVerb.ReplaceAllStringFunc(folded(t, call.Args[at]), func(verb string) string {
				switch verb[len(verb)-1] {
				case '%':
					return "%"
				case 'd', 'f', 'g':
					return "%d"
				}
				return "%s"
			})
			if format = strings.TrimSuffix(format, "."); strings.Contains(strings.ReplaceAll(format, "%d %", ""), " ") && !strings.Contains(format, "most of all") && !strings.Contains(format, "%d%s") && !slices.Contains(known, format) {
				t.Errorf("%s writes %q", name, format)
			}
			return true
		})
	}
}

// folded is a literal, or several that are put together.
func folded(t *testing.T, e ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	case *ast.BinaryExpr:
		return folded(t, e.X) + folded(t, e.Y)
	}
	return ""
}

// TestWhatWasWrittenIsTold in German: whole sentences, several together, with
// dates, amounts and nouns in them; what people wrote stays.
func TestWhatWasWrittenIsTold(t *testing.T) {
	t.Parallel()
	for kept, want := range map[string]string{
		"": "",
		"No purchase for 74 days; usually every 21":                                                        "Seit 74 Tagen ohne Kauf; sonst alle 21",
		"1 purchase in 90 days against 2 before":                                                           "1 Kauf in 90 Tagen gegenüber 2 davor",
		"Latest service issue 1 day ago":                                                                   "Letzter Servicefall vor 1 Tag",
		"Latest service issue 1,200 days ago":                                                              "Letzter Servicefall vor 1.200 Tagen",
		"No login for 3 days; usually every day":                                                           "Seit 3 Tagen ohne Anmeldung; sonst jeden Tag",
		"it was begun 3 times and never came to an end: ask the operator, who sees why at the jobs":        "er wurde 3-mal begonnen und kam nie zu einem Ende: Fragen Sie den Betrieb, der bei den Aufträgen sieht, warum",
		"compare two policies: read partition 3: load shard 3: history segment 77 was let go by retention": "zwei Richtlinien vergleichen: Partition 3 lesen: Partition 3 laden: das Historiensegment 77 ist nach der Aufbewahrungsfrist gelöscht",
		"A visit every day, give or take 2":                                                                "Besuch: jeden Tag, mehr oder weniger 2",
		"Silent as long as usual; 1 day against 1":                                                         "So lange still wie üblich; 1 Tag gegenüber 1",
		"No purchase for 1 day":                                                                            "Seit 1 Tag ohne Kauf",
		"3 purchases in 90 days; 12 in the 90 before":                                                      "3 Käufe in 90 Tagen; 12 in den 90 davor",
		"18 visits between 1 and 2 years ago; 4 since":                                                     "18 Besuche vor 1 bis 2 Jahren; seither 4",
		"One visit between 30 and 60 days ago; 0 since":                                                    "1 Besuch vor 30 bis 60 Tagen; seither 0",
		"No purchase between 30 and 60 days ago; 2 since":                                                  "Vor 30 bis 60 Tagen ohne Kauf; seither 2",
		"No purchase between 1 and 2 years ago":                                                            "Vor 1 bis 2 Jahren ohne Kauf",
		"Purchases worth £1,284.50 in 365 days":                                                            "Käufe für 1.284,50\u00a0£ in 365 Tagen",
		"Latest purchases: 4 Mar 2011 (£35.20), 11 Feb 2011 (£12)":                                         "Käufe zuletzt: 4. Mär 2011 (35,20\u00a0£), 11. Feb 2011 (12\u00a0£)",
		"Latest contacts: 4 Mar 2011 (call from the customer), 11 Feb 2011 (e-mail to the customer)":       "Letzte Kontakte: 4. Mär 2011 (Anruf des Kunden), 11. Feb 2011 (E-Mail an den Kunden)",
		"Latest contacts: 4 Mar 2011 (contact to the customer by video chat)":                              "Letzte Kontakte: 4. Mär 2011 (Kontakt zum Kunden: video chat)",
		"Latest contacts: 4 Mar 2011 (contact from the customer by phone)":                                 "Letzte Kontakte: 4. Mär 2011 (Kontakt vom Kunden: Telefon)",
		"the champion is 12 days old and its scores have not drifted":                                      "das amtierende Modell ist 12 Tage alt, und seine Bewertungen haben sich nicht verschoben",
		"check, shard 0: the list grew from 90 to 1200 contacts: look at `holdfast list show`; `holdfast list release` publishes it as it is": "Prüfung, Teil 0: die Liste wuchs von 90 auf 1.200 Kontakte: Sehen Sie `holdfast list show` an; `holdfast list release` veröffentlicht sie, wie sie ist",
		"is not an amount": "ist kein Betrag",
		"has a comma, and no thousands separator is configured; set `thousands: \",\"`, or `decimal: \",\"` if it separates the decimals":                                   "hat ein Komma, und kein Tausendertrennzeichen ist konfiguriert; setzen Sie `thousands: \",\"`, oder `decimal: \",\"`, wenn es die Nachkommastellen trennt",
		"feed crm: 7 of 30 rows cannot be used, more than 1 %; nothing was imported. Most often (5): crm-1.25.csv line 3, column \"amount\": \"1,234.50\" is not an amount": "Feed crm: 7 von 30 Zeilen sind unbrauchbar, mehr als 1 %; nichts wurde importiert. Am häufigsten (5): crm-1.25.csv Zeile 3, Spalte \"amount\": \"1,234.50\" ist kein Betrag",
		"contacted on 2026-03-09":                        "kontaktiert am 9. Mär 2026",
		"Tuesday 20:15 there":                            "dort Dienstag, 20:15",
		"until 2026-04-01: is in hospital":               "bis 1. Apr 2026: is in hospital",
		"not relevant: issue_days >= 2 and value > 1000": "kommt nicht in Frage: issue_days >= 2 and value > 1000",
		"3 in 30 days, at most 3":                        "3 in 30 Tagen, höchstens 3",
		"billing, open since 2026-03-09":                 "Abrechnung, offen seit 9. Mär 2026",
		"gave up after 5 attempts; the last: deliver message 123456: the mail server mail.example:25 cannot be used: dial tcp 10.0.0.1:25: no route": "nach 5 Versuchen aufgegeben; der letzte: Nachricht 123456 zustellen: der Mailserver mail.example:25 ist nicht zu gebrauchen: dial tcp 10.0.0.1:25: no route",
		"deliver message 123456: gave up after 31 tries in 24 h; the last: the webhook receiver answered 503":                                        "Nachricht 123456 zustellen: nach 31 Versuchen in 24 Std. aufgegeben; der letzte: der Empfänger des Webhooks antwortete 503",
		"deliver message 123456: it may have arrived: look for 5f0a12 in the receiver's log, and send it again only if it is not there":              "Nachricht 123456 zustellen: sie kann angekommen sein: suchen Sie 5f0a12 im Protokoll des Empfängers, und verschicken Sie sie nur noch einmal, wenn sie dort nicht steht",
		"deliver message 123456: the mail server refused the message with 550 5.1.1: the address does not exist":                                     "Nachricht 123456 zustellen: der Mailserver hat die Nachricht abgelehnt, mit 550 5.1.1: die Adresse gibt es nicht",
		"tell crm of task.done: the webhook receiver answered 503":                                                                                   "crm Bescheid geben (task.done): der Empfänger des Webhooks antwortete 503",
		"no purchase in 180 days": "in 180 Tagen ohne Kauf",
		"Ann said: call me later": "Ann said: call me later",
	} {
		if got := web.Told(t, "de", kept); got != want {
			t.Errorf("%q is told as %q, want %q", kept, got, want)
		}
		if got := web.Told(t, "en", kept); got != inEnglish(kept) {
			t.Errorf("%q is told in English as %q", kept, got)
		}
	}
}

// inEnglish is a sentence of these tests as English pages say it.
func inEnglish(kept string) string {
	return regexp.MustCompile(`2026-0(\d)-0(\d)`).ReplaceAllStringFunc(strings.Replace(kept, "1200", "1,200", 1), func(day string) string {
		return string(day[9]) + " " + []string{"Feb", "Mar", "Apr"}[day[6]-'2'] + " 2026"
	})
}

// TestWhyNobodyIsContactedIsTold: what a treatment missed and what closed a gate
// are translated, each sentence of the source.
func TestWhyNobodyIsContactedIsTold(t *testing.T) {
	t.Parallel()
	found := 0
	for _, name := range []string{"authority.go", "gates.go", "gates_offer.go", "language.go", "propose.go", "protected.go", "tier.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), "../interventions/"+name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range sentencesOf(file) {
			found++
			if in := web.Told(t, "de", said); in == said || strings.Contains(in, "since") {
				t.Errorf("%s says %q, which is told as %q", name, said, in)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d sentences found", found)
	}
}

// sentencesOf are the texts of several words that functions return and that maps
// hold, something put in for each argument.
func sentencesOf(file *ast.File) (list []string) {
	add := func(e ast.Expr) {
		said := sample(e)
		if strings.Contains(strings.TrimSpace(said), " ") || strings.HasSuffix(said, ": ") {
			list = append(list, strings.TrimSuffix(said, ": "))
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ReturnStmt:
			if len(n.Results) > 0 {
				add(n.Results[0])
			}
		case *ast.KeyValueExpr:
			add(n.Value)
		}
		return true
	})
	return list
}

// sample is a text as it may come out.
func sample(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return anyVerb.ReplaceAllString(s, "4")
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return sample(e.X) + sample(e.Y)
		}
	case *ast.CallExpr:
		if fun, ok := e.Fun.(*ast.SelectorExpr); ok && (fun.Sel.Name == "Sprintf" || fun.Sel.Name == "Format") {
			return sample(e.Args[0])
		}
		return "4"
	case *ast.Ident, *ast.SelectorExpr:
		return "4"
	}
	return ""
}

// TestWhatClosedAGateIsInWords, also in English.
func TestWhatClosedAGateIsInWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		gate                interventions.Gate
		kept, english, want string
	}{
		{interventions.GateLeft, "declined_leaving since 2026-02-03", "leaving all the same, since 3 Feb 2026", "geht trotzdem, seit 3. Feb 2026"},
		{interventions.GateLeft, "already_left since 2026-02-03", "has already left, since 3 Feb 2026", ""},
		{interventions.GateLeft, "involuntary", "involuntary", "unfreiwillig"},
		{interventions.GateHousehold, "in_person", "in person", ""},
		{interventions.GateHousehold, "phone", "phone", "Telefon"},
		{interventions.GateIssue, "billing, open since 2026-03-09", "billing, open since 9 Mar 2026", "Abrechnung, offen seit 9. Mär 2026"},
		{interventions.GateIssue, "late_parcel, open since 2026-03-09", "late parcel, open since 9 Mar 2026", "late parcel, offen seit 9. Mär 2026"},
		{interventions.GateRecognition, "says no", "says no", "sagt Nein"},
		{interventions.GateOfferHeld, "Free_Month", "Free_Month", "Free_Month"},
	} {
		stop := interventions.Stop{Gate: c.gate, Detail: c.kept}
		if got := web.Closed(t, "en", stop); got != c.english {
			t.Errorf("%q is %q in English", c.kept, got)
		}
		if got := web.Closed(t, "de", stop); c.want != "" && got != c.want {
			t.Errorf("%q is %q in German, want %q", c.kept, got, c.want)
		}
	}
}

// TestWhyRowsAreRejectedIsTold: every reason of the source has its translation.
func TestWhyRowsAreRejectedIsTold(t *testing.T) {
	t.Parallel()
	var files []string
	for _, dir := range []string{"../internal/tabular", "../history"} {
		found, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		files = append(files, found...)
	}
	reason, found := regexp.MustCompile(`(?m)^\t(?:\w+ +Reason|reason\w+) += "([^"]+)"$`), 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reason.FindAllStringSubmatch(string(source), -1) {
			found++
			if web.Told(t, "de", m[1]) == m[1] {
				t.Errorf("%s: %q is not told: add it to rejectionFormats", file, m[1])
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d reasons found", found)
	}
}
