package store_test

import (
	"testing"

	"holdfast/store"
)

// What a night wrote is planned for from its release on, whether Postgres has
// come to look at the tables by itself or not: reltuples is -1 until then.
// SQLite has no such survey.
func TestAReleaseHasItsTablesSurveyed(t *testing.T) {
	t.Parallel()
	s := open(t, newConfig(t, "postgres"), options())
	const surveyed = "pg_class WHERE relkind = 'r' AND reltuples >= 0 AND relname IN ('tasks', 'task_cards', 'list_order', 'facts')"
	if n := store.CountRows(t, s, surveyed); n != 0 {
		t.Fatalf("%d tables are surveyed before anything was written", n)
	}
	releasedNight(t, s, 4)
	if n := store.CountRows(t, s, surveyed); n != 4 {
		t.Errorf("%d of 4 tables are surveyed once a list is released", n)
	}
	if n := store.CountRows(t, s, "pg_stat_all_tables WHERE relname = 'pg_class' AND last_analyze IS NOT NULL"); n != 0 {
		t.Error("Postgres' own tables are surveyed, each of which its log has a warning of where we may not")
	}
}
