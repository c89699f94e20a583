package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"holdfast/features"
	"holdfast/model"
	"holdfast/training/gbdt"
)

// job is one fit of one library.
type job struct {
	Library string      `json:"library"`
	Dir     string      `json:"dir"` // of the table
	Rounds  int         `json:"rounds"`
	Leaves  int         `json:"leaves"`
	Threads int         `json:"threads"`
	Native  bool        `json:"native"` // categories as such, not as numbers
	Shap    int         `json:"shap"`   // rows to explain
	Passes  int         `json:"passes"` // over the held-out rows; the fastest counts
	Out     string      `json:"out"`    // file for the predictions of the held-out rows
	Levels  map[int]int `json:"levels"`
}

// result is what a job measured: seconds, and bytes beyond the table itself.
type result struct {
	Version string  `json:"version"`
	CPU     float64 `json:"cpu"`
	Wall    float64 `json:"wall"`
	Memory  float64 `json:"memory"`
	Predict float64 `json:"predict"` // seconds for all held-out rows
	Shap    float64 `json:"shap"`    // processor seconds for the rows to explain
	Tables  float64 `json:"tables"`  // processor seconds for what is made once for a model, before the first
}

// cpuSeconds returns the processor time of this process.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return math.NaN()
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + 1e-6*float64(u.Utime.Usec+u.Stime.Usec)
}

// memory returns a size of this process in bytes, VmRSS now or VmHWM at most.
func memory(name string) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return math.NaN()
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == name+":" {
			kib, err := strconv.ParseFloat(f[1], 64)
			if err == nil {
				return kib * 1024
			}
		}
	}
	return math.NaN()
}

// fitOurs does a job with this tree's own trees, in a process of its own, and
// prints the result.
func fitOurs(ctx context.Context, text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	runtime.GOMAXPROCS(j.Threads)
	table := tableFiles{j.Dir}
	x, y, err := table.read("train", j.Native)
	if err != nil {
		return err
	}
	test, _, err := table.read("test", j.Native)
	if err != nil {
		return err
	}
	var r result
	p, err := r.fit(ctx, j, x, y, test)
	if err != nil {
		return err
	}
	out := make([]byte, 8*len(p))
	for i, v := range p {
		binary.LittleEndian.PutUint64(out[8*i:], math.Float64bits(v))
	}
	if err := os.WriteFile(j.Out, out, 0o600); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// fit measures training on x and y, then the use of the model on the rows of test.
func (r *result) fit(ctx context.Context, j job, x *features.Matrix, y []float64, test *features.Matrix) ([]float64, error) {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // begin the high-water mark anew, where the system lets us
	before, cpu, wall := memory("VmRSS"), cpuSeconds(), time.Now()
	m, err := gbdt.Train(ctx, x, y, nil, gbdt.Options{Trees: j.Rounds, Leaves: j.Leaves, Rate: 0.1, L2: 1, Workers: j.Threads})
	if err != nil {
		return nil, err
	}
	r.CPU, r.Wall, r.Memory = cpuSeconds()-cpu, time.Since(wall).Seconds(), memory("VmHWM")-before
	return r.use(m, test, j)
}

// use measures scoring and explaining, the fastest of so many passes.
func (r *result) use(m *model.Model, test *features.Matrix, j job) ([]float64, error) {
	p := make([]float64, test.Rows)
	for k := range j.Passes {
		began := time.Now()
		if err := m.Score(test, p); err != nil {
			return nil, err
		}
		if s := time.Since(began).Seconds(); k == 0 || s < r.Predict {
			r.Predict = s
		}
	}
	if j.Shap == 0 {
		return p, nil
	}
	phi := make([]float64, j.Shap*columns)
	explain := func(rows int) (float64, error) {
		few := &features.Matrix{Schema: test.Schema, Rows: rows, Data: test.Data[:rows*columns]}
		cpu := cpuSeconds()
		_, err := m.ContributionsOf(few, phi[:len(few.Data)])
		return cpuSeconds() - cpu, err
	}
	var err error
	if r.Tables, err = explain(1); err != nil {
		return nil, err
	}
	for k := range j.Passes {
		s, err := explain(j.Shap)
		if err != nil {
			return nil, err
		}
		if k == 0 || s < r.Shap {
			r.Shap = s
		}
	}
	return p, nil
}
