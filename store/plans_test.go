package store_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/queue"
	"holdfast/scoring"
	"holdfast/store"
)

// grows are the tables that grow with customers, work or days; the others hold
// a row for a night or a file.
var grows = []string{
	"tasks", "task_cards", "task_changes", "task_attempts", "work_keys", "promises", "messages", "own_contacts", "listed", "list_order", "customers",
	"source_keys", "customer_terms", "facts", "events_single", "segments", "segment_live", "rejections", "audit", "jobs",
	"deliveries", "sealed_exposures", "sealed_arms", "night_segments", "sealed_segments", "sealed_tallies", "command_lines",
	"sessions", "api_answers", "run_shards", "requests", "exclusions", "list_totals", "list_facets", "approvals", "handled",
	"attrition_moves", "recommendations", "roster_days", "task_attempts", "revisions", "presences",
	"models", "tokens", "users", "pauses", "policies", "rehearsals", "reason_marks",
}

// list is something that a page or the API reads.
type listed struct {
	name string
	read func(ctx context.Context, s *store.Store) error
	// walks is a table whose newest entries, in an index's order, are what is
	// shown, or a covering index of what is counted.
	walks string
	// sorts says why few rows are sorted; empty forbids it.
	sorts string
}

func lists() []listed {
	now := noon.Add(time.Hour)
	risk := func(f store.RiskFilter) func(context.Context, *store.Store) error {
		f.Limit = 50
		return func(ctx context.Context, s *store.Store) error { _, _, err := s.RiskList(ctx, f); return err }
	}
	const pages = "the first page of each band, 150 rows at most"
	all := []listed{
		{name: "risk list, named customers", sorts: "what was found", read: risk(store.RiskFilter{Text: "miller"})},
		{name: "risk list, key", sorts: "what was found", read: risk(store.RiskFilter{Text: "K7"})},
		{name: "some of the risk list", sorts: "those asked for", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.RiskOf(ctx, []history.CustomerID{3, 4})
			return err
		}},
		{name: "customer search", sorts: "what was found", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.FindCustomers(ctx, "name3 mill", 20)
			return err
		}},
		{name: "customer search by phone", sorts: "what was found", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.FindCustomers(ctx, "020 7946 0001", 20)
			return err
		}},
		{name: "a customer's timeline", sorts: "one customer's facts", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.CustomerShard(ctx, 3)
			return err
		}},
		{name: "a customer's situation", sorts: "one customer's facts", read: func(ctx context.Context, s *store.Store) error {
			_, _, err := s.Situation(ctx, 3, 3, now)
			return err
		}},
		{name: "a customer's tasks", sorts: "one customer's", read: func(ctx context.Context, s *store.Store) error { _, err := s.CustomerTasks(ctx, 3, 20); return err }},
		{name: "a customer's promises", sorts: "one customer's", read: func(ctx context.Context, s *store.Store) error { _, err := s.CustomerPromises(ctx, 3, 20); return err }},
		{name: "a customer's requests", sorts: "one customer's", read: func(ctx context.Context, s *store.Store) error { _, err := s.RequestsFor(ctx, 3, 20); return err }},
		{name: "a customer's exclusion", sorts: "one customer's", read: func(ctx context.Context, s *store.Store) error { _, err := s.Exclusion(ctx, 3, now); return err }},
		{name: "offers asked for with a task", sorts: "one task's", read: func(ctx context.Context, s *store.Store) error { _, err := s.Approvals(ctx, 3); return err }},
		{name: "offers an agent asked for", sorts: "those of one agent and one moment", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.ApprovalsAsked(ctx, "ann", noon, 20)
			return err
		}},
		{name: "offers that wait for an answer", read: func(ctx context.Context, s *store.Store) error { _, err := s.ApprovalsOpen(ctx, noon, 20); return err }},
		{name: "offers answered", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.ApprovalsAnswered(ctx, noon, 20)
			return err
		}},
		{name: "a household's open tasks", sorts: "one household's", read: func(ctx context.Context, s *store.Store) error { _, err := s.OpenTasks(ctx, 3); return err }},
		{name: "what ended because a customer rang", sorts: "one household's", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.EndedBy(ctx, interventions.Task{ID: 3, Household: 3})
			return err
		}},
		{name: "a decision", sorts: "the lists of one date", read: func(ctx context.Context, s *store.Store) error { _, err := s.DecisionOf(ctx, 3, noon); return err }},
		{name: "the queue", sorts: "up to 500 that end soon", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.Workable(ctx, now, interventions.Skip{}, 8)
			return err
		}},
		{name: "tasks held", sorts: "one agent's", read: func(ctx context.Context, s *store.Store) error { _, err := s.TasksHeldBy(ctx, "ann", now); return err }},
		{name: "promises and call-backs", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.Commitments(ctx, "ann", now.AddDate(0, 0, 2), 50)
			return err
		}},
		{name: "tasks to look after", read: func(ctx context.Context, s *store.Store) error { _, err := s.Stale(ctx, now, now, 100); return err }},
		{name: "the board", walks: "tasks", sorts: "a line for each treatment and state", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.TaskCounts(ctx, now, noon, now)
			return err
		}},
		{name: "what was done today", sorts: "what was done today, in groups", read: func(ctx context.Context, s *store.Store) error { _, err := s.Moves(ctx, noon); return err }},
		{name: "what everybody did", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.HandledSince(ctx, noon)
			return err
		}},
		{name: "gauges", walks: "jobs tasks", sorts: "a line for each state", read: func(ctx context.Context, s *store.Store) error { _, err := s.Gauges(ctx, now); return err }},
		{name: "messages due", read: func(ctx context.Context, s *store.Store) error { _, err := s.DueMessages(ctx, now, 50); return err }},
		{name: "messages refused", read: func(ctx context.Context, s *store.Store) error { _, err := s.RefusedMessages(ctx, noon); return err }},
		{name: "in hand", walks: "tasks", sorts: "one for each agent", read: func(ctx context.Context, s *store.Store) error { _, err := s.Hands(ctx, now); return err }},
		{name: "overdue", sorts: "those that are shown", read: func(ctx context.Context, s *store.Store) error { _, err := s.Overdue(ctx, now, 50); return err }},
		{name: "what somebody did", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.HandledBy(ctx, "ann", noon, now)
			return err
		}},
		{name: "lost calls", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.LostCalls(ctx, measurement.LostQuery{From: noon.AddDate(0, 0, -90), To: now, After: "9000000:7:1", Limit: 50})
			return err
		}},
		{name: "lost calls counted", sorts: "a line for each agent, treatment, list and reason", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.LostCounts(ctx, measurement.LostQuery{From: noon.AddDate(0, 0, -90), To: now})
			return err
		}},
		{name: "best saves", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.BestSaves(ctx, noon.AddDate(0, 0, -7), now, false, nil, 5)
			return err
		}},
		{name: "best saves of some segments", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.BestSaves(ctx, noon.AddDate(0, 0, -97), noon.AddDate(0, 0, -90), true, []string{"gold", "trade"}, 5)
			return err
		}},
		{name: "jobs", walks: "jobs", read: func(ctx context.Context, s *store.Store) error { _, err := s.Jobs(ctx, store.JobFilter{}); return err }},
		{name: "dead jobs", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.Jobs(ctx, store.JobFilter{State: queue.Dead, Limit: 50})
			return err
		}},
		{name: "imports", read: func(ctx context.Context, s *store.Store) error { _, err := s.Imports(ctx, 50); return err }},
		{name: "rejections", read: func(ctx context.Context, s *store.Store) error { _, err := s.Rejections(ctx, 1, 100, 100); return err }},
		{name: "nights", read: func(ctx context.Context, s *store.Store) error { _, err := s.RunsList(ctx, 30); return err }},
		{name: "a night", sorts: "ten stages", read: func(ctx context.Context, s *store.Store) error { _, err := s.Stages(ctx, "a"); return err }},
		{name: "a night that runs", sorts: "ten stages, and of one of them the shards that failed", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.Stages(ctx, "b")
			return err
		}},
		{name: "publications", sorts: "one for each night", read: func(ctx context.Context, s *store.Store) error { _, err := s.Publications(ctx, 30); return err }},
		{name: "totals of the list", sorts: "sums, one line for each partition, band and segment", read: func(ctx context.Context, s *store.Store) error { _, _, err := s.ListTotals(ctx); return err }},
		{name: "segments", sorts: "sums", read: func(ctx context.Context, s *store.Store) error { _, err := s.Segments(ctx); return err }},
		{name: "queues", walks: "jobs deliveries", sorts: "a line for each kind and state", read: func(ctx context.Context, s *store.Store) error { _, err := s.QueueDepths(ctx); return err }},
		{name: "calls of unknown outcome", sorts: "those that are open", read: func(ctx context.Context, s *store.Store) error { _, err := s.OpenCalls(ctx); return err }},
		{name: "facets", sorts: "sums", read: func(ctx context.Context, s *store.Store) error { _, err := s.Facets(ctx); return err }},
		{name: "a task", read: func(ctx context.Context, s *store.Store) error { _, err := s.Changes(ctx, 3); return err }},
	}
	for _, order := range []store.RiskSort{store.SortAtRisk, store.SortRisk, store.SortValue, store.SortTenure} {
		for _, f := range []store.RiskFilter{
			{}, {Asc: true}, {After: "0.5:7"}, {Band: scoring.BandHigh}, {MinValue: 500}, {Segments: []string{"gold", "silver"}}, {Segment: "gold"}, {Owner: "rosa"}, {Concept: "price"},
		} {
			f.Sort = order
			all = append(all, listed{name: fmt.Sprintf("risk list %+v", f), sorts: pages, read: risk(f)})
		}
	}
	for _, q := range []access.Search{{}, {Who: "ann"}, {What: "sign in"}, {Subject: "task 7"}, {Before: 900}, {From: noon, To: now}, {Text: "seven"}, {Operation: true}, {Operation: true, Who: "ann", Before: 900}} {
		q.Limit = 100
		all = append(all, listed{name: fmt.Sprintf("audit %+v", q), walks: "audit", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.AuditEntries(ctx, q)
			return err
		}})
	}
	return all
}

