package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/store"
)

// shop is a business of two customers: enough to be refused things.
const shop = `business: {name: Shop, currency: EUR, timezone: Europe/Rome, partitions: 2}
store: {url: "%DIR%/shop.db"}
web: {listen: "127.0.0.1:0"}
history:
  event_kinds: [purchase]
  feeds:
    - name: people
      kind: customers
      columns: {customer: id, name: name, phone: phone}
      attributes: {town: town}
    - name: orders
      kind: events
      key: [order]
      columns: {customer: customer, occurred: day, amount: amount}
      constants: {kind: purchase}
churn: {kind: lapse, silence_days: 30, activity: [purchase]}
features: {events: [{name: purchase, role: activity, amount: true}], windows: [30]}
value: {margin_rates: {purchase: 10000}}
`

func newShop(t *testing.T, more string) *business {
	t.Helper()
	b := &business{dir: t.TempDir(), file: "shop.db", env: map[string]string{}}
	never := time.Now().Add(12 * time.Hour).UTC().Format("15:04") // cron must not begin a night of its own, whatever the hour
	b.write(t, "holdfast.yaml", strings.ReplaceAll(shop, "%DIR%", b.dir)+"nightly: {at: \""+never+"\", feeds_due: \""+never+"\"}\n"+more)
	return b
}

// refuses checks an exit code and the one sentence on stderr.
func refuses(t *testing.T, r result, code int, want string) {
	t.Helper()
	if r.code != code || r.stderr != "holdfast: "+want+"\n" || r.stdout != "" {
		t.Errorf("exit code %d, want %d\n stdout %s\n stderr %swant holdfast: %s", r.code, code, r.stdout, r.stderr, want)
	}
}

// Bad input data is refused with exit code 3, and nothing of it is kept.
func TestBadInput(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	b.must(t, time.Now, "import", "people", b.write(t, "people.csv", "id,name,phone,town\na,Anna,1,Rome\nb,Bob,2,Turin\n"))
	const head, orders = "order,customer,day,amount\n", "feed orders: 1 of 1 rows cannot be used, more than 1 %; nothing was imported. Most often (1): "
	for name, tc := range map[string]struct{ feed, text, want string }{
		"a missing file":       {"orders", "", "feed orders: FILE is not there; check the path of the file"},
		"an empty file":        {"orders", " ", "feed orders: FILE is empty; expected a header row with the names of the columns"},
		"an empty feed":        {"orders", head, "feed orders: FILE has no rows; check the export that makes it"},
		"a wrong encoding":     {"orders", head + "1,a,2026-01-05,1\xe9\n", "feed orders: FILE line 2, byte 17: 0xE9 is not UTF-8, so the file is in the wrong encoding; set `encoding: windows-1252` (or latin1) or save it as UTF-8"},
		"UTF-16":               {"orders", "\xff\xfeo\x00", "feed orders: FILE is UTF-16; save it as UTF-8"},
		"an absent column":     {"orders", "order,customer,amount\n1,a,5.00\n", `feed orders: FILE has no column "day"; the columns are: order, customer, amount`},
		"not a date":           {"orders", head + "1,a,2026-13-45,5.00\n", orders + `FILE line 2, column "day": "2026-13-45" is not a date in the calendar`},
		"a comma in an amount": {"orders", head + "1,a,2026-01-05,\"5,50\"\n", orders + "FILE line 2, column \"amount\": \"5,50\" has a comma, and no thousands separator is configured; set `thousands: \",\"`, or `decimal: \",\"` if it separates the decimals"},
		"an unknown customer":  {"orders", head + "1,zed,2026-01-05,5.50\n", orders + `FILE line 2, column "customer": "zed" is an unknown customer; import the customers first, or write customers: create`},
		"an event to come":     {"orders", head + "1,a,2090-01-05,5.50\n", orders + `FILE line 2, column "day": "2090-01-05" is in the future`},
		"a customer twice":     {"people", "id,name,phone,town\nc,Carla,3,Rome\nc,Carla,3,Milan\n", `feed people: 1 of 2 rows cannot be used, more than 1 %; nothing was imported. Most often (1): FILE line 3, column "id": "c" is given twice with different values; keep one row, or add columns to the feed's key`},
		"an unknown feed":      {"order", head, `there is no feed "order"; the configuration has people, orders`},
	} {
		path := b.path(name + ".csv")
		if tc.text != "" {
			b.write(t, name+".csv", tc.text)
		}
		t.Run(name, func(t *testing.T) {
			refuses(t, b.run(t, time.Now, "import", tc.feed, path), 3, strings.ReplaceAll(tc.want, "FILE", path))
		})
	}
	many := b.write(t, "many.csv", head+strings.Repeat("1,zed,2026-01-05,5\n", 12))
	if said := holdfast(t, time.Now, b.env, "", "--config", b.path("holdfast.yaml"), "import", "orders", many).stderr; strings.Count(said, "  "+many+":") != 10 || !strings.Contains(said, "the first 10 of 12 rows that cannot be used:\n  "+many+`:2: customer: "zed": is an unknown customer`) {
		t.Errorf("of a refused import it says\n%s", said)
	}
	db := b.database(t)
	published := count(t, db, "SELECT COUNT(*) FROM imports WHERE version > 0")
	left := count(t, db, "SELECT COUNT(*) FROM segments") + count(t, db, "SELECT COUNT(*) FROM imports WHERE version = 0")
	if customers := count(t, db, "SELECT COUNT(*) FROM customers"); published != 1 || left != 0 || customers != 2 {
		t.Errorf("%d imports are published, %d pieces of refused ones are left, %d customers", published, left, customers)
	}
}

