package holdfasttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What a test may need beyond Go, as named in HOLDFAST_REQUIRE.
const (
	NeedPostgres = "postgres"
	NeedRedis    = "redis"
	NeedData     = "data"
	NeedChromium = "chromium"
	NeedAxe      = "axe" // axe-core, which judges whether pages are accessible
	NeedSpectral = "spectral"
	NeedClient   = "client"
	NeedDeploy   = "deploy"
)

// Missing ends the test because it lacks what it needs: it fails when
// HOLDFAST_REQUIRE (a comma-separated list) names need, else it skips. The
// reason says what to do about it.
func Missing(tb testing.TB, need, reason string) {
	tb.Helper()
	if required(os.Getenv("HOLDFAST_REQUIRE"), need) {
		tb.Fatalf("%s is required by HOLDFAST_REQUIRE and missing: %s", need, reason)
	}
	tb.Skipf("%s is missing: %s", need, reason)
}

// Asked ends the test unless HOLDFAST_REQUIRE names need: what it fetches and
// builds is too much for every run.
func Asked(tb testing.TB, need, reason string) {
	tb.Helper()
	if !required(os.Getenv("HOLDFAST_REQUIRE"), need) {
		tb.Skipf("%s; run it with HOLDFAST_REQUIRE=%s", reason, need)
	}
}

func required(list, need string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(item) == need {
			return true
		}
	}
	return false
}

// Root returns the folder of the module, found upwards from the test's own.
func Root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatalf("find the module: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			tb.Fatal("find the module: no go.mod here or above")
		}
		dir = up
	}
}

// Chromium returns the path of a Chromium for browser tests: the program named
// in HOLDFAST_CHROMIUM, else the first of the usual names on the PATH.
func Chromium(tb testing.TB) string {
	tb.Helper()
	names := []string{os.Getenv("HOLDFAST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"}
	for _, name := range slices.DeleteFunc(names, func(s string) bool { return s == "" }) {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(tb, NeedChromium, "install chromium or set HOLDFAST_CHROMIUM to its program")
	return ""
}

// NPM returns the path of a file that a package of the npm registry installed,
// named with slashes from node_modules on (".bin/spectral"). Packages lie in
// HOLDFAST_NPM, by default in the user's cache, where scripts/with-servers puts
// them.
func NPM(tb testing.TB, need, name string) string {
	tb.Helper()
	dir := os.Getenv("HOLDFAST_NPM")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			Missing(tb, need, "there is no folder for caches: set HOLDFAST_NPM")
		}
		dir = filepath.Join(cache, "holdfast", "npm")
	}
	path := filepath.Join(dir, "node_modules", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		Missing(tb, need, path+" is not there; scripts/with-servers installs it where npm is")
	}
	return path
}

// TempSQLite returns a path in the test's own folder where a SQLite database
// may be made.
func TempSQLite(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "holdfast.db")
}
