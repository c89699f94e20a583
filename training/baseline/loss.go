package baseline

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// minBlock is the fewest rows worth a block of their own.
const minBlock = 1024

// likelihood is the weighted logistic loss over encoded rows. It is summed block
// by block and the blocks in order, so that the number of workers never shows in
// the result.
type likelihood struct {
	x     *compact
	y, w  []float64 // by row; w nil means 1
	width int       // slots
	block int
	parts [][]float64 // per block: its gradient, then its loss
}

func newLikelihood(s *sample, d *design) *likelihood {
	l := &likelihood{x: newCompact(s, d, keptNumbers), width: d.width, y: make([]float64, len(s.rows))}
	if s.w != nil {
		l.w = make([]float64, len(s.rows))
	}
	for r, i := range s.rows {
		l.y[r] = s.y[i]
		if l.w != nil {
			l.w[r] = s.w[i]
		}
	}
	l.block = max(minBlock, (len(l.y)+63)/64)
	l.parts = make([][]float64, (len(l.y)+l.block-1)/l.block)
	for b := range l.parts {
		l.parts[b] = make([]float64, l.width+2)
	}
	return l
}

// evaluate returns the loss at beta (intercept first) and, if grad is not nil,
// fills in its gradient.
func (l *likelihood) evaluate(beta, grad []float64) float64 {
	w := l.x.weigh(beta)
	inBlocks(len(l.parts), func(b int) {
		from, to := b*l.block, min((b+1)*l.block, len(l.y))
		l.evaluateBlock(w, l.parts[b], from, to, grad != nil)
	})
	var loss float64
	clear(grad)
	for _, part := range l.parts {
		loss += part[l.width+1]
		for k := range grad {
			grad[k] += part[k]
		}
	}
	return loss
}

func (l *likelihood) evaluateBlock(w weights, part []float64, from, to int, wanted bool) {
	clear(part)
	slope, room := l.x.newSlope(part[:l.width+1]), make([]float64, len(w.dense))
	for i := from; i < to; i++ {
		line := l.x.line(i, room)
		z := l.x.margin(w, i, line)
		e := math.Exp(-math.Abs(z))
		loss := math.Log1p(e) + math.Max(z, 0) - float64(l.y[i]*z)
		p := 1 / (1 + e)
		if z < 0 {
			p = e / (1 + e)
		}
		r := p - l.y[i]
		if l.w != nil {
			loss, r = loss*l.w[i], r*l.w[i]
		}
		part[l.width+1] += loss
		if wanted {
			slope.add(r, i, line)
		}
	}
	slope.close()
}

// dot is Σ a·b in four running sums. The conversions keep any platform from
// fusing the multiplication with the addition.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	k := 0
	for ; k+4 <= len(a); k += 4 {
		s0 += float64(a[k] * b[k])
		s1 += float64(a[k+1] * b[k+1])
		s2 += float64(a[k+2] * b[k+2])
		s3 += float64(a[k+3] * b[k+3])
	}
	for ; k < len(a); k++ {
		s0 += float64(a[k] * b[k])
	}
	return (s0 + s1) + (s2 + s3)
}

// addScaled adds f·x to dst.
func addScaled(dst []float64, f float64, x []float64) {
	x = x[:len(dst)]
	for k := range dst {
		dst[k] += float64(f * x[k])
	}
}

// inBlocks calls do for every block number on all processors and waits.
func inBlocks(n int, do func(b int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for b := range n {
			do(b)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for b := int(next.Add(1)) - 1; b < n; b = int(next.Add(1)) - 1 {
				do(b)
			}
		})
	}
	wait.Wait()
}

// curvature returns the Hessian of the loss, intercept first, where every row has
// the same probability p: an estimate from at most curvatureRows(width) rows
// spread evenly, as a full (width+1)² matrix.
func (l *likelihood) curvature(p float64) []float64 {
	size, n := l.width+1, len(l.y)
	used := min(n, curvatureRows(l.width))
	h := make([]float64, size*size)
	rows := make([]int, used)
	for s := range rows {
		rows[s] = l.x.s.rows[s*n/used]
	}
	lines := l.x.d.encode(l.x.s.only(rows))
	inBlocks(size, func(a int) { // row a of the lower triangle
		out := h[a*size : a*size+a+1]
		for s := range used {
			row := lines[s*l.width : (s+1)*l.width]
			f := 1.0
			if a > 0 {
				f = row[a-1]
			}
			if l.w != nil {
				f *= l.w[s*n/used]
			}
			if f == 0 {
				continue
			}
			out[0] += f
			if a > 0 {
				addScaled(out[1:], f, row)
			}
		}
	})
	scale := p * (1 - p) * float64(n) / float64(used)
	for a := range size {
		for b := range a + 1 {
			h[a*size+b] *= scale
			h[b*size+a] = h[a*size+b]
		}
	}
	return h
}

// curvatureRows keeps the Hessian under about a second of one processor.
func curvatureRows(width int) int {
	return max(5*width, min(20_000, 400_000_000/(width*width+1)))
}
