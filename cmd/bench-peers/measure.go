package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/stats"
)

const (
	ours         = "holdfast"
	leaves       = 31
	explained    = 2000 // rows
	passes       = 3    // over the held-out rows where scoring is reported
	fewerRows    = 5    // the small table has a fifth of the rows
	heldPerTrain = 4    // a held-out row for so many training rows
)

// contest is what the libraries do in turns.
type contest struct {
	Rows    int  `json:"rows"`
	Rounds  int  `json:"rounds"`
	Threads int  `json:"threads"`
	Native  bool `json:"native"`
}

// entry is a finished job as it is kept.
type entry struct {
	contest
	Library string `json:"library"`
	Seed    int    `json:"seed"`
	result
	Held    int     `json:"held"` // rows scored
	AUC     float64 `json:"auc"`
	LogLoss float64 `json:"log_loss"`
}

func (e entry) sameJob(o entry) bool {
	return e.contest == o.contest && e.Library == o.Library && e.Seed == o.Seed
}

// heat is a contest on so many tables, at most.
type heat struct {
	contest
	tables int
}

// heats lists what is measured. Categories as such take XGBoost so long that
// their quality is judged on smaller tables and only confirmed on the large one.
func (p plan) heats() []heat {
	if p.quick {
		return []heat{{contest{p.rows, 40, 1, false}, 1}, {contest{p.rows, 40, 1, true}, 1}}
	}
	all := []heat{
		{contest{p.rows, 40, 1, false}, p.seeds},
		{contest{p.rows, 200, 1, false}, p.seeds},
		{contest{p.rows / fewerRows, 200, 1, true}, p.seeds},
		{contest{p.rows, 40, 2, false}, p.seeds},
		{contest{p.rows, 200, 2, false}, p.seeds},
		{contest{p.rows, 200, 1, true}, min(2, p.seeds)},
	}
	return all[:min(p.first, len(all))]
}

// readResults reads the finished jobs.
func readResults(name string) ([]entry, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var done []entry
	for line := range bytes.Lines(text) {
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		done = append(done, e)
	}
	return done, err
}

// measure does the jobs that are not done yet: for each table and contest every
// library, beginning with another one each time.
func (p plan) measure(ctx context.Context, dir, script string, versions map[string]string, done []entry) ([]entry, error) {
	libraries := []string{ours, "xgboost", "sklearn"}
	if versions["lightgbm"] != "" {
		libraries = append(libraries, "lightgbm")
	}
	if err := os.MkdirAll(filepath.Dir(p.results), 0o755); err != nil {
		return nil, err
	}
	began := p.now()
	for seed := 1; seed <= p.seeds; seed++ {
		for _, h := range p.heats() {
			if seed > h.tables {
				continue
			}
			for k := range libraries {
				e := entry{contest: h.contest, Library: libraries[(k+seed)%len(libraries)], Seed: seed, Held: h.Rows / heldPerTrain}
				if isDone(done, e) {
					continue
				}
				if p.within > 0 && p.now().Sub(began) > p.within {
					fmt.Fprintf(os.Stderr, "%v are over: the rest is left to another run with the same -results %s\n", p.within, p.results)
					return done, nil
				}
				if err := p.one(ctx, &e, dir, script); err != nil {
					return nil, fmt.Errorf("%s on table %d, %s %w", e.Library, seed, e.contest, err)
				}
				done = append(done, e)
			}
		}
	}
	return done, nil
}

// one does a job, keeps it and says how it went.
func (p plan) one(ctx context.Context, e *entry, dir, script string) error {
	if err := e.do(ctx, p.python, dir, script); err != nil {
		return err
	}
	if err := keep(p.results, *e); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s %s table %d %s: %.2f s of processor, %.2f s, AUC %.5f, log loss %.5f\n",
		p.now().Format(time.TimeOnly), e.contest, e.Seed, e.Library, e.CPU, e.Wall, e.AUC, e.LogLoss)
	return nil
}

// String says in a few words what is done.
func (c contest) String() string {
	kind := "numbers"
	if c.Native {
		kind = "categories"
	}
	return fmt.Sprintf("%d rows, %d rounds, %d threads, %s:", c.Rows, c.Rounds, c.Threads, kind)
}

func isDone(done []entry, e entry) bool {
	for _, d := range done {
		if d.sameJob(e) {
			return true
		}
	}
	return false
}

func keep(name string, e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// do makes the table unless it is there and does the job in a process of its own.
func (e *entry) do(ctx context.Context, python, dir, script string) error {
	table := tableFiles{filepath.Join(dir, fmt.Sprintf("%d-%d", e.Rows, e.Seed))}
	if _, err := os.Stat(table.dir); err != nil {
		if err := e.makeTable(dir, table); err != nil {
			return err
		}
	}
	j := job{
		Library: e.Library, Dir: table.dir, Rounds: e.Rounds, Leaves: leaves, Threads: e.Threads, Native: e.Native,
		Out: filepath.Join(dir, "predictions"), Levels: levelsOf, Passes: 1,
	}
	if e.Rounds >= 200 && e.Threads == 1 {
		j.Shap, j.Passes = explained, passes
	}
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, python, script, string(text))
	if e.Library == ours {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		c = exec.CommandContext(ctx, self, "fit-ours", string(text))
	}
	c.Env = append(os.Environ(), "OMP_WAIT_POLICY=PASSIVE", "OMP_NUM_THREADS="+strconv.Itoa(e.Threads))
	c.WaitDelay = time.Second
	var problem bytes.Buffer
	c.Stderr = &problem
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(problem.String()))
	}
	if err := json.Unmarshal(out, &e.result); err != nil {
		return fmt.Errorf("read its result: %w", err)
	}
	return e.judge(table, j.Out)
}

// makeTable makes the table, and drops those of other seeds and sizes.
func (e *entry) makeTable(dir string, table tableFiles) error {
	old, err := filepath.Glob(filepath.Join(dir, fmt.Sprintf("*-%d", e.Seed-1)))
	if err != nil {
		return err
	}
	for _, o := range old {
		if err := os.RemoveAll(o); err != nil {
			return err
		}
	}
	if err := os.Mkdir(table.dir, 0o755); err != nil {
		return err
	}
	return table.write(uint64(e.Seed), e.Rows, e.Held)
}

// judge compares the predictions of the held-out rows with their outcomes.
func (e *entry) judge(table tableFiles, predictions string) error {
	left, err := os.ReadFile(table.y("test"))
	if err != nil {
		return err
	}
	f, err := os.Open(predictions)
	if err != nil {
		return err
	}
	defer f.Close()
	y, p := make([]float64, len(left)), make([]float64, len(left))
	if err := binary.Read(bufio.NewReader(f), binary.LittleEndian, p); err != nil {
		return fmt.Errorf("read %d predictions: %w", len(p), err)
	}
	for i, v := range left {
		y[i] = float64(v)
	}
	if e.AUC, err = stats.AUC(y, p, nil); err != nil {
		return err
	}
	e.LogLoss, err = stats.LogLoss(y, p, nil)
	if err == nil && math.IsNaN(e.LogLoss) {
		err = errors.New("the predictions are not numbers")
	}
	return err
}
