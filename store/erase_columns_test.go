package store_test

import (
	"slices"
	"strings"
	"testing"

	"holdfast/store"
)

// goesWithThePerson are the columns of text in rows that are deleted when the
// person they are about is erased, and that nobody writes about anybody else in.
var goesWithThePerson = []string{
	"customers.key", "customers.name", "customers.source", "source_keys.key", "source_keys.source", "customer_terms.term", "facts.kind",
	"deliveries.channel", "deliveries.key", "deliveries.state", "listed.*", "list_order.*", "own_contacts.*", "handled.*", "attrition_moves.*",
	"sealed_arms.*", "sealed_joined_arms.*", "sealed_exposures.*", "work_keys.work_key", "tasks.*", "messages.*", "task_changes.*", "task_attempts.*",
	"requests.*", "approvals.*", "api_answers.*",
}

// nobodysWords are the columns of text that name no customer: codes and hashes,
// numbers in JSON, what the configuration or a feed calls kinds of things, and
// the names of staff.
var nobodysWords = []string{
	"agent_reports.body", "attrition.body", "effects.body", "group_reports.body", // numbers
	"audit.address", "audit.digest", "audit.hash", "audit.salt", "audit.what", "audit.who", "audit.subject", "audit.detail", // eraseAudit
	"commands.night", "consents.*", "counters.name", "digests.*", "erasures.hash", "settings.*", "sign_in_tries.key_hash", "sessions.*", "users.*",
	"presences.*", "vocabulary.*", "imports.change", "imports.feed", "imports.hash", "rejections.col", "jobs.kind", "jobs.key", "jobs.run", "jobs.state",
	"list_facets.*", "list_totals.*", "models.id", "models.kind", "models.schema_hash", "promotions.model",
	"night_segments.*", "sealed_segments.*", "segments.checksum", "sealed_tallies.tally", "pauses.*", "list_holds.*", "policies.hash",
	"publications.allocation", "publications.policy", "publications.prices", "publications.run", "publications.state", "publications.tally",
	"recommendations.*", "rehearsals.*", "revisions.minutes", "revisions.who", "roster_days.*", "run_shards.*", "run_stages.counts",
	"run_stages.run", "run_stages.stage", "runs.config", "runs.id", "runs.model", "runs.program", "runs.state", "runs.watch", "runs.watched",
	"saved_views.owner", "reason_marks.concept", "tokens.*", "exclusions.excluded_by",
}

// Whoever adds a column of text says what an erasure does to it.
func TestEveryTextIsErasedOrNobodys(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		free := store.FreeTexts()
		known := slices.Concat(goesWithThePerson, nobodysWords)
		there := map[string]bool{}
		for _, c := range store.Columns(t, s) {
			if c.Type != "text" {
				continue
			}
			name := c.Table + "." + c.Name
			there[name], there[c.Table+".*"] = true, true
			if !slices.Contains(free, name) && !slices.Contains(known, name) && !slices.Contains(known, c.Table+".*") {
				t.Errorf("%s: does it hold what somebody typed (freeTexts, erase_texts.go), go with the person (erase.go), or name nobody?", name)
			}
		}
		for _, name := range slices.Concat(free, known) {
			if !there[name] {
				t.Errorf("there is no column %s", strings.TrimSuffix(name, ".*"))
			}
		}
	})
}
