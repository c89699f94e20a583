package main

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"holdfast/history"
	"holdfast/nightly"
	"holdfast/store"
)

// A person who is erased, beside up, is nowhere in the database any more: not in
// a table, not in a block of events, not in the bytes of the file, its log or
// the outbox; the next feed does not bring them back, and nights go on.
func TestEraseAPerson(t *testing.T) {
	t.Parallel()
	b := newBusiness(t, 500, 8, time.Now().AddDate(0, 0, -1), "\nweb: {listen: \"127.0.0.1:0\"}\nqueue: {sweep: 200ms}\n",
		"snapshots: 26", "snapshots: 12", "candidates: [logistic, boosted]", "candidates: [logistic]", "row_budget: 9000", "row_budget: 3000",
		"min_leavers: 30", "min_leavers: 10", "high_enter: 0.05", "high_enter: 0.02", "high_leave: 0.04", "high_leave: 0.015",
		"medium_enter: 0.03", "medium_enter: 0.015", "medium_leave: 0.025", "medium_leave: 0.01", `at: "02:00"`, `at: "`+time.Now().Add(12*time.Hour).UTC().Format("15:04")+`"`)
	b.learn(t, b.start, func(args ...string) { b.must(t, time.Now, args...) })
	b.must(t, time.Now, "nightly", "run", "--as-of", b.start.Format(time.DateOnly))
	db := b.database(t)
	// Whose name nobody else has, or it would be found all the same.
	body := list[string](t, db, `SELECT k.card FROM tasks t JOIN task_cards k ON k.task = t.id JOIN customers c ON c.id = t.customer
		WHERE t.ghost = 0 AND (SELECT COUNT(DISTINCT o.id) FROM customers o WHERE o.name LIKE '%%' || c.name || '%%') = 1 ORDER BY t.id LIMIT 1`)[0]
	card := decode[struct {
		Customer history.CustomerID
		Key      string
		Name     string
		Points   []struct{ Value string }
	}](t, body)
	// A second record of theirs, merged, and a row that was rejected.
	b.must(t, time.Now, "import", "customers", b.write(t, "quirina@zyxwvut.example.csv", "key,name,phone,email,household,changed,recorded,segment,acquisition_channel,language,time_zone,birth_year,deleted\n"+
		"double-of-4711,Quirina Zyxwvut,,quirina@zyxwvut.example,,2026-01-05,2026-01-05,single,web,en,Europe/London,1970,false\n"))
	b.must(t, time.Now, "customer", "merge", "double-of-4711", card.Key)
	words := []string{card.Name, card.Key, "double-of-4711", "Quirina Zyxwvut", "quirina@zyxwvut.example"}
	for _, p := range card.Points {
		words = append(words, p.Value)
	}
	typed := b.typedEverywhere(t, card.Customer, words)
	for _, w := range words {
		if !b.holds(t, w) {
			t.Errorf("%q is not in the database: the test would not find what is left of it", w)
		}
	}
	data := decode[store.PersonalData](t, b.must(t, time.Now, "customer", "export", "double-of-4711"))
	if len(data.Records) != 2 || len(data.Facts) == 0 || len(data.Events) == 0 || len(data.Tasks) == 0 || len(data.Scores) != 1 || len(data.Decisions) != 1 {
		t.Errorf("the export has %d records, %d facts, %d events, %d tasks, %d scores, %d decisions",
			len(data.Records), len(data.Facts), len(data.Events), len(data.Tasks), len(data.Scores), len(data.Decisions))
	}
	if text, err := json.Marshal(data); err != nil || strings.Contains(string(text), "propensity") {
		t.Errorf("the export tells arms: %v", err)
	}
	refuses(t, b.run(t, time.Now, "customer", "erase", card.Key), 2, "erasing cannot be taken back: look with holdfast customer export, then say --yes")

	up := b.up(t)
	done := decode[erasure](t, b.must(t, time.Now, "customer", "erase", card.Key, "--yes", "--json"))
	if done.People != 1 || done.Erased.Customers != 2 || done.Erased.Events == 0 || done.Erased.Work == 0 || done.Erased.Nights < 2 {
		t.Errorf("erased %+v", done)
	}
	refuses(t, b.run(t, time.Now, "customer", "export", card.Key), 2, fmt.Sprintf("there is no customer with the key %q", card.Key))
	for _, w := range words {
		if b.holds(t, w) {
			t.Errorf("%q is still in the database's files", w)
		}
	}
	for _, query := range typed {
		if n := count(t, db, "%s", query); n == 0 {
			t.Errorf("the rest of what was typed is gone: %s", query)
		}
	}
	b.nowhere(t, card.Customer, history.NewCustomerID("main", "double-of-4711"))
	customers := count(t, db, "SELECT COUNT(DISTINCT id) FROM customers")
	again := b.write(t, "again.csv", "key,name,phone,email,household,changed,recorded,segment,acquisition_channel,language,time_zone,birth_year,deleted\n"+
		card.Key+","+card.Name+",,,,2026-01-06,2026-01-06,single,web,en,Europe/London,1970,false\n"+
		"double-of-4711,Quirina Zyxwvut,,,,not a date,2026-01-06,single,web,en,Europe/London,1970,false\n"+
		"new-one,Nora New,,,,2026-01-06,2026-01-06,single,web,en,Europe/London,1970,false\n")
	imp := decode[history.Import](t, b.must(t, time.Now, "import", "customers", again, "--json"))
	if imp.Customers != 1 || imp.Rejected != 0 || imp.Note != "2 rows of erased customers left out" {
		t.Errorf("the next feed: %+v", imp)
	}
	if n := count(t, db, "SELECT COUNT(DISTINCT id) FROM customers"); n != customers+1 {
		t.Errorf("%d customers, want %d", n, customers+1)
	}
	today := b.start.AddDate(0, 0, 1).Format(time.DateOnly)
	if r := decode[nightReport](t, b.must(t, time.Now, "nightly", "run", "--as-of", today, "--json")); r.State != nightly.Completed {
		t.Errorf("the next night is %s: %s", r.State, r.Reason)
	}
	books{db}.night(t, b.start.AddDate(0, 0, 1))
	b.must(t, time.Now, "doctor")
	if code := up.end(t); code != 0 {
		t.Errorf("up ended with %d: %s", code, up.stderr)
	}
}

