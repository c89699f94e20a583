package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
)

var _ access.TokenStore = (*Store)(nil)

type tokenRow struct {
	ID        int64
	Name      string
	Owner     string
	Scopes    string
	Hash      string
	CreatedAt int64 `db:"created_at"`
	ExpiresAt int64 `db:"expires_at"`
	UsedAt    int64 `db:"used_at"`
	RevokedAt int64 `db:"revoked_at"`
}

const tokenColumns = `id, name, owner, scopes, hash, created_at, expires_at, used_at, revoked_at`

func (r tokenRow) token() (access.Token, error) {
	t := access.Token{
		ID: r.ID, Name: r.Name, Owner: r.Owner, Hash: r.Hash, Created: instantOrZero(r.CreatedAt),
		Expires: instantOrZero(r.ExpiresAt), Used: instantOrZero(r.UsedAt), Revoked: instantOrZero(r.RevokedAt),
	}
	if err := json.Unmarshal([]byte(r.Scopes), &t.Scopes); err != nil {
		return t, fmt.Errorf("read the scopes of token %d: %w", r.ID, err)
	}
	return t, nil
}

// AddToken keeps a new token and gives it its id.
func (s *Store) AddToken(ctx context.Context, t access.Token) (access.Token, error) {
	scopes, err := json.Marshal(t.Scopes)
	if err != nil {
		return t, fmt.Errorf("write the scopes of a token: %w", err)
	}
	err = s.write(ctx, small, "add a token", func(x *tx) error {
		if t.ID, err = x.count("token"); err != nil {
			return err
		}
		_, err = x.exec(`INSERT INTO tokens (`+tokenColumns+`) VALUES (`+placeholders(9)+`)`, t.ID, text(t.Name), text(t.Owner),
			string(scopes), t.Hash, microsOrZero(t.Created), microsOrZero(t.Expires), microsOrZero(t.Used), microsOrZero(t.Revoked))
		return err
	})
	return t, err
}

// TokenByHash returns a token: NotFound when there is none.
func (s *Store) TokenByHash(ctx context.Context, hash string) (t access.Token, err error) {
	err = s.read(ctx, "read a token", func(x *tx) error {
		var r tokenRow
		err := x.get(&r, `SELECT `+tokenColumns+` FROM tokens WHERE hash = ?`, hash)
		err = found(err, "there is no such token")
		if err != nil {
			return err
		}
		t, err = r.token()
		return err
	})
	return t, err
}

// Tokens returns every token, the newest first.
func (s *Store) Tokens(ctx context.Context) (tokens []access.Token, err error) {
	err = s.read(ctx, "list tokens", func(x *tx) error {
		var rows []tokenRow
		if err := x.list(&rows, `SELECT `+tokenColumns+` FROM tokens ORDER BY id DESC`); err != nil {
			return err
		}
		tokens = make([]access.Token, len(rows))
		for i, r := range rows {
			if tokens[i], err = r.token(); err != nil {
				return err
			}
		}
		return nil
	})
	return tokens, err
}

// NoteTokenUse keeps when a token was used last.
func (s *Store) NoteTokenUse(ctx context.Context, id int64, at time.Time) error {
	return s.write(ctx, small, "note a token's use", func(x *tx) error {
		_, err := x.exec(`UPDATE tokens SET used_at = ? WHERE id = ?`, micros(at), id)
		return err
	})
}

// RevokeToken ends a token for good: NotFound when there is none, Conflict when
// it was ended before.
func (s *Store) RevokeToken(ctx context.Context, id int64, at time.Time) error {
	return s.write(ctx, small, "revoke a token", func(x *tx) error {
		n, err := x.exec(`UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at = 0`, micros(at), id)
		if err != nil || n == 1 {
			return err
		}
		var known int
		if err := x.get(&known, `SELECT COUNT(*) FROM tokens WHERE id = ?`, id); err != nil {
			return err
		}
		if known == 0 {
			return fault.New(fault.NotFound, "there is no token %d: see holdfast token list", id)
		}
		return fault.New(fault.Conflict, "token %d was revoked before", id)
	})
}
