package holdfast_test

import (
	"slices"
	"strings"
	"testing"
)

const (
	module   = "holdfast"
	anything = "*" // in a list of imports: every package of ours
)

// stages are the packages that carry out a step of the circle, in its order.
var stages = []string{
	"history", "churn", "features", "value", "model", "training", "scoring", "interventions", "measurement",
}

// mayImport is the table of docs/architecture.md: each package, and the
// packages of ours that its non-test files may import. Every package may
// import everywhere besides.
var mayImport = map[string][]string{
	".":                     {},
	"history":               {"internal/tabular"},
	"churn":                 {"history"},
	"features":              {"history"},
	"value":                 {"history"},
	"model":                 {"features", "value"},
	"training/gbdt":         {"features", "model"},
	"training/baseline":     {"features", "model"},
	"training/calibration":  {"model"},
	"training/flat":         {"features", "model", "training/gbdt", "training/baseline", "training/calibration", "internal/tabular", "internal/picture"},
	"training":              {"history", "churn", "features", "value", "model", "training/gbdt", "training/baseline", "training/calibration"},
	"scoring":               {"history", "churn", "features", "value", "model"},
	"interventions":         {"history", "churn", "scoring"},
	"measurement":           {"history", "churn", "value", "interventions"},
	"nightly":               stages,
	"queue":                 {},
	"queue/queuetest":       {"queue"}, // what queue asks of a store, as a suite that store's tests run
	"channels":              {"history", "interventions"},
	"access":                {},
	"store":                 slices.Concat(stages, []string{"nightly", "queue", "channels", "access", "migrations"}),
	"web":                   slices.Concat(stages, []string{"nightly", "access", "internal/picture", "internal/tabular", "web/catalogue"}),
	"web/catalogue":         {},
	"migrations":            {},
	"config":                slices.Concat(stages, []string{"nightly", "queue", "channels", "access", "store", "web"}),
	"cmd/holdfast":          {anything},
	"cmd/bench-peers":       {"features", "model", "training/gbdt"},
	"internal/fault":        {},
	"internal/stats":        {},
	"internal/tabular":      {},
	"internal/picture":      {},
	"internal/locale":       {},
	"internal/simulate":     {"history"},
	"internal/holdfasttest": {anything},
}

// everywhere may be imported by every package.
var everywhere = []string{"internal/fault", "internal/stats", "internal/locale"}

// numerical packages fit, score or test hypotheses.
var numerical = []string{
	"value", "model", "training", "training/gbdt", "training/baseline", "training/calibration", "scoring", "measurement",
	"internal/stats", "internal/simulate",
}

// livesIn lists the packages from outside and the few of ours that may import
// them; a path covers what lies below it. An outside package that is not here
// may not be imported: it needs a place, and a reason in docs/dependencies.md.
var livesIn = map[string][]string{
	"github.com/jmoiron/sqlx":      {"store"},
	"modernc.org/sqlite":           {"store"},
	"github.com/jackc/pgx/v5":      {"store", "internal/holdfasttest"},
	"github.com/pressly/goose":     {"migrations", "store"},
	"github.com/hibiken/asynq":     {"queue"},
	"github.com/redis/go-redis":    {"queue", "internal/holdfasttest"},
	"github.com/alicebob":          {"queue"},
	"github.com/robfig/cron":       {"queue"},
	"github.com/sjwhitworth":       {"training/baseline"},
	"github.com/expr-lang/expr":    {"interventions"},
	"github.com/parquet-go":        {"history", "internal/tabular"},
	"github.com/goccy/go-yaml":     {"config"},
	"github.com/spf13":             {"cmd/holdfast"},
	"github.com/wneessen":          {"channels"},
	"github.com/standard-webhooks": {"channels"},
	"github.com/danielgtaylor":     {"web"},
	"github.com/alexedwards":       {"access", "web"},
	"github.com/coreos/go-oidc":    {"access"},
	"golang.org/x/oauth2":          {"access"},
	"github.com/prometheus":        {"web", "cmd/holdfast"},
	"gonum.org/v1/gonum":           numerical,
	"golang.org/x/sync":            {anything},
	"golang.org/x/sys":             {"store", "migrations", "cmd/holdfast"},
	"golang.org/x/term":            {"cmd/holdfast"},
	"github.com/google/go-cmp":     {"internal/holdfasttest", "queue/queuetest"},
	"github.com/chromedp":          {"internal/holdfasttest"},
	"database/sql":                 {"store", "migrations", "internal/holdfasttest"},
	"net/smtp":                     {"channels"},
	"net/http":                     {"web", "channels", "access", "cmd/holdfast"},
	"flag":                         {"cmd/holdfast", "cmd/bench-peers"},
	"testing":                      {"internal/holdfasttest", "queue/queuetest"},
	"C":                            {},
	"math/rand":                    {"training/baseline"},
	"math/rand/v2":                 {anything},
}

// saidIn lists names from the standard library and the packages whose
// non-test files may say them.
var saidIn = map[string][]string{
	"os.Exit":                  {"cmd/holdfast", "cmd/bench-peers"},
	"log.Fatal":                {},
	"log.Fatalf":               {},
	"time.Now":                 {"cmd/holdfast", "cmd/bench-peers"},
	"time.Since":               {"cmd/holdfast", "cmd/bench-peers"},
	"time.Until":               {"cmd/holdfast"},
	"fmt.Print":                {"cmd/holdfast", "cmd/bench-peers"},
	"fmt.Printf":               {"cmd/holdfast"},
	"fmt.Println":              {"cmd/holdfast"},
	"net/http.ResponseWriter":  {"web"},
	"net/http.HandlerFunc":     {"web"},
	"net/http.HandleFunc":      {"web"},
	"net/http.Handle":          {"web"},
	"net/http.ServeMux":        {"web"},
	"net/http.NewServeMux":     {"web"},
	"math/rand/v2.Int":         {},
	"math/rand/v2.IntN":        {},
	"math/rand/v2.Int64":       {},
	"math/rand/v2.Int64N":      {},
	"math/rand/v2.Uint32":      {},
	"math/rand/v2.Uint64":      {},
	"math/rand/v2.N":           {},
	"math/rand/v2.Float32":     {},
	"math/rand/v2.Float64":     {},
	"math/rand/v2.NormFloat64": {},
	"math/rand/v2.ExpFloat64":  {},
	"math/rand/v2.Perm":        {},
	"math/rand/v2.Shuffle":     {},
}