// Wrong use and bad configuration are refused with exit code 2.
func TestWrongUse(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	const stages = "the stages are import, check, train, score, propose, allocate, decide, publish, measure, clean"
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"serve"}, "serve needs Postgres and Redis by address; with an embedded database use holdfast up"},
		{[]string{"worker"}, "worker needs Postgres and Redis by address; with an embedded database use holdfast up"},
		{[]string{"schedule"}, "schedule needs Postgres and Redis by address; with an embedded database use holdfast up"},
		{[]string{"nightly", "run", "--from", "lunch"}, `there is no stage "lunch"; ` + stages},
		{[]string{"nightly", "run", "--only", "lunch"}, `there is no stage "lunch"; ` + stages},
		{[]string{"nightly", "run", "--only", "decide", "--dry-run"}, "--only runs one stage again and writes its result; without writing there is --only decide --dry-run --policy FILE"},
		{[]string{"nightly", "run", "--policy", "other.yaml"}, "--policy compares two policies and changes nothing: write --only decide --dry-run --policy FILE"},
		{[]string{"nightly", "run", "--customers"}, "--customers belongs to --policy FILE"},
		{[]string{"nightly", "run", "--as-of", "31.12.2026"}, `"31.12.2026" is not a date: write it as 2026-03-31`},
		{[]string{"backtest", "--at", "yesterday"}, "there is no history to test on: import a feed first"},
		{[]string{"nightly"}, "nightly needs one of its subcommands: see holdfast nightly --help"},
		{[]string{"night"}, `there is no command "night": see holdfast --help`},
		{[]string{"nightly", "run", "--fast"}, "unknown flag: --fast"},
		{[]string{"list", "show"}, "there is no list yet: run a night first"},
		{[]string{"list", "show", "one"}, `"one" is not the number of a list`},
		{[]string{"import", "undo", "one"}, `"one" is not the number of an import: see holdfast import list`},
	} {
		refuses(t, b.run(t, time.Now, tc.args...), 2, tc.want)
	}
	bad := b.write(t, "bad.yaml", strings.Replace(shop, "partitions: 2", "partitons: 2", 1))
	refuses(t, b.run(t, time.Now, "check-config", bad), 2,
		bad+`:1:62: business has no key "partitons"; the keys are name, currency, timezone, locale, partitions`)
	none := b.path("none.yaml")
	refuses(t, b.run(t, time.Now, "check-config", none), 2, "there is no configuration file "+none+": run `holdfast init` to write one")
	if r := b.run(t, time.Now, "check-config"); r.code != 0 || !strings.Contains(r.stdout, "is good: 2 feeds") {
		t.Errorf("a good configuration: %+v", r)
	}
}

