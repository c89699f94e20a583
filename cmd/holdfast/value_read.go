package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/locale"
	"holdfast/internal/tabular"
	"holdfast/value"
)

// valueFlags say which file of purchases is read, and how.
type valueFlags struct {
	transactions, customer, date, amount, household string
	format, delimiter, until, unit, kind            string
	currency                                        string // empty for the configuration's
	decimals                                        int    // of amounts
	end                                             string // of contracts
	period                                          int    // months

	horizon, discount float64
	model, out, html  string
}

// unitDays gives the number of days in a unit of time.
func (f *valueFlags) unitDays() (float64, error) {
	days, ok := map[string]float64{"day": 1, "week": 7, "month": 365.25 / 12, "year": 365.25}[f.unit]
	if !ok {
		return 0, usageError{fmt.Errorf("--unit %q is not known: use day, week, month or year", f.unit)}
	}
	return days, nil
}

// decimalsOf says how many decimals the amounts of a table have: by the currency
// that was given, else by the configuration's, and two where there is none.
func (p *program) decimalsOf(currency string, named bool) (int, error) {
	if currency == "" {
		if _, err := os.Stat(p.file(p.configPath)); errors.Is(err, fs.ErrNotExist) && !named {
			return locale.Digits(""), nil
		}
		cfg, err := p.load()
		if err != nil {
			return 0, err
		}
		return locale.Digits(cfg.Business.Currency), nil
	}
	code, err := locale.Currency(currency)
	if err != nil {
		return 0, usageError{fmt.Errorf("--currency %w", err)}
	}
	return locale.Digits(code), nil
}

// purchases is what one customer did, by day.
type purchases struct {
	key       string
	household uint64
	days      []int     // rising, one each
	spent     []float64 // on each of the days
}

// purchaseFile is a file of purchases.
type purchaseFile struct {
	customers []*purchases // by first appearance
	until     int          // last day to learn from, since 1970
	last      int          // last day in the file
	unit      float64      // days
	homes     []string     // names of the households, from 1
}

// readPurchases reads the whole file; the first cell that cannot be used is
// what it is refused for.
func (f *valueFlags) readPurchases(ctx context.Context) (*purchaseFile, error) {
	if f.transactions == "" || f.customer == "" || f.date == "" {
		return nil, usageError{errors.New("give --transactions, the file, and --customer and --date, two of its columns")}
	}
	unit, err := f.unitDays()
	if err != nil {
		return nil, err
	}
	times, err := tabular.NewTimes(f.format, time.UTC)
	if err != nil {
		return nil, usageError{err}
	}
	delimiter, err := tabular.ParseDelimiter(f.delimiter)
	if err != nil {
		return nil, usageError{err}
	}
	columns := []string{f.customer, f.date}
	for _, name := range []string{f.amount, f.household} {
		if name != "" {
			columns = append(columns, name)
		}
	}
	r, err := tabular.Open(f.transactions, tabular.Options{Columns: columns, Delimiter: delimiter})
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read from
	in := purchaseReader{f: f, times: times, byKey: map[string]int{}, households: map[string]uint64{}}
	if err := r.Blocks(ctx, runtime.GOMAXPROCS(0), in.block); err != nil {
		return nil, err
	}
	if len(in.customers) == 0 {
		return nil, dataError{fault.New(fault.Invalid, "%s has no rows; there is nothing to learn from", f.transactions)}
	}
	return in.finish(unit)
}

type purchaseReader struct {
	f          *valueFlags
	times      *tabular.Times
	byKey      map[string]int
	households map[string]uint64
	homes      []string
	customers  []*purchases
	last       int
}

