package features_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
)

// full uses every part of the engine. The vocabulary is benchVocab; its login
// is a second activity, and survey stands at code 4 of fullVocab.
func full() features.Config {
	return features.Config{
		Events: []features.EventKind{
			{Name: "purchase", Role: features.Activity, Amount: true, Quantity: true, MarginRate: 3500},
			{Name: "return", Role: features.Credit, Amount: true, MarginRate: 10000},
			{Name: "login", Role: features.Activity},
			{Name: "survey", Role: features.Survey},
		},
		Attributes:    []features.Attribute{{Name: "age", Kind: "numeric"}, {Name: "region", Kind: "category", Levels: []string{"north", "south"}}},
		Subscriptions: true, Plans: []string{"basic", "gold"}, Issues: true, Contacts: []string{"phone", "email"},
		Household: true, Calendar: true, Currency: "GBP",
	}
}

func init() { benchVocab.Kinds = append(benchVocab.Kinds, "survey") }

var asOf = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)

// drawTime gives times on the hour, before and after as-of, often on the very
// edge of a window.
func drawTime(t *rapid.T, name string) time.Time {
	if rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
		return asOf.AddDate(0, 0, -rapid.SampledFrom([]int{0, 7, 14, 30, 60, 90, 180, 360, 365, 730}).Draw(t, name))
	}
	return asOf.Add(-time.Duration(rapid.IntRange(-24*30, 24*900).Draw(t, name)) * time.Hour)
}

func drawStamp(t *rapid.T, ref int) history.Stamp {
	at := drawTime(t, "occurred")
	return history.Stamp{Customer: 1, Ref: int64(ref), Occurred: at, Recorded: at.Add(time.Duration(rapid.IntRange(0, 72).Draw(t, "lag")) * time.Hour)}
}

func drawEvent(t *rapid.T, ref int) history.Event {
	return history.Event{
		Stamp: drawStamp(t, ref), Kind: uint16(rapid.IntRange(0, 4).Draw(t, "kind")),
		AmountMinor: rapid.Int64Range(-5000, 20000).Draw(t, "amount"), Quantity: float64(rapid.IntRange(0, 10).Draw(t, "quantity")),
	}
}

// drawFact draws small facts without corrections: those are history's to get
// right. Ends and closings belong to a start of a smaller ref, which is older.
func drawFacts(t *rapid.T, n int) []history.Fact {
	var facts []history.Fact
	seen := map[time.Time]bool{}
	for ref := 1; ref <= n; ref++ {
		f := history.Fact{Stamp: drawStamp(t, ref)}
		if seen[f.Occurred] { // which of two facts of one instant is newer is not the twin's to say
			continue
		}
		seen[f.Occurred] = true
		f.Kind, f.Body = drawBody(t, f.Occurred)
		facts = append(facts, f)
		end := f
		end.Occurred = f.Occurred.Add(time.Duration(rapid.IntRange(1, 4000).Draw(t, "lasted")) * time.Hour)
		end.Recorded = later(f.Recorded, end.Occurred)
		if rapid.Bool().Draw(t, "ends") && !seen[end.Occurred] {
			seen[end.Occurred] = true
			switch f.Kind {
			case history.FactSubscription:
				end.Kind, end.Body = history.FactSubscriptionEnd, history.SubscriptionEnd{Kind: "voluntary"}
				facts = append(facts, end)
			case history.FactIssue:
				end.Kind, end.Body = history.FactIssueClosed, history.IssueClosed{}
				facts = append(facts, end)
			}
		}
	}
	return facts
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func drawBody(t *rapid.T, at time.Time) (history.FactKind, any) {
	n := rapid.IntRange(0, 5).Draw(t, "n")
	switch rapid.IntRange(0, 4).Draw(t, "fact") {
	case 0:
		s := history.Subscription{Plan: []string{"basic", "gold", "odd"}[n%3], Start: at, ValueMinor: int64(n * 1000), PeriodMonths: n % 3}
		if n > 2 {
			s.RenewsAt = asOf.AddDate(0, 0, n)
		}
		return history.FactSubscription, s
	case 1:
		return history.FactIssue, history.Issue{Severity: n}
	case 2:
		return history.FactContact, history.Contact{Channel: []string{"phone", "email", "post"}[n%3], Direction: []string{"in", "out"}[n%2], Reached: n > 3, Proactive: n == 1}
	case 3:
		return history.FactProfile, history.Profile{Attributes: map[string]string{
			"age": []string{"44", "", "old", "51", "-3", "0"}[n], "region": []string{"north", "south", "west", "", "north", "south"}[n],
		}}
	}
	return history.FactRelation, history.Relation{Kind: "household", Household: 5}
}

func makeRow(t interface{ Fatal(...any) }, e *features.Engine, events []history.Event, facts []history.Fact, at time.Time) []float64 {
	s, err := history.AssembleShard(history.Parts{
		Customers: []history.Customer{{ID: 1}}, Singles: slices.Clone(events), Facts: slices.Clone(facts), Vocab: benchVocab,
	})
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, len(e.Schema().Columns))
	e.Row(s.View(0, at, nil), row)
	return row
}

