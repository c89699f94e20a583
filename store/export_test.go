package store

import "testing"

// CountRows counts a table's rows.
func CountRows(t *testing.T, s *Store, table string) (n int) {
	t.Helper()
	if err := s.read(t.Context(), "count", func(t *tx) error { return t.get(&n, "SELECT COUNT(*) FROM "+table) }); err != nil {
		t.Fatal(err)
	}
	return n
}
