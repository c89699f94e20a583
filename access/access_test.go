package access_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/access"
	"holdfast/internal/fault"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

const secret = "four words in a row"

// book is a store in memory.
type book struct {
	mu    sync.Mutex
	users map[string]access.User
	tries map[string]access.Tally
	log   []string
}

func newBook(t *testing.T, users ...access.User) *book {
	t.Helper()
	hash, err := access.HashPassword(secret)
	if err != nil {
		t.Fatal(err)
	}
	b := &book{users: map[string]access.User{}, tries: map[string]access.Tally{}}
	for _, u := range users {
		u.PasswordHash = hash
		b.users[u.Name] = u
	}
	return b
}

func (b *book) User(_ context.Context, name string) (access.User, error) {
	if u, ok := b.users[name]; ok {
		return u, nil
	}
	return access.User{}, fault.New(fault.NotFound, "there is no user %q", name)
}

func (b *book) CountTry(_ context.Context, keys []string, now, forget time.Time, judge func([]access.Tally) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var before []access.Tally
	for _, k := range keys {
		t := b.tries[k]
		if t.Last.Before(forget) {
			t = access.Tally{}
		}
		t.Key = k
		before = append(before, t)
	}
	if err := judge(before); err != nil {
		return err
	}
	for _, t := range before {
		b.tries[t.Key] = access.Tally{Key: t.Key, Failures: t.Failures + 1, Last: now}
	}
	return nil
}

func (b *book) ForgetTries(_ context.Context, one, all []string) error {
	for _, k := range one {
		t := b.tries[k]
		t.Failures--
		b.tries[k] = t
	}
	for _, k := range all {
		delete(b.tries, k)
	}
	return nil
}

func (b *book) AddUser(_ context.Context, u access.User) error {
	b.users[u.Name] = u
	return u.Validate()
}

func (b *book) UpdateUser(ctx context.Context, u access.User) error { return b.AddUser(ctx, u) }

func (b *book) NoteSignIn(_ context.Context, name string, _ time.Time) error {
	b.log = append(b.log, "noted "+name)
	return nil
}

func (b *book) Audit(_ context.Context, e access.Entry) error {
	b.log = append(b.log, e.What+" "+e.Who+" from "+e.Address)
	return nil
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	b := newBook(t, access.User{Name: "ann", Role: access.Agent}, access.User{Name: "old", Role: access.Agent, Disabled: true})
	d := access.NewDoor(b)
	for i, c := range []struct {
		name, password string
		ok             bool
	}{
		{"ann", secret, true},
		{" ANN ", secret, true},
		{"ann", secret + " ", false},
		{"ann", "", false},
		{"nobody", secret, false},
		{"old", secret, false},
		{"", secret, false},
		{strings.Repeat("x", 300), secret, false},
		{"ann", strings.Repeat("x", 5000), false},
		{"ann'; --", secret, false},
	} {
		u, err := d.SignIn(t.Context(), c.name, c.password, fmt.Sprintf("10.0.0.%d", i), noon)
		if (err == nil) != c.ok {
			t.Errorf("%q with %.20q: %v", c.name, c.password, err)
		}
		if c.ok && u.Name != "ann" {
			t.Errorf("signed in as %q", u.Name)
		}
		if !c.ok && (fault.Of(err) != fault.Forbidden || !strings.Contains(err.Error(), "name or password is not right")) {
			t.Errorf("%q: %v, want one and the same refusal", c.name, err)
		}
	}
	if !slices.Contains(b.log, "sign in ann from 10.0.0.0") || !slices.Contains(b.log, "sign-in refused old from 10.0.0.5") || b.log[0] != "noted ann" {
		t.Errorf("the audit says %v", b.log)
	}
}

// wait is how long a door makes a try wait; 0 lets it in or checks it.
func wait(t *testing.T, d *access.Door, name, password, address string, now time.Time) time.Duration {
	t.Helper()
	_, err := d.SignIn(t.Context(), name, password, address, now)
	var soon *access.TooSoon
	if errors.As(err, &soon) {
		if fault.Of(err) != fault.Forbidden || !strings.Contains(err.Error(), "wait") {
			t.Errorf("refusal = %v", err)
		}
		return soon.Wait
	}
	return 0
}

// TestGuessingIsSlowedButNobodyIsLockedOut: whoever guesses from one address
// waits ever longer there, and the right password still works from elsewhere.
func TestGuessingIsSlowedButNobodyIsLockedOut(t *testing.T) {
	t.Parallel()
	b := newBook(t, access.User{Name: "ann", Role: access.Agent})
	d := access.NewDoor(b)
	now, checked := noon, 0
	for range 600 { // ten minutes of a guess a second
		if wait(t, d, "ann", "guess", "6.6.6.6", now) == 0 {
			checked++
		}
		now = now.Add(time.Second)
	}
	if checked > 16 {
		t.Errorf("%d guesses were checked in ten minutes", checked)
	}
	if w := wait(t, d, "ann", secret, "6.6.6.6", now); w == 0 {
		t.Error("the guesser's address is not slowed")
	}
	if w := wait(t, d, "ann", secret, "10.0.0.1", now); w != 0 {
		t.Errorf("ann waits %v at her own desk", w)
	}
	// Many addresses at once: the account waits seconds, never minutes.
	for i := range 60 {
		wait(t, d, "ann", "guess", fmt.Sprintf("7.7.%d.%d", i/250, i%250), now)
	}
	if w := wait(t, d, "ann", secret, "10.0.0.1", now); w > 4*time.Second {
		t.Errorf("ann waits %v", w)
	}
	if w := wait(t, d, "ann", secret, "10.0.0.1", now.Add(5*time.Second)); w != 0 {
		t.Errorf("ann waits %v after five seconds", w)
	}
	if w := wait(t, d, "ann", secret, "6.6.6.6", now.Add(16*time.Minute)); w != 0 {
		t.Errorf("old failures are not forgotten: %v", w)
	}
}

