package flat

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

// daysUnit marks a numeric column of the schema that was a date in the file.
const daysUnit = "days since 1970"

// mostLevels is how many values of a category can be told apart; rarer ones are
// "other". The trees have as many bins.
const mostLevels = 254

// Role says what a column came to be used for.
type Role string

// The roles of columns.
const (
	Feature  Role = "feature"
	LabelRow Role = "label"
	ID       Role = "id"
	LeftOut  Role = "left out"
)

// Column says what was found about one column of the table.
type Column struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"`             // number, date, category
	Values  int     `json:"values,omitempty"` // distinct ones, of categories
	Missing int     `json:"missing"`
	Role    Role    `json:"role"`
	Alone   float64 `json:"auc_alone,omitempty"` // how well the column alone ranks
	Why     string  `json:"why,omitempty"`       // it was left out, or kept in spite of what was found
}

// Data is a table made ready: rows of features, who left, and which rows belong
// together.
type Data struct {
	X        *features.Matrix
	Y        []float64 // 1 left, 0 stayed
	Group    []int64   // rows of one stay in one fold; nil: each row is its own
	Left     int       // rows that left
	Label    string
	Positive string // the label's value that means leaving
	IDColumn string
	Sum      string   // SHA-256 of the file, if it was asked for
	Columns  []Column // all of the table's
	Warnings []string // full sentences; the first are the gravest
}

// New makes a table ready. Label and id must have been read as words. Columns
// that hold the answer, only name the customer, or hold nothing are left out,
// unless roles insist. Missing or unusable labels are fault.Invalid, roles for
// columns that are not there fault.NotFound. The table may be released
// afterwards; its columns are emptied to save memory.
func New(t *tabular.Table, roles Roles) (*Data, error) {
	if err := roles.check(t); err != nil {
		return nil, err
	}
	l, err := readLabel(t, roles.Label, roles.Positive)
	if err != nil {
		return nil, err
	}
	d := &Data{Y: l.y, Left: l.left, Label: roles.Label, Positive: l.positive, IDColumn: roles.ID, Sum: t.Sum()}
	if len(l.others) > 1 {
		d.warn("the label %q has %d values: %s means leaving, and %s count as staying", roles.Label, len(l.others)+1, listed([]string{l.positive}), listed(l.others))
	}
	var id *tabular.TableColumn
	if roles.ID != "" {
		id = t.Column(roles.ID)
		if id.Missing > 0 {
			return nil, fault.New(fault.Invalid, "%s, column %q: the id is missing here and in %d of %d rows in all; fill it in or choose another --id",
				t.Place(slices.Index(id.Codes, -1)), id.Name, id.Missing, t.Rows)
		}
		d.repeatedStatus(id)
	}
	x := newExaminer(d, t, id, roles)
	for i := range t.Columns {
		d.Columns = append(d.Columns, x.examine(&t.Columns[i]))
	}
	if err := d.fill(t); err != nil {
		return nil, err
	}
	d.group(id)
	return d, nil
}

func (d *Data) warn(format string, args ...any) {
	d.Warnings = append(d.Warnings, fmt.Sprintf(format, args...))
}

// fill makes the matrix, and empties the columns of the table on the way.
func (d *Data) fill(t *tabular.Table) error {
	d.X = &features.Matrix{Rows: t.Rows}
	var from []*tabular.TableColumn
	for i, c := range d.Columns {
		if c.Role == Feature {
			from = append(from, &t.Columns[i])
			d.X.Schema.Columns = append(d.X.Schema.Columns, schemaColumn(&t.Columns[i]))
		}
	}
	if len(from) == 0 {
		return fault.New(fault.Invalid, "%s has no column left to learn from: of its %d columns all are label, id or left out", t.Path, len(t.Columns))
	}
	d.X.Data = make([]float64, t.Rows*len(from))
	for j, c := range from {
		encode(c, d.X, j)
		c.Numbers, c.Codes = nil, nil
	}
	return nil
}

// schemaColumn describes a column of the table for the model.
func schemaColumn(c *tabular.TableColumn) features.Column {
	col := features.Column{Name: c.Name}
	switch c.Type {
	case tabular.Words:
		col.Kind, col.Levels = features.Categorical, append([]string{"other"}, frequent(c)...)
	case tabular.Days:
		col.Unit = daysUnit
	default:
		col.Skewed = skewed(c.Numbers)
	}
	return col
}

// frequent gives the most frequent words in alphabetical order.
func frequent(c *tabular.TableColumn) []string {
	count := c.Count()
	order := make([]int, len(count))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(c.Words[a], c.Words[b]))
	})
	words := make([]string, 0, min(len(order), mostLevels))
	for _, i := range order[:min(len(order), mostLevels)] {
		words = append(words, c.Words[i])
	}
	slices.Sort(words)
	return words
}

// skewed says whether a column looks like counts or amounts with a long tail: no
// value below 0 and a third moment above 2 standard deviations. The logistic
// regression takes its logarithm.
func skewed(values []float64) bool {
	var n, mean, square, cube float64
	for _, v := range values {
		if v < 0 {
			return false
		}
		if !math.IsNaN(v) {
			n++
			mean += v
		}
	}
	if n == 0 {
		return false
	}
	mean /= n
	for _, v := range values {
		if !math.IsNaN(v) {
			d := v - mean
			square += float64(d * d)
			cube += float64(d * float64(d*d))
		}
	}
	sd := math.Sqrt(square / n)
	return sd > 0 && cube/n > 2*sd*sd*sd
}