// A service that does not answer is exit code 5.
func TestServicesDown(t *testing.T) {
	t.Parallel()
	b := newShop(t, "queue: {redis: {addr: \"127.0.0.1:1\"}}\n")
	for _, args := range [][]string{{"nightly", "run"}, {"up"}} {
		refuses(t, b.run(t, time.Now, args...), 5,
			"Redis at 127.0.0.1:1 does not answer: check that it runs and that redis.addr is right: dial tcp 127.0.0.1:1: connect: connection refused")
	}
	b = newShop(t, "")
	b.env[store.EnvironmentURL] = "postgres://nobody@127.0.0.1:1/nothing"
	for _, args := range [][]string{{"nightly", "run"}, {"nightly", "status"}, {"up"}, {"import", "people", b.path("people.csv")}, {"user", "list"}, {"backup", b.path("b")}} {
		refuses(t, b.run(t, time.Now, args...), 5,
			"Postgres database nothing at 127.0.0.1:1 does not answer (connection refused): start it or correct store.url")
	}
	b.env[store.EnvironmentURL] = b.path("no/folder.db")
	refuses(t, b.run(t, time.Now, "up"), 5, "SQLite file "+b.path("no/folder.db")+" cannot be opened or written: check that its folder exists and is yours, and that its disk is not full")
	b.env[store.EnvironmentURL] = b.write(t, "people.db", strings.Repeat("id,name\na,Anna\n", 500))
	refuses(t, b.run(t, time.Now, "up"), 2, "SQLite file "+b.path("people.db")+" is damaged or not a Holdfast database: restore a backup or name another file")
}

// A disk that is full is exit code 5, and what was being written is not seen.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	small := b.path("small")
	b.write(t, "holdfast.yaml", strings.ReplaceAll(shop, "%DIR%/shop.db", small+"/shop.db"))
	b.file = "small/shop.db"
	if err := os.Mkdir(small, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v): the test needs root", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	var rows strings.Builder
	rows.WriteString("id,name,phone,town\n")
	for i := range 40_000 {
		fmt.Fprintf(&rows, "%d,Anna %d,+39 06 %d,Rome\n", i, i, i)
	}
	r := b.run(t, time.Now, "import", "people", b.write(t, "people.csv", rows.String()))
	full := "the disk that holds SQLite file " + filepath.Join(small, "shop.db") + " is full: free some space and run it again; nothing was half-done\n"
	if r.code != 5 || !strings.HasPrefix(r.stderr, "holdfast: ") || !strings.HasSuffix(r.stderr, full) || strings.Count(r.stderr, "\n") != 1 || r.stdout != "" {
		t.Errorf("on a full disk: %+v, want 5 and %s", r, full) // what was being written before it differs
	}
	f, err := os.Create(filepath.Join(small, "ballast")) // what the import had taken may be free again
	for err == nil {
		_, err = f.WriteString(strings.Repeat("x", 1<<10))
	}
	_ = f.Close()
	refuses(t, b.run(t, time.Now, "backup", filepath.Join(small, "b")), 5,
		"backup to "+filepath.Join(small, "b")+": its disk is full: free some space or name another place; nothing was left there")
	if n := count(t, b.database(t), "SELECT COUNT(*) FROM imports WHERE version > 0"); n != 0 {
		t.Errorf("%d imports are visible", n)
	}
}

