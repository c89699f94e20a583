package web_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/web"
)

func TestMoneyIsWrittenAsTheBusinessDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		currency     string
		minor        int64
		whole, exact string
	}{
		{"GBP", 6_100_000, "£61,000", "£61,000"},
		{"GBP", 1550, "£16", "£15.50"},
		{"KWD", 1549, "KWD\u00a01.549", "KWD\u00a01.549"},
		{"EUR", -1549, "−€15", "−€15.49"},
		{"JPY", 1549, "¥1,549", "¥1,549"},
		{"SEK", 123456, "SEK\u00a01,235", "SEK\u00a01,234.56"},
		{"USD", 0, "$0", "$0"},
		{"USD", 5, "$0.05", "$0.05"},
		{"GBP", -199, "−£1.99", "−£1.99"},
		{"GBP", 200, "£2", "£2"},
		{"GBP", 249, "£2", "£2.49"},
		{"JPY", 1, "¥1", "¥1"},
	} {
		whole, exact := web.Money(c.currency, c.minor)
		if whole != c.whole || exact != c.exact {
			t.Errorf("%d %s: %s and %s, want %s and %s", c.minor, c.currency, whole, exact, c.whole, c.exact)
		}
	}
}

func TestNumbersAndShares(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{web.Number(0), "0"},
		{web.Number(999), "999"},
		{web.Number(1000), "1,000"},
		{web.Number(-1234567), "−1,234,567"},
		{web.Percent(.1834), "18 %"},
		{web.Percent(.0834), "8.3 %"},
		{web.Percent(0), "0 %"},
		{web.Percent(math.NaN()), "–"},
		{web.Points(.0504), "+5.0"},
		{web.Points(-.0113), "−1.1"},
		{web.Points(.0001), "0.0"},
		{web.Points(-.0001), "0.0"},
		{web.Words("service_failure"), "Service failure"},
		{web.Words("écart"), "Écart"},
		{web.Words(""), ""},
		{web.Took(-1), "–"},
		{web.Took(820 * time.Millisecond), "820 ms"},
		{web.Took(75 * time.Second), "1 min 15 s"},
		{web.Took(3 * time.Hour), "3 h 0 min"},
		{web.Tenure(1), "1 day"},
		{web.Tenure(400), "13 months"},
		{web.Tenure(2580), "7 years"},
		{web.Tenure(-3), "0 days"},
		{web.Sentence("too late"), "Too late."},
		{web.Sentence("Really?"), "Really?"},
		{web.Sentence(""), ""},
	} {
		if c[0] != c[1] {
			t.Errorf("wrote %q, want %q", c[0], c[1])
		}
	}
}

func TestNumbersReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int().Draw(t, "n")
		text := strings.NewReplacer(",", "", "−", "-").Replace(web.Number(n))
		if got, err := strconv.Atoi(text); err != nil || got != n {
			t.Fatalf("%d is written %s", n, web.Number(n))
		}
	})
}

func TestDays(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("there", 9*3600)
	for _, c := range []struct {
		ahead time.Duration
		want  string
	}{{0, "today"}, {4 * time.Hour, "today"}, {6 * time.Hour, "tomorrow"}, {-20 * time.Hour, "yesterday"}, {100 * time.Hour, "Sat 14 Mar"}, {-9000 * time.Hour, "28 Feb 2025"}} {
		if got := web.Day(tuesday.Add(c.ahead), tuesday, zone); got != c.want {
			t.Errorf("%v from now is %q, want %q", c.ahead, got, c.want)
		}
	}
}

// TestPresetsAreToCome: whatever the hour and the zone, every time offered is
// later than now and none is offered twice.
func TestPresetsAreToCome(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		now := tuesday.Add(time.Duration(rapid.Int64Range(0, 400*24*60).Draw(t, "minutes")) * time.Minute)
		list := web.Presets(now, zone)
		if len(list) < 4 {
			t.Fatalf("only %v", list)
		}
		seen := map[string]bool{}
		for _, p := range list {
			if seen[p.Value] {
				t.Fatalf("%v is offered twice at %v", p, now)
			}
			seen[p.Value] = true
			at, err := time.ParseInLocation("2006-01-02T15:04", p.Value, zone)
			if err != nil || !at.After(now.Add(-time.Minute)) {
				t.Fatalf("%v is offered at %v", p, now)
			}
		}
	})
}

