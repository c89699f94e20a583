package config_test

import (
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

func base(t testing.TB) *config.Config {
	t.Helper()
	c, err := config.Parse("base.yaml", []byte("business: {timezone: Europe/London}\ninterventions: {episode_days: 180, roster: {agents: 7}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestParsePolicy: the section is read over the defaults, not over the policy in
// use, which stays as it is.
func TestParsePolicy(t *testing.T) {
	t.Parallel()
	c := base(t)
	got, err := c.ParsePolicy("p", []byte("interventions:\n  contact_policy: {cool_off_days: 3}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Policy.CoolOffDays != 3 || got.Roster.Agents != interventions.DefaultConfig().Roster.Agents || c.Interventions.Roster.Agents != 7 || c.Interventions.Policy.CoolOffDays == 3 {
		t.Errorf("read %+v, left %+v", got.Policy, c.Interventions.Policy)
	}
}

// TestThePolicyIsKeptAsItIsWritten, to be altered for a dry run: with its
// comments, and without the sections beside it.
func TestThePolicyIsKeptAsItIsWritten(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"business: {name: A}\n":                "",
		"interventions: {episode_days: 180}\n": "interventions: {episode_days: 180}\n",
		"interventions:\n  # why\n  episode_days: 180 # days\n\n  roster: {agents: 7}":                "interventions:\n  # why\n  episode_days: 180 # days\n\n  roster: {agents: 7}",
		"web: {}\ninterventions:\n  episode_days: 180\n\n# of the nights\nnightly: {at: \"03:00\"}\n": "interventions:\n  episode_days: 180\n",
		"{interventions: {episode_days: 180}}\n":                                                      "",
	} {
		c, err := config.Parse("a.yaml", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		if c.PolicyText != want {
			t.Errorf("of %q kept %q, want %q", file, c.PolicyText, want)
		}
		if want == "" {
			continue
		}
		again, err := c.ParsePolicy("p", []byte(c.PolicyText))
		if err != nil || again.EpisodeDays != c.Interventions.EpisodeDays || again.Roster.Agents != c.Interventions.Roster.Agents {
			t.Errorf("read again: %+v, %v", again.Roster, err)
		}
	}
	for name, text := range map[string]string{"example": config.Example, "demo": config.Demo("x")} {
		c, err := config.Parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.ParsePolicy("p", []byte(c.PolicyText)); err != nil || c.PolicyText == "" {
			t.Errorf("%s: the policy cannot be tried as it is written: %v", name, err)
		}
	}
}

// TestParsePolicyRefuses what is no policy, each with its place.
func TestParsePolicyRefuses(t *testing.T) {
	t.Parallel()
	call := "interventions:\n  treatments:\n    - {name: call, family: save, channel: phone, purpose: retention, dial_minutes: 1, attempts: 1, durability: 0.8, expiry_days: 5, effect: {mean: 0.1}"
	for text, want := range map[string]string{
		"":                                   "p:1:1: nothing stands here; begin with interventions: and write the treatments under it",
		"treatments: []":                     `p:1:1: "treatments" stands here, and a policy is the section interventions alone; take the others out`,
		"interventions: {}\nstore: {url: x}": `p:2:1: "store" stands here, and a policy is the section interventions alone; take the others out`,
		"- a":                                "p:1:1: a policy is the section interventions of a configuration; begin with interventions:",
		"interventions: {}\n---\na: 1":       "p:2:1: a second document begins; keep everything in one",
		"interventions:\n  rooster: 1":       `p:2:3: interventions has no key "rooster"; the keys are `,
		"interventions:\n  roster: {agents: many}":                                     `p:2:20: interventions.roster.agents is "many"; write a whole number`,
		"interventions:\n  episode_days: 90":                                           "p:1:1: scoring.episode_max_days is 180 and interventions.episode_days 90; both say when an episode ends: give them one number",
		call + ", cost_minor: -5}":                                                     "interventions.treatments[0].cost_minor is -5",
		call + ", relevance: 'teir > 3'}":                                              "unknown name teir",
		call + ", outcome: vist}":                                                      "interventions.treatments[0].outcome",
		"interventions:\n  directors: &d [a]\n  protected_attributes: *d":              "p:3:25: what stands elsewhere is named here; write it out",
		"interventions: {directors: [" + strings.Repeat("a,", config.MaxPolicy) + "]}": "a policy may have 65536 at most",
		"interventions:\n\tx: 1":                                                       "a tab stands here; indent with spaces",
	} {
		_, err := base(t).ParsePolicy("p", []byte(text))
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
}

// FuzzParsePolicy: whatever is pasted is refused with its place, or a policy that
// can be made ready.
func FuzzParsePolicy(f *testing.F) {
	for _, seed := range []string{"interventions: {}", "interventions:\n  roster: {agents: 3}", "a: &a [*a]", "interventions: *x", "\x00", "interventions: !!set {a}"} {
		f.Add([]byte(seed))
	}
	c := base(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := c.ParsePolicy("policy", text)
		if err != nil {
			if fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), "policy") {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if err := got.Validate(); err != nil {
			t.Errorf("%q was taken and cannot be used: %v", text, err)
		}
	})
}
