package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/locale"
	"holdfast/training"
)

// A shop by which few have left is tested with what its nights would have: terminal,
// page and JSON say so in the same words.
func TestBacktestOfFewLeavers(t *testing.T) {
	t.Parallel()
	sunday := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	now := func() time.Time { return sunday }
	for _, c := range []struct {
		customers            int
		champion, few, words string
	}{
		{170, "small", "customers have left so far and it takes 200 for the configured families to compete", "than the naive rule"},
		{50, "naive rule", "it takes 50 (training.min_leavers) to fit a model", "the naive rule itself would have been live"},
	} {
		b := readmeShop(t, sunday, c.customers)
		b.must(t, now, "migrate")
		b.must(t, now, "import", "customers", b.path("customers.csv"))
		b.must(t, now, "import", "orders", b.path("orders.csv"))
		ask := []string{"backtest", "--at", "2026-08-15", "--html", b.path("report.html")}
		r := decode[training.Report](t, b.must(t, now, append(ask, "--json")...))
		d := r.Dates[0]
		if d.Champion != c.champion || len(d.Trials) != 1 || d.Trials[0].Candidate != c.champion || !strings.Contains(d.Few, c.few) {
			t.Errorf("%d customers: %s of %d trials: %s", c.customers, d.Champion, len(d.Trials), d.Few)
		}
		page, err := os.ReadFile(b.path("report.html"))
		if err != nil {
			t.Fatal(err)
		}
		for where, text := range map[string]string{"terminal": b.must(t, now, ask...), "page": string(page)} {
			text = strings.ReplaceAll(text, "&#39;", "'")
			if !strings.Contains(text, d.Few) || !strings.Contains(text, r.XRay.Verdict()) || !strings.Contains(text, r.XRay.Late) || !strings.Contains(text, c.words) || strings.Contains(text, "logistic") {
				t.Errorf("%d customers, %s:\n%s", c.customers, where, text)
			}
		}
	}
}

// Profit is told in whole units of the business's currency.
func TestProfitOfABacktestIsOfTheCurrency(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]string{"GBP": "26.39", "JPY": "2639", "KWD": "2.639"} {
		cfg := config.Default()
		cfg.Business.Currency = currency
		var err error
		if cfg.Writer, err = locale.New("", currency); err != nil {
			t.Fatal(err)
		}
		a := &app{cfg: cfg}
		if got := a.cells("", "", training.Metrics{EMPC: 2639})[12]; got != want {
			t.Errorf("%s: %s, want %s", currency, got, want)
		}
	}
}