func (r *purchaseReader) block(b *tabular.Block) error {
	if len(b.Rejected) > 0 {
		return dataError{&b.Rejected[0]}
	}
	refuse := func(row, column int, why tabular.Reason) error {
		bad := b.Reject(row, column, why)
		return dataError{&bad}
	}
	var key []byte
	for row := range b.Rows {
		if b.Columns[0].Empty(row) {
			return refuse(row, 0, tabular.Missing)
		}
		at, why := b.Columns[1].Time(row, r.times)
		if why != tabular.OK {
			return refuse(row, 1, why)
		}
		next, amount := 2, 1.0
		if r.f.amount != "" {
			if amount, why = b.Columns[next].Float(row); why != tabular.OK {
				return refuse(row, next, why)
			}
			next++
		}
		key = b.Columns[0].AppendText(key[:0], row)
		c := r.customer(key)
		if r.f.household != "" && !b.Columns[next].Empty(row) {
			c.household = r.householdOf(string(b.Columns[next].AppendText(nil, row)))
		}
		day := int(math.Floor(float64(at) / 86400e6))
		r.last = max(r.last, day)
		c.days, c.spent = append(c.days, day), append(c.spent, amount)
	}
	return nil
}

func (r *purchaseReader) customer(key []byte) *purchases {
	i, known := r.byKey[string(key)]
	if !known {
		i = len(r.customers)
		r.byKey[string(key)] = i
		r.customers = append(r.customers, &purchases{key: string(key)})
	}
	return r.customers[i]
}

func (r *purchaseReader) householdOf(key string) uint64 {
	h, known := r.households[key]
	if !known {
		h = uint64(len(r.households) + 1)
		r.households[key] = h
		r.homes = append(r.homes, key)
	}
	return h
}

func (r *purchaseReader) finish(unit float64) (*purchaseFile, error) {
	out := &purchaseFile{customers: r.customers, until: r.last, last: r.last, unit: unit, homes: r.homes}
	if r.f.until != "" {
		until, err := time.Parse(time.DateOnly, r.f.until)
		if err != nil {
			return nil, usageError{fmt.Errorf("--until %q is not a date like 2006-01-31", r.f.until)}
		}
		out.until = int(until.Unix() / 86400)
	}
	for _, c := range out.customers {
		c.byDay()
	}
	out.customers = slices.DeleteFunc(out.customers, func(c *purchases) bool { return len(c.days) == 0 || c.days[0] > out.until })
	if len(out.customers) == 0 {
		return nil, dataError{fault.New(fault.Invalid, "nobody in %s has bought by %s; choose a later --until", r.f.transactions, r.f.until)}
	}
	return out, nil
}

// byDay sorts a customer's rows and merges those of one day. A return is no
// purchase: its amount is taken from the purchase before it.
func (c *purchases) byDay() {
	order := make([]int, len(c.days))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return c.days[a] - c.days[b] })
	var days []int
	var spent []float64
	for _, i := range order {
		n := len(days)
		switch {
		case c.spent[i] < 0 && n == 0: // of a purchase before the file begins
		case c.spent[i] < 0 || (n > 0 && days[n-1] == c.days[i]):
			spent[n-1] += c.spent[i]
		default:
			days, spent = append(days, c.days[i]), append(spent, c.spent[i])
		}
	}
	c.days, c.spent = days, spent
}

// repeatSpend is the mean of the purchases after the first, up to until; ok is
// false where it is not positive or there are none.
func (c *purchases) repeatSpend(until int) (s value.Spend, ok bool) {
	for i, d := range c.days {
		if i > 0 && d <= until {
			s.Purchases++
			s.Mean += c.spent[i]
		}
	}
	s.Mean /= float64(max(s.Purchases, 1))
	return s, s.Mean > 0
}

// earned is what the customer spent up to until.
func (c *purchases) earned(until int) float64 {
	sum := 0.0
	for i, d := range c.days {
		if d <= until {
			sum += c.spent[i]
		}
	}
	return sum
}

// later counts the days of purchase after until.
func (c *purchases) later(until int) float64 {
	n := 0.0
	for _, d := range c.days {
		if d > until {
			n++
		}
	}
	return n
}
