package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// anniversaries writes a contract for each of 1,000 customers of whom so many are
// there after each year, as Fader and Hardie (2007) publish them.
func anniversaries(t *testing.T, there []int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("who;from;to\n")
	before, n := 1000, 0
	for year, left := range append(there, 0) {
		end := fmt.Sprintf("%d-01-01", 2001+year)
		if year == len(there) {
			end = ""
		}
		for range before - left {
			n++
			fmt.Fprintf(&text, "c%d;2000-01-01;%s\n", n, end)
		}
		before = left
	}
	file := filepath.Join(t.TempDir(), "contracts.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Fader and Hardie's segments, years 1 to 7: parameters and log-likelihoods as
// published, survival of the years fitted and DERL of the eighth renewal as in
// science.md section 4.5.
func TestValueFitOfContracts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		there           []int
		alpha, beta, ln float64
		survived        []float64
	}{
		"High-End": {[]int{869, 743, 653, 593, 551, 517, 491}, .668, 3.806, -1611.158, []float64{.851, .747, .670, .610, .562, .522, .489}},
		"Regular":  {[]int{631, 468, 382, 326, 289, 262, 241}, .704, 1.182, -1680.265, []float64{.627, .474, .388, .332, .292, .262, .239}},
	} {
		r := holdfast(t, time.Now, nil, "", "value", "fit", "--kind", "sbg", "--transactions", anniversaries(t, c.there), "--delimiter", ";",
			"--date", "from", "--end", "to", "--until", "2007-01-01")
		if r.code != 0 || !strings.Contains(r.stderr, "sbg fitted to 1000 contracts of 12 months each") {
			t.Fatalf("%s: exit code %d: %s", name, r.code, r.stderr)
		}
		got := decode[contractReport](t, r.stdout)
		if math.Abs(got.Parameters["alpha"]-c.alpha) > 6e-4 || math.Abs(got.Parameters["beta"]-c.beta) > 6e-4 || math.Abs(got.LogLikelihood-c.ln) > .01 {
			t.Errorf("%s: %v, log-likelihood %.3f", name, got.Parameters, got.LogLikelihood)
		}
		if len(got.Renewals) != 7 || got.Contracts != 1000 || got.Lost != 1000-c.there[6] {
			t.Fatalf("%s: %d renewals, %d lost of %d", name, len(got.Renewals), got.Lost, got.Contracts)
		}
		for k, x := range got.Renewals {
			if math.Abs(x.Expected-c.survived[k]) > 6e-4 || math.Abs(x.Survived-float64(c.there[k])/1000) > 1e-9 {
				t.Errorf("%s, renewal %d: %+v, want %v expected", name, k+1, x, c.survived[k])
			}
		}
		if name == "High-End" && (math.Abs(got.Renewals[6].Periods-7.345052) > .01 || math.Abs(got.NewPeriods-5.922254) > .01) {
			t.Errorf("periods to come: %v and %v of a new contract", got.Renewals[6].Periods, got.NewPeriods)
		}
	}
}

func TestValueFitOfContractsRefuses(t *testing.T) {
	t.Parallel()
	file := anniversaries(t, []int{600})
	bad := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(bad, []byte("from,to\n2024-01-01,2023-01-01\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fit := []string{"value", "fit", "--kind", "sbg", "--date", "from", "--end", "to", "--transactions"}
	for want, c := range map[string]struct {
		code int
		args []string
	}{
		"give --transactions, a file with a row for each contract, and --date and --end": {2, []string{"value", "fit", "--kind", "sbg", "--transactions", file}},
		"--period is 0; give the months of a period, from 1 to 120":                      {2, append(fit, file, "--period", "0")},
		"contracts were lost at 1 renewals; it takes losses at two or more":              {3, append(fit, file, "--delimiter", ";", "--until", "2002-01-01")},
		"lies before the contract begins":                                                {3, append(fit, bad)},
		"had begun by 1990-01-01; there is nothing to learn from":                        {3, append(fit, file, "--delimiter", ";", "--until", "1990-01-01")},
	} {
		if r := holdfast(t, time.Now, nil, "", c.args...); r.code != c.code || !strings.Contains(r.stderr, want) {
			t.Errorf("exit code %d: %s, want %d: %s", r.code, r.stderr, c.code, want)
		}
	}
}

// Of households a and b and of a customer alone, the totals add up, and the tenths
// and Lorenz's curve are those of the amounts.
func TestValueReport(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("who,day,paid,home\n")
	for i := range 60 { // as in TestValueOfHouseholdsAndReturns
		home := fmt.Sprintf("h%d", i%10)
		if i%10 == 9 {
			home = ""
		}
		for k := range []int{1, 2, 6}[i%3] + i%4 {
			d := time.Date(2025, 1, 1+i%20, 0, 0, 0, 0, time.UTC).AddDate(0, 0, k*(7+i%11))
			fmt.Fprintf(&text, "c%d,%s,%d.50,%s\n", i, d.Format(time.DateOnly), 5+i*i*13%97+(i+k)%7, home)
		}
	}
	dir := t.TempDir()
	file, page := filepath.Join(dir, "t.csv"), filepath.Join(dir, "worth.html")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"value", "report", "--transactions", file, "--customer", "who", "--date", "day", "--amount", "paid",
		"--household", "home", "--horizon", "26", "--kind", "nbd",
	}
	r := holdfast(t, time.Now, nil, "", append(args, "--json", "--html", page)...)
	if r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	got := decode[sharesReport](t, r.stdout)
	if got.Customers != 60 || len(got.Shares) != 4 || got.Households.Households != 9 || got.Households.Members != 54 || len(got.Households.Top) != 9 {
		t.Fatalf("%+v", got)
	}
	for k, s := range got.Shares {
		sum := 0.0
		for _, v := range s.Tenths {
			sum += v
		}
		if math.Abs(sum-1) > 1e-9 || len(s.Lorenz) != 101 || s.Gini <= 0 || s.Gini >= 1 || math.Abs(s.Total-got.Shares[k%2].Total) > 1e-6 {
			t.Errorf("%s: total %v, tenths %v, Gini %v", s.Of, s.Total, s.Tenths, s.Gini)
		}
	}
	for i, h := range got.Households.Top {
		if h.Customers != 6 || (i > 0 && h.ToCome > got.Households.Top[i-1].ToCome) {
			t.Errorf("household %d: %+v", i, h)
		}
	}
	html, err := os.ReadFile(page)
	if err != nil || strings.Count(string(html), "<svg") != 2 || !strings.Contains(string(html), got.Households.Top[0].Household) {
		t.Errorf("the page (%v): %.300s", err, html)
	}
	said := holdfast(t, time.Now, nil, "", args...)
	if said.code != 0 || !strings.Contains(said.stdout, "9 households of 54 customers; the most valuable to come:") || !strings.Contains(said.stdout, "households, to come") {
		t.Errorf("exit code %d: %s%s", said.code, said.stdout, said.stderr)
	}
	if r := holdfast(t, time.Now, nil, "", "value", "report", "--transactions", file, "--customer", "who", "--date", "day"); r.code != 2 || !strings.Contains(r.stderr, "give --amount") {
		t.Errorf("without amounts: %d %s", r.code, r.stderr)
	}
}