// An hour from now is an hour or a little more, and never less.
func TestAnHourIsNotLess(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]string{"09:05:00": "10:05", "09:05:01": "10:10", "09:08:59": "10:10", "09:10:00": "10:10", "22:57:00": "00:00"} {
		at, err := time.Parse(time.DateTime, "2026-03-10 "+now)
		if err != nil {
			t.Fatal(err)
		}
		if got := web.Presets(at, time.UTC)[0]; !strings.HasPrefix(got.Text, "in an hour") || !strings.HasSuffix(got.Value, want) {
			t.Errorf("at %s: %v, want %s", now, got, want)
		}
	}
}

func TestTargetsStayHere(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"/risk?band=high": "/risk?band=high", "//bad.example": "/", "https://bad.example/": "/", "/\\bad.example": "/", "": "/", "risk": "/",
		"javascript:alert(1)": "/", "/sign-out": "/", "/a\r\nSet-Cookie: x=1": "/", "%zz": "/",
	} {
		if got := web.Local(to); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
}

// TestWhyNotContactedTellsNoArm (R7).
func TestWhyNotContactedTellsNoArm(t *testing.T) {
	t.Parallel()
	below := web.NotOn(interventions.ResultNotSelected, interventions.ReasonBelowLine)
	for _, r := range []interventions.Result{interventions.ResultGhost, interventions.ResultHoldout} {
		if got := web.NotOn(r, interventions.ReasonHeldBack); got != below {
			t.Errorf("%s reads %q, below the line %q", r, got, below)
		}
	}
	if got := web.NotOn(interventions.ResultBlocked, string(interventions.GateHoldout)); got != below {
		t.Errorf("the sealed gate reads %q", got)
	}
	for _, g := range interventions.Gates {
		if got := web.NotOn(interventions.ResultBlocked, string(g)); g != interventions.GateHoldout && (got == "" || got == below) {
			t.Errorf("gate %s reads %q", g, got)
		}
	}
	if got := web.NotOn(interventions.ResultTreat, ""); got != "" {
		t.Errorf("who is contacted reads %q", got)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	if err := web.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*web.Config){
		"listen: ":         func(c *web.Config) { c.Listen = "8080" },
		"public_url: ":     func(c *web.Config) { c.PublicURL = "desk.example.com" },
		"secure_cookies: ": func(c *web.Config) { c.SecureCookies = "maybe" },
		"session_hours: ":  func(c *web.Config) { c.SessionHours = 0 },
		"idle_minutes: ":   func(c *web.Config) { c.IdleMinutes = 0 },
	} {
		c := web.DefaultConfig()
		change(&c)
		if err := c.Validate(); fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s%v", want, err)
		}
	}
}

func TestWordsCountRight(t *testing.T) {
	t.Parallel()
	call, promise, never := interventions.DueCallback, interventions.DuePromise, time.Time{}
	for _, c := range []struct{ got, want string }{
		{web.DueWords(call), "1 call-back is due."},
		{web.DueWords(promise), "1 promise is due."},
		{web.DueWords(call, call), "2 call-backs are due."},
		{web.DueWords(call, promise), "1 promise and 1 call-back are due."},
		{web.KeptWords(0, 0, 0, never), ""},
		{web.KeptWords(191, 0, 191, tuesday), "Day 90 has not come for any of them: how many stay is not known before 10 Mar 2026."},
		{web.KeptWords(191, 0, 191, never), "Day 90 has not come for any of them: how many stay is not known yet."},
		{web.KeptWords(191, 40, 120, tuesday), "Day 90 has not come for 120 of them; of the other 71, 40 were still here."},
		{web.KeptWords(3, 2, 0, never), "Of them, 2 were still here at day 90."},
		{web.SourceShown(false, "main"), ""},
		{web.SourceShown(true, "crm"), "crm"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
