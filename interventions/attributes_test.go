package interventions

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every place that speaks of a profile attribute is found, and what stands there
// by default is not.
func TestUsesOfAttributes(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	if uses := cfg.Uses(); len(uses) != 0 {
		t.Errorf("by default %v", uses)
	}
	cfg.SegmentAttribute, cfg.ZoneAttribute, cfg.Protected = "group", "zone", []string{"gender", "age"}
	cfg.Treatments = cfg.Treatments[:2]
	call, letter := &cfg.Treatments[0], &cfg.Treatments[1]
	call.Eligibility = `attributes["a"] == "x" and (attributes.b ?? "") != "" or "c" in attributes`
	call.Relevance = `any(reasons, # == "price") and lower(attributes["d"]) == "y"`
	letter.Suitability = `risk > .1 and "e" == tier`
	letter.Offer.HeldAttribute, letter.Offer.LimitAttribute = "offers", "credit"
	letter.Body = `{{if .Attributes.f}}{{.Attributes.f}}{{else}}{{with index .Attributes "g"}}{{.}}{{end}}{{end}} {{$.Attributes.h | printf "%s"}} {{.Name}}`
	letter.Texts = map[string]Texts{"de": {Subject: "{{.Attributes.i}}", Body: "x"}}
	want := []Use{
		{"segment_attribute", "group"},
		{"zone_attribute", "zone"},
		{"protected_attributes[0]", "gender"},
		{"protected_attributes[1]", "age"},
		{"treatments[0].eligibility", "a"},
		{"treatments[0].eligibility", "b"},
		{"treatments[0].eligibility", "c"},
		{"treatments[0].relevance", "d"},
		{"treatments[1].offer.held_attribute", "offers"},
		{"treatments[1].offer.limit_attribute", "credit"},
		{"treatments[1].body", "f"},
		{"treatments[1].body", "f"},
		{"treatments[1].body", "g"},
		{"treatments[1].body", "h"},
		{"treatments[1].texts.de.subject", "i"},
	}
	if diff := cmp.Diff(want, cfg.Uses()); diff != "" {
		t.Error(diff)
	}
}
