package simulate

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the test, wherever it runs

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/internal/fault"
)

// small is a business that tests can afford to make often.
func small(customers, days int) Config {
	cfg := Default()
	cfg.Customers, cfg.HistoryDays = customers, days
	return cfg
}

func mustNew(t testing.TB, cfg Config) *Business {
	t.Helper()
	b, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// everything is all rows in order, those not yet known included.
func (b *Business) everything() []row {
	return slices.Concat(b.ledger.between(0, 1<<32-1)...)
}

var whole = []cmp.Option{cmp.AllowUnexported(state{}, influence{}, person{}, row{})}

// same reports how two businesses differ.
func same(a, b *Business) string {
	switch {
	case !slices.Equal(a.states, b.states):
		return cmp.Diff(a.states, b.states, whole...)
	case !slices.Equal(a.people, b.people):
		return cmp.Diff(a.people, b.people, whole...)
	case !slices.Equal(a.everything(), b.everything()):
		return "the rows differ"
	}
	return ""
}

func TestRates(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(10_000, 730))
	months, left := 0.0, [4]float64{}
	shared, old, phones, dogs := 0., 0., 0., 0.
	for i := range b.people {
		p, s := &b.people[i], &b.states[i]
		end := b.day
		if s.left != stays {
			end = int(s.leftOn)
			left[s.left]++
		}
		months += float64(end-max(0, int(p.since))) / 30.4
		shared += float64(count(p.shared))
		old += float64(count(s.left == stays && b.day-int(p.since) > 3650))
		phones += float64(count(p.phone))
		dogs += float64(count(p.dog))
	}
	c := b.Census()
	if c.Customers != 10_000 {
		t.Errorf("%d customers in the file, want exactly those asked for", c.Customers)
	}
	if sum := c.Active + c.Voluntary + c.Involuntary + c.Unavoidable; sum != c.Customers {
		t.Errorf("the census adds up to %d of %d", sum, c.Customers)
	}
	for _, want := range []struct {
		name          string
		got, low, top float64
	}{
		{"leaving by choice a month", left[leftVoluntarily] / months, .016, .024},
		{"leaving unpaid a month", left[leftUnpaid] / months, .002, .006},
		{"leaving unavoidably a month", left[leftUnavoidably] / months, .002, .0035},
		{"active", float64(c.Active) / 10_000, .58, .72},
		{"in shared households", shared / 10_000, .2, .3},
		{"ten years and more, of the active", old / float64(c.Active), .02, .12},
		{"with a phone", phones / 10_000, .9, .94},
		{"sleeping dogs", dogs / 10_000, .08, .2},
	} {
		t.Logf("%s: %.4f", want.name, want.got)
		if want.got < want.low || want.got > want.top {
			t.Errorf("%s: %.4f, want %.4f to %.4f", want.name, want.got, want.low, want.top)
		}
	}
}

