package main

import (
	"strings"
	"testing"

	"holdfast/interventions"
)

// isPlanned holds that the first list was drawn at the configured share, and the
// second, before any outcome is final, at the one that needs the fewest
// customers, as the measurement of the first night plans it.
func (b *business) isPlanned(t *testing.T, second interventions.Publication) {
	t.Helper()
	db := b.database(t)
	shares := func(run string) []float64 {
		return list[float64](t, db, `SELECT DISTINCT a.share FROM sealed_arms a JOIN publications p ON p.id = a.publication AND p.run = '%s' WHERE a.layer = 'retention_call'`, run)
	}
	best := second.Prices.GhostShares["retention_call"]
	if first := shares("n20260601"); len(first) != 1 || first[0] != .4 || best <= .4 || best > .5 || len(second.Prices.GhostShares) != 1 {
		t.Errorf("the first list is drawn at %v, the second is to be at %v", first, second.Prices.GhostShares)
	}
	if got := shares("n20260602"); len(got) != 1 || got[0] != best {
		t.Errorf("the second list is drawn at %v, planned is %v", got, best)
	}
	effects := list[string](t, db, "SELECT body FROM effects WHERE as_of < (SELECT as_of FROM publications WHERE run = 'n20260602')")
	if len(effects) == 0 || !strings.Contains(effects[0], `"plan":{`) {
		t.Errorf("no plan was kept: %s", effects)
	}
}
