package model_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"holdfast/features"
	"holdfast/internal/holdfasttest"
	"holdfast/model"
)

// xgboost is a Python process with XGBoost and 200 trees of 31 leaves.
type xgboost struct {
	in      io.Writer
	out     *bufio.Reader
	dir     string
	version string
}

// startXGBoost trains XGBoost on x and y in a process of its own.
func startXGBoost(b *testing.B, x *features.Matrix, y []float64) *xgboost {
	b.Helper()
	python := "/usr/bin/python3" // the one that sees Debian's packages
	if err := exec.Command(python, "-c", "import xgboost").Run(); err != nil {
		holdfasttest.Missing(b, "peers", "apt-get install python3-xgboost")
	}
	p := &xgboost{dir: b.TempDir()}
	rows, left := new(bytes.Buffer), make([]byte, len(y))
	for _, v := range x.Data {
		rows.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(v))))
	}
	for i, v := range y {
		left[i] = byte(v)
	}
	for name, data := range map[string][]byte{"rows": rows.Bytes(), "outcomes": left} {
		if err := os.WriteFile(filepath.Join(p.dir, name), data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	c := exec.CommandContext(b.Context(), python, "testdata/xgboost_peer.py", strconv.Itoa(x.Rows), strconv.Itoa(len(x.Schema.Columns)),
		filepath.Join(p.dir, "rows"), filepath.Join(p.dir, "outcomes"), filepath.Join(p.dir, "trees"), filepath.Join(p.dir, "answer"))
	c.Env = append(os.Environ(), "OMP_WAIT_POLICY=PASSIVE", "OMP_NUM_THREADS=1")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		if err := c.Wait(); err != nil && b.Context().Err() == nil {
			b.Error(err)
		}
	})
	p.in, p.out = in, bufio.NewReader(out)
	ready, err := p.out.ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	p.version = strings.Fields(ready)[1]
	return p
}

// do lets XGBoost score or explain the first n rows, and returns its processor
// seconds and its answer.
func (p *xgboost) do(b *testing.B, what string, n int) (seconds float64, answer []float32) {
	b.Helper()
	if _, err := fmt.Fprintln(p.in, what, n); err != nil {
		b.Fatal(err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	if seconds, err = strconv.ParseFloat(strings.TrimSpace(line), 64); err != nil {
		b.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(p.dir, "answer"))
	if err != nil {
		b.Fatal(err)
	}
	answer = make([]float32, len(data)/4)
	for i := range answer {
		answer[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return seconds, answer
}

// xgboostNode is a node of XGBoost's own description of a tree.
type xgboostNode struct {
	ID        int     `json:"nodeid"`
	Split     string  `json:"split"`
	Condition float32 `json:"split_condition"`
	Yes       int     `json:"yes"`
	Missing   int     `json:"missing"`
	Leaf      float64 `json:"leaf"`
	Cover     float64 `json:"cover"`
	Children  []xgboostNode
}

// add appends the node to t: x < condition goes to yes, in single precision.
func (n *xgboostNode) add(t *model.Trees) int32 {
	if len(n.Children) == 0 {
		return t.AddLeaf(n.Leaf, n.Cover)
	}
	column, _ := strconv.Atoi(n.Split[1:])
	at := t.AddSplit(column, float64(math.Nextafter32(n.Condition, float32(math.Inf(-1)))), n.Missing == n.Yes, n.Cover)
	yes := slices.IndexFunc(n.Children, func(c xgboostNode) bool { return c.ID == n.Yes })
	left := n.Children[yes].add(t)
	t.Join(at, left, n.Children[1-yes].add(t))
	return at
}

// trees returns XGBoost's trees as a model of ours.
func (p *xgboost) trees(b *testing.B, s features.Schema) *model.Model {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "trees"))
	if err != nil {
		b.Fatal(err)
	}
	var roots []xgboostNode
	if err := json.Unmarshal(text, &roots); err != nil {
		b.Fatal(err)
	}
	all := new(model.Trees)
	for i := range roots {
		one := new(model.Trees)
		roots[i].add(one)
		all.Append(one)
	}
	m, err := model.NewBoosted(s, all, model.Card{})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

func processorSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// BenchmarkBesideXGBoost scores and explains the same rows by the same trees here
// and in XGBoost, in turns, and reports how many times as fast we are by processor
// seconds of one thread: the median of seven turns. XGBoost's matrix is made before
// its time is taken; ours includes binning the rows. The answers must agree to
// single precision, which makes XGBoost an oracle for both.
func BenchmarkBesideXGBoost(b *testing.B) {
	const scored, explained, turns = 100_000, 1000, 7
	x, y := mixedTable(scored, false)
	peer := startXGBoost(b, x, y)
	m := peer.trees(b, x.Schema)
	width := len(x.Schema.Columns)
	few := &features.Matrix{Schema: x.Schema, Rows: explained, Data: x.Data[:explained*width]}
	many := &features.Matrix{Schema: x.Schema, Rows: 10 * explained, Data: x.Data[:10*explained*width]}
	margins, phi := make([]float64, scored), make([]float64, len(many.Data))
	base, err := m.ContributionsOf(few, phi[:len(few.Data)]) // makes the tables
	if err != nil {
		b.Fatal(err)
	}
	var score, explain, theirs, theirsExplain, alone []float64
	for range turns {
		seconds, answer := peer.do(b, "score", scored)
		theirs = append(theirs, scored/seconds)
		before := processorSeconds(b)
		if err := m.Margins(x, margins); err != nil {
			b.Fatal(err)
		}
		score = append(score, scored/(processorSeconds(b)-before))
		for i, v := range answer {
			if math.Abs(float64(v)-margins[i]) > 1e-4 {
				b.Fatalf("row %d: %v, XGBoost says %v", i, margins[i], v)
			}
		}
		seconds, answer = peer.do(b, "explain", explained)
		theirsExplain = append(theirsExplain, explained/seconds)
		before = processorSeconds(b)
		if _, err := m.ContributionsOf(many, phi); err != nil {
			b.Fatal(err)
		}
		explain = append(explain, float64(many.Rows)/(processorSeconds(b)-before))
		for i := range explained {
			ours := append(slices.Clone(phi[i*width:(i+1)*width]), base)
			for j, v := range ours {
				if got := float64(answer[i*(width+1)+j]); math.Abs(got-v) > 1e-3 {
					b.Fatalf("row %d, column %d: %v, XGBoost says %v", i, j, v, got)
				}
			}
		}
		before = processorSeconds(b)
		for i := range explained {
			if _, err := m.Contributions(few.Row(i), phi[:width]); err != nil {
				b.Fatal(err)
			}
		}
		alone = append(alone, explained/(processorSeconds(b)-before))
	}
	for b.Loop() { // the measurement above is the benchmark; its turns are not repeated
	}
	for name, rates := range map[string][]float64{
		"scored/s": score, "XGBoost-scored/s": theirs, "explained/s": explain, "XGBoost-explained/s": theirsExplain, "explained-alone/s": alone,
	} {
		slices.Sort(rates)
		b.Logf("XGBoost %s, %s: median %.0f, from %.0f to %.0f", peer.version, name, rates[turns/2], rates[0], rates[turns-1])
		b.ReportMetric(rates[turns/2], name)
	}
	b.ReportMetric(score[turns/2]/theirs[turns/2], "times-scoring")
	b.ReportMetric(explain[turns/2]/theirsExplain[turns/2], "times-explaining")
	b.ReportMetric(0, "ns/op")
}