// A feed with half its usual rows holds the night: exit code 4, nothing
// published. Once the rest has come, the night goes on.
func TestHalfAFeedHoldsTheNight(t *testing.T) {
	t.Parallel()
	b := newBusiness(t, 600, 5, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), "",
		"snapshots: 26", "snapshots: 12", "candidates: [logistic, boosted]", "candidates: [logistic]", "row_budget: 9000", "row_budget: 4000", "min_leavers: 30", "min_leavers: 10")
	c := &clock{real: func() time.Time { return b.start.AddDate(-1, 0, 0) }}
	c.Set(b.start.Add(time.Hour))
	b.learn(t, b.start, func(args ...string) { b.must(t, c.Now, args...) })
	delivery := func(n, rows int) {
		text := "id,customer,kind,occurred,amount,quantity,channel,recorded,deleted\n"
		for i := range rows {
			text += fmt.Sprintf("extra-%d-%d,%s,visit,2026-05-%02dT10:00:00Z,,5,web,2026-05-31T10:00:00Z,false\n", n, i, b.world.Keys()[i], 1+n)
		}
		b.must(t, c.Now, "import", "events", b.write(t, fmt.Sprintf("extra%d.csv", n), text))
	}
	for n := range 4 {
		delivery(n, 100)
	}
	delivery(4, 50)
	date := b.start.Format(time.DateOnly)
	const why = "the night of 2026-06-01 is held: the feed events brought 50 rows where 100 are usual: look at the file; " +
		"`holdfast nightly resume --from train` goes on without it"
	for _, args := range [][]string{
		{"nightly", "run", "--as-of", date}, {"nightly", "run", "--as-of", date}, {"nightly", "resume"}, {"nightly", "status"},
	} {
		r := b.run(t, c.Now, args...)
		if r.code != 4 || !strings.HasSuffix(r.stderr, "holdfast: "+why+"\n") {
			t.Errorf("%v: exit code %d, %s, want 4 and %s", args, r.code, r.stderr, why)
		}
	}
	refuses(t, b.run(t, c.Now, "list", "show"), 2, "there is no list yet: run a night first")
	db := b.database(t)
	for _, table := range []string{"tasks", "messages", "listed", "sealed_exposures", "models"} {
		if n := count(t, db, "SELECT COUNT(*) FROM %s", table); n != 0 {
			t.Errorf("a night held at its check left %d rows in %s", n, table)
		}
	}
	delivery(5, 100)
	if r := b.run(t, c.Now, "nightly", "resume", "--json"); r.code != 0 || decode[nightReport](t, r.stdout).State != "completed" {
		t.Errorf("the resumed night: %+v", r)
	}
	if a := (books{db}).night(t, b.start); a.expected == 0 {
		t.Errorf("the resumed night decided nothing: %+v", a)
	}
	// A short delivery that a person let pass holds no later night, one that
	// comes after it does.
	delivery(6, 20)
	c.Set(b.start.Add(25 * time.Hour))
	if r := b.run(t, c.Now, "nightly", "run"); r.code != 4 || !strings.Contains(r.stderr, "brought 20 rows where 100 are usual") {
		t.Errorf("the night after another short delivery: %+v", r)
	}
	if r := b.run(t, c.Now, "nightly", "resume", "--from", "score"); r.code != 1 || !strings.Contains(r.stderr, "the night has not done its stage train: resume it from there") {
		t.Errorf("resumed past what the night needs: %+v", r)
	}
	b.must(t, c.Now, "nightly", "resume", "--from", "train")
	c.Set(b.start.Add(49 * time.Hour))
	b.must(t, c.Now, "nightly", "run")
	delivery(7, 20)
	c.Set(b.start.Add(73 * time.Hour))
	if r := b.run(t, c.Now, "nightly", "run"); r.code != 4 {
		t.Errorf("a delivery that came after the night that was let pass: %+v", r)
	}
}
