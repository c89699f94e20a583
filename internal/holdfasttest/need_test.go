package holdfasttest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"holdfast/internal/holdfasttest"
)

// recorder stands in for a test and notes how it was ended.
type recorder struct {
	testing.TB
	verdict string
}

func (*recorder) Helper() {}

func (r *recorder) Skipf(format string, args ...any) {
	r.verdict = "skip: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.verdict = "fail: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// verdict runs f as a test would be run and returns how it ended.
func verdict(tb testing.TB, f func(testing.TB)) string {
	r := &recorder{TB: tb}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r.verdict
}

func TestMissingFailsOnlyWhereRequired(t *testing.T) {
	for _, c := range []struct{ require, want string }{
		{"", "skip: redis is missing: start it"},
		{"postgres,data", "skip: redis is missing: start it"},
		{"rediss", "skip: redis is missing: start it"},
		{"redis", "fail: redis is required by HOLDFAST_REQUIRE and missing: start it"},
		{"postgres, redis", "fail: redis is required by HOLDFAST_REQUIRE and missing: start it"},
	} {
		t.Setenv("HOLDFAST_REQUIRE", c.require)
		got := verdict(t, func(tb testing.TB) { holdfasttest.Missing(tb, holdfasttest.NeedRedis, "start it") })
		if got != c.want {
			t.Errorf("HOLDFAST_REQUIRE=%q: %q, want %q", c.require, got, c.want)
		}
	}
}

func TestServersAreMissingWithoutTheirVariables(t *testing.T) {
	t.Setenv("HOLDFAST_REQUIRE", "")
	t.Setenv("HOLDFAST_TEST_POSTGRES", "")
	t.Setenv("HOLDFAST_TEST_REDIS", "")
	for name, f := range map[string]func(testing.TB){
		"postgres": func(tb testing.TB) { holdfasttest.PostgresURL(tb) },
		"redis":    func(tb testing.TB) { holdfasttest.RedisAddr(tb) },
	} {
		if got := verdict(t, f); !strings.HasPrefix(got, "skip: "+name) || !strings.Contains(got, "scripts/with-servers") {
			t.Errorf("%s: %q, want a skip that says how to run it", name, got)
		}
	}
}

func TestDataIsFoundOrNamed(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOLDFAST_DATA", dir)
	t.Setenv("HOLDFAST_REQUIRE", "data")
	file := filepath.Join(dir, "cdnow", "a.txt")
	got := verdict(t, func(tb testing.TB) { holdfasttest.Data(tb, "cdnow/a.txt") })
	if !strings.HasPrefix(got, "fail: ") || !strings.Contains(got, file) {
		t.Errorf("an absent file: %q, want a failure that names %s", got, file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := holdfasttest.Data(t, "cdnow/a.txt"); got != file {
		t.Errorf("Data = %s, want %s", got, file)
	}
}

func TestChromiumIsTheOneNamed(t *testing.T) {
	program := filepath.Join(t.TempDir(), "browser")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOLDFAST_CHROMIUM", program)
	if got := holdfasttest.Chromium(t); got != program {
		t.Errorf("Chromium = %s, want %s", got, program)
	}
	t.Setenv("HOLDFAST_CHROMIUM", "")
	t.Setenv("PATH", t.TempDir())
	t.Setenv("HOLDFAST_REQUIRE", "chromium")
	if got := verdict(t, func(tb testing.TB) { holdfasttest.Chromium(tb) }); !strings.HasPrefix(got, "fail: chromium") {
		t.Errorf("no browser: %q, want a failure", got)
	}
}

func TestNPMIsWhereItWasPut(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOLDFAST_NPM", dir)
	t.Setenv("HOLDFAST_REQUIRE", "spectral")
	got := verdict(t, func(tb testing.TB) { holdfasttest.NPM(tb, holdfasttest.NeedSpectral, ".bin/spectral") })
	if !strings.HasPrefix(got, "fail: spectral") || !strings.Contains(got, "scripts/with-servers") {
		t.Errorf("an absent package: %q, want a failure that says how to have it", got)
	}
	file := filepath.Join(dir, "node_modules", ".bin", "spectral")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := holdfasttest.NPM(t, holdfasttest.NeedSpectral, ".bin/spectral"); got != file {
		t.Errorf("NPM = %s, want %s", got, file)
	}
}

func TestRootHoldsTheModule(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(holdfasttest.Root(t), "go.mod"))
	if err != nil || !strings.HasPrefix(string(text), "module holdfast\n") {
		t.Errorf("go.mod at the root = %.30q, %v", text, err)
	}
}
