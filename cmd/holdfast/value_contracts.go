package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
	"holdfast/value"
)

// kindSBG is the model of contracts; the kinds of value.Kind are of purchases.
const kindSBG = "sbg"

// contractReport is what value fit prints of contracts.
type contractReport struct {
	Kind          string                `json:"kind"`
	PeriodMonths  int                   `json:"period_months"`
	Until         string                `json:"until"`
	Contracts     int                   `json:"contracts"`
	Lost          int                   `json:"lost"`
	Parameters    map[string]float64    `json:"parameters"`
	Intervals     map[string][2]float64 `json:"intervals_95"`
	LogLikelihood float64               `json:"log_likelihood"`
	Discount      float64               `json:"discount_a_year"`
	NewPeriods    float64               `json:"discounted_periods_of_a_new_contract"` // the first of them now
	Renewals      []renewalReport       `json:"renewals"`
}

// renewalReport is one renewal: what became of those who came to it, beside what
// the model makes of it.
type renewalReport struct {
	Renewal   int     `json:"renewal"`
	Came      int     `json:"came"`
	Lost      int     `json:"lost"`
	Survived  float64 `json:"survived"` // of all contracts, product limit
	Expected  float64 `json:"expected"` // by the model
	Retention float64 `json:"expected_retention"`
	Periods   float64 `json:"discounted_periods_to_come"` // of who comes to this renewal, itself included
}

