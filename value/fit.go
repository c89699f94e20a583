package value

import (
	"fmt"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Parameter is one fitted parameter with its 95 % interval, from the observed
// information on the scale of its logarithm.
type Parameter struct {
	Name     string
	Estimate float64
	Low      float64
	High     float64
}

// Fit is what the maximum of a likelihood tells.
type Fit struct {
	LogLikelihood float64
	Customers     int // whose behaviour was fitted
	Parameters    []Parameter

	covariance *mat.SymDense // of the logarithms of the parameters
}

// objective is ln L at positive parameters p, with its slope in d.
type objective func(p, d []float64) float64

// limits of a parameter: beyond them the likelihood is flat, and the data
// cannot tell a very large or small value from another.
const (
	smallest = 1e-6
	largest  = 1e6
)

// maximise finds the parameters at which ln L is largest, by BFGS and then
// Newton's steps on the logarithms of the parameters, from the best of several
// starts. n is the number of customers.
func maximise(names []string, starts [][]float64, n float64, f objective) (p []float64, fit Fit, err error) {
	value := func(theta, slope []float64) float64 { // −ln L/n by θ = ln p
		p := make([]float64, len(theta))
		for i, t := range theta {
			if !(math.Abs(t) < 30) {
				return math.Inf(1)
			}
			p[i] = math.Exp(t)
		}
		clear(slope)
		v := f(p, slope)
		for i := range slope {
			slope[i] *= -p[i] / n
		}
		if math.IsNaN(v) {
			return math.Inf(1)
		}
		return -v / n
	}
	best, at := math.Inf(1), []float64(nil)
	for _, start := range starts {
		theta := make([]float64, len(start))
		for i, v := range start {
			theta[i] = math.Log(v)
		}
		theta = descend(theta, value)
		if v := value(theta, make([]float64, len(theta))); v < best-1e-9 {
			best, at = v, theta
		}
		if settled(at, value) {
			break // the other starts are for those that end nowhere
		}
	}
	if at == nil {
		return nil, fit, fault.New(fault.Invalid, "the likelihood has no value near its starting points: check the data")
	}
	information, err := polish(at, value)
	if err != nil {
		return nil, fit, undecided(names, at)
	}
	return summary(names, at, n, value, information)
}

// descend runs BFGS; where the line search can get no further is where
// Newton's method starts.
func descend(theta []float64, value func(theta, slope []float64) float64) []float64 {
	scratch := make([]float64, len(theta))
	result, _ := optimize.Minimize(optimize.Problem{
		Func: func(x []float64) float64 { return value(x, scratch) },
		Grad: func(grad, x []float64) { value(x, grad) },
	}, theta, &optimize.Settings{GradientThreshold: 1e-5, MajorIterations: 200}, &optimize.BFGS{})
	if result == nil || math.IsInf(result.F, 1) {
		return theta
	}
	return result.X
}

func settled(theta []float64, value func(theta, slope []float64) float64) bool {
	if theta == nil {
		return false
	}
	slope := make([]float64, len(theta))
	value(theta, slope)
	for i, s := range slope {
		if math.Abs(s) > 1e-4 || math.Abs(theta[i]) > math.Log(largest) {
			return false
		}
	}
	return true
}

// polish takes Newton's steps from theta, in place, until the slope is gone and
// returns the information (the Hessian of −ln L/n) there; an error where it is
// not positive, so that no maximum is near.
func polish(theta []float64, value func(theta, slope []float64) float64) (*mat.Cholesky, error) {
	n := len(theta)
	slope := make([]float64, n)
	var factor mat.Cholesky
	for range 20 {
		if !factor.Factorize(hessian(theta, value)) || factor.Cond() > 1e12 {
			return nil, fmt.Errorf("the likelihood is flat")
		}
		now := value(theta, slope)
		step := mat.NewVecDense(n, nil)
		if err := factor.SolveVecTo(step, mat.NewVecDense(n, slope)); err != nil {
			return nil, fmt.Errorf("solve Newton's step: %w", err)
		}
		next, scratch := make([]float64, n), make([]float64, n)
		for share := 1.0; share > 1e-3; share /= 2 {
			for i := range next {
				next[i] = theta[i] - share*step.AtVec(i)
			}
			if value(next, scratch) <= now+1e-14*math.Abs(now) {
				copy(theta, next)
				break
			}
		}
		if mat.Norm(step, math.Inf(1)) < 1e-7 {
			return &factor, nil
		}
	}
	return nil, fmt.Errorf("the likelihood has no maximum near")
}

// hessian differences the slope, which is exact, over 1e-4 on each side.
func hessian(theta []float64, value func(theta, slope []float64) float64) *mat.SymDense {
	const step = 1e-4
	n := len(theta)
	h := mat.NewDense(n, n, nil)
	at, above, below := append([]float64(nil), theta...), make([]float64, n), make([]float64, n)
	for i := range n {
		at[i] = theta[i] + step
		value(at, above)
		at[i] = theta[i] - step
		value(at, below)
		at[i] = theta[i]
		for j := range n {
			h.Set(i, j, (above[j]-below[j])/(2*step))
		}
	}
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			sym.SetSym(i, j, (h.At(i, j)+h.At(j, i))/2)
		}
	}
	return sym
}