func TestOneAddressGuessingManyNamesIsSlowed(t *testing.T) {
	t.Parallel()
	d := access.NewDoor(newBook(t))
	checked := 0
	for i := range 120 {
		if wait(t, d, fmt.Sprintf("name%d", i), "guess", "6.6.6.6", noon.Add(time.Duration(i)*100*time.Millisecond)) == 0 {
			checked++
		}
	}
	if checked > 46 {
		t.Errorf("%d of 120 guesses in twelve seconds were checked", checked)
	}
}

func TestCurrentEndsWithTheEpoch(t *testing.T) {
	t.Parallel()
	b := newBook(t, access.User{Name: "ann", Role: access.Agent, Epoch: 2}, access.User{Name: "old", Disabled: true})
	d := access.NewDoor(b)
	if u, err := d.Current(t.Context(), "ann", 2); err != nil || u.Name != "ann" {
		t.Errorf("ann = %v, %v", u, err)
	}
	for _, c := range []struct {
		name  string
		epoch int64
	}{{"ann", 1}, {"old", 0}, {"gone", 0}} {
		if _, err := d.Current(t.Context(), c.name, c.epoch); fault.Of(err) != fault.Forbidden {
			t.Errorf("%s of epoch %d: %v, want the session ended", c.name, c.epoch, err)
		}
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "short", "123456789", "äöüäöüäöü", strings.Repeat("x", 1001)} {
		if _, err := access.HashPassword(bad); fault.Of(err) != fault.Invalid {
			t.Errorf("%.12q (%d bytes): %v", bad, len(bad), err)
		}
	}
	one, err := access.HashPassword("          ") // length is all that counts
	if err != nil {
		t.Fatal(err)
	}
	two, err := access.HashPassword("          ")
	if err != nil || one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hashes %s and %s, %v: want salted argon2id", one, two, err)
	}
}

// TestCan is the whole table, written once more by hand.
func TestCan(t *testing.T) {
	t.Parallel()
	want := map[access.Action]string{ // a agent, l lead, m manager, s senior, o operator, n analyst, d admin, u auditor
		access.WorkTasks: "almsd", access.SeeMorning: "lmnd", access.SeeRiskList: "lmsnd", access.SeeFiles: "almsnd", access.ExportRiskList: "mnd", access.SeeProof: "mndu", access.SeeAgents: "lmndu",
		access.SeeDecisions: "lmondu", access.SeeNights: "ond", access.RunNights: "od", access.SeeRejections: "od", access.SeeAudit: "du", access.SeeOperation: "odu", access.HoldLists: "mod",
		access.SeeArms: "u", access.ManageUsers: "d", access.AskForWork: "lmsd", access.SendFacts: "od", access.SeePersonal: "almsd",
		access.SeeOthersWork: "lmd", access.SaveViews: "lmsnd", access.ReleaseModels: "mond", access.TryPolicies: "mnd",
	}
	letters := map[access.Role]string{
		access.Agent: "a", access.Lead: "l", access.Manager: "m", access.Senior: "s", access.Operator: "o", access.Analyst: "n",
		access.Admin: "d", access.Auditor: "u",
	}
	if len(want) != len(access.Actions) || len(letters) != len(access.Roles) {
		t.Fatalf("the table has %d actions and %d roles, the code %d and %d", len(want), len(letters), len(access.Actions), len(access.Roles))
	}
	for _, a := range access.Actions {
		for _, r := range access.Roles {
			if got := access.Can(r, a); got != strings.Contains(want[a], letters[r]) {
				t.Errorf("%s may %s = %v", r, a, got)
			}
		}
		if access.Can("", a) || access.Can("root", a) {
			t.Errorf("a role that does not exist may %s", a)
		}
	}
}

func TestUsersAreChecked(t *testing.T) {
	t.Parallel()
	good := access.User{Name: "ann.smith+1@example.com", Role: access.Agent, PasswordHash: "h"}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for what, change := range map[string]func(*access.User){
		"no name": func(u *access.User) { u.Name = "" }, "capitals": func(u *access.User) { u.Name = "Ann" },
		"a space": func(u *access.User) { u.Name = "ann smith" }, "markup": func(u *access.User) { u.Name = "<b>" },
		"a long name": func(u *access.User) { u.Name = strings.Repeat("a", 81) }, "no role": func(u *access.User) { u.Role = "" },
		"another role": func(u *access.User) { u.Role = "root" }, "no password": func(u *access.User) { u.PasswordHash = "" },
		"a negative ceiling": func(u *access.User) { u.CeilingMinor = -1 }, "a long full name": func(u *access.User) { u.FullName = strings.Repeat("é", 121) },
	} {
		u := good
		change(&u)
		if err := u.Validate(); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestCleanNamesStayClean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		once := access.CleanName(rapid.String().Draw(t, "name"))
		if access.CleanName(once) != once {
			t.Fatalf("%q changes again to %q", once, access.CleanName(once))
		}
	})
}
