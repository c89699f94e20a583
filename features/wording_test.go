package features_test

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/locale"
)

func daysAgo(ref int64, days float64, kind uint16, amount int64) history.Event {
	at := asOf.Add(-time.Duration(days * 24 * float64(time.Hour)))
	return history.Event{Stamp: history.Stamp{Customer: 1, Ref: ref, Occurred: at, Recorded: at}, Kind: kind, AmountMinor: amount, Quantity: 7}
}

// pounds is how the tests' business writes.
var pounds, _ = locale.New("en-GB", "GBP")

func TestDescribe(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	regular := []history.Event{daysAgo(1, 116, 1, 123450), daysAgo(2, 95, 1, 2000), daysAgo(3, 74, 1, 3000), daysAgo(4, 60, 2, -2000)}
	once := []history.Event{daysAgo(1, 1, 1, 500)}
	daily := []history.Event{daysAgo(1, 6, 1, 100), daysAgo(2, 5, 1, 100), daysAgo(3, 4, 1, 100)}
	monthly := []history.Event{daysAgo(1, 60, 1, 100), daysAgo(2, 30, 1, 100)}
	for _, c := range []struct {
		events       []history.Event
		column, want string
	}{
		{regular, "purchase_days_since", "No purchase for 74 days; usually every 21"},
		{once, "purchase_days_since", "No purchase for 1 day"},
		{nil, "purchase_days_since", "Purchase days since is not known"},
		{regular, "purchase_count_90d", "One purchase in 90 days; 2 in the 90 before"},
		{regular, "purchase_count_30d", "No purchase in 30 days; 0 in the 30 before"},
		{regular, "purchase_count_before_90d", "2 purchases between 90 and 180 days ago; 1 since"},
		{regular, "purchase_count_before_30d", "No purchase between 30 and 60 days ago; 0 since"},
		{once, "purchase_count_before_365d", "No purchase between 1 and 2 years ago; 1 since"},
		{append(once, daysAgo(2, 400, 1, 500)), "purchase_count_before_365d", "One purchase between 1 and 2 years ago; 1 since"},
		{regular, "purchase_trend_90d", "1 purchase in 90 days against 2 before"},
		{regular, "purchase_trend_365d", "3 purchases in 365 days against 0 before"},
		{daily, "purchase_gap_mean_days", "A purchase every day on average"},
		{daily, "purchase_days_since", "No purchase for 4 days; usually every day"},
		{monthly, "purchase_lapse_ratio", "Silent as long as usual; 30 days against 30"},
		{regular, "purchase_gap_sd_days", "A purchase every 21 days, give or take 0"},
		{regular, "purchase_amount_365d", "Purchases worth £1,284.50 in 365 days"},
		{regular, "purchase_amount_trend_90d", "Purchases worth £30 in 90 days; change −95 % on the 90 before"},
		{regular, "purchase_lapse_ratio", "Silent 3.5 times as long as usual; 74 days against 21"},
		{regular, "return_share_365d", "Returns took back 2 % of spending in 365 days"},
		{regular, "return_days_since", "Latest return 60 days ago"},
		{regular, "tenure_days", "With us for 116 days"},
		{regular, "contract_running", "Contract running is not known"},
		{regular, "household_known", "Not known to share a household"},
		{append(regular, daysAgo(9, 3, 4, 0)), "survey_last", "Latest survey: 7; 7 on average"},
	} {
		row := makeRow(t, e, c.events, nil, asOf)
		s := e.Schema()
		i := s.Index(c.column)
		if got := features.Describe(pounds, s.Columns[i], row[i], row, s); got != c.want {
			t.Errorf("%s: %q, want %q", c.column, got, c.want)
		}
	}
}

