package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
	"holdfast/value"
)

// valuePredict is manual: an analyst wants a line for each customer.
func (p *program) valuePredict(ctx context.Context, f *valueFlags) error {
	in, v, err := f.valued(ctx)
	if err != nil {
		return err
	}
	if f.out == "" {
		return v.predict(f, in, p.Stdout)
	}
	return writeWhole(f.out, func(file *os.File) error { return v.predict(f, in, file) })
}

// valued checks the flags of a forecast, reads the purchases and loads or fits
// their model.
func (f *valueFlags) valued(ctx context.Context) (*purchaseFile, *fittedValue, error) {
	kind, err := value.ParseKind(f.kind)
	if err != nil {
		return nil, nil, usageError{err}
	}
	if !(f.horizon > 0) || !(f.discount >= 0 && f.discount < 10) {
		return nil, nil, usageError{fmt.Errorf("--horizon must exceed 0 and --discount lie between 0 and 10; they are %v and %v", f.horizon, f.discount)}
	}
	in, err := f.readPurchases(ctx)
	if err != nil {
		return nil, nil, err
	}
	v, err := f.loadOrFit(in, kind)
	return in, v, err
}

// loadOrFit reads the parameters of an earlier fit, or fits now.
func (f *valueFlags) loadOrFit(in *purchaseFile, kind value.Kind) (*fittedValue, error) {
	if f.model == "" {
		return f.fit(in, kind)
	}
	text, err := os.ReadFile(f.model)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.NotFound, "%s is not there; check the path of the file", f.model)
	case err != nil:
		return nil, fault.New(fault.Invalid, "cannot open the file: %w", err)
	}
	v := &fittedValue{before: in.behaviours(), decimals: f.decimals}
	if err := json.Unmarshal(text, &v.report); err != nil {
		return nil, fault.New(fault.Invalid, "%s is not what value fit prints: %w", f.model, err)
	}
	if v.report.Unit != f.unit {
		return nil, fault.New(fault.Invalid, "%s was fitted with --unit %s: give the same", f.model, v.report.Unit)
	}
	if v.buying, err = value.NewBuying(v.report.Kind, v.report.Parameters); err != nil {
		return nil, fmt.Errorf("%s: %w", f.model, err)
	}
	if f.amount == "" {
		return v, nil
	}
	s := v.report.Spend
	if s == nil {
		return nil, fault.New(fault.Invalid, "%s was fitted without --amount: fit it again with the amounts, or leave --amount out", f.model)
	}
	m, err := value.NewGammaGamma(s.Parameters)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.model, err)
	}
	v.spend = &m
	return v, nil
}

// predict writes a row for each customer, in the order of the file.
func (v *fittedValue) predict(f *valueFlags, in *purchaseFile, w io.Writer) error {
	names := []string{"customer", "repeats", "last", "age", "still_customer", "expected"}
	fitted := len(v.fit.Parameters) > 0
	if fitted {
		names = append(names, "expected_low", "expected_high")
	}
	worth, potential := v.worth(f, in)
	if v.spend != nil {
		names = append(names, "mean_amount", "to_date", "clv", "at_stake", "total", "potential")
	}
	var household []float64
	if f.household != "" && v.spend != nil {
		names = append(names, "household_clv")
		household = householdCLV(in, worth)
	}
	out, err := tabular.NewCSVWriter(w, names, true)
	if err != nil {
		return err
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', 6, 64) }
	money := func(x float64) string { return strconv.FormatFloat(x, 'f', v.decimals, 64) }
	for i, b := range v.before {
		c := in.customers[i]
		row := []string{
			c.key, strconv.Itoa(b.Repeats), number(b.Last), number(b.Age),
			number(v.buying.StillCustomer(b)), number(v.buying.Expected(b, f.horizon)),
		}
		if fitted {
			iv := v.interval(b, f.horizon)
			row = append(row, number(iv[0]), number(iv[1]))
		}
		if v.spend != nil {
			x := worth[i]
			row = append(row, money(v.each(c, in.until)), money(x.Earned), money(x.CLV), money(x.AtStake), money(x.Total()), money(potential[i]))
		}
		if household != nil {
			row = append(row, money(household[i]))
		}
		if err := out.Write(row...); err != nil {
			return err
		}
	}
	return out.Flush()
}

// interval is the 90 % interval of the expectation for what the parameters
// are not known to be.
func (v *fittedValue) interval(b value.Behaviour, horizon float64) [2]float64 {
	iv := v.fit.Interval(0.9, func(p []float64) float64 {
		m, err := value.BuyingOf(v.report.Kind, p)
		if err != nil {
			return v.buying.Expected(b, horizon) // a parameter at the edge of what is allowed
		}
		return m.Expected(b, horizon)
	})
	return [2]float64{max(0, iv.Low), iv.High}
}

// each is the mean purchase to expect of a customer.
func (v *fittedValue) each(c *purchases, until int) float64 {
	if s, ok := c.repeatSpend(until); ok {
		return v.spend.Expected(s)
	}
	return v.spend.Mean()
}

// worth values each customer; potential is what a quarter of those who came
// in the same quarter of the base are worth to come.
func (v *fittedValue) worth(f *valueFlags, in *purchaseFile) (worth []value.Worth, potential []float64) {
	if v.spend == nil {
		return nil, nil
	}
	delta := value.ForceOfInterest(f.discount, in.unit)
	ages := make([]float64, len(v.before))
	clv := make([]float64, len(v.before))
	for i, b := range v.before {
		c := in.customers[i]
		w := value.NewWorth(v.buying, b, f.horizon, delta, v.each(c, in.until), c.earned(in.until))
		worth, clv[i], ages[i] = append(worth, w), w.CLV, b.Age
	}
	sorted := slices.Sorted(slices.Values(ages))
	peers := make([]int, len(ages))
	for i, age := range ages {
		at, _ := slices.BinarySearch(sorted, age)
		peers[i] = 4 * at / len(sorted)
	}
	return worth, value.Potential(clv, peers)
}

func householdCLV(in *purchaseFile, worth []value.Worth) []float64 {
	own, of := make([]float64, len(worth)), make([]uint64, len(worth))
	for i, w := range worth {
		own[i], of[i] = w.CLV, in.customers[i].household
	}
	return value.HouseholdTotals(own, of)
}