// valueFitContracts is manual: an analyst looks at a table of contracts.
func (p *program) valueFitContracts(ctx context.Context, f *valueFlags) error {
	c, until, err := f.readContracts(ctx)
	if err != nil {
		return err
	}
	m, fit, err := value.FitSBG(*c)
	if err != nil {
		return dataError{err}
	}
	r := contractReport{
		Kind: kindSBG, PeriodMonths: f.period, Until: until.Format(time.DateOnly), LogLikelihood: fit.LogLikelihood, Discount: f.discount,
	}
	r.Parameters, r.Intervals = byName(fit)
	perPeriod := math.Expm1(value.ForceOfInterest(f.discount, float64(f.period)*365.25/12))
	if r.NewPeriods, err = m.DiscountedNew(perPeriod); err != nil {
		return usageError{fmt.Errorf("--discount: %w", err)}
	}
	if r.Renewals, err = renewals(m, *c, perPeriod); err != nil {
		return usageError{fmt.Errorf("--discount: %w", err)}
	}
	for _, x := range r.Renewals {
		r.Lost += x.Lost
	}
	r.Contracts = contractsIn(*c)
	p.tell("sbg fitted to %d contracts of %d months each, %d of which were lost, until %s: log-likelihood %.3f", r.Contracts, r.PeriodMonths, r.Lost, r.Until, r.LogLikelihood)
	for _, q := range fit.Parameters {
		p.tell("  %-6s %10.4f   95 %% interval %.4f to %.4f", q.Name, q.Estimate, q.Low, q.High)
	}
	p.tell("%7s %8s %8s %10s %10s %10s", "renewal", "came", "lost", "survived", "expected", "retention")
	for _, x := range r.Renewals {
		p.tell("%7d %8d %8d %9.1f%% %9.1f%% %9.1f%%", x.Renewal, x.Came, x.Lost, 100*x.Survived, 100*x.Expected, 100*x.Retention)
	}
	p.tell("a new contract: %.2f periods to expect, each discounted by %g %% a year", r.NewPeriods, 100*f.discount)
	e := json.NewEncoder(p.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func contractsIn(c value.Renewals) int {
	n := 0
	for _, list := range [][]int{c.Lost, c.Running} {
		for _, count := range list {
			n += count
		}
	}
	return n
}

// renewals compares each renewal that somebody came to with the model.
func renewals(m value.SBG, c value.Renewals, discount float64) ([]renewalReport, error) {
	var out []renewalReport
	came, survived := contractsIn(c), 1.0
	for n := range max(len(c.Lost), len(c.Running)) {
		if n < len(c.Running) {
			came -= c.Running[n] // had not come to renewal n+1
		}
		if came == 0 {
			break
		}
		r := renewalReport{Renewal: n + 1, Came: came, Expected: m.Survived(n + 1), Retention: m.Retention(n + 1)}
		if n < len(c.Lost) {
			r.Lost = c.Lost[n]
		}
		survived *= 1 - float64(r.Lost)/float64(came)
		r.Survived = survived
		var err error
		if r.Periods, err = m.DiscountedForEver(n+1, discount); err != nil {
			return nil, err
		}
		out = append(out, r)
		came -= r.Lost
	}
	return out, nil
}

// readContracts counts the rows of a table of contracts by how they were renewed.
func (f *valueFlags) readContracts(ctx context.Context) (*value.Renewals, time.Time, error) {
	refuse := func(err error) (*value.Renewals, time.Time, error) { return nil, time.Time{}, err }
	if f.transactions == "" || f.date == "" || f.end == "" {
		return refuse(usageError{errors.New("give --transactions, a file with a row for each contract, and --date and --end, its columns of when they began and ended")})
	}
	if f.period < 1 || f.period > 120 {
		return refuse(usageError{fmt.Errorf("--period is %d; give the months of a period, from 1 to 120", f.period)})
	}
	if !(f.discount > 0 && f.discount < 10) {
		return refuse(usageError{fmt.Errorf("--discount is %v; give a number above 0 and below 10", f.discount)})
	}
	times, err := tabular.NewTimes(f.format, time.UTC)
	if err != nil {
		return refuse(usageError{err})
	}
	delimiter, err := tabular.ParseDelimiter(f.delimiter)
	if err != nil {
		return refuse(usageError{err})
	}
	r, err := tabular.Open(f.transactions, tabular.Options{Columns: []string{f.date, f.end}, Delimiter: delimiter})
	if err != nil {
		return refuse(err)
	}
	defer func() { _ = r.Close() }() // only read from
	var spans []contractSpan
	if err := r.Blocks(ctx, runtime.GOMAXPROCS(0), func(b *tabular.Block) error { return readSpans(b, times, &spans) }); err != nil {
		return refuse(err)
	}
	var until time.Time
	for _, s := range spans {
		for _, at := range s {
			if at.After(until) {
				until = at
			}
		}
	}
	if f.until != "" {
		if until, err = time.Parse(time.DateOnly, f.until); err != nil {
			return refuse(usageError{fmt.Errorf("--until %q is not a date like 2006-01-31", f.until)})
		}
	}
	all := value.Contracts{}
	for _, s := range spans {
		if !s[0].After(until) {
			all.Count(s[0], s[1], until, f.period)
		}
	}
	if all[f.period] == nil {
		return refuse(dataError{fault.New(fault.Invalid, "no contract in %s had begun by %s; there is nothing to learn from", f.transactions, until.Format(time.DateOnly))})
	}
	return all[f.period], until, nil
}

// contractSpan is when a contract began and ended; zero while it runs.
type contractSpan [2]time.Time

func readSpans(b *tabular.Block, times *tabular.Times, to *[]contractSpan) error {
	if len(b.Rejected) > 0 {
		return dataError{&b.Rejected[0]}
	}
	for row := range b.Rows {
		var s contractSpan
		for column := range s {
			if column == 1 && b.Columns[1].Empty(row) {
				continue // it runs
			}
			at, why := b.Columns[column].Time(row, times)
			if why != tabular.OK {
				bad := b.Reject(row, column, why)
				return dataError{&bad}
			}
			s[column] = time.UnixMicro(at).UTC()
		}
		if !s[1].IsZero() && s[1].Before(s[0]) {
			bad := b.Reject(row, 1, tabular.Reason("lies before the contract begins"))
			return dataError{&bad}
		}
		*to = append(*to, s)
	}
	return nil
}
