package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/locale"
	"holdfast/internal/simulate"
	"holdfast/interventions"
	"holdfast/store"
)

func parse(t testing.TB, text string) *Config {
	t.Helper()
	c, err := Parse("holdfast.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnEmptyFileIsTheDefaults(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n", "# nothing yet\n", "business:\nweb:\n"} {
		got := parse(t, text)
		got.Hash, got.Zone = "", nil
		var none locale.Writer
		got.Writer, got.Features.Writer, got.Interventions.Writer = none, none, none
		if diff := cmp.Diff(Default(), got, cmpopts.IgnoreUnexported(store.Config{}), cmpopts.EquateComparable(locale.Writer{})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// A section that the file gives replaces its lists and maps whole: nobody wants
// the margin of purchases because they named that of payments.
func TestGivenListsReplaceTheDefaults(t *testing.T) {
	t.Parallel()
	c := parse(t, `
business: {name: A, timezone: Asia/Tokyo}
history: {event_kinds: [payment, visit]}
churn: {kind: contract, horizon_days: 42, activity: [visit]}
features: {subscriptions: true, events: [{name: visit, role: activity}]}
value: {margin_rates: {payment: 3500}}
queue: {lease: 1m}
interventions:
  roster: {agents: 3, minutes: {sunday: 60}}
`)
	if want := map[string]int{"payment": 3500}; !cmp.Equal(c.Value.MarginRates, want) {
		t.Errorf("margin rates %v, want %v", c.Value.MarginRates, want)
	}
	if want := (interventions.Roster{Agents: 3, Minutes: map[string]int{"sunday": 60}, Inbound: .1}); !cmp.Equal(c.Interventions.Roster, want) {
		t.Errorf("roster %+v, want %+v", c.Interventions.Roster, want)
	}
	if len(c.Features.Events) != 1 || len(c.Churn.Activity) != 1 || len(c.History.EventKinds) != 2 {
		t.Errorf("lists were mixed with the defaults: %v %v %v", c.Features.Events, c.Churn.Activity, c.History.EventKinds)
	}
	if c.Queue.Lease != time.Minute || c.Queue.Hold != 30*time.Second {
		t.Errorf("lease %v, hold %v", c.Queue.Lease, c.Queue.Hold)
	}
	if c.Zone.String() != "Asia/Tokyo" || c.Business.Currency != "EUR" {
		t.Errorf("zone %v, currency %s", c.Zone, c.Business.Currency)
	}
}

func TestHashFollowsTheText(t *testing.T) {
	t.Parallel()
	a, b := parse(t, "business: {name: A}"), parse(t, "business: {name: B}")
	if a.Hash == b.Hash || a.Hash != parse(t, "business: {name: A}").Hash || len(a.Hash) != 16 {
		t.Errorf("hashes %q and %q", a.Hash, b.Hash)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "holdfast.yaml")
	_, err := Load(path)
	if fault.Of(err) != fault.Invalid || err.Error() != "there is no configuration file "+path+": run `holdfast init` to write one" {
		t.Errorf("absent: %v", err)
	}
	if err := os.WriteFile(path, []byte("web:\n  listen: nowhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), path+":2:11: web.listen") {
		t.Errorf("bad: %v", err)
	}
	if _, err := Load(filepath.Dir(path)); fault.Of(err) != fault.Invalid {
		t.Errorf("a folder: %v", err)
	}
}

// The example stands for the documentation: each key of each section is there.
func TestTheExampleNamesEveryKey(t *testing.T) {
	t.Parallel()
	sections := map[string]string{}
	name := ""
	for line := range strings.Lines(Example) {
		if line[0] >= 'a' && line[0] <= 'z' {
			name, _, _ = strings.Cut(line, ":")
		}
		sections[name] += line
	}
	for f := range reflect.TypeFor[Config]().Fields() {
		section, ok := keyOf(f)
		if !ok {
			continue
		}
		for _, key := range everyKey(f.Type) {
			if !regexp.MustCompile(`(^|[\s{,(#])` + key + `:`).MatchString(sections[section]) {
				t.Errorf("the example does not name %s in the section %s", key, section)
			}
		}
	}
}

func everyKey(t reflect.Type) []string {
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return everyKey(t.Elem())
	case reflect.Struct:
		if t.PkgPath() == "time" {
			return nil
		}
		var keys []string
		for f := range t.Fields() {
			if key, ok := keyOf(f); ok {
				keys = append(append(keys, key), everyKey(f.Type)...)
			}
		}
		return keys
	}
	return nil
}

func TestExampleAndDemoAreGood(t *testing.T) {
	t.Parallel()
	dir := `/some "odd" \ folder`
	for name, text := range map[string]string{"example": Example, "demo": Demo(dir)} {
		c := parse(t, text)
		if c.Churn.Kind != "contract" || c.Churn.HorizonDays != 42 || !slices.Equal(c.Churn.Exits, []string{"voluntary"}) {
			t.Errorf("%s: churn %+v", name, c.Churn)
		}
		var names []string
		for _, tr := range c.Interventions.Treatments {
			names = append(names, tr.Name)
		}
		want := []string{"retention_call", "offer_message", "service_recovery", "thank_you_call", "thank_you_message"}
		if name == "example" {
			want = append(want, "first_visit")
		} else {
			want = append(want, "tell_us")
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s: treatments %s", name, diff)
		}
	}
	c := parse(t, Demo(dir))
	if c.Store.URL != dir+"/holdfast.db" || c.Channels.Folder != dir+"/outbox" || c.Business.Partitions != 8 {
		t.Errorf("demo: %q, %q, %d partitions", c.Store.URL, c.Channels.Folder, c.Business.Partitions)
	}
}

// The feeds of both read exactly the columns that the simulated business writes.
func TestFeedsMatchTheSimulatedBusiness(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"example": Example, "demo": Demo("x")} {
		c := parse(t, text)
		for _, feed := range []string{"customers", "subscriptions", "events", "issues", "contacts", "consents"} {
			columns, err := simulate.Columns(feed)
			if err != nil {
				t.Fatal(err)
			}
			f, err := c.History.Feed(feed)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(columns)), columnsOf(f)); diff != "" {
				t.Errorf("%s: feed %s reads other columns than are written (-written +read):\n%s", name, feed, diff)
			}
		}
	}
}