func mustEngine(t interface{ Fatal(...any) }, cfg features.Config) *features.Engine {
	e, err := features.New(cfg, benchVocab)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRowMatchesSlowTwin(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	rapid.Check(t, func(t *rapid.T) {
		var events []history.Event
		for ref := range rapid.IntRange(0, 25).Draw(t, "events") {
			events = append(events, drawEvent(t, ref+1))
		}
		facts := drawFacts(t, rapid.IntRange(0, 12).Draw(t, "facts"))
		row := makeRow(t, e, events, facts, asOf)
		want := slow(full(), asOf, events, facts)
		for i, c := range e.Schema().Columns {
			w, ok := want[c.Name]
			if !ok {
				t.Fatalf("the twin does not know %s", c.Name)
			}
			if !same(row[i], w) {
				t.Fatalf("%s is %v, want %v", c.Name, row[i], w)
			}
		}
	})
}

// same allows for the order of additions.
func same(a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	return math.Abs(a-b) <= 1e-9*(1+math.Abs(b))
}

// R10: whatever had not occurred or was not recorded at as-of never changes a
// row, be it new, a correction or a withdrawal of what is there.
func TestR10_InvisibleFactsNeverChangeARow(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	rapid.Check(t, func(t *rapid.T) {
		var events, hidden []history.Event
		for ref := range rapid.IntRange(0, 15).Draw(t, "events") {
			events = append(events, drawEvent(t, ref+1))
		}
		facts := drawFacts(t, rapid.IntRange(0, 8).Draw(t, "facts"))
		for range rapid.IntRange(1, 6).Draw(t, "hidden events") {
			ev := drawEvent(t, rapid.IntRange(1, 20).Draw(t, "ref"))
			ev.Stamp = hide(t, ev.Stamp)
			hidden = append(hidden, ev)
		}
		added := slices.Clone(facts)
		for _, f := range drawFacts(t, rapid.IntRange(1, 6).Draw(t, "hidden facts")) {
			f.Stamp = hide(t, f.Stamp)
			added = append(added, f)
		}
		before := makeRow(t, e, events, facts, asOf)
		after := makeRow(t, e, append(events, hidden...), added, asOf)
		for i, c := range e.Schema().Columns {
			if !same(before[i], after[i]) {
				t.Fatalf("%s was %v and became %v by facts nobody knew", c.Name, before[i], after[i])
			}
		}
	})
}

func hide(t *rapid.T, s history.Stamp) history.Stamp {
	s.Retracted = rapid.Bool().Draw(t, "withdrawn")
	until := asOf.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "late")) * time.Hour)
	if rapid.Bool().Draw(t, "by recording") {
		s.Recorded = until
	} else {
		s.Occurred = until
	}
	return s
}

