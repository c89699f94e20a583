package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/value"
)

func (p *program) valueCmd() *cobra.Command {
	c := &cobra.Command{Use: "value", Short: "what customers are worth, from a table of purchases"}
	var fit, predict, report valueFlags
	fitting := p.valueCommand("fit", "fit a model of buying; print its parameters as JSON", &fit)
	fitting.RunE = func(cmd *cobra.Command, _ []string) error {
		if fit.kind == kindSBG {
			return p.valueFitContracts(cmd.Context(), &fit)
		}
		return p.valueFit(cmd.Context(), &fit)
	}
	fitting.Flags().Lookup("kind").Usage = "bgnbd, mbgnbd, paretonbd or nbd; sbg for contracts, a row each"
	fitting.Flags().StringVar(&fit.end, "end", "", "`column` with the end of the contract, empty while it runs (sbg); --date is its beginning")
	fitting.Flags().IntVar(&fit.period, "period", 12, "`months` from renewal to renewal (sbg)")
	fitting.Flags().Float64Var(&fit.discount, "discount", 0.1, "what money loses in a year (sbg): 0.1 is 10 %")
	predicting := p.valueCommand("predict", "what each customer may be expected to buy, as CSV", &predict)
	predicting.RunE = func(cmd *cobra.Command, _ []string) error { return p.valuePredict(cmd.Context(), &predict) }
	predicting.Flags().Float64Var(&predict.horizon, "horizon", 52, "how far to look ahead, in `units` of time")
	predicting.Flags().Float64Var(&predict.discount, "discount", 0.1, "what money loses in a year: 0.1 is 10 %")
	predicting.Flags().StringVar(&predict.household, "household", "", "`column` that names the household, for totals")
	predicting.Flags().StringVar(&predict.model, "model", "", "`file` that value fit printed; by default the model is fitted first")
	predicting.Flags().StringVar(&predict.out, "out", "", "`file` to write; by default standard output")
	reporting := p.valueCommand("report", "how value lies among customers and households: tenths, Lorenz's curve, totals", &report)
	reporting.RunE = func(cmd *cobra.Command, _ []string) error { return p.valueReport(cmd.Context(), &report) }
	reporting.Flags().Float64Var(&report.horizon, "horizon", 52, "how far to look ahead, in `units` of time")
	reporting.Flags().Float64Var(&report.discount, "discount", 0.1, "what money loses in a year: 0.1 is 10 %")
	reporting.Flags().StringVar(&report.household, "household", "", "`column` that names the household, for totals")
	reporting.Flags().StringVar(&report.model, "model", "", "`file` that value fit printed; by default the model is fitted first")
	reporting.Flags().StringVar(&report.html, "html", "", "also write the report with pictures to this `file`")
	c.AddCommand(fitting, predicting, reporting)
	return c
}

// valueCommand makes a command that reads a table of purchases into f.
func (p *program) valueCommand(use, short string, f *valueFlags) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short}
	c.PreRunE = func(cmd *cobra.Command, _ []string) (err error) {
		f.decimals, err = p.decimalsOf(f.currency, cmd.Flags().Changed("config"))
		return err
	}
	c.Flags().StringVar(&f.transactions, "transactions", "", "CSV or Parquet `file` with a row for each purchase")
	c.Flags().StringVar(&f.customer, "customer", "", "`column` that names the customer")
	c.Flags().StringVar(&f.date, "date", "", "`column` with the date of the purchase")
	c.Flags().StringVar(&f.amount, "amount", "", "`column` with its amount; below 0 is a return")
	c.Flags().StringVar(&f.currency, "currency", "", "`code` of the amounts' currency, for their decimals: none for JPY, three for KWD; by default the configuration's, two without one")
	c.Flags().StringVar(&f.kind, "kind", string(value.KindBGNBD), "bgnbd, mbgnbd, paretonbd or nbd")
	c.Flags().StringVar(&f.format, "date-format", "iso", "how dates are written: iso, yyyymmdd, %d/%m/%Y or a Go `layout`")
	c.Flags().StringVar(&f.delimiter, "delimiter", ",", "what stands between the cells: `,` ; | tab or blanks")
	c.Flags().StringVar(&f.until, "until", "", "last `day` to learn from, as 2006-01-31; by default the last in the file, and what is later is held out")
	c.Flags().StringVar(&f.unit, "unit", "week", "unit of time of the parameters: day, week, month or year")
	return c
}

