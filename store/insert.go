package store

import (
	"math/bits"
	"strings"
)

// rowsPerStatement is how many rows one INSERT carries: measured on SQLite,
// 376k rows a second singly, 513k at a hundred, no more beyond.
const rowsPerStatement = 100

// insert adds rows, each with a value for every column; conflict is an ON
// CONFLICT clause or empty.
func (t *tx) insert(table, columns string, rows [][]any, conflict string) error {
	if len(rows) == 0 {
		return nil
	}
	one := "(?" + strings.Repeat(", ?", len(rows[0])-1) + ")"
	args := make([]any, 0, min(len(rows), rowsPerStatement)*len(rows[0]))
	for len(rows) > 0 {
		n := statementRowsOf(len(rows))
		args = args[:0]
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		query := "INSERT INTO " + table + " (" + columns + ") VALUES " + one + strings.Repeat(", "+one, n-1) + " " + conflict
		if n == len(rows) {
			return t.later(question{query: query, args: args})
		}
		if _, err := t.exec(query, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// statementRowsOf is how many of n rows the next statement takes: full ones,
// then powers of two, so that few different statements are ever prepared.
func statementRowsOf(n int) int {
	if n >= rowsPerStatement {
		return rowsPerStatement
	}
	return 1 << (bits.Len(uint(n)) - 1)
}

// placeholders returns "?, ?, …" for n values.
func placeholders(n int) string {
	return "?" + strings.Repeat(", ?", n-1)
}

// boolean is how a truth is kept.
func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
