package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"holdfast/access"
	"holdfast/internal/fault"
)

// freeText is a column that people, or programs in their words, write freely in.
// It is about somebody else or about everybody, so that the row stays when a
// person is erased and only their name leaves it.
type freeText struct {
	table, key, column string
	kind               textKind
	fields             []string // of JSON: those that hold what was typed, "" a list's own; none all
	where              string   // rows that may hold any; empty all
}

// textKind says how a free text is written.
type textKind int

const (
	prose       textKind = iota
	rules                // a policy
	rulesInJSON          // one in JSON
	inJSON               // prose in some fields of JSON
	inQuery              // the query of a list's address
)

// freeTexts are all free texts of the schema, but for those of rows that go with
// the person; a test holds every column of text against it.
var freeTexts = []freeText{
	{table: "jobs", key: "id", column: "last_error"},
	{table: "jobs", key: "id", column: "payload", kind: inJSON, fields: []string{"Subject", "Detail", "args", "why", "cause"}, where: "payload <> ''"},
	{table: "deliveries", key: "key", column: "error"},
	{table: "deliveries", key: "key", column: "receipt"},
	{table: "imports", key: "id", column: "files", kind: inJSON, fields: []string{""}},
	{table: "imports", key: "id", column: "note"},
	{table: "rejections", key: "import_id, seq", column: "file"},
	{table: "rejections", key: "import_id, seq", column: "value"},
	{table: "rejections", key: "import_id, seq", column: "reason"},
	{
		table: "facts", key: "partition, customer, kind, ref, recorded, import_id", column: "body", kind: inJSON, fields: []string{"n"},
		where: `kind = 'contact' AND body LIKE '%"n":"%'`,
	},
	{table: "runs", key: "id", column: "reason"},
	{table: "run_stages", key: "run, seq", column: "note"},
	{table: "models", key: "id", column: "name"},
	{table: "models", key: "id", column: "reason"},
	{table: "promotions", key: "seq", column: "reason"},
	{table: "publications", key: "id", column: "reason"},
	{table: "tasks", key: "id", column: "body", kind: inJSON, fields: []string{"Reason"}},
	{table: "task_cards", key: "task", column: "card", kind: inJSON, fields: []string{"note", "opening", "avoid"}},
	{table: "task_changes", key: "task, seq", column: "why"},
	{
		table: "task_attempts", key: "task, seq", column: "body", kind: inJSON,
		fields: []string{"Note", "PromiseWhat", "OfferName", "Reason", "note", "opening", "avoid"},
	},
	{table: "task_attempts", key: "task, seq", column: "facts", kind: inJSON, fields: []string{"n", "Note"}, where: "facts <> ''"},
	{table: "promises", key: "id", column: "body", kind: inJSON, fields: []string{"What"}},
	{table: "messages", key: "id", column: "body", kind: inJSON, fields: []string{"Subject", "Body", "Reason"}},
	{table: "requests", key: "id", column: "reason"},
	{table: "commands", key: "job", column: "what"},
	{table: "command_lines", key: "job, seq", column: "body"},
	{table: "policies", key: "version", column: "body", kind: rulesInJSON},
	{table: "tokens", key: "id", column: "name"},
	{table: "exclusions", key: "id", column: "reason"},
	{table: "pauses", key: "id", column: "reason"},
	{table: "list_holds", key: "id", column: "reason"},
	{table: "saved_views", key: "id", column: "name"},
	{table: "saved_views", key: "id", column: "query", kind: inQuery},
	{table: "recommendations", key: "id", column: "words"},
	{table: "recommendations", key: "id", column: "answer"},
	{table: "approvals", key: "id", column: "offer"},
	{table: "approvals", key: "id", column: "why"},
	{table: "approvals", key: "id", column: "answer"},
	{table: "roster_days", key: "agent, day, import_id", column: "reason"},
	{table: "revisions", key: "publication, n", column: "cause"},
	{table: "revisions", key: "publication, n", column: "why"},
	{table: "rehearsals", key: "id", column: "policy", kind: rules},
	{table: "rehearsals", key: "id", column: "problem"},
	{table: "rehearsals", key: "id", column: "body", kind: inJSON, fields: []string{"customer"}, where: "body <> ''"},
}

// eraseTexts takes a person out of every free text.
func (s *Store) eraseTexts(ctx context.Context, n *naming) error {
	for i := range freeTexts {
		if err := s.eraseText(ctx, &freeTexts[i], n); err != nil {
			return err
		}
	}
	return s.eraseAudit(ctx, n)
}

// namedIn is a row whose text names the person.
type namedIn struct {
	key      []any
	was, now string
}

// textTries bounds how often texts that change meanwhile are read again.
const textTries = 5

