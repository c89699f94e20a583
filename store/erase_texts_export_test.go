package store

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Column is a column of a table.
type Column struct{ Table, Name, Type string }

// Columns are those of the schema.
func Columns(t *testing.T, s *Store) (list []Column) {
	t.Helper()
	query := `SELECT m.name AS "table", p.name AS name, LOWER(p.type) AS type FROM sqlite_master m JOIN pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'goose_db_version' ORDER BY 1, 2`
	if s.dialect == postgres {
		query = `SELECT table_name AS "table", column_name AS name, data_type AS type FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name <> 'goose_db_version' ORDER BY 1, 2`
	}
	if err := s.read(t.Context(), "list the columns", func(t *tx) error { return t.list(&list, query) }); err != nil {
		t.Fatal(err)
	}
	return list
}

// FreeTexts are the columns that Erase looks through, as table.column.
func FreeTexts() (list []string) {
	for _, f := range freeTexts {
		list = append(list, f.table+"."+f.column)
	}
	return list
}

// TypeEverywhere writes a row into every table with free texts, with the text in
// each of them: in each field of JSON, and in a query as a search.
func TypeEverywhere(t *testing.T, s *Store, typed string) {
	t.Helper()
	columns := Columns(t, s)
	tables := map[string]bool{}
	for _, f := range freeTexts {
		if tables[f.table] {
			continue
		}
		tables[f.table] = true
		var names []string
		var values []any
		for _, c := range columns {
			if c.Table == f.table {
				names, values = append(names, c.Name), append(values, filler(t, f, c, typed))
			}
		}
		err := s.write(t.Context(), small, "type into "+f.table, func(t *tx) error { return t.insert(f.table, strings.Join(names, ", "), [][]any{values}, "") })
		if err != nil {
			t.Fatal(err)
		}
	}
}

func filler(t *testing.T, f freeText, c Column, typed string) any {
	t.Helper()
	for _, free := range freeTexts {
		if free.table != c.Table || free.column != c.Name {
			continue
		}
		switch free.kind {
		case inQuery:
			return url.Values{"text": {typed}, "band": {"high"}}.Encode()
		case rulesInJSON:
			return `{"treatments":[{"script":` + strconv.Quote(typed) + `}]}`
		case inJSON:
			if free.fields[0] == "" {
				text, err := json.Marshal([]string{typed})
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
			body := map[string]any{"id": 7, "deep": []any{map[string]any{free.fields[0]: []string{typed, "and on"}}}}
			for _, field := range free.fields {
				body[field] = "He said: " + typed
			}
			text, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		return typed
	}
	isKey := slices.Contains(strings.Split(f.key, ", "), c.Name)
	switch {
	case c.Table == "facts" && c.Name == "kind":
		return "contact"
	case c.Type == "text":
		return "x"
	case c.Type == "blob" || c.Type == "bytea":
		return []byte{}
	case isKey:
		return 31_000
	}
	return 0
}

// TextsWith are the columns, as table.column, that hold one of the words in
// whatever case, and how many columns were looked through.
func TextsWith(t *testing.T, s *Store, words ...string) (found []string, looked int) {
	t.Helper()
	for _, c := range Columns(t, s) {
		if c.Type != "text" {
			continue
		}
		looked++
		var values []string
		if err := s.read(t.Context(), "read "+c.Table, func(t *tx) error { return t.list(&values, `SELECT `+c.Name+` FROM `+c.Table) }); err != nil {
			t.Fatal(err)
		}
		all := strings.ToLower(strings.Join(values, "\n"))
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(all, strings.ToLower(w)) }) {
			found = append(found, c.Table+"."+c.Name)
		}
	}
	return found, looked
}
