package holdfast_test

import (
	"maps"
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	requirement = regexp.MustCompile(`(?m)^\t(\S+\.\S+) (v\S+)$`) // "// indirect" does not match
	dependency  = regexp.MustCompile(`(?m)^\| (\S+) \| (v\S+) \| [^|]+ \| [^|]{10,} \|$`)
)

// TestDependenciesHaveReasons holds docs/dependencies.md and the direct
// requirements of go.mod against each other, versions included.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	required, explained := pairs(t, "go.mod", requirement), pairs(t, "docs/dependencies.md", dependency)
	if len(required) < 20 {
		t.Fatalf("only %d direct requirements found in go.mod: the test does not see them", len(required))
	}
	if diff := cmp.Diff(required, explained); diff != "" {
		t.Errorf("go.mod (-) and docs/dependencies.md (+) differ:\n%s", diff)
	}
}

func pairs(t *testing.T, name string, line *regexp.Regexp) map[string]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return maps.Collect(func(yield func(string, string) bool) {
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			if !yield(m[1], m[2]) {
				return
			}
		}
	})
}