// No list reads more than it shows: every table that grows is read by an index
// that gives the rows in their order. The plans are those of the queries that
// are really run.
func TestNoListReadsMoreThanItShows(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		s := open(t, newConfig(t, dialect), options())
		releasedNight(t, s, 120)
		startNight(t, s, "b", noon.AddDate(0, 0, 1))
		all := lists()
		for i := range all {
			noMoreThanShown(t, s, dialect, all[i])
		}
		store.NeverSortRisk(s) // as where a filter lets many through
		for i := range all {
			if strings.HasPrefix(all[i].name, "risk list {") {
				noMoreThanShown(t, s, dialect, all[i])
			}
		}
	})
}

func noMoreThanShown(t *testing.T, s *store.Store, dialect string, l listed) {
	t.Helper()
	queries := store.Planned(t, s, func() {
		if err := l.read(t.Context(), s); err != nil && fault.Of(err) != fault.NotFound {
			t.Errorf("%s: %v", l.name, err)
		}
	})
	if len(queries) == 0 {
		t.Errorf("%s read nothing", l.name)
	}
	for _, q := range queries {
		for _, why := range complaints(dialect, q, l) {
			t.Errorf("%s: %s\n%s\n%s", l.name, why, q.Text, q.Plan)
		}
	}
}

// shards are what a night reads for each partition.
func shards() []listed {
	return []listed{
		{name: "exposures", read: func(ctx context.Context, s *store.Store) error { _, err := s.PartitionExposures(ctx, 1); return err }},
		{name: "draws", read: func(ctx context.Context, s *store.Store) error { _, err := s.Draws(ctx, 1); return err }},
		{name: "own work", read: func(ctx context.Context, s *store.Store) error { _, err := s.HouseholdFacts(ctx, 1, noon); return err }},
		{name: "history", read: func(ctx context.Context, s *store.Store) error { _, err := s.LoadShard(ctx, 1, 1); return err }},
		{name: "exclusions", read: func(ctx context.Context, s *store.Store) error { _, err := s.Exclusions(ctx, 1, noon); return err }},
		{name: "scores before", read: func(ctx context.Context, s *store.Store) error {
			_, err := s.PreviousScores(ctx, 1, noon.AddDate(0, 0, 1))
			return err
		}},
	}
}

