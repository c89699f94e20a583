package web

import (
	"testing"

	"holdfast/access"
)

// TestTheMenuFitsOneRow for every role, and loses no page by grouping.
func TestTheMenuFitsOneRow(t *testing.T) {
	t.Parallel()
	for _, role := range access.Roles {
		nav := navFor(access.User{Name: "x", Role: role}, "/attrition/people", &english)
		shown := map[string]bool{}
		for _, g := range nav {
			if (g.Text == "") != (len(g.Items) == 1) {
				t.Errorf("%s: a group %q of %d", role, g.Text, len(g.Items))
			}
			for _, item := range g.Items {
				shown[item.Path] = true
				if here := item.Path == "/attrition"; item.Here != here || (here && !g.Here) {
					t.Errorf("%s: the current page is marked %v at %s, its group %v", role, item.Here, item.Path, g.Here)
				}
			}
		}
		if len(nav) > menuRow+1 {
			t.Errorf("%s has %d entries in a row", role, len(nav))
		}
		for _, n := range navigation {
			want := access.Can(role, n.action) && (n.path != thanksPath || role == access.Senior)
			if shown[n.path] != want {
				t.Errorf("%s sees %s in the menu: %v, want %v", role, n.path, shown[n.path], want)
			}
		}
	}
}