// The row of a training date, made among other dates after the future was
// known, is bit for bit the row scored that night from what there was then.
func TestTrainingRowIsScoringRow(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	dates := []time.Time{asOf.AddDate(0, -8, 0), asOf.AddDate(0, -3, 0), asOf}
	rapid.Check(t, func(t *rapid.T) {
		var events []history.Event
		for ref := range rapid.IntRange(0, 15).Draw(t, "events") {
			events = append(events, drawEvent(t, ref+1))
		}
		facts := drawFacts(t, rapid.IntRange(0, 8).Draw(t, "facts"))
		s, err := history.AssembleShard(history.Parts{
			Customers: []history.Customer{{ID: 1}}, Singles: slices.Clone(events), Facts: slices.Clone(facts), Vocab: benchVocab,
		})
		if err != nil {
			t.Fatal(err)
		}
		err = e.Rows(s, 0, 1, dates, func(_, date int, _ history.View, row []float64) error {
			at := dates[date]
			then := func(s history.Stamp) bool { return !s.Recorded.Before(at) }
			night := makeRow(t, e,
				slices.DeleteFunc(slices.Clone(events), func(ev history.Event) bool { return then(ev.Stamp) }),
				slices.DeleteFunc(slices.Clone(facts), func(f history.Fact) bool { return then(f.Stamp) }), at)
			for i, c := range e.Schema().Columns {
				if math.Float64bits(row[i]) != math.Float64bits(night[i]) {
					t.Fatalf("%s as of %v: %v in training, %v that night", c.Name, at, row[i], night[i])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// What we do to a customer is no trait of the customer.
func TestOurOwnContactsAreNotSeen(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	contact := func(ref int64, proactive bool) history.Fact {
		at := asOf.AddDate(0, 0, -int(ref))
		return history.Fact{
			Stamp: history.Stamp{Customer: 1, Ref: ref, Occurred: at, Recorded: at}, Kind: history.FactContact,
			Body: history.Contact{Channel: "phone", Direction: "out", Reached: true, Proactive: proactive},
		}
	}
	without := makeRow(t, e, nil, []history.Fact{contact(5, false)}, asOf)
	with := makeRow(t, e, nil, []history.Fact{contact(5, false), contact(2, true)}, asOf)
	for i, c := range e.Schema().Columns {
		if !same(without[i], with[i]) {
			t.Errorf("%s changed from %v to %v by our own call", c.Name, without[i], with[i])
		}
	}
	if i := e.Schema().Index("contact_out_phone_30d"); without[i] != 1 {
		t.Errorf("contact_out_phone_30d is %v, want 1", without[i])
	}
}

func TestImmutableAttributeIsKnownEarlier(t *testing.T) {
	t.Parallel()
	cfg := full()
	cfg.Attributes = []features.Attribute{{Name: "age", Kind: "numeric"}, {Name: "region", Kind: "category", Levels: []string{"north"}, Immutable: true}}
	e := mustEngine(t, cfg)
	f := history.Fact{
		Stamp: history.Stamp{Customer: 1, Ref: 1, Occurred: asOf, Recorded: asOf}, Kind: history.FactProfile,
		Body: history.Profile{Attributes: map[string]string{"age": "40", "region": "north"}},
	}
	s, err := history.AssembleShard(history.Parts{Customers: []history.Customer{{ID: 1}}, Facts: []history.Fact{f}, Vocab: benchVocab})
	if err != nil {
		t.Fatal(err)
	}
	e.Prepare(s)
	row := make([]float64, len(e.Schema().Columns))
	e.Row(s.View(0, asOf.AddDate(0, -6, 0), nil), row)
	if age, region := row[e.Schema().Index("profile_age")], row[e.Schema().Index("profile_region")]; !math.IsNaN(age) || region != 1 {
		t.Errorf("age %v, region %v; want age unknown, region north (1)", age, region)
	}
}

func TestPriceChangesOfTheContract(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	var facts []history.Fact
	for i, price := range []int64{1000, 1000, 1200} {
		at := asOf.AddDate(0, 0, -300+100*i)
		facts = append(facts, history.Fact{
			Stamp: history.Stamp{Customer: 1, Ref: 9, Occurred: at, Recorded: at}, Kind: history.FactSubscription,
			Body: history.Subscription{Plan: "gold", Start: asOf.AddDate(0, 0, -400), RenewsAt: at.AddDate(0, 0, 110), ValueMinor: price, PeriodMonths: 1},
		})
	}
	row := makeRow(t, e, nil, facts, asOf)
	for name, want := range map[string]float64{
		"contract_running": 1, "contract_days_to_renewal": 10, "contract_age_days": 400, "contract_price_month": 1200,
		"contract_renewals": 2, "contract_price_changes": 1, "contract_price_change": 0.2, "contract_price_change_days": 100, "contract_plan": 2, "tenure_days": 400,
	} {
		if got := row[e.Schema().Index(name)]; !same(got, want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func TestRowAllocatesNothing(t *testing.T) {
	e := mustEngine(t, features.Default())
	s := busyShard(t, 0, 1, 50)
	row := make([]float64, len(e.Schema().Columns))
	var scratch history.Scratch
	if n := testing.AllocsPerRun(200, func() { e.Row(s.View(0, asOf, &scratch), row) }); n >= 1 {
		t.Errorf("%v allocations a row", n)
	}
}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*features.Config){
		`events[0].name is "Kauf"`:       func(c *features.Config) { c.Events[0].Name = "Kauf" },
		`events[1].name is "purchase"`:   func(c *features.Config) { c.Events[1].Name = "purchase" },
		`events[0].role is "x"`:          func(c *features.Config) { c.Events[0].Role = "x" },
		`events[0].margin_rate is 20000`: func(c *features.Config) { c.Events[0].MarginRate = 20000 },
		`windows[1] is 7`:                func(c *features.Config) { c.Windows = []int{7, 7} },
		`attributes[0].kind is "date"`:   func(c *features.Config) { c.Attributes[0].Kind = "date" },
		`attributes[1].levels is empty`:  func(c *features.Config) { c.Attributes[1].Levels = nil },
		`attributes[1].name is "age"`:    func(c *features.Config) { c.Attributes[1].Name = "age" },
		`would be called purchase_amount_last`: func(c *features.Config) {
			c.Events = append(c.Events, features.EventKind{Name: "purchase_amount", Role: features.Survey})
		},
		`contacts[1] is "phone"`: func(c *features.Config) { c.Contacts = []string{"phone", "phone"} },
	} {
		cfg := full()
		spoil(&cfg)
		_, err := features.New(cfg, benchVocab)
		if err == nil || !strings.Contains(err.Error(), want) || fault.Of(err) != fault.Invalid {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
