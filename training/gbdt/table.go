package gbdt

import (
	"context"
	"runtime"
	"slices"

	"holdfast/internal/stats"
)

const (
	tileColumns = 8    // bins in one word
	lineWords   = 8    // words in 64 bytes
	tileCells   = 2048 // bins of the columns of a tile
)

// table holds the binned rows twice. A row of lines is words words long, column
// f being byte f%8 of word f/8, so that one load brings eight bins; rows do not
// straddle lines of 64 bytes. cols holds the same bins by column.
type table struct {
	rows  int
	bins  []binning // of the columns that vary
	cols  [][]uint8
	lines []uint64
	words int
}

// newTable bins all rows of the sample; only training rows say where bins end.
func newTable(ctx context.Context, s *sample, opt Options) (*table, error) {
	t := &table{rows: len(s.y)}
	found := make([]*binning, len(s.schema.Columns))
	chosen := someRows(s.at[0], opt.Seed)
	idle := make(chan *sorter, opt.Workers)
	for range opt.Workers {
		idle <- new(sorter)
	}
	each(opt.Workers, (len(found)+tileColumns-1)/tileColumns, func(k int) {
		if from := k * tileColumns; ctx.Err() == nil {
			in := <-idle
			s.findBins(found[from:min(len(found), from+tileColumns)], from, chosen, in)
			idle <- in
		}
	})
	runtime.GC() // what follows moves into the sorters' room, 18 MB a worker, instead of beside it
	for _, b := range found {
		if b != nil {
			t.bins = append(t.bins, *b)
		}
	}
	t.words = wordsFor(len(t.bins))
	t.lines, t.cols = make([]uint64, t.words*t.rows), columns(len(t.bins), t.rows)
	onLargePages(t.lines)
	t.fill(ctx, s, opt.Workers)
	return t, ctx.Err()
}

// columns makes room for the bins by column, in one piece.
func columns(n, rows int) [][]uint8 {
	all, cols := make([]uint8, n*rows), make([][]uint8, n)
	onLargePages(all)
	for f := range cols {
		cols[f] = all[f*rows : (f+1)*rows : (f+1)*rows]
	}
	return cols
}

// findBins finds the bins of a few neighbouring columns, from the first one on,
// in the chosen rows. Columns that do not vary stay nil.
func (s *sample) findBins(found []*binning, first int, chosen []int32, in *sorter) {
	n, width := len(chosen), len(s.schema.Columns)
	in.values = slices.Grow(in.values[:0], n*len(found))
	values := in.values[:n*len(found)]
	for k, i := range chosen {
		for j, v := range s.x[0].Data[int(i)*width+first:][:len(found)] {
			values[j*n+k] = v
		}
	}
	for j := range found {
		if b, ok := newBinning(first+j, s.schema.Columns[first+j], values[j*n:(j+1)*n], in); ok {
			found[j] = &b
		}
	}
}

// wordsFor returns the length of a row of so many columns: 1, 2, 4, 8, 16, 24 and so on.
func wordsFor(columns int) int {
	words := (columns + tileColumns - 1) / tileColumns
	if words > lineWords {
		return (words + lineWords - 1) / lineWords * lineWords
	}
	for n := 1; ; n *= 2 {
		if n >= words {
			return n
		}
	}
}

// someRows returns sampledRows of the rows at random, in order, or all if fewer.
func someRows(all []int32, seed uint64) []int32 {
	if len(all) <= sampledRows {
		return all
	}
	random := stats.Stream(seed, stats.HashString("bins"))
	some := make([]int32, 0, sampledRows)
	for k, i := range all {
		if random.IntN(len(all)-k) < sampledRows-len(some) {
			some = append(some, i)
		}
	}
	return some
}

// fill writes the bins of all rows, a few hundred rows at a time so that they
// stay in the cache while every column is taken from them.
func (t *table) fill(ctx context.Context, s *sample, workers int) {
	first := 0
	for k, x := range s.x {
		at, from := s.at[k], first
		eachBlock(workers, len(at), func(_, begin, end int) {
			for ; begin < end && ctx.Err() == nil; begin += gathered {
				t.fillSome(x.Data, len(s.schema.Columns), at[begin:min(end, begin+gathered)], from+begin)
			}
		})
		first += len(at)
	}
}

// fillSome writes the bins of the given rows of data, width numbers each, to the
// table's rows from first on.
func (t *table) fillSome(data []float64, width int, at []int32, first int) {
	for f := range t.bins {
		b := &t.bins[f]
		col := t.cols[f][first : first+len(at)]
		word, shift := first*t.words+f/tileColumns, 8*(f%tileColumns)
		for k, i := range at {
			c := b.code(data[int(i)*width+b.column])
			col[k] = c
			t.lines[word+k*t.words] |= uint64(c) << shift
		}
	}
}
