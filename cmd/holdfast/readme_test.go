package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/internal/holdfasttest"
	"holdfast/nightly"
)

// readmeShop writes the README's configuration and two files for it: so many customers
// without any date, and their purchases over two years.
func readmeShop(t *testing.T, end time.Time, customers int) *business {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(holdfasttest.Root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```yaml\n")
	yaml, _, ok := strings.Cut(after, "```")
	if !ok {
		t.Fatal("the README shows no configuration")
	}
	b := &business{dir: t.TempDir(), file: "holdfast.db", env: map[string]string{}}
	b.write(t, "holdfast.yaml", yaml+fmt.Sprintf("store: {url: %q}\ntraining: {candidates: [logistic]}\n", b.path("holdfast.db")))
	r := rand.New(rand.NewPCG(1, 2))
	people, orders := "id,full_name,phone\n", "order_no,customer_id,ordered_on,total\n"
	n := 0
	for c := range customers {
		people += fmt.Sprintf("c%d,Person %d,+44 20 7946 %04d\n", c, c, c)
		usual := 10 + 40*r.Float64()
		for day := 730 * r.Float64(); day < 730; day += usual * r.ExpFloat64() {
			if r.Float64() < .08 { // gone
				break
			}
			n++
			orders += fmt.Sprintf("o%d,c%d,%s,%.2f\n", n, c, end.AddDate(0, 0, -730).Add(time.Duration(24*day)*time.Hour).Format("02/01/2006"), 5+40*r.Float64())
		}
	}
	b.write(t, "customers.csv", people)
	b.write(t, "orders.csv", orders)
	return b
}

// TestReadmeInTenMinutes does what the README tells a newcomer, in its order,
// on the Sunday before a list without hands and on the day after.
func TestReadmeInTenMinutes(t *testing.T) {
	t.Parallel()
	sunday := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	b := readmeShop(t, sunday, 400)
	now := func() time.Time { return sunday }
	b.must(t, now, "migrate")
	b.must(t, now, "import", "customers", b.path("customers.csv"))
	if out := b.must(t, now, "import", "orders", b.path("orders.csv"), "--dry-run"); !strings.Contains(out, "nothing was kept") {
		t.Errorf("a trial says %q", out)
	}
	b.must(t, now, "import", "orders", b.path("orders.csv"))
	if out := b.must(t, now, "import", "rejections", "2"); !strings.Contains(out, "rejected no row") {
		t.Errorf("no rejection says %q", out)
	}
	if r := b.run(t, now, "import", "rejections", "77"); r.code == 0 || !strings.Contains(r.stderr, "77") {
		t.Errorf("the rejections of no import: %d %q", r.code, r.stderr)
	}
	if out := b.must(t, now, "backtest", "--at", "2026-05-27,2026-08-25"); !strings.Contains(out, "than the naive rule") {
		t.Errorf("the back-test draws no conclusion:\n%s", out)
	}
	if out := b.must(t, now, "nightly", "run"); !strings.Contains(out, "no agent has minutes on Sunday 22 November") {
		t.Errorf("a night without hands does not say so:\n%s", out)
	}
	monday := func() time.Time { return sunday.AddDate(0, 0, 1) }
	night := decode[nightReport](t, b.must(t, monday, "nightly", "run", "--json"))
	if night.State != nightly.Completed {
		t.Errorf("the night of Monday is %s: %s", night.State, night.Reason)
	}
	if out := b.must(t, monday, "list", "show"); !strings.Contains(out, "retention_call") {
		t.Errorf("nobody is called on Monday:\n%s", out)
	}
}
