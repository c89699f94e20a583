package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
)

// eraseTold deletes what subscribers were told of a customer, and what they
// would have been.
func (s *Store) eraseTold(ctx context.Context, customer int64) error {
	_, err := s.deleteInPieces(ctx, deletion{"jobs", "id", `kind = '` + TellJob + `' AND (payload LIKE ? OR payload LIKE ?)`, workPerChunk},
		fmt.Sprintf(`%%"customer":%d,%%`, customer), fmt.Sprintf(`%%"customer":%d}%%`, customer))
	return err
}

// encoded are texts in base64 that a row is deleted for when they name a person.
type encoded struct{ table, key, column string }

var (
	// A program that repeats such a request has it done again, which every
	// write bears.
	keptAnswers = encoded{"api_answers", "token_id, key", "body"}
	// A session keeps what was typed when it ended in the middle of a call. Whoever
	// has such a one signs in again.
	keptSessions = encoded{"sessions", "token_hash", "payload"}
)

// eraseEncoded opens every one, and deletes those that name a person.
func (s *Store) eraseEncoded(ctx context.Context, e encoded, names func(text string) bool) error {
	columns := strings.Split(e.key, ", ")
	var named [][]any
	err := s.read(ctx, "look for a person in "+e.table, func(t *tx) error {
		named = named[:0]
		return t.each(`SELECT `+e.key+`, `+e.column+` FROM `+e.table, nil, func(r scanner) error {
			row, err := scanKey(r, len(columns)+1)
			if err != nil {
				return err
			}
			text, err := base64.StdEncoding.DecodeString(fmt.Sprint(row[len(columns)]))
			if err != nil {
				return fmt.Errorf("read what is kept in %s: %w", e.table, err)
			}
			if names(string(text)) {
				named = append(named, row[:len(columns)])
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return s.pieces(len(named), workPerChunk, func(from, to int) error {
		return s.write(ctx, small, "forget what names a person in "+e.table, func(t *tx) error {
			for _, key := range named[from:to] {
				if _, err := t.exec(`DELETE FROM `+e.table+` WHERE `+strings.Join(columns, " = ? AND ")+` = ?`, key...); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