// broken returns the rules that a file of package pkg breaks, one sentence each.
func broken(pkg string, f goFile) []string {
	allowed, known := mayImport[pkg]
	if !known {
		return []string{pkg + " is not in the table of packages"}
	}
	var out []string
	for _, path := range f.imports {
		if ours, ok := strings.CutPrefix(path, module+"/"); ok {
			if !permits(allowed, ours) && !slices.Contains(everywhere, ours) {
				out = append(out, pkg+" may not import "+ours)
			}
		} else if places, ruled := placesOf(path); ruled && !permits(places, pkg) {
			out = append(out, path+" may not be imported by "+pkg)
		} else if !ruled && strings.Contains(strings.SplitN(path, "/", 2)[0], ".") {
			out = append(out, path+" has no place: add one here and a reason to docs/dependencies.md")
		}
	}
	for _, name := range f.names {
		if places, ruled := saidIn[name]; ruled && !permits(places, pkg) {
			out = append(out, name+" may not be said in "+pkg)
		}
	}
	return out
}

func permits(list []string, name string) bool {
	return slices.Contains(list, anything) || slices.Contains(list, name)
}

// placesOf finds the longest path in livesIn that covers path.
func placesOf(path string) ([]string, bool) {
	for p := path; p != ""; p = p[:max(strings.LastIndex(p, "/"), 0)] {
		if places, ok := livesIn[p]; ok {
			return places, true
		}
	}
	return nil, false
}

func TestImportsFollowTheTable(t *testing.T) {
	t.Parallel()
	for _, f := range tree(t) {
		if f.test {
			continue
		}
		for _, b := range broken(f.pkg, f) {
			t.Errorf("%s: %s", f.path, b)
		}
	}
}

// TestForbiddenEdgesAreSeen feeds the checker files that break one rule each,
// so that a checker which sees nothing cannot pass.
func TestForbiddenEdgesAreSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pkg, source, want string }{
		{"features", `import "holdfast/store"`, "features may not import store"},
		{"history", `import _ "holdfast/interventions"`, "history may not import interventions"},
		{"queue", `import "holdfast/internal/simulate"`, "queue may not import internal/simulate"},
		{"util", ``, "util is not in the table of packages"},
		{"nightly", `import "github.com/hibiken/asynq"`, "github.com/hibiken/asynq may not be imported by nightly"},
		{"web", `import _ "modernc.org/sqlite"`, "modernc.org/sqlite may not be imported by web"},
		{"queue", `import "github.com/redis/go-redis/v9"`, ""},
		{"store", `import "github.com/jackc/pgx/v5/stdlib"`, ""},
		{
			"scoring", `import "github.com/stretchr/testify"`,
			"github.com/stretchr/testify has no place: add one here and a reason to docs/dependencies.md",
		},
		{"scoring", "import clock \"time\"\nvar at = clock.Now()", "time.Now may not be said in scoring"},
		{"scoring", "import \"time\"\nvar now = time.Now", "time.Now may not be said in scoring"},
		{"cmd/holdfast", "import \"time\"\nvar at = time.Now()", ""},
		{"model", "import \"os\"\nfunc f() { os.Exit(1) }", "os.Exit may not be said in model"},
		{"channels", "import \"net/http\"\nvar c http.Client", ""},
		{
			"channels", "import \"net/http\"\nfunc f(http.ResponseWriter) {}",
			"net/http.ResponseWriter may not be said in channels",
		},
		{"model", "import \"math/rand/v2\"\nvar r = rand.New(rand.NewPCG(1, 2))", ""},
		{"model", "import \"math/rand/v2\"\nvar r = rand.IntN(3)", "math/rand/v2.IntN may not be said in model"},
		{"features", "import \"holdfast/internal/fault\"\nimport \"holdfast/history\"", ""},
	} {
		got := strings.Join(broken(c.pkg, parse(t, c.pkg, "x.go", "package x\n"+c.source)), "; ")
		if got != c.want {
			t.Errorf("%s with %q:\n got %q\nwant %q", c.pkg, c.source, got, c.want)
		}
	}
}

// TestTableIsALine proves that the table itself allows no circle.
func TestTableIsALine(t *testing.T) {
	t.Parallel()
	state := map[string]int{} // 1: being visited, 2: done
	var visit func(pkg string, from []string)
	visit = func(pkg string, from []string) {
		if state[pkg] == 1 {
			t.Errorf("a circle: %s", strings.Join(append(from, pkg), " → "))
		}
		if state[pkg] != 0 {
			return
		}
		state[pkg] = 1
		for _, next := range mayImport[pkg] {
			if _, known := mayImport[next]; !known && next != anything {
				t.Errorf("%s may import %s, which is not in the table", pkg, next)
			}
			visit(next, append(slices.Clone(from), pkg))
		}
		state[pkg] = 2
	}
	for pkg := range mayImport {
		visit(pkg, nil)
	}
}
