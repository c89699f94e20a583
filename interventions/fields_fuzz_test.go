package interventions

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
)

// Whatever is written as a relevance expression, it is refused as Invalid in
// one line when the configuration is read, or says the same of a customer each
// time, and the same of two who differ by a protected attribute alone.
func FuzzRelevance(f *testing.F) {
	for _, text := range []string{
		`in_episode and value > 200 and attributes["segment"] != "trade"`,
		`risk * value_at_risk > 1e300 or band in ["high", "low"]`,
		`len(reasons) > 0 and reasons[0] == "price"`,
		`reasons[99] == "price"`,
		`tenure_days / issue_days > 1 or 1 % open_issues == 0`,
		`attributes["ag" + "e"] == "old"`,
		`attributes.age == "old"`,
		`any(reasons, # matches "^(a+)+$")`,
		`now().Year() > 2000`,
		`keys(attributes)[0] == "age"`,
		`any(1..1000000, any(1..1000000, # < 0))`,
		`all(reasons, any(split(plan, ""), # != "x"))`,
		`any(attributes, # == "old")`,
		`count(split(string(attributes), ""), # matches "[a-z]") > 3 and tier in ["gold"]`,
		`let a = plan + plan; a != ""`,
		`int(plan) == 1`,
		"risk >\n  band",
		`(((`, `"`, `value`,
	} {
		f.Add(text, "old", int64(0))
	}
	f.Add(`issue_severity >= 3`, "\n", int64(1))
	cfg := testConfig()
	cfg.Treatments, cfg.Protected = cfg.Treatments[:1], []string{"age"}
	f.Fuzz(func(t *testing.T, text, age string, value int64) {
		cfg := cfg
		cfg.Treatments = append([]Treatment(nil), cfg.Treatments...)
		cfg.Treatments[0].Relevance = text
		p, err := NewPolicy(cfg, time.UTC, testKey)
		if err != nil {
			oneLine(t, err)
			return
		}
		said := make([]Trace, 3)
		for i, attribute := range []string{age, age, "young"} {
			k, s := openIssue(ann(tuesday)), atRisk(tuesday)
			k.Attributes["age"], k.Attributes["segment"], s.ValueMinor = attribute, "trade", value
			pr, _, err := p.Propose(k, s, &Facts{}, 0)
			if err != nil {
				oneLine(t, err)
				continue
			}
			said[i] = pr.Trace
		}
		if d := cmp.Diff(said[0], said[1]) + cmp.Diff(said[0], said[2]); d != "" {
			t.Fatalf("%q says different things of the same customer:\n%s", text, d)
		}
	})
}

func oneLine(t *testing.T, err error) {
	t.Helper()
	if fault.Of(err) != fault.Invalid || strings.ContainsAny(err.Error(), "\r\n") {
		t.Fatalf("%v: %q, want one line that is Invalid", fault.Of(err), err)
	}
}