// TestPiecesOfTimeMakeTheSameBusiness also changes the number of processors,
// so it is not parallel.
func TestPiecesOfTimeMakeTheSameBusiness(t *testing.T) {
	base := mustNew(t, small(600, 200))
	once := base.Clone()
	end := base.Now().AddDate(0, 0, 60)
	if err := once.Advance(end); err != nil {
		t.Fatal(err)
	}
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	rapid.Check(t, func(t *rapid.T) {
		runtime.GOMAXPROCS(rapid.IntRange(1, 4).Draw(t, "processors"))
		b := base.Clone()
		hours := rapid.SliceOfN(rapid.IntRange(0, 60*24), 0, 12).Draw(t, "hours")
		slices.Sort(hours)
		for _, h := range hours {
			if err := b.Advance(base.Now().Add(time.Duration(h) * time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Advance(end); err != nil {
			t.Fatal(err)
		}
		if d := same(once, b); d != "" {
			t.Fatalf("advanced in pieces at %v hours: %s", hours, d)
		}
	})
}

func TestHistoryIsTheStartOfALongerOne(t *testing.T) {
	t.Parallel()
	cfg := small(500, 0)
	cfg.Zone = time.FixedZone("far", 9*3600)
	a := mustNew(t, cfg)
	if err := a.Advance(a.clock(100)); err != nil {
		t.Fatal(err)
	}
	b := mustNew(t, cfg)
	if err := b.Advance(b.clock(40)); err != nil {
		t.Fatal(err)
	}
	early := b.ledger.between(0, b.world.midnight(40))
	known := a.ledger.between(0, a.world.midnight(40))
	if d := cmp.Diff(known, early, whole...); d != "" {
		t.Errorf("what was known on day 40 changed by living on: %s", d)
	}
	if len(a.people) <= len(b.people) {
		t.Errorf("nobody joined in 60 days: %d then, %d now", len(b.people), len(a.people))
	}
}

// TestDaysOfEveryZone walks through changes of the clocks, those at midnight
// included: each day begins on its own date, after the one before.
func TestDaysOfEveryZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Asia/Beirut", "America/Santiago", "Asia/Kathmandu"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		cfg := small(30, 500)
		cfg.Zone, cfg.Start = zone, time.Date(2012, 6, 1, 12, 0, 0, 0, zone)
		b := mustNew(t, cfg)
		if got := b.Now().In(zone).Format(time.DateTime); got != "2012-06-01 00:00:00" {
			t.Errorf("%s: a business that starts on 2012-06-01 is at %s", name, got)
		}
		for day := -1000; day <= 500; day++ {
			if got := b.world.dayOf(b.clock(day)); got != day {
				t.Fatalf("%s: day %d begins on day %d", name, day, got)
			}
			if length := b.clock(day + 1).Sub(b.clock(day)); length < 22*time.Hour || length > 26*time.Hour {
				t.Fatalf("%s: day %d lasts %s", name, day, length)
			}
		}
	}
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	cfg := small(300, 120)
	if d := same(mustNew(t, cfg), mustNew(t, cfg)); d != "" {
		t.Errorf("the same seed made two businesses: %s", d)
	}
	first := mustNew(t, cfg)
	cfg.Seed++
	if same(first, mustNew(t, cfg)) == "" {
		t.Error("two seeds made the same business")
	}
	fork, end := first.Fork(7), first.Now().AddDate(0, 0, 90)
	if d := same(first, fork); d != "" {
		t.Errorf("a fork has another past: %s", d)
	}
	clone := first.Clone()
	for _, b := range []*Business{first, fork, clone} {
		if err := b.Advance(end); err != nil {
			t.Fatal(err)
		}
	}
	if same(first, fork) == "" {
		t.Error("a fork has the same future")
	}
	if d := same(first, clone); d != "" {
		t.Errorf("a clone has another future: %s", d)
	}
}

// TestCustomersAreIndependent treats one customer and wants all others as they
// would have been.
func TestCustomersAreIndependent(t *testing.T) {
	t.Parallel()
	a := mustNew(t, small(400, 150))
	b := a.Clone()
	const treated = 17
	for range 4 {
		if _, err := b.Call(key(treated), "retention_call", b.Now().Add(9*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []*Business{a, b} {
		if err := x.Advance(x.Now().AddDate(0, 0, 80)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range a.states {
		if i != treated && a.states[i] != b.states[i] {
			t.Errorf("customer %d changed because customer %d was called", i, treated)
		}
	}
	if a.states[treated] == b.states[treated] {
		t.Error("four calls changed nothing, not even their number")
	}
}

// TestWatchingChangesNothing lives each customer twice, with a sheet and
// without.
func TestWatchingChangesNothing(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(300, 60))
	b.world.reach(400)
	for i := range b.people {
		p := &b.people[i]
		seen, alone := b.states[i], b.states[i]
		l := ledger{origin: b.ledger.origin}
		for day := 60; day < 360; day++ {
			d := on(luck(b.seed, p.index), day)
			step(b.world, p, &seen, day, d, &sheet{&l, p})
			step(b.world, p, &alone, day, d, nil)
		}
		seen.events, seen.issues, seen.contacts, seen.consents, seen.terms = alone.events, alone.issues, alone.contacts, alone.consents, alone.terms
		seen.phoneNumber, seen.emailName, seen.segment = alone.phoneNumber, alone.emailName, alone.segment
		if seen != alone {
			t.Fatalf("customer %d: %s", i, cmp.Diff(alone, seen, whole...))
		}
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(50, 30))
	noon := b.Now().Add(12 * time.Hour)
	call := func(key, treatment string, at time.Time) error {
		_, err := b.Call(key, treatment, at)
		return err
	}
	expect := func(keys []string, treatment string, days, replicates int) error {
		_, err := b.Expect(keys, treatment, days, replicates)
		return err
	}
	made := func(change func(*Config)) error {
		cfg := small(50, 30)
		change(&cfg)
		_, err := New(cfg)
		return err
	}
	_, late := b.WriteFeeds(t.TempDir(), time.Time{}, noon)
	_, backwards := b.WriteFeeds(t.TempDir(), b.Now(), b.Now().Add(-time.Hour))
	_, unplanted := b.ExpectPlan([]string{key(1)}, Treatment{Name: "hope"}, 1, 1)
	plan := treatments[0]
	plan.Attempts = []int{3, 1}
	_, unsorted := b.ExpectPlan([]string{key(1)}, plan, 1, 1)
	_, stranger := b.Hidden("C9999999")
	for _, c := range []struct {
		err  error
		kind fault.Kind
		want string
	}{
		{made(func(c *Config) { c.Customers = 0 }), fault.Invalid, "customers is 0"},
		{made(func(c *Config) { c.HistoryDays = -1 }), fault.Invalid, "history days are -1"},
		{made(func(c *Config) { c.Zone = nil }), fault.Invalid, "no time zone"},
		{made(func(c *Config) { c.Start = time.Time{} }), fault.Invalid, "start is 0001-01-01"},
		{b.Advance(b.Now().Add(-time.Second)), fault.Invalid, "cannot go back"},
		{call("X", "retention_call", noon), fault.NotFound, `no customer "X"`},
		{call("C0000050", "retention_call", noon), fault.NotFound, "keys are those of customers.csv"},
		{call(key(1), "hypnosis", noon), fault.Invalid, "use one of retention_call, offer_message"},
		{call(key(1), "", noon), fault.Invalid, "use one of"},
		{call(key(1), "offer_message", noon), fault.Invalid, "is a message, not a call"},
		{call(key(1), "retention_call", noon.AddDate(0, 0, 1)), fault.Invalid, "advance it to that day"},
		{b.Message(key(1), "retention_call", noon), fault.Invalid, "is a call, not a message"},
		{b.Message(key(1), "offer_message", noon.AddDate(0, 0, -1)), fault.Invalid, "the contact is on 2026-05-31"},
		{expect(nil, "retention_call", 42, 1), fault.Invalid, "no customers were given"},
		{expect([]string{key(1)}, "retention_call", 0, 1), fault.Invalid, "give at least 1"},
		{expect([]string{key(1), "?"}, "retention_call", 1, 1), fault.NotFound, `"?"`},
		{call("C1", "retention_call", noon), fault.NotFound, `no customer "C1"`},
		{b.Advance(time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC)), fault.Invalid, "ends with the year 2100"},
		{backwards, fault.Invalid, "is after until"},
		{unplanted, fault.Invalid, "take one of Treatments"},
		{unsorted, fault.Invalid, "not in rising order"},
		{late, fault.Invalid, "advance the business first"},
		{stranger, fault.NotFound, "C9999999"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || fault.Of(c.err) != c.kind {
			t.Errorf("error %v of kind %v, want %q of kind %v", c.err, fault.Of(c.err), c.want, c.kind)
		}
	}
	if _, err := Columns("weather"); fault.Of(err) != fault.NotFound || errors.Is(err, nil) {
		t.Errorf("columns of an unknown feed: %v", err)
	}
}

func BenchmarkTwoYears(b *testing.B) {
	for _, n := range []int{2_000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cfg := Default()
			cfg.Customers = n
			for b.Loop() {
				mustNew(b, cfg)
			}
		})
	}
}

func BenchmarkWriteFeeds(b *testing.B) {
	business := mustNew(b, Default())
	rows := 0
	for b.Loop() {
		files, err := business.WriteFeeds(b.TempDir(), time.Time{}, business.Now())
		if err != nil {
			b.Fatal(err)
		}
		rows = 0
		for _, f := range files {
			rows += f.Rows
		}
	}
	b.ReportMetric(float64(rows), "rows")
}

func BenchmarkExpect(b *testing.B) {
	business := mustNew(b, small(4_000, 200))
	keys := business.Keys()[:1500]
	for b.Loop() {
		if _, err := business.Expect(keys, "retention_call", 42, 20); err != nil {
			b.Fatal(err)
		}
	}
}
