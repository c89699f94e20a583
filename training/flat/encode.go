package flat

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/tabular"
	"holdfast/model"
)

// Types gives the types that a table's columns must have to be scored under a
// schema, by name.
func Types(s features.Schema) map[string]tabular.ColumnType {
	as := make(map[string]tabular.ColumnType, len(s.Columns))
	for _, c := range s.Columns {
		switch {
		case c.Kind == features.Categorical:
			as[c.Name] = tabular.Words
		case c.Unit == daysUnit:
			as[c.Name] = tabular.Days
		default:
			as[c.Name] = tabular.Numbers
		}
	}
	return as
}

// Encode turns a table, read with Types, into rows of a schema. Values that the
// schema does not know count as "other", which notes say per column. An absent
// column is Invalid.
func Encode(t *tabular.Table, s features.Schema) (x *features.Matrix, notes []string, err error) {
	notes = []string{}
	x = &features.Matrix{Schema: s, Rows: t.Rows, Data: make([]float64, t.Rows*len(s.Columns))}
	for j, col := range s.Columns {
		c := t.Column(col.Name)
		if c == nil {
			return nil, nil, fault.New(fault.Invalid, "%s has no column %q, which the model needs", t.Path, col.Name)
		}
		if unseen := encode(c, x, j); unseen > 0 {
			notes = append(notes, fmt.Sprintf("column %q: %d rows hold values that the model has not seen; they count as other", c.Name, unseen))
		}
	}
	return x, notes, nil
}

// encode writes a column of a table as column j of the matrix and returns how
// many rows hold a word that is no level.
func encode(c *tabular.TableColumn, x *features.Matrix, j int) (unseen int) {
	width := len(x.Schema.Columns)
	if c.Type != tabular.Words {
		for row, v := range c.Numbers {
			x.Data[row*width+j] = v
		}
		return 0
	}
	levels := x.Schema.Columns[j].Levels
	code := make([]float64, len(c.Words))
	for k, word := range c.Words {
		code[k] = level(levels, word)
	}
	for row, k := range c.Codes {
		v := math.NaN()
		if k >= 0 {
			if v = code[k]; v == 0 {
				unseen++
			}
		}
		x.Data[row*width+j] = v
	}
	return unseen
}

// level gives the index of a word among the levels, 0 when it is none of them.
// Other programs number categories, and write 7 also as 7.0.
func level(levels []string, word string) float64 {
	if len(levels) == 0 {
		return 0
	}
	at := slices.Index(levels[1:], word)
	if at < 0 {
		if v, why := tabular.ParseFloat([]byte(word)); why == tabular.OK {
			at = slices.Index(levels[1:], strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return float64(at + 1)
}

// Score gives the calibrated probability of every row. Workers of 0 are as many
// as there are processors.
func Score(m *model.Model, x *features.Matrix, workers int) ([]float64, error) {
	p := make([]float64, x.Rows)
	return p, score(m.Score, x, p, workers)
}

// Labels reads a label column, read as words, as 1 for rows that left and 0 for
// those that stayed, and counts the former. An empty positive is taken from the
// two values if they say it themselves. Labels that cannot be used are Invalid.
func Labels(t *tabular.Table, name, positive string) (y []float64, left int, err error) {
	l, err := readLabel(t, name, positive)
	return l.y, l.left, err
}