func columnsOf(f history.Feed) []string {
	var out []string
	for _, by := range []map[string]string{f.Columns, f.Attributes} {
		for _, column := range by {
			out = append(out, column)
		}
	}
	out = append(append(out, f.Key...), f.Deleted.Column)
	slices.Sort(out)
	return slices.Compact(out)
}

// No key of the file is for a secret.
func TestSecretsAreNeverInTheFile(t *testing.T) {
	t.Parallel()
	secret := regexp.MustCompile(`password|secret|token|credential|private`)
	for f := range reflect.TypeFor[Config]().Fields() {
		for _, key := range everyKey(f.Type) {
			if secret.MatchString(key) {
				t.Errorf("%s has the key %s: secrets come from the environment", f.Name, key)
			}
		}
	}
}

// The sections stand in the order of the circle, in the code, the example and
// every message that lists them.
func TestOrderOfSections(t *testing.T) {
	t.Parallel()
	want := keysOf(reflect.TypeFor[Config]())
	want = want[:slices.Index(want, "web")+1]
	var got []string
	for line := range strings.Lines(Example) {
		if line[0] >= 'a' && line[0] <= 'z' {
			key, _, _ := strings.Cut(line, ":")
			got = append(got, key)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sections of the example: %s", diff)
	}
}

// Whatever one byte of a good file becomes, the answer is a configuration or
// one sentence of kind Invalid.
func TestSpoiltFilesAreRefusedOrGood(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(Demo("x"))
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		text[at] = rapid.SampledFrom([]byte("\n\t:-[]{},&*!#|>'\"% a9\x00\xff")).Draw(t, "byte")
		checkAnswer(t, text)
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(Example))
	f.Add([]byte("a: &x {b: *x}\n"))
	f.Add([]byte("<<: {web: 1}\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Fuzz(func(t *testing.T, text []byte) { checkAnswer(t, text) })
}

func checkAnswer(t interface{ Fatalf(string, ...any) }, text []byte) {
	_, err := Parse("f.yaml", bytes.Clone(text))
	if err != nil && (fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), "f.yaml:")) {
		t.Fatalf("%q: %v", text, err)
	}
}

// TestFeedsTakeTheCurrencysDecimals unless they say otherwise.
func TestFeedsTakeTheCurrencysDecimals(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]int{"EUR": 2, "JPY": 0, "KWD": 3, "jpy": 0} {
		c := Default()
		two := 2
		c.Business.Currency, c.Business.Locale = currency, "de-DE"
		c.History.Feeds = []history.Feed{{Name: "a"}, {Name: "b", MinorDigits: &two}}
		_ = c.Validate() // the feeds lack the rest
		if got := c.History.Feeds; *got[0].MinorDigits != want || *got[1].MinorDigits != 2 {
			t.Errorf("%s: %d and %d", currency, *got[0].MinorDigits, *got[1].MinorDigits)
		}
		if c.Features.Writer != c.Writer || c.Interventions.Writer != c.Writer || c.Writer.Currency() != strings.ToUpper(currency) {
			t.Errorf("%s: the sections write as %+v and %+v", currency, c.Features.Writer, c.Interventions.Writer)
		}
	}
}
