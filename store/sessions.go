package store

import (
	"context"
	"encoding/base64"
	"time"

	"holdfast/access"
)

// Sessions keeps the sessions of browsers, as scs asks of a store. Tokens are
// kept as hashes only.
type Sessions struct{ s *Store }

// Sessions returns the store of sessions.
func (s *Store) Sessions() Sessions { return Sessions{s} }

// sessionRow is a session with its user, who is empty before sign-in.
type sessionRow struct {
	Payload string
	userRow
}

// FindCtx returns the payload of a token that has not expired. Its user is left
// with the context's visitor, where there is one.
func (x Sessions) FindCtx(ctx context.Context, token string) (payload []byte, found bool, err error) {
	visitor := access.VisitorOf(ctx)
	if visitor != nil {
		payload, found, err = x.find(ctx, token, `SELECT s.payload, `+userColumns+` FROM sessions s JOIN users u ON u.name = s.user_name`, visitor)
	}
	if found || err != nil {
		return payload, found, err
	}
	return x.find(ctx, token, `SELECT s.payload FROM sessions s`, nil)
}

func (x Sessions) find(ctx context.Context, token, query string, visitor *access.Visitor) (payload []byte, found bool, err error) {
	err = x.s.glance(ctx, "read a session", func(t *tx) error {
		var rows []sessionRow
		if err := t.list(&rows, query+` WHERE s.token_hash = ? AND s.expires_at > ?`,
			hashed(token), micros(x.s.opts.Now())); err != nil || len(rows) == 0 {
			return err
		}
		if visitor != nil {
			u, err := rows[0].user()
			if err != nil {
				return err
			}
			visitor.Is(u)
		}
		found = true
		payload, err = base64.StdEncoding.DecodeString(rows[0].Payload)
		return err
	})
	return payload, found, err
}

// CommitCtx saves a session, as that of the context's visitor, and lets go of
// expired ones.
func (x Sessions) CommitCtx(ctx context.Context, token string, payload []byte, expiry time.Time) error {
	name := text(access.VisitorOf(ctx).Name())
	return x.s.write(ctx, fleeting, "save a session", func(t *tx) error {
		if err := t.run(`DELETE FROM sessions WHERE expires_at <= ?`, micros(x.s.opts.Now())); err != nil {
			return err
		}
		return t.run(`INSERT INTO sessions (token_hash, payload, expires_at, user_name) VALUES (?, ?, ?, ?)
			ON CONFLICT (token_hash) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at,
				user_name = excluded.user_name`,
			hashed(token), base64.StdEncoding.EncodeToString(payload), micros(expiry), name)
	})
}

// DeleteCtx ends a session; one that does not exist has ended already.
func (x Sessions) DeleteCtx(ctx context.Context, token string) error {
	return x.s.write(ctx, small, "end a session", func(t *tx) error {
		_, err := t.exec(`DELETE FROM sessions WHERE token_hash = ?`, hashed(token))
		return err
	})
}

// Find is FindCtx without a context.
func (x Sessions) Find(token string) ([]byte, bool, error) {
	return x.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (x Sessions) Commit(token string, payload []byte, expiry time.Time) error {
	return x.CommitCtx(context.Background(), token, payload, expiry)
}

// Delete is DeleteCtx without a context.
func (x Sessions) Delete(token string) error { return x.DeleteCtx(context.Background(), token) }
