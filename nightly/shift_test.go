package nightly

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"holdfast/internal/fault"
)

// A list whose risks lie elsewhere than those of the night before is held, with
// the feature that moved most; one like it is not, nor where nobody looks.
func TestRisksThatLieElsewhereHoldTheList(t *testing.T) {
	t.Parallel()
	d, b := newDesk(town(t, 480, 1)...), newBooks()
	work(t, stages(t, d, b), b, Run{ID: "n0", AsOf: asOf})
	var usual Counts
	for _, st := range b.stages["n0"] {
		if st.Stage == StageScore {
			usual = st.Counts
		}
	}
	elsewhere := maps.Clone(usual)
	moved := int64(0)
	for key, n := range usual {
		if strings.HasPrefix(key, riskPrefix) {
			moved += n
			delete(elsewhere, key)
		}
	}
	elsewhere[riskPrefix+"10"] = moved
	for name, c := range map[string]struct {
		before Counts
		limit  float64
		want   string
	}{
		"as before":          {usual, .25, ""},
		"elsewhere":          {elsewhere, .25, "the risks lie elsewhere than the night before: PSI "},
		"nobody looks":       {elsewhere, 0, ""},
		"no night before it": {nil, .25, ""},
	} {
		d, b := newDesk(town(t, 480, 1)...), newBooks()
		d.newestNight = c.before
		st := stages(t, d, b)
		st.Config.Checks.MaxShift = c.limit
		run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
		if (c.want == "") != (run.State == Completed) || !strings.HasPrefix(run.Reason, c.want) || (c.want != "" && d.published != 0) {
			t.Errorf("%s: %s, %q, published %d", name, run.State, run.Reason, d.published)
		}
	}
	// What moved most is named: everybody bought today.
	d, b = newDesk(town(t, 8, 1)...), newBooks()
	st := stages(t, d, b)
	today, spread := maps.Clone(elsewhere), maps.Clone(usual)
	column := st.Engine.Schema().Index("purchase_days_since")
	today[fmt.Sprintf("%s%d.0", cellPrefix, column)] = 900
	for cell := range 3 {
		spread[fmt.Sprintf("%s%d.%d", cellPrefix, column, cell)] = 300
	}
	d.newestNight, b.stages["n2"] = spread, []StageRun{{Stage: StageScore, Counts: today}}
	err := st.checkShift(t.Context(), Run{ID: "n2", AsOf: asOf})
	if fault.Of(err) != fault.Held || !strings.Contains(err.Error(), ", most of all the feature purchase_days_since (PSI ") {
		t.Errorf("a feature moved: %v", err)
	}
}
