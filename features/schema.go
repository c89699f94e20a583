package features

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Kind says how a column's numbers are to be read.
type Kind uint8

// The column kinds.
const (
	Numeric     Kind = iota
	Categorical      // an index into Column.Levels; NaN is missing
)

// Column describes one feature: one position of every Row.
type Column struct {
	Name     string   // stable, snake_case: purchase_count_90d
	Kind     Kind     // how the number is read
	Unit     string   // days, events, minor units, share, code …
	Concept  string   // what reasons group by: recency, volume, tenure …
	Sentence string   // template in words: "No purchase for {value} days; usually every {usual}"
	Skewed   bool     // a count or an amount: linear models take the signed log
	Monotone int8     // +1 risk may only rise with it, -1 only fall, 0 free
	Levels   []string `json:",omitempty"` // categorical only; index 0 is "other"
}

// overAllTime ends the names of columns that add up all of a customer's history.
const overAllTime = "_ever"

// OverAllTime says that the column adds up or averages all of a customer's history:
// it grows as time passes, though nobody does anything else than before.
func (c Column) OverAllTime() bool { return strings.HasSuffix(c.Name, overAllTime) }

// Schema is the fixed order of columns and the version of the code that fills them.
type Schema struct {
	Version int // raised whenever any feature function changes its meaning
	Columns []Column
}

// Hash identifies the schema: names, kinds, levels and version, in order.
// Wording does not count. A model refuses rows of another hash.
func (s Schema) Hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "v%d\n", s.Version)
	for _, c := range s.Columns {
		fmt.Fprintf(h, "%q %d %q\n", c.Name, c.Kind, c.Levels)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Index returns the position of the named column, or -1.
func (s Schema) Index(name string) int {
	for i, c := range s.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// Matrix holds rows of one schema, row-major: Rows × len(Schema.Columns)
// float64s. NaN is missing; a categorical value is its level's index.
type Matrix struct {
	Schema Schema
	Rows   int
	Data   []float64
}

// Row returns row i, aliasing the matrix.
func (m *Matrix) Row(i int) []float64 {
	w := len(m.Schema.Columns)
	return m.Data[i*w : (i+1)*w : (i+1)*w]
}

// Column copies column j into dst, which has length Rows or is nil.
func (m *Matrix) Column(j int, dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, m.Rows)
	}
	w := len(m.Schema.Columns)
	for i := range dst {
		dst[i] = m.Data[i*w+j]
	}
	return dst
}