// typedEverywhere types the words wherever people and programs write freely, in
// rows that are about others, and returns queries that count what is to stay.
func (b *business) typedEverywhere(t *testing.T, person history.CustomerID, words []string) (stays []string) {
	t.Helper()
	db, err := sqlx.Open("sqlite", b.path(b.file))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // each statement was committed
	typed := strings.Join(words, ", ") + ": said on the stairs"
	others := fmt.Sprintf("(SELECT id FROM tasks WHERE customer <> %d ORDER BY id LIMIT 3)", person)
	for _, at := range []struct{ table, column, field, where string }{
		{"jobs", "last_error", "", "state = 'done'"},
		{"imports", "note", "", "1"},
		{"runs", "reason", "", "1"},
		{"run_stages", "note", "", "1"},
		{"models", "reason", "", "1"},
		{"promotions", "reason", "", "1"},
		{"publications", "reason", "", "1"},
		{"tasks", "body", "Reason", "id IN " + others},
		{"task_cards", "card", "opening", "task IN " + others},
		{"policies", "body", "", "1"},
	} {
		change := `@typed`
		if at.field != "" {
			change = fmt.Sprintf(`json_set(%s, '$.%s', @typed)`, at.column, at.field)
		}
		if _, err := db.ExecContext(t.Context(), fmt.Sprintf(`UPDATE %s SET %s = %s WHERE %s`, at.table, at.column, change, at.where), sql.Named("typed", typed)); err != nil {
			t.Fatal(err)
		}
		stays = append(stays, fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE %s LIKE '%%said on the stairs%%'`, at.table, at.column))
	}
	for table, columns := range map[string]string{
		"saved_views (name, query, id, owner, shared, at)":                                    "@typed, 'band=high&text=' || @typed, 99, 'mia', 1, 0",
		"recommendations (words, answer, id, at, made_by, answered_at, answered_by, verdict)": "@typed, @typed, 99, 0, 'ann', 0, '', ''",
		"list_holds (reason, id, held_by, at, ended_at, ended_by)":                            "@typed, 99, 'mia', 0, 1, 'mia'",
		"pauses (reason, id, treatment, paused_by, at, ended_at, ended_by)":                   "@typed, 99, 'call', 'mia', 0, 1, 'mia'",
		"exclusions (reason, id, customer, excluded_by, from_at, until_at)":                   "@typed, 99, 98, 'mia', 0, 1",
		"requests (reason, id, customer, treatment, asked_by, asked_at, until_at, override)":  "@typed, 99, 98, 'call', 'mia', 0, 1, 0",
		"roster_days (reason, agent, day, import_id, shifts, said_by, at)":                    "@typed, 'ann', '2020-01-01', 0, '[]', 'mia', 0",
	} {
		if _, err := db.ExecContext(t.Context(), "INSERT INTO "+table+" SELECT "+columns, sql.Named("typed", typed)); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		name, _, _ := strings.Cut(table, " ")
		column, _, _ := strings.Cut(table[len(name)+2:], ",")
		stays = append(stays, fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE %s LIKE '%%said on the stairs%%'`, name, column))
	}
	b.must(t, time.Now, "export", "risk-list", "--out", b.path("of "+words[0]+".csv"))
	return stays
}

