package main

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary run as the program itself, so that a test can
// kill it.
const asProgram = "HOLDFAST_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	done, err := profiled(os.Getenv("HOLDFAST_PROFILE"))
	if err != nil {
		panic(err)
	}
	code := Main(ctx, Surroundings{
		Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr, Stdin: os.Stdin, Getenv: os.Getenv, Now: time.Now, Yield: background,
	})
	stop()
	done()
	os.Exit(code)
}

// profiled keeps what the processor did, in a file of the folder for every
// process; no folder keeps nothing.
func profiled(dir string) (done func(), err error) {
	if dir == "" {
		return func() {}, nil
	}
	f, err := os.CreateTemp(dir, "cpu-*.pprof")
	if err != nil {
		return nil, err
	}
	return pprof.StopCPUProfile, pprof.StartCPUProfile(f)
}

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// holdfast runs one command in this process.
func holdfast(t *testing.T, now func() time.Time, env map[string]string, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := Main(t.Context(), Surroundings{
		Args: args, Stdout: &out, Stderr: &errs, Stdin: strings.NewReader(stdin),
		Getenv: func(k string) string { return env[k] }, Now: now,
	})
	return result{code, out.String(), errs.String()}
}