// undecided says which parameter ran away.
func undecided(names []string, theta []float64) error {
	far := 0
	for i, t := range theta {
		if math.Abs(t) > math.Abs(theta[far]) {
			far = i
		}
	}
	return fault.New(fault.Invalid, "these data do not decide the parameters (%s runs off to %.3g): the customers are too few, or too alike, for this model",
		names[far], math.Exp(theta[far]))
}

func summary(names []string, theta []float64, n float64, value func(theta, slope []float64) float64, information *mat.Cholesky) ([]float64, Fit, error) {
	fit := Fit{Customers: int(n), LogLikelihood: -n * value(theta, make([]float64, len(theta))), covariance: new(mat.SymDense)}
	if err := information.InverseTo(fit.covariance); err != nil {
		return nil, fit, undecided(names, theta)
	}
	fit.covariance.ScaleSym(1/n, fit.covariance)
	p := make([]float64, len(theta))
	z := stats.NormalQuantile(0.975)
	for i, t := range theta {
		p[i] = math.Exp(t)
		if p[i] < smallest || p[i] > largest {
			return nil, fit, undecided(names, theta)
		}
		e := z * math.Sqrt(fit.covariance.At(i, i))
		fit.Parameters = append(fit.Parameters, Parameter{Name: names[i], Estimate: p[i], Low: math.Exp(t - e), High: math.Exp(t + e)})
	}
	return p, fit, nil
}

// chunk is how many groups are summed by one goroutine at a time. Sums are added
// in the order of the chunks, so that the result does not depend on how many
// processors there are.
const chunk = 4096

// sumGroups adds up f over n groups, with its slope in d.
func sumGroups(n int, d []float64, f func(i int, d []float64) float64) float64 {
	chunks := (n + chunk - 1) / chunk
	sums, slopes := make([]float64, chunks), make([][]float64, chunks)
	one := func(c int) {
		slopes[c] = make([]float64, len(d))
		for i := c * chunk; i < min(n, (c+1)*chunk); i++ {
			sums[c] += f(i, slopes[c])
		}
	}
	if chunks == 1 {
		one(0)
	} else {
		var work errgroup.Group
		work.SetLimit(runtime.GOMAXPROCS(0))
		for c := range chunks {
			work.Go(func() error { one(c); return nil })
		}
		_ = work.Wait() // no part of it can fail
	}
	var sum float64
	for c := range chunks {
		sum += sums[c]
		for i, s := range slopes[c] {
			d[i] += s
		}
	}
	return sum
}

// Interval is the interval of anything computed from the parameters, such as
// an expectation, by the delta method: what is not known of the parameters, and
// not what one customer may do. of must be smooth and is called twice for each
// parameter.
func (f Fit) Interval(level float64, of func(p []float64) float64) stats.Interval {
	const step = 1e-4
	p := make([]float64, len(f.Parameters))
	for i, q := range f.Parameters {
		p[i] = q.Estimate
	}
	out := stats.Interval{Estimate: of(p)}
	slope := mat.NewVecDense(len(p), nil)
	for i, v := range p {
		p[i] = v * math.Exp(step)
		above := of(p)
		p[i] = v * math.Exp(-step)
		slope.SetVec(i, (above-of(p))/(2*step))
		p[i] = v
	}
	e := stats.NormalQuantile((1+level)/2) * math.Sqrt(max(0, mat.Inner(slope, f.covariance, slope)))
	out.Low, out.High = out.Estimate-e, out.Estimate+e
	return out
}
