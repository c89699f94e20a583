package interventions

import (
	"strings"
	"testing"

	"holdfast/history"
	"holdfast/internal/fault"
)

// A protected attribute is refused however it is written, and cannot be seen by
// an expression that puts its name together.
func TestProtectedAttributes(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Protected = []string{"gender"}
	for _, text := range []string{
		`attributes.gender == "f"`, `attributes["gender"] == "f"`, `"gender" in attributes`, `risk > .1 and attributes?.gender == "f"`,
		`let x = "gender"; attributes[x] == "f"`, `any(keys(attributes), # == "gender")`,
	} {
		cfg.Treatments[0].Relevance = text
		if err := cfg.Validate(); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), `uses the attribute "gender", which is protected`) {
			t.Errorf("%s: %v", text, err)
		}
	}
	k := ann(tuesday)
	k.Attributes = map[string]string{"gender": "f", "town": "Leeds"}
	for text, want := range map[string]bool{
		`attributes["gen" + "der"] == "f"`:                       false,
		`string(attributes) contains "gen"`:                      false,
		`attributes["town"] == "Leeds" and len(attributes) == 1`: true,
	} {
		cfg.Treatments[0].Relevance = text
		err := cfg.Validate()
		if err != nil && strings.Contains(err.Error(), "protected") {
			continue // folded to a constant: refused, which is as good
		}
		p := mustPolicy(t, cfg)
		c, err := p.consider(0, k, atRisk(tuesday), &Facts{}, fieldsOf(p, k))
		if err != nil || c.Relevant != want {
			t.Errorf("%s: relevant %v, %v", text, c.Relevant, err)
		}
	}
	if k.Attributes["gender"] != "f" {
		t.Error("the customer's own attributes were changed")
	}
	cfg = testConfig()
	cfg.Protected, cfg.SegmentAttribute = []string{"gender"}, "gender"
	if err := cfg.Validate(); fault.Of(err) != fault.Invalid {
		t.Errorf("a protected segment attribute: %v", err)
	}
}

func fieldsOf(p *Policy, k *Known) *Fields {
	f := p.fields(k, atRisk(tuesday))
	return &f
}

// An objection to profiling closes every contact that a score chooses, until a
// later yes; service goes ahead.
func TestObjectionToProfiling(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	says := func(yes bool, days int) history.ConsentAt {
		return history.ConsentAt{At: tuesday.AddDate(0, 0, -days), Consent: history.Consent{Purpose: history.PurposeProfiling, Allowed: yes}}
	}
	for name, c := range map[string]struct {
		said      []history.ConsentAt
		treatment string
		closed    bool
	}{
		"no":              {[]history.ConsentAt{says(false, 2)}, "retention_call", true},
		"yes, then no":    {[]history.ConsentAt{says(true, 3), says(false, 2)}, "retention_call", true},
		"no, then yes":    {[]history.ConsentAt{says(false, 3), says(true, 2)}, "retention_call", false},
		"both at once":    {[]history.ConsentAt{says(false, 2), says(true, 2)}, "retention_call", true},
		"nothing":         {nil, "retention_call", false},
		"service goes on": {[]history.ConsentAt{says(false, 2)}, "service_recovery", false},
	} {
		k := ann(tuesday)
		k.Consents = c.said
		_, failed := p.Gates(Ask{Treatment: p.Treatment(c.treatment), Moment: AtSend, Key: "x"}, k, &Facts{})
		closed := false
		for _, f := range failed {
			closed = closed || f.Gate == GateProfiling
		}
		if closed != c.closed {
			t.Errorf("%s: closed %v: %v", name, closed, failed)
		}
	}
}
