package value

import (
	"fmt"
	"math"
	"slices"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Seen is a customer at the date that a model of the margin at stake is judged
// from, and a year later.
type Seen struct {
	Household uint64
	At        Standing
	InScope   bool    // in the population then
	Stayed    bool    // did not leave within the churn definition's horizon
	Later     float64 // margin in the year that followed, minor units
	Now       Standing
}

// StakeFit says what to fit a model of the margin at stake to.
type StakeFit struct {
	Margin   *Margin
	Activity []string
	By       string // ByBuying or ByPlan
	AsOf     string // the date of Seen.At, for the proof
	Seed     uint64
	// Then and Today count the contracts as known at AsOf and today; nil for ByBuying.
	Then, Today Contracts
}

const (
	stakeCells  = 10
	leastStayed = 200 // customers who stayed, below which nothing can be proven
	resamples   = 400
)

// Fit fits the model on what was known a year ago, leads it to what one half of
// the households brought in, and judges it on the other half against the margin
// of the twelve months before. Only if it is proven better is it returned,
// fitted anew on what is known today; else the error, fault.Held, says why the
// last twelve months' margin remains.
func (f StakeFit) Fit(all []Seen) (*StakeModel, error) {
	var stayed []Seen
	for _, s := range all {
		if s.InScope && s.Stayed {
			stayed = append(stayed, s)
		}
	}
	if len(stayed) < leastStayed {
		return nil, fault.New(fault.Held, "only %d customers who stayed can be followed for a year, and %d are needed", len(stayed), leastStayed)
	}
	then, err := f.learn(all, func(s *Seen) Standing { return s.At }, f.Then)
	if err != nil {
		return nil, err
	}
	var lead, judge []Seen
	for _, s := range stayed {
		if stats.HashUniform(f.Seed, s.Household) < 0.5 {
			lead = append(lead, s)
		} else {
			judge = append(judge, s)
		}
	}
	if err := f.cells(then, lead); err != nil {
		return nil, err
	}
	proof, err := f.judge(then, judge)
	if err != nil {
		return nil, err
	}
	if proof.High >= 1 {
		return nil, fault.New(fault.Held, "on %d customers held out from %s its error was %.2f times that of the last twelve months' margin, 95 %% interval %.2f to %.2f, which does not prove it better",
			proof.Customers, proof.AsOf, proof.Error, proof.Low, proof.High)
	}
	if err := f.cells(then, stayed); err != nil {
		return nil, err
	}
	now, err := f.learn(all, func(s *Seen) Standing { return s.Now }, f.Today)
	if err != nil {
		return nil, err
	}
	now.Cells, now.Proof = then.Cells, proof
	return now, nil
}

// learn fits how often customers buy and what a purchase earns to everybody, also
// those long silent: who is left out for their silence cannot teach it. Of
// contracts it takes the margin of their price and how they end.
func (f StakeFit) learn(all []Seen, at func(*Seen) Standing, contracts Contracts) (*StakeModel, error) {
	m := &StakeModel{By: f.By, Activity: f.Activity}
	if f.By != ByBuying {
		m.learnPlan(all, at, contracts)
		return m, nil
	}
	var behaviours []Behaviour
	var spends []Spend
	for i := range all {
		s := at(&all[i])
		if s.Days == 0 {
			continue
		}
		behaviours = append(behaviours, s.Behaviour)
		if each := s.Each(); each > 0 {
			spends = append(spends, Spend{Purchases: s.Days, Mean: each})
		}
	}
	cohort, err := NewCohort(behaviours)
	if err != nil {
		return nil, fault.As(fault.Held, err)
	}
	m.Buying = KindBGNBD
	_, buying, err := FitBuying(m.Buying, cohort)
	if err != nil {
		return nil, fault.As(fault.Held, err)
	}
	_, spend, err := FitGammaGamma(spends)
	if err != nil {
		return nil, fault.As(fault.Held, err)
	}
	m.Parameters, m.Spend = estimates(buying), estimates(spend)
	return m, nil
}

func estimates(f Fit) map[string]float64 {
	out := make(map[string]float64, len(f.Parameters))
	for _, p := range f.Parameters {
		out[p.Name] = p.Estimate
	}
	return out
}

// cells sets the model's cells by what these customers brought in.
func (f StakeFit) cells(m *StakeModel, stayed []Seen) error {
	m.Cells = []StakeCell{{}} // enough to foresee with
	staker, err := NewStaker(f.Margin, m)
	if err != nil {
		return fmt.Errorf("foresee the margin at stake: %w", err)
	}
	sorted := slices.Clone(stayed)
	foreseen := func(s Seen) float64 { return staker.foreseen(s.At) }
	slices.SortStableFunc(sorted, func(a, b Seen) int {
		switch x, y := foreseen(a), foreseen(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	var cells []StakeCell
	for k := range stakeCells {
		part := sorted[len(sorted)*k/stakeCells : len(sorted)*(k+1)/stakeCells]
		c, err := f.cell(part, foreseen, uint64(k))
		if err != nil {
			return err
		}
		if n := len(cells); n > 0 && c.Foreseen <= cells[n-1].Foreseen {
			continue // many of whom the same is foreseen: their first cell stands for them
		}
		cells = append(cells, c)
	}
	rise(cells)
	m.Cells = cells
	return nil
}

func (f StakeFit) cell(part []Seen, foreseen func(Seen) float64, key uint64) (StakeCell, error) {
	c := StakeCell{Customers: len(part)}
	group := make([]uint64, len(part))
	for i, s := range part {
		group[i] = s.Household
		c.Foreseen += foreseen(s) / float64(len(part))
	}
	r, err := stats.Bootstrap{Replicates: resamples, Level: 0.9, Seed: f.Seed + key}.Clustered(group, func(w []float64) float64 {
		sum, n := 0.0, 0.0
		for i, s := range part {
			sum, n = sum+w[i]*s.Later, n+w[i]
		}
		return sum / n
	})
	if err != nil {
		return c, fmt.Errorf("the interval of the margin at stake: %w", err)
	}
	c.Mean, c.Low, c.High = r.Estimate, r.Low, r.High
	return c, nil
}

// rise makes means and limits rise with what is foreseen, by pooling.
func rise(cells []StakeCell) {
	column := func(get func(*StakeCell) *float64) {
		y, w := make([]float64, len(cells)), make([]float64, len(cells))
		for i := range cells {
			y[i], w[i] = *get(&cells[i]), float64(cells[i].Customers)
		}
		for i, v := range stats.PAV(y, w) {
			*get(&cells[i]) = v
		}
	}
	column(func(c *StakeCell) *float64 { return &c.Mean })
	column(func(c *StakeCell) *float64 { return &c.Low })
	column(func(c *StakeCell) *float64 { return &c.High })
}

// judge compares the model with the last twelve months' margin on customers that
// its cells have not seen.
func (f StakeFit) judge(m *StakeModel, held []Seen) (StakeProof, error) {
	p := StakeProof{AsOf: f.AsOf, Customers: len(held)}
	staker, err := NewStaker(f.Margin, m)
	if err != nil {
		return p, fmt.Errorf("foresee the margin at stake: %w", err)
	}
	stakes := make([]float64, len(held))
	group := make([]uint64, len(held))
	var later, model, trailing float64
	for i, s := range held {
		stakes[i], group[i] = between(m.Cells, staker.foreseen(s.At)).Mean, s.Household
		later, model, trailing = later+s.Later, model+stakes[i], trailing+s.At.Trailing
	}
	if !(later > 0) {
		return p, fault.New(fault.Held, "the %d customers held out from %s brought in nothing: there is nothing to judge by", len(held), f.AsOf)
	}
	p.Total, p.TotalThen = model/later, trailing/later
	least := later / float64(len(held)) / 100
	ours, rule := make([]float64, len(held)), make([]float64, len(held))
	for i, s := range held {
		ours[i], rule[i] = deviance(s.Later, stakes[i], least), deviance(s.Later, s.At.Trailing, least)
	}
	r, err := stats.Bootstrap{Replicates: resamples, Level: 0.95, Seed: f.Seed}.Clustered(group, func(w []float64) float64 {
		a, b := 0.0, 0.0
		for i := range w {
			a, b = a+w[i]*ours[i], b+w[i]*rule[i]
		}
		return a / b
	})
	if err != nil {
		return p, fmt.Errorf("the interval of the model's error: %w", err)
	}
	p.Error, p.Low, p.High = r.Estimate, r.Low, r.High
	return p, nil
}

// deviance is that of a quasi-Poisson mean (McCullagh and Nelder 1989, 2.3), the
// loss that is least for the expected amount and is not ruled by the few largest
// customers as the squared error is. Amounts below 0 count as 0, and nothing
// foreseen counts as the least amount.
func deviance(y, mean, least float64) float64 {
	mean = max(mean, least)
	if y <= 0 {
		return 2 * mean
	}
	return 2 * (y*math.Log(y/mean) - y + mean)
}
