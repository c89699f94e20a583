package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

type userRow struct {
	Name         string
	FullName     string `db:"full_name"`
	Role         string
	PasswordHash string `db:"password_hash"`
	Epoch        int64
	Skills       string
	Languages    string
	CeilingMinor int64 `db:"ceiling_minor"`
	Signs        string
	Segments     string
	Absent       int
	Disabled     int
	CreatedAt    int64 `db:"created_at"`
	SignedInAt   int64 `db:"signed_in_at"`
}

const userColumns = `name, full_name, role, password_hash, epoch, skills, languages, ceiling_minor, signs, segments, absent, disabled,
	created_at, signed_in_at`

func (r userRow) user() (access.User, error) {
	u := access.User{
		Name: r.Name, FullName: r.FullName, Role: access.Role(r.Role), PasswordHash: r.PasswordHash, Epoch: r.Epoch,
		CeilingMinor: r.CeilingMinor, Absent: r.Absent != 0, Disabled: r.Disabled != 0, Created: instantOrZero(r.CreatedAt),
		SignedIn: instantOrZero(r.SignedInAt),
	}
	for _, l := range []struct {
		text string
		list *[]string
	}{{r.Skills, &u.Skills}, {r.Languages, &u.Languages}, {r.Signs, &u.Signs}, {r.Segments, &u.Segments}} {
		if err := json.Unmarshal([]byte(l.text), l.list); err != nil {
			return u, fmt.Errorf("read a list of user %s: %w", r.Name, err)
		}
	}
	return u, nil
}

// userValues are the values of the columns from full_name to disabled.
func userValues(u access.User) ([]any, error) {
	var lists [4]string
	for i, l := range [][]string{u.Skills, u.Languages, u.Signs, u.Segments} {
		if l == nil {
			l = []string{}
		}
		b, err := json.Marshal(l)
		if err != nil {
			return nil, fmt.Errorf("write a list of user %s: %w", u.Name, err)
		}
		lists[i] = text(string(b))
	}
	return []any{
		text(u.FullName), string(u.Role), u.PasswordHash, u.Epoch, lists[0], lists[1], u.CeilingMinor, lists[2], lists[3],
		boolean(u.Absent), boolean(u.Disabled),
	}, nil
}

// User returns a user by name: NotFound when there is none.
func (s *Store) User(ctx context.Context, name string) (u access.User, err error) {
	err = s.glance(ctx, "read user "+name, func(t *tx) error {
		var r userRow
		err := t.get(&r, `SELECT `+userColumns+` FROM users WHERE name = ?`, text(name))
		err = found(err, "there is no user %q", name)
		if err != nil {
			return err
		}
		u, err = r.user()
		return err
	})
	return u, err
}

// Users returns every user by name.
func (s *Store) Users(ctx context.Context) (users []access.User, err error) {
	err = s.read(ctx, "list users", func(t *tx) error {
		var rows []userRow
		if err := t.list(&rows, `SELECT `+userColumns+` FROM users ORDER BY name`); err != nil {
			return err
		}
		users = make([]access.User, 0, len(rows))
		for _, r := range rows {
			u, err := r.user()
			if err != nil {
				return err
			}
			users = append(users, u)
		}
		return nil
	})
	return users, err
}

// AddUser adds a user: Conflict when the name is taken.
func (s *Store) AddUser(ctx context.Context, u access.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	values, err := userValues(u)
	if err != nil {
		return err
	}
	return s.write(ctx, small, "add user "+u.Name, func(t *tx) error {
		args := append(append([]any{u.Name}, values...), microsOrZero(u.Created), int64(0))
		n, err := t.exec(`INSERT INTO users (`+userColumns+`) VALUES (`+placeholders(len(args))+`)
			ON CONFLICT (name) DO NOTHING`, args...)
		if err == nil && n == 0 {
			return fault.New(fault.Conflict, "there is a user %q already: choose another name", u.Name)
		}
		return err
	})
}

// UpdateUser replaces everything of a user but name, creation and last
// sign-in. Raise the epoch to end the user's sessions.
func (s *Store) UpdateUser(ctx context.Context, u access.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	values, err := userValues(u)
	if err != nil {
		return err
	}
	return s.write(ctx, small, "change user "+u.Name, func(t *tx) error {
		var there int
		if err := t.get(&there, `SELECT COUNT(*) FROM users WHERE name = ? AND absent = ?`, u.Name, boolean(u.Absent)); err != nil {
			return err
		}
		n, err := t.exec(`UPDATE users SET full_name = ?, role = ?, password_hash = ?, epoch = ?, skills = ?, languages = ?,
			ceiling_minor = ?, signs = ?, segments = ?, absent = ?, disabled = ? WHERE name = ?`, append(values, u.Name)...)
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "there is no user %q", u.Name)
		}
		if err != nil || there == 1 {
			return err
		}
		return s.askResolve(t, interventions.RevisedForAbsence, comeOrGone(u.Name, u.Absent))
	})
}

// NoteSignIn keeps when a user signed in last.
func (s *Store) NoteSignIn(ctx context.Context, name string, at time.Time) error {
	return s.write(ctx, small, "note a sign-in", func(t *tx) error {
		_, err := t.exec(`UPDATE users SET signed_in_at = ? WHERE name = ?`, micros(at), text(name))
		return err
	})
}
