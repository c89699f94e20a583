package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/access"
)

var _ access.Answers = (*Store)(nil)

// Answer returns what a token's idempotency key was answered: NotFound without.
func (s *Store) Answer(ctx context.Context, token int64, key string) (a access.Answer, err error) {
	err = s.read(ctx, "read an answer", func(t *tx) error {
		var r struct {
			Request   string
			Status    int
			Header    string
			Body      string
			CreatedAt int64 `db:"created_at"`
		}
		err := t.get(&r, `SELECT request, status, header, body, created_at FROM api_answers WHERE token_id = ? AND key = ?`, token, text(key))
		err = found(err, "nothing was answered to this key")
		if err != nil {
			return err
		}
		a = access.Answer{Request: r.Request, Status: r.Status, At: instantOrZero(r.CreatedAt)}
		if err := json.Unmarshal([]byte(r.Header), &a.Header); err != nil {
			return fmt.Errorf("read the header of an answer: %w", err)
		}
		if a.Body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			return fmt.Errorf("read the body of an answer: %w", err)
		}
		return nil
	})
	return a, err
}

// KeepAnswer keeps an answer, and forgets those made before forget. The first
// to keep one for a key wins.
func (s *Store) KeepAnswer(ctx context.Context, token int64, key string, a access.Answer, forget time.Time) error {
	header, err := json.Marshal(a.Header)
	if err != nil {
		return fmt.Errorf("write the header of an answer: %w", err)
	}
	return s.write(ctx, small, "keep an answer", func(t *tx) error {
		if _, err := t.exec(`DELETE FROM api_answers WHERE created_at < ?`, micros(forget)); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO api_answers (token_id, key, request, status, header, body, created_at)
			VALUES (`+placeholders(7)+`) ON CONFLICT (token_id, key) DO NOTHING`, token, text(key), a.Request, a.Status, string(header),
			base64.StdEncoding.EncodeToString(a.Body), micros(a.At))
		return err
	})
}