// A night reads of a shard what is the shard's, whatever else there is.
func TestAShardReadsItsOwn(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		s := open(t, newConfig(t, dialect), options())
		releasedNight(t, s, 120)
		for _, l := range shards() {
			l.sorts = "of a shard"
			noMoreThanShown(t, s, dialect, l)
		}
	})
}

// complaints says what is wrong with how a query is read.
func complaints(dialect string, q store.Query, l listed) (wrong []string) {
	names := tablesOf(q.Text)
	if strings.Contains(q.Plan, "promises_due (pending=?)") && strings.Contains(q.Text, "partition") {
		wrong = append(wrong, "it reads everybody's promises")
	}
	if strings.Contains(q.Text, "list_order") && sortedList.MatchString(q.Plan) {
		wrong = append(wrong, "it sorts the rows of the risk list instead of their pages")
	}
	for line := range strings.Lines(q.Plan) {
		line = strings.TrimSpace(line)
		scanned, sorted := "", strings.Contains(line, "TEMP B-TREE FOR ORDER BY")
		if dialect == "postgres" {
			if m := seqScan.FindStringSubmatch(line); m != nil {
				scanned = m[1]
			}
			sorted = sortNode.MatchString(line)
		} else if m := scan.FindStringSubmatch(line); m != nil {
			scanned = names[m[1]]
			if scanned == "" {
				scanned = m[1]
			}
		}
		if strings.Contains(line, "AUTOMATIC") {
			wrong = append(wrong, "it makes an index first")
		}
		if strings.Contains(line, "INDEX pauses_now") { // which holds what is paused now and nothing else
			continue
		}
		if slices.Contains(grows, scanned) && !slices.Contains(strings.Fields(l.walks), scanned) {
			wrong = append(wrong, "it scans "+scanned)
		}
		if sorted && l.sorts == "" {
			wrong = append(wrong, "it sorts")
		}
	}
	return wrong
}

