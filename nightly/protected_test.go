package nightly

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/interventions"
)

// Contact and worth are reported by protected attribute; a value that few have
// is not told apart, and the groups add up.
func TestProtectedGroups(t *testing.T) {
	t.Parallel()
	p := otherPolicy(t, func(c *interventions.Config) { c.Protected = []string{"gender"} })
	g := newProtectedGroups([2]*rehearsal{{policy: otherPolicy(t, func(*interventions.Config) {})}, {policy: p}})
	call, letter := interventions.Planned{Treatment: "call", Worth: 100}, interventions.Planned{Treatment: "letter", Worth: 10}
	for i := range 100 {
		value := []string{"f", "m"}[i%2]
		switch {
		case i < 3:
			value = "x"
		case i < 8:
			value = ""
		}
		for _, group := range g.of(map[string]string{"gender": value, "town": "Leeds"}) {
			group.Customers++
			if i%10 == 0 {
				group.add(call, letter)
			}
		}
	}
	want := []ProtectedGroup{
		{Attribute: "gender", Customers: 8, Now: 1, Then: 1, NowMinor: 100, ThenMinor: 10},
		{Attribute: "gender", Value: "f", Customers: 46, Now: 9, Then: 9, NowMinor: 900, ThenMinor: 90},
		{Attribute: "gender", Value: "m", Customers: 46},
	}
	if diff := cmp.Diff(want, g.list()); diff != "" {
		t.Error(diff)
	}
}
