package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"holdfast/features"
	"holdfast/internal/stats"
)

const (
	columns   = 40
	blockRows = 8192 // rows made from one stream of random numbers
)

// levelsOf says how many levels the categorical columns have, by column. Their
// codes are 1 … levels; 0 is "other" and does not occur.
var levelsOf = map[int]int{28: 2, 29: 4, 30: 6, 31: 12, 32: 50, 33: 200, 34: 1000}

// planted is the truth behind a table: what each level adds to the log-odds.
type planted struct {
	seed   uint64
	effect map[int][]float64
	base   float64 // log-odds added so that positiveShare of the customers leave
}

const positiveShare = 0.118

func plant(seed uint64) planted {
	p := planted{seed: seed, effect: map[int][]float64{}}
	for j := range columns {
		if n := levelsOf[j]; n > 0 {
			random := stats.Stream(seed, stats.HashString("levels"), uint64(j))
			for range n + 1 {
				p.effect[j] = append(p.effect[j], 0.65*random.NormFloat64())
			}
		}
	}
	p.base = p.findBase()
	return p
}

// findBase halves the interval of possible bases, on a few thousand rows.
func (p planted) findBase() float64 {
	var z []float64
	random, row := stats.Stream(p.seed, stats.HashString("base")), make([]float32, columns)
	for range 4 * blockRows {
		p.draw(random, row)
		z = append(z, p.logOdds(row))
	}
	low, high := -20.0, 20.0
	for range 40 {
		middle, share := (low+high)/2, 0.0
		for _, v := range z {
			share += stats.Sigmoid(v+middle) / float64(len(z))
		}
		if share > positiveShare {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}

// row fills one row and returns whether the customer leaves.
func (p planted) row(random *rand.Rand, x []float32) bool {
	p.draw(random, x)
	return stats.Sigmoid(p.base+p.logOdds(x)) > random.Float64()
}

// draw fills one row. Columns 0 to 9 have heavy tails, 10 to 15 many zeros, 16 to
// 23 missing values, 24 to 27 are counts, 28 to 34 are categories, and 35 to 39
// say nothing.
func (p planted) draw(random *rand.Rand, x []float32) {
	active := random.NormFloat64() // how engaged the customer is, seen through several columns
	for j := range 10 {
		x[j] = float32(math.Exp(0.4*float64(j%4)*active + 1.2*random.NormFloat64()))
	}
	for j := 10; j < 16; j++ {
		x[j] = 0
		if random.Float64() < 0.15+0.08*float64(j-10) {
			x[j] = float32(math.Floor(100*random.ExpFloat64()*random.ExpFloat64()) / 4)
		}
	}
	for j := 16; j < 24; j++ {
		x[j] = float32(random.NormFloat64() + 0.3*active)
		if random.Float64() < 0.04*float64(j-15) {
			x[j] = float32(math.NaN())
		}
	}
	x[24] = float32(random.IntN(121)) // months with us
	x[25] = float32(min(30, math.Floor(3*random.ExpFloat64())))
	x[26] = float32(random.IntN(7))
	x[27] = float32(math.Floor(math.Exp(5 + random.NormFloat64())))
	for j := 28; j < 35; j++ {
		x[j] = float32(int(math.Pow(float64(levelsOf[j]+1), random.Float64()))) // Zipf: a few levels are frequent, most are rare
	}
	for j := 35; j < columns; j++ {
		x[j] = float32(random.NormFloat64())
	}
}

// logOdds has smooth effects, steps, missing values that matter, levels, and
// interactions of two and three columns.
func (p planted) logOdds(x []float32) float64 {
	at := func(j int) float64 { return float64(x[j]) }
	z := -0.45*math.Log1p(at(1)) + 0.25*math.Min(at(3), 5) - 0.2*math.Log1p(at(5))
	z += 0.3 * math.Min(at(10), 8) / 4
	if at(12) > 0 {
		z += 0.5
	}
	if at(14) > 20 && at(1) < 1 {
		z += 1.1
	}
	if math.IsNaN(at(18)) {
		z += 0.6
	} else {
		z += 0.5 * math.Sin(1.5*at(18))
	}
	if !math.IsNaN(at(20)) && !math.IsNaN(at(16)) {
		z += 0.35 * at(20) * at(16)
	}
	z += 0.9 * math.Exp(-at(24)/12)
	if at(25) > 4 && at(26) < 2 {
		z += 0.8
	}
	if at(29) == 1 {
		z += 0.4 * math.Log1p(at(0))
	}
	for j := range columns {
		if effect := p.effect[j]; effect != nil && j != 30 { // which says nothing
			z += effect[int(x[j])]
		}
	}
	return 1.3 * z
}

// tableFiles are the files of a table: rows as float32 and outcomes as bytes.
type tableFiles struct{ dir string }

func (t tableFiles) x(part string) string { return filepath.Join(t.dir, part+".f32") }
func (t tableFiles) y(part string) string { return filepath.Join(t.dir, part+".u8") }

// write writes the training and the held-out rows of the table of a seed.
func (t tableFiles) write(seed uint64, train, test int) error {
	p := plant(seed)
	for k, part := range []struct {
		name string
		rows int
	}{{"train", train}, {"test", test}} {
		if err := p.write(t.x(part.name), t.y(part.name), uint64(k), part.rows); err != nil {
			return fmt.Errorf("write the %s rows: %w", part.name, err)
		}
	}
	return nil
}

func (p planted) write(xFile, yFile string, part uint64, rows int) error {
	var files [2]*os.File
	var to [2]*bufio.Writer
	for k, name := range []string{xFile, yFile} {
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		defer f.Close()
		files[k], to[k] = f, bufio.NewWriterSize(f, 1<<20)
	}
	var random *rand.Rand
	row, out := make([]float32, columns), make([]byte, 4*columns)
	for i := range rows {
		if i%blockRows == 0 {
			random = stats.Stream(p.seed, stats.HashString("rows"), part, uint64(i/blockRows))
		}
		left := byte(0)
		if p.row(random, row) {
			left = 1
		}
		for j, v := range row {
			binary.LittleEndian.PutUint32(out[4*j:], math.Float32bits(v))
		}
		if _, err := to[0].Write(out); err != nil {
			return err
		}
		if err := to[1].WriteByte(left); err != nil {
			return err
		}
	}
	for k := range to {
		if err := to[k].Flush(); err != nil {
			return err
		}
		if err := files[k].Close(); err != nil {
			return err
		}
	}
	return nil
}

// schema names the columns; native says whether the categories are such or numbers.
func schema(native bool) features.Schema {
	var s features.Schema
	for j := range columns {
		c := features.Column{Name: fmt.Sprintf("column_%d", j)}
		if n := levelsOf[j]; n > 0 && native {
			c.Kind = features.Categorical
			for l := range n + 1 {
				c.Levels = append(c.Levels, strconv.Itoa(l))
			}
			c.Levels[0] = "other"
		}
		s.Columns = append(s.Columns, c)
	}
	return s
}

// read reads one part of a table.
func (t tableFiles) read(part string, native bool) (*features.Matrix, []float64, error) {
	left, err := os.ReadFile(t.y(part))
	if err != nil {
		return nil, nil, err
	}
	y := make([]float64, len(left))
	for i, v := range left {
		y[i] = float64(v)
	}
	f, err := os.Open(t.x(part))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	x := &features.Matrix{Schema: schema(native), Rows: len(y), Data: make([]float64, len(y)*columns)}
	in, row := bufio.NewReaderSize(f, 1<<20), make([]byte, 4*columns)
	for i := range y {
		if _, err := io.ReadFull(in, row); err != nil {
			return nil, nil, fmt.Errorf("row %d of %s: %w", i, t.x(part), err)
		}
		for j := range columns {
			x.Data[i*columns+j] = float64(math.Float32frombits(binary.LittleEndian.Uint32(row[4*j:])))
		}
	}
	return x, y, nil
}
