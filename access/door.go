package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// Store is what signing in needs of the database.
type Store interface {
	// User returns a user by name: NotFound when there is none.
	User(ctx context.Context, name string) (User, error)
	// CountTry counts one more failed sign-in under each key, unless judge,
	// given the tallies before it in the order of the keys, returns an error:
	// then nothing is counted and the error comes back. Tries under one key
	// wait for each other. Tallies older than forget are as none.
	CountTry(ctx context.Context, keys []string, now, forget time.Time, judge func(before []Tally) error) error
	// ForgetTries takes back one failure under each key of one, and all of
	// them under each key of all.
	ForgetTries(ctx context.Context, one, all []string) error
	// NoteSignIn keeps when a user signed in last.
	NoteSignIn(ctx context.Context, name string, at time.Time) error
	// AddUser adds a user: Conflict when the name is taken.
	AddUser(ctx context.Context, u User) error
	// UpdateUser replaces everything of a user but name, creation and last sign-in.
	UpdateUser(ctx context.Context, u User) error
	// Audit appends an entry.
	Audit(ctx context.Context, e Entry) error
}

// Door lets people in.
type Door struct {
	store Store
	room  chan struct{} // bounds the memory that hashing takes
}

// NewDoor makes a door over a store.
func NewDoor(s Store) *Door { return &Door{s, make(chan struct{}, 4)} }

// errRefused is one and the same for a wrong password, an unknown name and a
// disabled account.
var errRefused = fault.New(fault.Forbidden, "name or password is not right: check both and try again")

// SignIn checks a name and password given from an address. Failures slow the
// next tries down and are audited; nothing locks an account.
//
// web: the sign-in page.
func (d *Door) SignIn(ctx context.Context, name, password, address string, now time.Time) (User, error) {
	name = CleanName(name)
	if name == "" || len(name) > nameBytes {
		return User{}, errRefused
	}
	t := triesOf(name, address)
	err := d.store.CountTry(ctx, t.keys, now, now.Add(-forgetAfter), func(before []Tally) error { return t.judge(before, now) })
	if err != nil {
		return User{}, err
	}
	u, err := d.check(ctx, name, password)
	if err != nil {
		if errors.Is(err, errRefused) {
			e := Entry{At: now, Who: name, What: "sign-in refused", Address: address}
			err = errors.Join(err, d.store.Audit(ctx, e))
		}
		return User{}, err
	}
	if err := d.store.ForgetTries(ctx, t.keys[1:2], []string{t.keys[0], t.keys[2]}); err != nil {
		return User{}, fmt.Errorf("forget failed tries: %w", err)
	}
	if err := d.store.NoteSignIn(ctx, u.Name, now); err != nil {
		return User{}, fmt.Errorf("note the sign-in: %w", err)
	}
	return u, d.store.Audit(ctx, Entry{At: now, Who: u.Name, What: "sign in", Address: address})
}

// Prove checks who somebody is without a session, as SignIn does.
//
// manual: what takes a person's own word, such as the release of a model.
func (d *Door) Prove(ctx context.Context, name, password string) (User, error) {
	return d.check(ctx, CleanName(name), password)
}

func (d *Door) check(ctx context.Context, name, password string) (User, error) {
	u, err := d.store.User(ctx, name)
	known := err == nil && !u.Disabled && !strings.HasPrefix(u.PasswordHash, ssoPassword)
	if err != nil && fault.Of(err) != fault.NotFound {
		return User{}, fmt.Errorf("read user %s: %w", name, err)
	}
	hash := nobody
	if known {
		hash = u.PasswordHash
	}
	select {
	case d.room <- struct{}{}:
	case <-ctx.Done():
		return User{}, fault.As(fault.Unavailable, ctx.Err())
	}
	ok, err := matches(password, hash)
	<-d.room
	if err != nil {
		return User{}, err
	}
	if !known || !ok {
		return User{}, errRefused
	}
	return u, nil
}

// Current returns the user of a session: Forbidden when the user is gone,
// disabled, or every session from before was ended.
//
// web: every request.
func (d *Door) Current(ctx context.Context, name string, epoch int64) (User, error) {
	u, err := d.visitor(ctx, name)
	if fault.Of(err) == fault.NotFound || (err == nil && (u.Disabled || u.Epoch != epoch)) {
		return User{}, fault.New(fault.Forbidden, "your session has ended: sign in again")
	}
	if err != nil {
		return User{}, fmt.Errorf("read user %s: %w", name, err)
	}
	return u, nil
}

// visitor is the user of a name, who may have been read with the session.
func (d *Door) visitor(ctx context.Context, name string) (User, error) {
	v := VisitorOf(ctx)
	if name != "" && v.Name() == name {
		return v.user, nil
	}
	u, err := d.store.User(ctx, name)
	if err == nil {
		v.Is(u)
	}
	return u, err
}

// Audit appends an entry.
func (d *Door) Audit(ctx context.Context, e Entry) error {
	if err := d.store.Audit(ctx, e); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return nil
}
