package baseline

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

const (
	// enough is the largest slope, in units of one standard error of a weight, at
	// which the optimiser stops. At most enough²/2 × weights of loss is left.
	enough = 1e-4
	// acceptable is the largest slope taken when rounding stops a search early.
	acceptable = 1e-2
	// faintPenalty keeps the intercept's curvature above 0.
	faintPenalty = 1e-9
)

// solver minimises likelihood + l2/2 · |weights|², the intercept free.
//
// It searches in coordinates in which the curvature is about the identity:
// beta = L⁻ᵀ·z with L·Lᵀ = H + l2·I, H the curvature where all rows are alike. The
// quasi-Newton search then takes about ten steps instead of hundreds.
type solver struct {
	loss *likelihood
	h    []float64
	rate float64 // weighted share of leavers
}

func newSolver(loss *likelihood) *solver {
	var left, total float64
	for i, y := range loss.y {
		w := 1.0
		if loss.w != nil {
			w = loss.w[i]
		}
		left += float64(w * y)
		total += w
	}
	rate := left / total
	return &solver{loss: loss, rate: rate, h: loss.curvature(rate)}
}

// start is the intercept that fits the rate of leavers, and no weights.
func (s *solver) start() []float64 {
	beta := make([]float64, s.loss.width+1)
	beta[0] = stats.Logit(s.rate)
	return beta
}

// solve searches from beta, which it leaves as it is, and returns the minimum.
func (s *solver) solve(ctx context.Context, beta []float64, l2 float64) ([]float64, error) {
	root, err := s.factor(l2)
	if err != nil {
		return nil, err
	}
	evaluate := s.penalised(root, l2)
	problem := together(evaluate, len(beta))
	problem.Status = func() (optimize.Status, error) {
		if err := ctx.Err(); err != nil {
			return optimize.Failure, err
		}
		return optimize.NotTerminated, nil
	}
	settings := &optimize.Settings{GradientThreshold: enough, MajorIterations: 500, Converger: optimize.NeverTerminate{}}
	z := make([]float64, len(beta))
	root.start(z, beta)
	result, err := optimize.Minimize(problem, z, settings, &optimize.LBFGS{Store: 20})
	if ctxErr := ctx.Err(); ctxErr != nil {
		return nil, ctxErr
	}
	if result == nil {
		return nil, fmt.Errorf("search %d weights: %w", len(beta), err)
	}
	// A search that rounding stopped early comes with an error; the slope decides.
	grad := make([]float64, len(beta))
	evaluate(result.X, grad)
	if worst := largest(grad); !(worst < acceptable) {
		return nil, fault.New(fault.Internal, "the search for %d weights stopped short (%v, slope %.3g): raise the penalty (L2)", len(beta), result.Status, worst)
	}
	best := make([]float64, len(beta))
	root.out(best, result.X)
	return best, nil
}

// penalised returns the function to minimise, with its gradient, in the
// coordinates z of root.
func (s *solver) penalised(root *cholesky, l2 float64) func(z, grad []float64) float64 {
	at, slope := make([]float64, root.n), make([]float64, root.n)
	return func(z, grad []float64) float64 {
		root.out(at, z)
		loss := s.loss.evaluate(at, slope)
		for k := 1; k < len(at); k++ {
			loss += float64(l2 / 2 * float64(at[k]*at[k]))
			slope[k] += float64(l2 * at[k])
		}
		root.in(grad, slope)
		return loss
	}
}

// together makes a problem whose function and gradient share one pass over the
// rows: the optimiser asks for both at the same place, one after the other.
func together(evaluate func(z, grad []float64) float64, n int) optimize.Problem {
	last, slope := make([]float64, n), make([]float64, n)
	var value float64
	fresh := false
	visit := func(z []float64) {
		if !fresh || !slices.Equal(z, last) {
			value, fresh = evaluate(z, slope), true
			copy(last, z)
		}
	}
	return optimize.Problem{
		Func: func(z []float64) float64 { visit(z); return value },
		Grad: func(grad, z []float64) { visit(z); copy(grad, slope) },
	}
}

func largest(v []float64) float64 {
	var most float64
	for _, x := range v {
		if math.IsNaN(x) {
			return x
		}
		most = math.Max(most, math.Abs(x))
	}
	return most
}

// cholesky holds the lower triangle L of H + l2·I, row-major.
type cholesky struct {
	l *mat.TriDense
	n int
}

func (s *solver) factor(l2 float64) (*cholesky, error) {
	n := s.loss.width + 1
	h := mat.NewSymDense(n, append([]float64(nil), s.h...))
	h.SetSym(0, 0, h.At(0, 0)*(1+faintPenalty)+faintPenalty)
	for k := 1; k < n; k++ {
		h.SetSym(k, k, h.At(k, k)*(1+faintPenalty)+l2)
	}
	var c mat.Cholesky
	if !c.Factorize(h) {
		return nil, fault.New(fault.Invalid, "the columns cannot be told apart under a penalty of %v: raise it (L2)", l2)
	}
	var l mat.TriDense
	c.LTo(&l)
	return &cholesky{&l, n}, nil
}

// out writes beta = L⁻ᵀ·z.
func (c *cholesky) out(beta, z []float64) {
	copy(beta, z)
	for i := c.n - 1; i >= 0; i-- {
		row := c.row(i)
		beta[i] /= row[i]
		addScaled(beta[:i], -beta[i], row)
	}
}

// in writes the gradient by z, L⁻¹·(gradient by beta).
func (c *cholesky) in(grad, slope []float64) {
	for i := range c.n {
		row := c.row(i)
		grad[i] = (slope[i] - dot(row[:i], grad)) / row[i]
	}
}

// start writes z = Lᵀ·beta.
func (c *cholesky) start(z, beta []float64) {
	clear(z)
	for i := range c.n {
		addScaled(z[:i+1], beta[i], c.row(i))
	}
}

func (c *cholesky) row(i int) []float64 {
	raw := c.l.RawTriangular()
	return raw.Data[i*raw.Stride : i*raw.Stride+i+1]
}