var (
	scan     = regexp.MustCompile(`^SCAN (\w+)`)
	seqScan  = regexp.MustCompile(`Seq Scan on (\w+)`)
	sortNode = regexp.MustCompile(`^(->  )?Sort `) // an incremental one ends with the page
	// What an order of the list of a night gives, sorted.
	sortedList = regexp.MustCompile(`(?m)^SEARCH [ol] .*\n.*TEMP B-TREE|Sort Key: o\.position`)

	from = regexp.MustCompile(`(?:FROM|JOIN|,)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?`)
)

// tablesOf gives the tables of a query by the names it gives them.
func tablesOf(text string) map[string]string {
	names := map[string]string{}
	for _, m := range from.FindAllStringSubmatch(text, -1) {
		if slices.Contains(grows, m[1]) {
			names[m[1]] = m[1]
			if m[2] != "" {
				names[m[2]] = m[1]
			}
		}
	}
	return names
}

// Postgres takes what an index's own condition says out of the query, and looks
// for it in no column: an index that begins with such a column is read whole.
func TestNoIndexBeginsWithItsCondition(t *testing.T) {
	t.Parallel()
	s := open(t, newConfig(t, "sqlite"), options())
	begins := regexp.MustCompile(`^CREATE INDEX (\w+) ON \w+ \((\w+)`)
	found := 0
	for _, text := range store.Indexes(t, s) {
		m := begins.FindStringSubmatch(text)
		_, condition, partial := strings.Cut(text, " WHERE ")
		if m == nil || !partial {
			continue
		}
		found++
		if strings.HasPrefix(condition, m[2]+" = ") || strings.Contains(condition, " AND "+m[2]+" = ") {
			t.Errorf("%s begins with %s, which is the same in all of it", m[1], m[2])
		}
	}
	if found < 10 {
		t.Errorf("only %d indexes of a part of a table were found", found)
	}
}
