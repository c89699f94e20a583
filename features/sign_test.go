package features_test

import (
	"strings"
	"testing"

	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
)

var signVocab = history.Vocabulary{Kinds: []string{"other", "purchase", "return"}, Channels: []string{""}}

// What the business knows of a sign stands in the schema, and changes no hash: a model
// that was trained before goes on.
func TestSignsOfFeatures(t *testing.T) {
	t.Parallel()
	cfg := features.Default()
	plain, err := features.New(cfg, signVocab)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Rises, cfg.Falls = []string{"purchase_days_since"}, []string{"purchase_count_90d"}
	e, err := features.New(cfg, signVocab)
	if err != nil {
		t.Fatal(err)
	}
	s := e.Schema()
	if up, down := s.Columns[s.Index("purchase_days_since")].Monotone, s.Columns[s.Index("purchase_count_90d")].Monotone; up != 1 || down != -1 {
		t.Errorf("signs %d and %d, want 1 and -1", up, down)
	}
	if s.Hash() != plain.Schema().Hash() {
		t.Error("a sign makes another schema")
	}
	for want, change := range map[string]func(*features.Config){
		`rises[0] is "luck", and no feature is called that`:                func(c *features.Config) { c.Rises = []string{"luck"} },
		`falls[0] is "purchase_days_since", which stands in rises and fal`: func(c *features.Config) { c.Falls = []string{"purchase_days_since"} },
		`rises[1] is "profile_home", a category, which neither rises nor falls`: func(c *features.Config) {
			c.Attributes = []features.Attribute{{Name: "home", Kind: "category", Levels: []string{"own", "rent"}}}
			c.Rises = append(c.Rises, "profile_home")
		},
	} {
		cfg := features.Default()
		cfg.Rises = []string{"purchase_days_since"}
		change(&cfg)
		if _, err := features.New(cfg, signVocab); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