// valueReport is what value fit prints, and what value predict reads again.
type valueReport struct {
	Kind          value.Kind            `json:"kind"`
	Unit          string                `json:"unit"`
	Until         string                `json:"until"` // last day learned from
	Customers     int                   `json:"customers"`
	Repeats       int                   `json:"repeat_customers"`
	Parameters    map[string]float64    `json:"parameters"`
	Intervals     map[string][2]float64 `json:"intervals_95"`
	LogLikelihood float64               `json:"log_likelihood"`
	Spend         *spendReport          `json:"spend,omitempty"`
	HeldOut       *heldOutReport        `json:"held_out,omitempty"`
	Concentration *concentrationReport  `json:"concentration,omitempty"`
}

type spendReport struct {
	Kind          string                `json:"kind"`
	Customers     int                   `json:"customers"` // with a positive mean of repeats
	Parameters    map[string]float64    `json:"parameters"`
	Intervals     map[string][2]float64 `json:"intervals_95"`
	LogLikelihood float64               `json:"log_likelihood"`
	Mean          float64               `json:"mean"`
	Correlation   float64               `json:"correlation_with_purchases"` // the model takes it to be 0
}

type heldOutReport struct {
	Until         string            `json:"until"`
	Actual        float64           `json:"actual"`
	Expected      float64           `json:"expected"`
	Correlation   float64           `json:"correlation"`
	AbsoluteError float64           `json:"mean_absolute_error"`
	SquaredError  float64           `json:"mean_squared_error"`
	ByRepeats     []value.ByRepeats `json:"by_repeats"`
}

type concentrationReport struct {
	Of     string    `json:"of"`
	Total  float64   `json:"total"`
	Tenths []float64 `json:"tenths"` // shares from the most to the least valuable tenth
	Lorenz []float64 `json:"lorenz"`
	Gini   float64   `json:"gini"`
}

// valueFit is manual: an analyst looks at a table.
func (p *program) valueFit(ctx context.Context, f *valueFlags) error {
	kind, err := value.ParseKind(f.kind)
	if err != nil {
		return usageError{err}
	}
	in, err := f.readPurchases(ctx)
	if err != nil {
		return err
	}
	v, err := f.fit(in, kind)
	if err != nil {
		return err
	}
	if v.report.HeldOut, err = v.heldOut(in); err != nil {
		return err
	}
	for _, line := range v.words() {
		p.tell("%s", line)
	}
	e := json.NewEncoder(p.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v.report)
}

// fittedValue is a model with what it was fitted to.
type fittedValue struct {
	report valueReport
	before []value.Behaviour
	buying value.Buying
	fit    value.Fit
	spend  *value.GammaGamma // nil without amounts

	decimals int // of amounts
}

// fit fits the models; what the data do not decide is bad input data.
func (f *valueFlags) fit(in *purchaseFile, kind value.Kind) (*fittedValue, error) {
	v := &fittedValue{before: in.behaviours(), decimals: f.decimals}
	cohort, err := value.NewCohort(v.before)
	if err != nil {
		return nil, dataError{err}
	}
	if v.buying, v.fit, err = value.FitBuying(kind, cohort); err != nil {
		return nil, dataError{err}
	}
	v.report = valueReport{Kind: kind, Unit: f.unit, Until: day(in.until), Customers: len(v.before), LogLikelihood: v.fit.LogLikelihood}
	v.report.Parameters, v.report.Intervals = byName(v.fit)
	for _, b := range v.before {
		if b.Repeats > 0 {
			v.report.Repeats++
		}
	}
	if f.amount == "" {
		return v, nil
	}
	var all []value.Spend
	earned := make([]float64, len(in.customers))
	for i, c := range in.customers {
		if s, ok := c.repeatSpend(in.until); ok {
			all = append(all, s)
		}
		earned[i] = c.earned(in.until)
	}
	m, fit, err := value.FitGammaGamma(all)
	if err != nil {
		return nil, dataError{err}
	}
	v.spend = &m
	s := &spendReport{Kind: "gammagamma", Customers: len(all), LogLikelihood: fit.LogLikelihood, Mean: m.Mean(), Correlation: value.SpendCorrelation(all)}
	s.Parameters, s.Intervals = byName(fit)
	v.report.Spend = s
	v.report.Concentration = concentration("amount to date", earned)
	return v, nil
}

