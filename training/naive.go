package training

import (
	"math"
	"slices"

	"holdfast/features"
	"holdfast/internal/fault"
)

// NaiveRule predicts without a model; every model must beat it. It cuts one
// obvious column (days since the last activity for lapse, days to renewal for a
// contract) into classes and predicts each class's leaving rate in the rows it
// was fitted on.
type NaiveRule struct {
	Column string    // the feature it looks at
	Cuts   []float64 // ascending; class i holds values up to Cuts[i], the last class the rest
	Rates  []float64 // len(Cuts)+2: the last one is for missing values
}

// naivePrior is the weight, in rows, of the base rate in each class's rate, so
// that a class with two rows does not predict certainty.
const naivePrior = 10

// FitSilence fits the best single "silent for more than w days" rule: the w
// with the smallest log loss on the sample.
func FitSilence(s *Sample, column string) (NaiveRule, error) {
	v, err := naiveColumn(s, column)
	if err != nil {
		return NaiveRule{}, err
	}
	best, loss := NaiveRule{}, math.Inf(1)
	for w := 7.0; w <= 365; w += 7 {
		r := ratesFor(column, []float64{w}, v, s)
		if l := r.loss(v, s); l < loss {
			best, loss = r, l
		}
	}
	return best, nil
}

// FitRenewal fits last year's leaving rate by time to renewal, in bands of
// thirty days up to a year.
func FitRenewal(s *Sample, column string) (NaiveRule, error) {
	v, err := naiveColumn(s, column)
	if err != nil {
		return NaiveRule{}, err
	}
	var cuts []float64
	for c := 30.0; c <= 360; c += 30 {
		cuts = append(cuts, c)
	}
	return ratesFor(column, cuts, v, s), nil
}

// FitContractYear fits last year's leaving rate by the year that a contract is
// in, up to the tenth: the rule where contracts have no end of term.
func FitContractYear(s *Sample, column string) (NaiveRule, error) {
	v, err := naiveColumn(s, column)
	if err != nil {
		return NaiveRule{}, err
	}
	var cuts []float64
	for year := 1.0; year < 10; year++ {
		cuts = append(cuts, math.Ceil(365.25*year)-1)
	}
	return ratesFor(column, cuts, v, s), nil
}

// fitContract fits the rule of contracts: by time to renewal, or by contract
// year where no row knows of a renewal.
func fitContract(s *Sample) (NaiveRule, error) {
	v, err := naiveColumn(s, renewalColumn)
	if err != nil {
		return NaiveRule{}, err
	}
	if slices.ContainsFunc(v, func(x float64) bool { return !math.IsNaN(x) }) {
		return FitRenewal(s, renewalColumn)
	}
	return FitContractYear(s, contractAgeColumn)
}

func naiveColumn(s *Sample, column string) ([]float64, error) {
	j := s.X.Schema.Index(column)
	if j < 0 {
		return nil, fault.New(fault.Invalid, "the naive rule needs the feature %q, which this configuration does not make", column)
	}
	if s.Rows() == 0 {
		return nil, fault.New(fault.Invalid, "the naive rule has no rows to be fitted on")
	}
	return s.X.Column(j, nil), nil
}

func ratesFor(column string, cuts, v []float64, s *Sample) NaiveRule {
	r := NaiveRule{Column: column, Cuts: cuts, Rates: make([]float64, len(cuts)+2)}
	weight := make([]float64, len(r.Rates))
	for i := range v {
		k := r.class(v[i])
		weight[k] += s.W[i]
		r.Rates[k] += float64(s.W[i] * s.Y[i])
	}
	base := s.BaseRate()
	for k := range r.Rates {
		r.Rates[k] = (r.Rates[k] + float64(naivePrior*base)) / (weight[k] + naivePrior)
	}
	return r
}

func (r NaiveRule) class(v float64) int {
	if math.IsNaN(v) {
		return len(r.Cuts) + 1
	}
	k, _ := slices.BinarySearch(r.Cuts, v)
	return k
}

func (r NaiveRule) loss(v []float64, s *Sample) float64 {
	var sum float64
	for i := range v {
		sum += float64(s.W[i] * logLoss(s.Y[i], r.Rates[r.class(v[i])]))
	}
	return sum
}

// Score writes the rule's prediction for every row to dst.
func (r NaiveRule) Score(x *features.Matrix, dst []float64) error {
	j := x.Schema.Index(r.Column)
	if j < 0 || len(dst) != x.Rows {
		return fault.New(fault.Invalid, "the naive rule needs the feature %q and one result per row", r.Column)
	}
	for i := range dst {
		dst[i] = r.Rates[r.class(x.Row(i)[j])]
	}
	return nil
}
