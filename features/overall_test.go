package features_test

import (
	"regexp"
	"strings"
	"testing"
)

// The columns over all of the history are those whose sentence says so, and the months
// in which a customer was ever active.
func TestColumnsOverAllTime(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, full())
	others, n := regexp.MustCompile(`\{[^}]*\}`), 0
	for _, c := range e.Schema().Columns {
		own, _, _ := strings.Cut(c.Sentence, ";")
		own = others.ReplaceAllString(own, "")
		says := strings.HasSuffix(c.Name, "_active_months_ever") || strings.Contains(own, "over all time") || regexp.MustCompile(`\bever\b`).MatchString(own)
		if c.OverAllTime() {
			n++
		}
		if says != c.OverAllTime() {
			t.Errorf("%s: over all time %v, but %q", c.Name, c.OverAllTime(), c.Sentence)
		}
	}
	if n < 5 {
		t.Errorf("%d columns are over all time", n)
	}
}