func byName(fit value.Fit) (map[string]float64, map[string][2]float64) {
	p, ci := map[string]float64{}, map[string][2]float64{}
	for _, q := range fit.Parameters {
		p[q.Name], ci[q.Name] = q.Estimate, [2]float64{q.Low, q.High}
	}
	return p, ci
}

// concentration is nil where there is nothing to share out.
func concentration(of string, values []float64) *concentrationReport {
	c, err := value.Concentrate(values)
	if err != nil {
		return nil
	}
	out := &concentrationReport{Of: of, Total: c.Total, Lorenz: c.Lorenz, Gini: c.Gini}
	for _, t := range c.Tenths {
		out.Tenths = append(out.Tenths, t.Share)
	}
	return out
}

func (in *purchaseFile) behaviours() []value.Behaviour {
	out := make([]value.Behaviour, len(in.customers))
	for i, c := range in.customers {
		out[i], _ = value.Summarise(c.days, in.until, in.unit) // each has bought by then
	}
	return out
}

// heldOut compares with what is later than until; nil if nothing is.
func (v *fittedValue) heldOut(in *purchaseFile) (*heldOutReport, error) {
	if in.last <= in.until {
		return nil, nil
	}
	expected, actual := make([]float64, len(v.before)), make([]float64, len(v.before))
	for i, b := range v.before {
		expected[i] = v.buying.Expected(b, float64(in.last-in.until)/in.unit)
		actual[i] = in.customers[i].later(in.until)
	}
	h, err := value.CompareHeldOut(v.before, expected, actual)
	if err != nil {
		return nil, err
	}
	return &heldOutReport{
		Until: day(in.last), Actual: h.Actual, Expected: h.Expected, Correlation: h.Correlation,
		AbsoluteError: h.AbsoluteError, SquaredError: h.SquaredError, ByRepeats: h.ByRepeats,
	}, nil
}

// words says the fit for the person at the terminal.
func (v *fittedValue) words() []string {
	r := v.report
	lines := []string{fmt.Sprintf("%s fitted to %d customers, %d of whom bought again, until %s: log-likelihood %.3f",
		r.Kind, r.Customers, r.Repeats, r.Until, r.LogLikelihood)}
	for _, q := range v.fit.Parameters {
		lines = append(lines, fmt.Sprintf("  %-6s %10.4f   95 %% interval %.4f to %.4f", q.Name, q.Estimate, q.Low, q.High))
	}
	if s := r.Spend; s != nil {
		lines = append(lines, fmt.Sprintf("a purchase of the average customer: %.*f; a customer's number of purchases and their mean correlate by %.2f, which the model takes to be 0",
			v.decimals, s.Mean, s.Correlation))
	}
	if c := r.Concentration; c != nil {
		lines = append(lines, fmt.Sprintf("the most valuable tenth of the customers brought %.0f %% of the amount to date; Gini %.2f", 100*c.Tenths[0], c.Gini))
	}
	if h := r.HeldOut; h != nil {
		lines = append(lines, fmt.Sprintf("held out until %s: %.0f purchases, %.1f expected; correlation %.4f, mean absolute error %.4f",
			h.Until, h.Actual, h.Expected, h.Correlation, h.AbsoluteError))
	}
	return lines
}

// day writes a day since 1970 as a date.
func day(d int) string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }

// writeWhole writes a file under another name first, so that nothing half
// written bears its name.
func writeWhole(path string, write func(*os.File) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return fault.New(fault.Invalid, "%s cannot be written: %w", path, err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone by then, if all went well
	if err := write(file); err != nil {
		_ = file.Close() // the first error is what matters
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Chmod(file.Name(), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(file.Name(), path)
}
