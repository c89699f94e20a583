package main

import (
	"strings"
	"testing"
	"time"
)

// What a customer would be told is shown in their language, in the treatment's
// own where it has no texts in theirs, and sends nothing.
func TestPreviewCommand(t *testing.T) {
	t.Parallel()
	b := newShop(t, `interventions:
  language_attribute: town
  treatments:
    - {name: letter, family: thanks, channel: letter, purpose: thanks, durability: 0.8, effect: {mean: 0.1, spread: 0.1}, expiry_days: 10,
       milestone_years: [5], daily_quota: 5, signatory: the director, subject: Thank you, body: "Dear {{.Name}}",
       texts: {de: {subject: Danke, body: "Guten Tag {{.Name}}"}}}
`)
	b.must(t, time.Now, "import", "people", b.write(t, "people.csv", "id,name,phone,town\na,Anna,1,de-AT\nb,Bob,2,it\n"))
	for _, tc := range []struct {
		args []string
		want preview
	}{
		{[]string{"a", "letter"}, preview{"a", "letter", "letter", "de", "", "Danke", "Guten Tag Anna"}},
		{[]string{"b", "letter"}, preview{"b", "letter", "letter", "", "", "Thank you", "Dear Bob"}},
		{[]string{"b", "letter", "--language", "de"}, preview{"b", "letter", "letter", "de", "", "Danke", "Guten Tag Bob"}},
	} {
		if got := decode[preview](t, b.must(t, time.Now, append([]string{"customer", "preview", "--json"}, tc.args...)...)); got != tc.want {
			t.Errorf("%v: %+v, want %+v", tc.args, got, tc.want)
		}
	}
	if out := b.must(t, time.Now, "customer", "preview", "a", "letter"); strings.TrimSpace(out) != "Danke\nGuten Tag Anna" {
		t.Errorf("in words: %q", out)
	}
	refuses(t, b.run(t, time.Now, "customer", "preview", "a", "call"), 2, `there is no treatment "call": see interventions.treatments in the configuration`)
	refuses(t, b.run(t, time.Now, "customer", "preview", "c", "letter"), 2, `there is no customer with the key "c"`)
	refuses(t, b.run(t, time.Now, "customer", "preview", "a", "letter", "--language", "fr"), 2, `letter has no texts in "fr": it has its own and [de]`)
	if n := count(t, b.database(t), "SELECT COUNT(*) FROM messages"); n != 0 {
		t.Errorf("a preview made %d messages", n)
	}
}