// holds says whether the database's files or the outbox have these bytes.
func (b *business) holds(t *testing.T, text string) bool {
	t.Helper()
	files, err := filepath.Glob(b.path(b.file) + "*")
	if err != nil {
		t.Fatal(err)
	}
	letters, err := filepath.Glob(b.path("outbox/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(files, letters...) {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}

// nowhere looks for customers in every table and in every block.
func (b *business) nowhere(t *testing.T, ids ...history.CustomerID) {
	t.Helper()
	db := b.database(t)
	for _, id := range ids {
		for _, at := range list[struct{ Table, Column string }](t, db, `SELECT m.name AS "table", p.name AS "column" FROM sqlite_master m
			JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p.name IN ('customer', 'household', 'from_id', 'to_id')
			OR m.name = 'customers' AND p.name = 'id'`) {
			if n := count(t, db, "SELECT COUNT(*) FROM %s WHERE %s = %d", at.Table, at.Column, id); n != 0 {
				t.Errorf("customer %d is in %d rows of %s.%s", id, n, at.Table, at.Column)
			}
		}
		for _, payload := range list[[]byte](t, db, "SELECT payload FROM segments") {
			var e history.Events
			if err := history.DecodeSegment(payload, &e); err != nil {
				t.Fatal(err)
			}
			for _, c := range e.Customer {
				if history.CustomerID(c) == id {
					t.Fatalf("customer %d is in a block of events", id)
				}
			}
		}
		for _, table := range []string{"night_segments", "sealed_segments"} {
			for _, payload := range list[[]byte](t, db, "SELECT payload FROM %s WHERE kind <> 'candidates'", table) {
				if bytes.Contains(unzip(t, payload), []byte(fmt.Sprint(id))) {
					t.Errorf("customer %d is in %s", id, table)
				}
			}
		}
	}
}

// unzip decompresses the blocks of a night one after another.
func unzip(t *testing.T, payload []byte) []byte {
	t.Helper()
	if len(payload) == 0 {
		return nil
	}
	zip, err := gzip.NewReader(bytes.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
