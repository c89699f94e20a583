// Command bench-peers measures our boosted trees against those of other libraries.
//
// What: it makes its own tables, trains, scores and explains with this tree's
// trees, XGBoost, scikit-learn and, where Python can import it, LightGBM, each
// fit in a process of its own and all in turns, and writes what it measured into
// docs/benchmarks.md. Why: "as good and faster" must be a command that anybody
// can run. Rejected: a Go benchmark, which cannot take turns with other
// processes, and figures of other machines, which say little about this one.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

//go:embed peers.py
var peersPy []byte

// plan is what is to be measured.
type plan struct {
	python  string
	results string // file of finished jobs
	out     string // document whose section is rewritten; empty: standard output
	rows    int
	seeds   int
	first   int           // so many of the contests
	within  time.Duration // no job begins later; 0: no limit
	now     func() time.Time
	quick   bool
	report  bool // only write the report of what is in results
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	var absent *absentError
	switch {
	case errors.As(err, &absent) && !strings.Contains(os.Getenv("HOLDFAST_REQUIRE"), "peers"):
		fmt.Fprintln(os.Stderr, "bench-peers: left out:", err)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench-peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == "fit-ours" {
		return fitOurs(ctx, args[1])
	}
	p := plan{now: time.Now}
	flags := flag.NewFlagSet("bench-peers", flag.ContinueOnError)
	flags.StringVar(&p.python, "python", "/usr/bin/python3", "the Python that has the other libraries")
	flags.StringVar(&p.results, "results", "bin/bench-peers.jsonl", "file of finished jobs; those in it are not done again")
	flags.StringVar(&p.out, "out", "docs/benchmarks.md", "document whose section is rewritten; empty: standard output")
	flags.IntVar(&p.rows, "rows", 1_000_000, "training rows of the large table")
	flags.IntVar(&p.seeds, "seeds", 5, "tables, each with its own seed, and so repetitions; at most")
	flags.IntVar(&p.first, "first", 100, "only so many of the contests; another run does the rest")
	flags.DurationVar(&p.within, "for", 0, "begin no fit after so long, such as 45m, and report what there is; another run does the rest")
	flags.BoolVar(&p.quick, "quick", false, "a tenth of the rows, one repetition, 40 rounds, report on standard output")
	flags.BoolVar(&p.report, "report", false, "measure nothing, only write what is in the results")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if p.quick {
		p.rows, p.seeds, p.out = p.rows/10, 1, ""
		p.results += ".quick"
		if err := os.Remove(p.results); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return p.run(ctx)
}

func (p plan) run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "bench-peers")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	script := filepath.Join(dir, "peers.py")
	if err := os.WriteFile(script, peersPy, 0o600); err != nil {
		return err
	}
	versions, err := p.versions(ctx, script)
	if err != nil {
		return err
	}
	done, err := readResults(p.results)
	if err != nil {
		return err
	}
	if !p.report {
		if done, err = p.measure(ctx, dir, script, versions, done); err != nil {
			return err
		}
	}
	return p.write(report(done, machine(), versions))
}

// absentError says that a library which the comparison needs is not installed.
type absentError struct{ name, why string }

// Error says what to do.
func (e *absentError) Error() string {
	return fmt.Sprintf("%s cannot be imported (%s): apt-get install python3-xgboost python3-sklearn", e.name, e.why)
}

// versions asks Python which libraries it has. XGBoost and scikit-learn are needed.
func (p plan) versions(ctx context.Context, script string) (map[string]string, error) {
	c := exec.CommandContext(ctx, p.python, script, `{"library":"versions","threads":1,"native":false,"levels":{}}`)
	var problem bytes.Buffer
	c.Stderr = &problem
	out, err := c.Output()
	if err != nil {
		return nil, &absentError{p.python + " or NumPy", strings.TrimSpace(problem.String() + " " + err.Error())}
	}
	found := map[string]string{}
	if err := json.Unmarshal(out, &found); err != nil {
		return nil, fmt.Errorf("read the versions of the other libraries: %w", err)
	}
	for _, name := range []string{"xgboost", "sklearn"} {
		if found[name] == "" {
			return nil, &absentError{name, p.python}
		}
	}
	return found, nil
}