// A year is written as years are, whatever the business does with thousands.
func TestDescribeYears(t *testing.T) {
	t.Parallel()
	cfg := full()
	cfg.Attributes = append(cfg.Attributes, features.Attribute{Name: "birth_year", Kind: "numeric"}, features.Attribute{Name: "debt", Kind: "numeric"})
	s := mustEngine(t, cfg).Schema()
	for name, want := range map[string]string{"profile_birth_year": "Birth year: 1993", "profile_debt": "Debt: 1,993"} {
		if got := features.Describe(pounds, s.Columns[s.Index(name)], 1993, nil, s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDescribeRenewal(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	s := e.Schema()
	i := s.Index("contract_days_to_renewal")
	for days, want := range map[int]string{
		0: "Renewal is today", 1: "Renewal in 1 day", 1200: "Renewal in 1,200 days", -6: "Renewal was due 6 days ago",
	} {
		at := asOf.AddDate(-1, 0, 0)
		f := history.Fact{
			Stamp: history.Stamp{Customer: 1, Ref: 1, Occurred: at, Recorded: at}, Kind: history.FactSubscription,
			Body: history.Subscription{Start: at, RenewsAt: asOf.AddDate(0, 0, days)},
		}
		row := makeRow(t, e, nil, []history.Fact{f}, asOf)
		if got := features.Describe(pounds, s.Columns[i], row[i], row, s); got != want {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
}

// Every template names columns that exist, and no sentence shows a brace, a
// bar, a NaN or an infinity, whatever the row.
func TestEverySentenceIsWhole(t *testing.T) {
	t.Parallel()
	s := mustEngine(t, full()).Schema()
	names := regexp.MustCompile(`\{([a-z0-9_]+)[:}]`)
	for _, c := range s.Columns {
		for _, m := range names.FindAllStringSubmatch(c.Sentence, -1) {
			if m[1] != "value" && s.Index(m[1]) < 0 {
				t.Errorf("%s names the column %s, which is not there", c.Name, m[1])
			}
		}
		if c.Concept == "" || c.Unit == "" || c.Sentence == "" {
			t.Errorf("%s lacks a concept, a unit or a sentence: %+v", c.Name, c)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		row := make([]float64, len(s.Columns))
		for i := range row {
			row[i] = rapid.SampledFrom([]float64{math.NaN(), 0, 1, 2, -3.5, 0.004, 1234567.8, -0.001}).Draw(t, "x")
		}
		i := rapid.IntRange(0, len(row)-1).Draw(t, "column")
		text := features.Describe(pounds, s.Columns[i], row[i], row, s)
		if text == "" || strings.ContainsAny(text, "{}|") || strings.Contains(text, "NaN") || strings.Contains(text, "-0 ") {
			t.Fatalf("%s: %q", s.Columns[i].Name, text)
		}
	})
}

func TestMoneyFollowsItsCurrency(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]string{"GBP": "£1,234.50", "JPY": "¥123,450", "KWD": "KWD\u00a0123.450", "": "1,234.50"} {
		cfg := features.Default()
		cfg.Currency = currency
		e := mustEngine(t, cfg)
		row := makeRow(t, e, []history.Event{daysAgo(1, 5, 1, 123450)}, nil, asOf)
		s := e.Schema()
		i := s.Index("purchase_amount_ever")
		if got := features.Describe(pounds, s.Columns[i], row[i], row, s); got != "Purchases worth "+want+" over all time" {
			t.Errorf("%s: %q", currency, got)
		}
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	fact := func(ref int64, days int, kind history.FactKind, body any) history.Fact {
		at := asOf.AddDate(0, 0, -days)
		return history.Fact{Stamp: history.Stamp{Customer: 1, Ref: ref, Occurred: at, Recorded: at}, Kind: kind, Body: body}
	}
	s, err := history.AssembleShard(history.Parts{
		Customers: []history.Customer{{ID: 1}, {ID: 2}}, Vocab: benchVocab,
		Singles: []history.Event{daysAgo(1, 40, 1, 100), daysAgo(2, 30, 1, 200), daysAgo(3, 20, 1, 300), daysAgo(4, 10, 1, 400), daysAgo(5, 5, 4, 0), daysAgo(6, 2, 3, 0)},
		Facts: []history.Fact{
			fact(1, 20, history.FactIssue, history.Issue{Category: "billing"}),
			fact(2, 9, history.FactIssue, history.Issue{}), fact(2, 3, history.FactIssueClosed, history.IssueClosed{}),
			fact(3, 100, history.FactSubscription, history.Subscription{Plan: "gold", Start: asOf.AddDate(0, 0, -100), RenewsAt: asOf.AddDate(0, 0, 9)}),
			fact(4, 8, history.FactContact, history.Contact{Channel: "phone", Direction: "in"}),
			fact(5, 8, history.FactProfile, history.Profile{Attributes: map[string]string{"region": "north"}}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]string{
		"purchase_count_90d":   "Latest purchases: 21 Jun 2024 (£4), 11 Jun 2024 (£3), 1 Jun 2024 (£2)",
		"survey_last":          "Latest surveys: 26 Jun 2024 (7)",
		"activity_lapse_ratio": "Latest activity: 29 Jun 2024, 21 Jun 2024 (£4), 11 Jun 2024 (£3)",
		"issue_open":           "Latest service issues: 11 Jun 2024 (billing, still open)",
		"issue_count_30d":      "Latest service issues: 22 Jun 2024 (closed 28 Jun 2024), 11 Jun 2024 (billing, still open)",
		"issue_days_since":     "Latest service issues: 22 Jun 2024 (closed 28 Jun 2024)",
		"purchase_first_days":  "First purchase: 22 May 2024 (£1)",
		"purchase_amount_last": "Latest purchases: 21 Jun 2024 (£4)",
		"contract_running":     "gold since 23 Mar 2024, renews 10 Jul 2024",
		"contact_in_phone_30d": "Latest contacts: 23 Jun 2024 (call from the customer)",
		"profile_region":       "Region: north",
		"calendar_day_of_year": "",
	} {
		i := e.Schema().Index(column)
		if got := e.Evidence(s.View(0, asOf, nil), i); got != want {
			t.Errorf("%s: %q, want %q", column, got, want)
		}
		if got := e.Evidence(s.View(1, asOf, nil), i); got != "" {
			t.Errorf("%s of a customer without history: %q", column, got)
		}
	}
}

// TestContactsInWords: each channel and direction is said in words.
func TestContactsInWords(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	for channel, want := range map[string][2]string{
		"phone":      {"call from the customer", "call to the customer"},
		"email":      {"e-mail from the customer", "e-mail to the customer"},
		"letter":     {"letter from the customer", "letter to the customer"},
		"post":       {"letter from the customer", "letter to the customer"},
		"sms":        {"text message from the customer", "text message to the customer"},
		"webhook":    {"message from the customer", "message to the customer"},
		"web":        {"contact from the customer on the website", "contact to the customer on the website"},
		"app":        {"contact from the customer in the app", "contact to the customer in the app"},
		"store":      {"contact from the customer in a store", "contact to the customer in a store"},
		"video_chat": {"contact from the customer by video chat", "contact to the customer by video chat"},
		"":           {"contact from the customer", "contact to the customer"},
	} {
		for i, direction := range []string{"in", "out"} {
			at := asOf.AddDate(0, 0, -8)
			s, err := history.AssembleShard(history.Parts{Customers: []history.Customer{{ID: 1}}, Vocab: benchVocab, Facts: []history.Fact{{
				Stamp: history.Stamp{Customer: 1, Ref: 1, Occurred: at, Recorded: at}, Kind: history.FactContact,
				Body: history.Contact{Channel: channel, Direction: direction},
			}}})
			if err != nil {
				t.Fatal(err)
			}
			got := e.Evidence(s.View(0, asOf, nil), e.Schema().Index("contact_"+direction+"_days_since"))
			if got != "Latest contacts: 23 Jun 2024 ("+want[i]+")" {
				t.Errorf("%s, %s: %q", channel, direction, got)
			}
		}
	}
}
