package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
)

// eraseTold deletes what subscribers were told of a customer, and what they
// would have been.
func (s *Store) eraseTold(ctx context.Context, customer int64) error {
	_, err := s.deleteInPieces(ctx, deletion{"jobs", "id", `kind = '` + TellJob + `' AND (payload LIKE ? OR payload LIKE ?)`, workPerChunk},
		fmt.Sprintf(`%%"customer":%d,%%`, customer), fmt.Sprintf(`%%"customer":%d}%%`, customer))
	return err
}

// eraseAnswers deletes the kept answers of the API that name a person. They are
// encoded, so that every one is opened; a program that repeats such a request
// has it done again, which every write bears.
func (s *Store) eraseAnswers(ctx context.Context, words []string) error {
	type answer struct {
		TokenID   int64 `db:"token_id"`
		Key, Body string
	}
	var named []answer
	err := s.read(ctx, "look for answers that name a person", func(t *tx) error {
		named = named[:0]
		return t.each(`SELECT token_id, key, body FROM api_answers`, nil, func(r scanner) error {
			var a answer
			if err := r.Scan(&a.TokenID, &a.Key, &a.Body); err != nil {
				return err
			}
			body, err := base64.StdEncoding.DecodeString(a.Body)
			if err != nil {
				return fmt.Errorf("read the body of an answer: %w", err)
			}
			if slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(body, []byte(w)) }) {
				a.Body = ""
				named = append(named, a)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return s.pieces(len(named), workPerChunk, func(from, to int) error {
		return s.write(ctx, small, "forget answers that name a person", func(t *tx) error {
			for _, a := range named[from:to] {
				if _, err := t.exec(`DELETE FROM api_answers WHERE token_id = ? AND key = ?`, a.TokenID, a.Key); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
