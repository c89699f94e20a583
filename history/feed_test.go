package history_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
)

func one(t *testing.T, s *memory, feed history.Feed, rows string, opt history.Options) history.Import {
	t.Helper()
	imp, err := importer(s, t, feed).Run(t.Context(), feed.Name, []string{file(t, "in.csv", rows)}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return imp
}

// view cuts the history of the customer of a key.
func (m *memory) view(t *testing.T, key string, asOf time.Time) history.View {
	t.Helper()
	id := history.NewCustomerID("main", key)
	s := m.shard(t, history.PartitionOf(id, m.partitions))
	i, ok := s.Find(id)
	if !ok {
		t.Fatalf("there is no customer %s", key)
	}
	return s.View(i, asOf, nil)
}

func date(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

// One row of customers is a profile, contact points, a household and consents;
// what a later row leaves empty is withdrawn, and a deleted row takes all along.
func TestCustomers(t *testing.T) {
	t.Parallel()
	feed := history.Feed{
		Name: "people", Kind: history.FeedCustomers,
		Columns: map[string]string{
			"customer": "id", "name": "name", "phone": "tel", "email": "mail", "household": "home", "consent_marketing_email": "news",
			"consent_all": "any",
		},
		Attributes: map[string]string{"town": "Town", "born": "Born"},
		Deleted:    history.Deletion{Column: "gone", Value: "x"},
	}
	const head = "id,name,tel,mail,home,news,any,Town,Born,gone\n"
	s := newMemory(4)
	imp := one(t, s, feed, head+"7,Ann Lee,+44 20 1,a@b.example,H1,yes,,York,1970,\n8,Bob,,,H1,no,no,,,\n", history.Options{})
	if imp.Added != 4+1+5-2 && imp.Added != 9 || imp.Customers != 2 || imp.Unchanged != 0 {
		t.Errorf("%+v", imp)
	}
	if got := s.view(t, "7", date(2026, 3, 27)).AttributeNames(); len(got) > 0 {
		t.Errorf("the day before, %v were known", got)
	}
	today := date(2026, 3, 28) // an import at noon is for the night that began today
	ann, bob := s.view(t, "7", today), s.view(t, "8", today)
	if town, _ := ann.Attribute("town"); town != "York" || ann.Customer().Name != "Ann Lee" {
		t.Errorf("Ann lives in %q", town)
	}
	if ann.Household() != bob.Household() || ann.Household() != history.NewHouseholdID("main", "H1") || !ann.InHousehold() {
		t.Errorf("households %d and %d", ann.Household(), bob.Household())
	}
	if allowed, known := ann.Allowed("marketing", "email"); !allowed || !known {
		t.Errorf("marketing to Ann: %v %v", allowed, known)
	}
	if allowed, known := bob.Allowed("service", "phone"); allowed || !known {
		t.Errorf("service for Bob: %v %v", allowed, known)
	}
	points := ann.ContactPoints()
	if len(points) != 2 || points[0].Value != "a@b.example" || points[1].Value != "+44 20 1" {
		t.Errorf("%+v", points)
	}

	if imp = one(t, s, feed, head+"8,Bob,,,H1,no,no,,,\n7,Ann Lee,+44 20 1,a@b.example,H1,yes,,York,1970,\n", history.Options{}); imp.Added+imp.Corrected+imp.Retracted+imp.Customers != 0 {
		t.Errorf("the same in another order: %+v", imp)
	}
	tomorrow := history.Options{AsOf: date(2026, 3, 29)}
	if imp = one(t, s, feed, head+"7,Ann Lee,+44 20 1,,,yes,,Leeds,1970,\n", tomorrow); imp.Corrected != 1 || imp.Retracted != 2 || imp.Added != 0 {
		t.Errorf("a move: %+v", imp)
	}
	ann = s.view(t, "7", date(2026, 3, 29))
	if town, _ := ann.Attribute("town"); town != "Leeds" || len(ann.ContactPoints()) != 1 || ann.InHousehold() {
		t.Errorf("Ann lives in %q, has %+v, in a household: %v", town, ann.ContactPoints(), ann.InHousehold())
	}
	if town, _ := s.view(t, "7", today).Attribute("town"); town != "York" {
		t.Errorf("the day before she lived in %q", town)
	}
	if imp = one(t, s, feed, head+"7,,,,,,,,,x\n", tomorrow); imp.Retracted != 3 {
		t.Errorf("deleted: %+v", imp)
	}
	if ann = s.view(t, "7", date(2026, 3, 29)); len(ann.AttributeNames()) > 0 || len(ann.ContactPoints()) > 0 {
		t.Errorf("after her deletion %v is known", ann.AttributeNames())
	}
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	feed := history.Feed{
		Name: "contracts", Kind: history.FeedSubscriptions, Customers: "create", Key: []string{"no"}, TimeFormat: "%d/%m/%Y",
		Decimal: ",", Lag: history.Lag(24 * time.Hour),
		Columns: map[string]string{
			"customer": "cust", "start": "from", "occurred": "changed", "end": "to", "renews_at": "until", "plan": "plan",
			"value": "price", "end_kind": "why", "end_reason": "why2",
		},
		Constants:  map[string]string{"period_months": "1"},
		Dictionary: map[string]map[string]string{"end_kind": {"K": "voluntary", "Z": "involuntary"}},
	}
	const head = "no,cust,from,changed,to,until,plan,price,why,why2\n"
	s := newMemory(4)
	one(t, s, feed, head+"A,7,01/02/2025,,,01/02/2026,Gold,\"9,90\",,\n", history.Options{})
	one(t, s, feed, head+"A,7,01/02/2025,20/01/2026,,01/02/2027,Gold,\"10,90\",,\n", history.Options{})
	one(t, s, feed, head+"A,7,01/02/2025,20/01/2026,10/03/2026,01/02/2027,Gold,\"10,90\",Z,unpaid\n", history.Options{})
	at := func(asOf time.Time) history.SubscriptionState {
		t.Helper()
		subs := s.view(t, "7", asOf).Subscriptions()
		if len(subs) != 1 {
			t.Fatalf("%d subscriptions at %s", len(subs), asOf)
		}
		subs[0].Ref = 0
		return subs[0]
	}
	first := history.SubscriptionState{
		Subscription: history.Subscription{Plan: "Gold", Start: date(2025, 2, 1), RenewsAt: date(2026, 2, 1), ValueMinor: 990, PeriodMonths: 1},
		Since:        date(2025, 2, 1), Changed: date(2025, 2, 1),
	}
	if diff := cmp.Diff(first, at(date(2026, 1, 20))); diff != "" {
		t.Error(diff)
	}
	now := first
	now.RenewsAt, now.ValueMinor, now.Changed = date(2027, 2, 1), 1090, date(2026, 1, 20)
	now.Renewals, now.Renewed, now.PriceChanges, now.PreviousValueMinor, now.PriceChanged = 1, now.Changed, 1, 990, now.Changed
	if diff := cmp.Diff(now, at(date(2026, 3, 11))); diff != "" {
		t.Error(diff) // the end is known a day later
	}
	now.Ended, now.EndKind, now.EndReason = date(2026, 3, 10), "involuntary", "unpaid"
	if diff := cmp.Diff(now, at(date(2026, 3, 12))); diff != "" {
		t.Error(diff)
	}
	// An end taken back is an end withdrawn.
	if imp := one(t, s, feed, head+"A,7,01/02/2025,20/01/2026,,01/02/2027,Gold,\"10,900\",,\n", history.Options{}); imp.Retracted != 1 || imp.Unchanged != 1 {
		t.Errorf("%+v", imp)
	}
	now.Ended, now.EndKind, now.EndReason = time.Time{}, "", ""
	if diff := cmp.Diff(now, at(noon)); diff != "" {
		t.Error(diff)
	}
}

func TestIssuesContactsConsentsRelations(t *testing.T) {
	t.Parallel()
	s := newMemory(4)
	issues := history.Feed{
		Name: "tickets", Kind: history.FeedIssues, Customers: "create", Key: []string{"no"},
		Columns: map[string]string{"customer": "c", "opened": "o", "closed": "x", "category": "k", "severity": "s", "resolution": "r"},
	}
	one(t, s, issues, "no,c,o,x,k,s,r\n1,7,2026-01-02,,delivery,3,\n", history.Options{})
	one(t, s, issues, "no,c,o,x,k,s,r\n1,7,2026-01-02,2026-02-01,delivery,3,refund\n", history.Options{})
	got := s.view(t, "7", noon).Issues()
	got[0].Ref = 0
	want := []history.IssueState{{
		Issue: history.Issue{Category: "delivery", Severity: 3}, Opened: date(2026, 1, 2), Closed: date(2026, 2, 1), Resolution: "refund",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if open := s.view(t, "7", date(2026, 1, 20)).Issues(); !open[0].Closed.IsZero() {
		t.Errorf("closed before it was: %+v", open)
	}
	contacts := history.Feed{
		Name: "calls", Kind: history.FeedContacts,
		Columns:    map[string]string{"customer": "c", "occurred": "at", "direction": "dir", "reached": "ok"},
		Constants:  map[string]string{"channel": "phone"},
		Dictionary: map[string]map[string]string{"direction": {"I": "in", "*": "out"}, "reached": {"J": "yes", "N": "no"}},
		Filter:     []history.Filter{{Column: "c", Op: "filled"}},
	}
	imp := one(t, s, contacts, "c,at,dir,ok\n7,2026-01-03 10:00,I,J\n7,2026-01-03 10:00,I,J\n7,2026-01-04,O,N\n,2026-01-04,O,N\n", history.Options{})
	if imp.Added != 3 || imp.Note != "1 rows left out by the filter" {
		t.Errorf("%+v", imp)
	}
	calls := s.view(t, "7", noon).OrganicContacts()
	if len(calls) != 3 || calls[0].Direction != "in" || !calls[1].Reached || calls[2].Direction != "out" || calls[2].Reached || calls[2].Channel != "phone" {
		t.Errorf("%+v", calls)
	}
	consents := history.Feed{
		Name: "optins", Kind: history.FeedConsents,
		Columns: map[string]string{"customer": "c", "occurred": "at", "allowed": "yes", "channel": "via", "purpose": "for"},
	}
	one(t, s, consents, "c,at,yes,via,for\n7,2026-01-03,1,email,marketing\n7,2026-02-03,0,email,marketing\n", history.Options{})
	for _, at := range []struct {
		asOf time.Time
		want bool
	}{{date(2026, 1, 10), true}, {noon, false}} {
		if allowed, known := s.view(t, "7", at.asOf).Allowed("marketing", "email"); allowed != at.want || !known {
			t.Errorf("at %s: %v %v", at.asOf, allowed, known)
		}
	}
	relations := history.Feed{
		Name: "homes", Kind: history.FeedRelations, Columns: map[string]string{"customer": "c", "household": "h", "occurred": "at"},
	}
	one(t, s, relations, "c,h,at\n7,H9,2026-01-01\n", history.Options{})
	if got := s.view(t, "7", noon).Household(); got != history.NewHouseholdID("main", "H9") {
		t.Errorf("household %d", got)
	}
}

// Filters keep the rows they say.
func TestFilters(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		filter history.Filter
		want   string
	}{
		{history.Filter{Column: "n", Op: "=", Values: []string{"1", "3"}}, "1 3"},
		{history.Filter{Column: "n", Op: "!=", Values: []string{"1", "3"}}, "2 x -"},
		{history.Filter{Column: "n", Op: "<", Values: []string{"2"}}, "1"},
		{history.Filter{Column: "n", Op: "<=", Values: []string{"2"}}, "1 2"},
		{history.Filter{Column: "n", Op: ">", Values: []string{"2"}}, "3"},
		{history.Filter{Column: "n", Op: ">=", Values: []string{"2"}}, "2 3"},
		{history.Filter{Column: "n", Op: "empty"}, "-"},
		{history.Filter{Column: "n", Op: "filled"}, "1 2 3 x"},
	} {
		feed := history.Feed{
			Name: "people", Kind: history.FeedCustomers, Columns: map[string]string{"customer": "id"}, Filter: []history.Filter{test.filter},
		}
		s := newMemory(1)
		one(t, s, feed, "id,n\n1,1\n2,2\n3,3\nx,x\n-,\n", history.Options{})
		var got []string
		for _, c := range s.customers {
			got = append(got, c.Key)
		}
		want := strings.Fields(test.want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%+v keeps %v, want %v", test.filter, got, want)
		}
	}
}

// Every refusal of a configuration, with its words.
func TestValidate(t *testing.T) {
	t.Parallel()
	digits := 9
	for want, change := range map[string]func(*history.Config){
		`max_rejected_share is 2; give a share from 0 to 1, such as 0.01`:                                                                                                                                  func(c *history.Config) { c.MaxRejectedShare = 2 },
		`event_kinds[0] is "A b"; name each once, in lower-case letters, digits and _`:                                                                                                                     func(c *history.Config) { c.EventKinds[0] = "A b" },
		`channels[1] is "phone"; name each once, in lower-case letters, digits and _`:                                                                                                                      func(c *history.Config) { c.Channels[1] = "phone" },
		`feeds[0].name is ""; name each feed once, in lower-case letters, digits, _ and -`:                                                                                                                 func(c *history.Config) { c.Feeds[0].Name = "" },
		`feeds[1].name is "orders"; name each feed once, in lower-case letters, digits, _ and -`:                                                                                                           func(c *history.Config) { c.Feeds = append(c.Feeds, c.Feeds[0]) },
		`feeds[0].kind is "sales"; write customers, events, subscriptions, issues, contacts, consents, relations or roster`:                                                                                func(c *history.Config) { c.Feeds[0].Kind = "sales" },
		`feeds[0].columns.occurred is missing; name the column that holds it, or give it under constants`:                                                                                                  func(c *history.Config) { delete(c.Feeds[0].Columns, "occurred") },
		`feeds[0].columns.colour: events have no such field; they have amount, channel, customer, kind, occurred, quantity, recorded`:                                                                      func(c *history.Config) { c.Feeds[0].Columns["colour"] = "x" },
		`feeds[0].columns.amount is empty; name the file's column, or leave the field out`:                                                                                                                 func(c *history.Config) { c.Feeds[0].Columns["amount"] = "" },
		`feeds[0].columns.kind: the field is under constants too; keep one of them`:                                                                                                                        func(c *history.Config) { c.Feeds[0].Constants = map[string]string{"kind": "visit"} },
		`feeds[0].constants.channel is "fax"; add it to history.channels, or use one of , phone, email, post, sms, web, app, store`:                                                                        func(c *history.Config) { c.Feeds[0].Constants = map[string]string{"channel": "fax"} },
		`feeds[0].dictionary.kind: "x" becomes "buy"; add it to history.event_kinds, or use one of other, purchase, return, payment, failed_payment, login, visit, usage, complaint, survey, price_change`: func(c *history.Config) { c.Feeds[0].Dictionary = map[string]map[string]string{"kind": {"x": "buy"}} },
		`feeds[0].dictionary.amount: there is no field of that name that holds words`:                                                                                                                      func(c *history.Config) { c.Feeds[0].Dictionary = map[string]map[string]string{"amount": {"x": "1"}} },
		`feeds[0].attributes: only a feed of customers has them, and this one's kind is events`:                                                                                                            func(c *history.Config) { c.Feeds[0].Attributes = map[string]string{"a": "b"} },
		`feeds[0].key is empty; name the columns that identify one of the issues, so that a later row about it is understood`: func(c *history.Config) {
			c.Feeds[0] = history.Feed{Name: "i", Kind: history.FeedIssues, Columns: map[string]string{"customer": "a", "opened": "b"}}
		},
		`feeds[0].deleted needs a key, so that it is known what is deleted; name its columns in key`: func(c *history.Config) { c.Feeds[0].Key = nil },
		`feeds[0].deleted needs both a column and the value that marks a deleted row`:                func(c *history.Config) { c.Feeds[0].Deleted.Value = "" },
		`feeds[0].lag is -1h0m0s; nothing is known before it happens`:                                func(c *history.Config) { c.Feeds[0].Lag = history.Lag(-time.Hour) },
		`feeds[0].customers is "make"; write create or known`:                                        func(c *history.Config) { c.Feeds[0].Customers = "make" },
		`feeds[0].format is "xls"; write auto, csv or parquet`:                                       func(c *history.Config) { c.Feeds[0].Format = "xls" },
		`feeds[0].minor_digits is 9; give the decimals of the currency, from 0 to 6`:                 func(c *history.Config) { c.Feeds[0].MinorDigits = &digits },
		`feeds[0].timezone: "Mars/North" is not a known time zone; write an IANA name such as Europe/London`: func(c *history.Config) {
			c.Feeds[0].TimeZone = "Mars/North"
		},
		`feeds[0].path: "in[" is not a pattern of file names; close its brackets`:  func(c *history.Config) { c.Feeds[0].Path = "in[" },
		`feeds[0].filter[0].op is "~"; write =, !=, <, <=, >, >=, empty or filled`: func(c *history.Config) { c.Feeds[0].Filter = []history.Filter{{Column: "a", Op: "~"}} },
		`feeds[0].filter[0].values: < takes one number`: func(c *history.Config) {
			c.Feeds[0].Filter = []history.Filter{{Column: "a", Op: "<", Values: []string{"b"}}}
		},
		`feeds[0].filter[0].column is empty; name the column to look at`:             func(c *history.Config) { c.Feeds[0].Filter = []history.Filter{{Op: "empty"}} },
		`feeds[0].encoding "ebcdic" is not known; use utf-8, latin1 or windows-1252`: func(c *history.Config) { c.Feeds[0].Encoding = "ebcdic" },
	} {
		c := history.DefaultConfig()
		f := orders()
		f.Columns = maps.Clone(f.Columns)
		c.Feeds = []history.Feed{f}
		change(&c)
		err := c.Validate()
		if err == nil {
			t.Errorf("accepted where %q was expected", want)
			continue
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Error(diff)
		}
	}
	if err := history.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

func TestLag(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"2d": 48 * time.Hour, "36h": 36 * time.Hour, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute, "0d": 0,
	} {
		var l history.Lag
		if err := l.UnmarshalText([]byte(text)); err != nil || time.Duration(l) != want {
			t.Errorf("%s is %s, %v", text, time.Duration(l), err)
		}
		again, _ := l.MarshalText()
		var back history.Lag
		if err := back.UnmarshalText(again); err != nil || back != l {
			t.Errorf("%s is written as %s, which is %s, %v", text, again, time.Duration(back), err)
		}
	}
	for _, text := range []string{"soon", "2", "d", "-1d", "1d2"} {
		if err := new(history.Lag).UnmarshalText([]byte(text)); err == nil || err.Error() != `lag "`+text+`" is not a duration; write 2d, 36h or 1d12h` {
			t.Errorf("%s: %v", text, err)
		}
	}
}