// eraseText rewrites the texts that name the person. They are found on a
// reader, so that nobody waits for the scan, and changed where they still are
// what was read; what somebody changed meanwhile is looked at again.
func (s *Store) eraseText(ctx context.Context, f *freeText, n *naming) error {
	columns := strings.Split(f.key, ", ")
	statement := `UPDATE ` + f.table + ` SET ` + f.column + ` = ? WHERE ` + f.column + ` = ? AND ` + strings.Join(columns, " = ? AND ") + ` = ?`
	for range textTries {
		list, err := s.namedIn(ctx, f, len(columns), n)
		if err != nil || len(list) == 0 {
			return err
		}
		err = s.pieces(len(list), workPerChunk, func(from, to int) error {
			return s.write(ctx, bulk, "take a person out of "+f.table, func(t *tx) error {
				for _, r := range list[from:to] {
					if _, err := t.exec(statement, append([]any{r.now, r.was}, r.key...)...); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	return fault.New(fault.Conflict, "somebody keeps writing the person's name into %s.%s: erase again", f.table, f.column)
}

func (s *Store) namedIn(ctx context.Context, f *freeText, keys int, n *naming) (list []namedIn, err error) {
	query := `SELECT ` + f.key + `, ` + f.column + ` FROM ` + f.table
	if f.where != "" {
		query += ` WHERE ` + f.where
	}
	err = s.read(ctx, "look for a person in "+f.table, func(t *tx) error {
		list = list[:0]
		return t.each(query, nil, func(r scanner) error {
			scanned, err := scanKey(r, keys+1)
			if err != nil {
				return err
			}
			was := fmt.Sprint(scanned[keys])
			now, err := f.without(was, n)
			if err != nil {
				return fmt.Errorf("%s.%s of %v: %w", f.table, f.column, scanned[:keys], err)
			}
			if now != was {
				list = append(list, namedIn{scanned[:keys], was, now})
			}
			return nil
		})
	})
	return list, err
}

// without is a text of this column without the person.
func (f *freeText) without(text string, n *naming) (string, error) {
	switch f.kind {
	case rules:
		return n.without(text, true), nil
	case inQuery:
		return n.unasked(text), nil
	case inJSON, rulesInJSON:
		if !n.maybe(text) || !json.Valid([]byte(text)) {
			break // the latter has no structure to keep
		}
		return rewrite(text, func(field, value string) string {
			if len(f.fields) > 0 && !slices.Contains(f.fields, field) {
				return value
			}
			return n.without(value, f.kind == rulesInJSON)
		})
	}
	return n.without(text, false), nil
}

// rewrite changes the strings of a JSON text, each by the name of the field that
// it, or the list it is in, is the value of. All else stays byte for byte.
func rewrite(text string, change func(field, value string) string) (string, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out bytes.Buffer
	var fields []string // of each object and list we are in
	var object, name []bool
	copied := 0
	for {
		from := d.InputOffset()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", fmt.Errorf("it is not JSON: %w", err)
		}
		top := len(fields) - 1
		switch v := token.(type) {
		case json.Delim:
			if v == '}' || v == ']' {
				fields, object, name = fields[:top], object[:top], name[:top]
				top--
			} else {
				inherited := ""
				if top >= 0 {
					inherited = fields[top]
				}
				fields, object, name = append(fields, inherited), append(object, v == '{'), append(name, v == '{')
				continue
			}
		case string:
			if top >= 0 && name[top] {
				fields[top], name[top] = v, false
				continue
			}
			if top < 0 {
				break
			}
			if now := change(fields[top], v); now != v {
				start := int(from) + strings.IndexByte(text[from:], '"')
				fresh, err := json.Marshal(now)
				if err != nil {
					return "", fmt.Errorf("write a text anew: %w", err)
				}
				out.WriteString(text[copied:start])
				out.Write(fresh)
				copied = int(d.InputOffset())
			}
		}
		if top >= 0 && object[top] {
			name[top] = true // a value has ended
		}
	}
	return out.String() + text[copied:], nil
}

// eraseAudit takes subject and detail from the entries that name a person or
// looked for them, and the salt with them, so that the chain holds and tells
// nothing.
func (s *Store) eraseAudit(ctx context.Context, n *naming) error {
	var ids []int64
	err := s.read(ctx, "look for a person in the audit", func(t *tx) error {
		ids = ids[:0]
		return t.each(`SELECT id, subject, detail FROM audit WHERE subject <> ?`, []any{access.SomebodyErased}, func(r scanner) error {
			var id int64
			var subject, detail string
			if err := r.Scan(&id, &subject, &detail); err != nil {
				return err
			}
			if n.mentions(subject) || n.mentions(detail) || strings.Contains(detail, "=") && n.unasked(detail) != detail {
				ids = append(ids, id)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return s.pieces(len(ids), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, "take a name out of the audit", func(t *tx) error {
			for _, id := range ids[from:to] {
				if _, err := t.exec(`UPDATE audit SET subject = ?, detail = '', salt = '' WHERE id = ?`, access.SomebodyErased, id); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
