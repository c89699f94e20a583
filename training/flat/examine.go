package flat

import (
	"fmt"
	"math"
	"slices"

	"holdfast/internal/stats"
	"holdfast/internal/tabular"
)

// What makes a column suspect.
const (
	answerAUC     = 0.95    // alone, from here on: it holds the answer
	sampledRows   = 100_000 // looked at, at most
	fewestOfAKind = 20      // leavers and stayers needed to suspect anything
	quantiles     = 64      // bins of a numeric column
	fewValues     = 20      // of a column that may be the label under another name
	distinctShare = 0.95    // of a category's rows hold a value of their own: an identifier
	fewestRows    = 50      // to call a column an identifier
	wholeRows     = 1000    // the same for whole numbers, which differ by chance in small tables
)

// examiner looks at the columns of a table one after another.
type examiner struct {
	d     *Data
	table *tabular.Table
	roles Roles
	some  []int  // the rows looked at
	half  []bool // by row of some: which half it lies in; rows of one id lie in one
}

func newExaminer(d *Data, t *tabular.Table, id *tabular.TableColumn, roles Roles) *examiner {
	x := &examiner{d: d, table: t, roles: roles}
	random := stats.Stream(stats.HashString("examined"))
	for row := range t.Rows {
		if random.IntN(t.Rows-row) >= sampledRows-len(x.some) {
			continue
		}
		x.some = append(x.some, row)
		of := uint64(row)
		if id != nil {
			of = uint64(id.Codes[row])
		}
		x.half = append(x.half, stats.Hash(stats.HashString("halves"), of)&1 == 1)
	}
	return x
}

// examine says what a column is used for, and why it is not.
func (x *examiner) examine(c *tabular.TableColumn) Column {
	out := Column{Name: c.Name, Type: c.Type.String(), Values: len(c.Words), Missing: c.Missing, Role: Feature}
	leave := func(format string, args ...any) {
		out.Role, out.Why = LeftOut, fmt.Sprintf(format, args...)
	}
	switch {
	case c.Name == x.roles.Label:
		out.Role = LabelRow
		return out
	case c.Name == x.roles.ID:
		out.Role = ID
		return out
	case slices.Contains(x.roles.Drop, c.Name):
		leave("as asked for")
		return out
	case c.Missing == x.table.Rows:
		leave("it has no value")
		return out
	case constant(c):
		leave("it is the same in every row")
		return out
	}
	out.Alone = x.alone(c)
	why := x.suspect(c, out.Alone)
	switch {
	case why == "":
	case slices.Contains(x.roles.Keep, c.Name):
		out.Why = why + "; kept as asked for"
		x.d.warn("column %q is kept as asked for, although %s", c.Name, why)
	default:
		leave("%s", why)
		x.d.warn("column %q is left out: %s; --keep %q insists on it", c.Name, why, c.Name)
	}
	return out
}

// suspect gives the reason for which a column should not be a feature, or "".
func (x *examiner) suspect(c *tabular.TableColumn, alone float64) string {
	if x.finalStatus(c) {
		return fmt.Sprintf("its rows repeat and the label %q never changes within one of its values, so it names the customer and the label looks like the final status written on every row; name it with --id", x.roles.Label)
	}
	if alone > answerAUC {
		if c.Type == tabular.Words && len(c.Words) <= fewValues && x.pure(c) {
			return fmt.Sprintf("it is the label %q under another name: each of its values goes with one value of the label", x.roles.Label)
		}
		return fmt.Sprintf("alone it ranks with an AUC of %.4f, and above %.2f a column holds the answer itself: it was probably made from the outcome, or after it", alone, answerAUC)
	}
	if identifies(c) {
		return "nearly every row has a value of its own, so it names the customer and says nothing about others"
	}
	return ""
}

// constant says that a column has one value and none is missing.
func constant(c *tabular.TableColumn) bool {
	if c.Missing > 0 {
		return false
	}
	if c.Type == tabular.Words {
		return len(c.Words) == 1
	}
	for _, v := range c.Numbers {
		if v != c.Numbers[0] {
			return false
		}
	}
	return true
}

// identifies says that a column names its rows: words or whole numbers of which
// hardly any comes twice. Amounts and measures may well differ in every row.
func identifies(c *tabular.TableColumn) bool {
	if c.Type == tabular.Words {
		rows := len(c.Codes) - c.Missing
		return rows >= fewestRows && float64(len(c.Words)) >= distinctShare*float64(rows)
	}
	if !c.Whole || c.Missing > 0 || len(c.Numbers) < fewestRows {
		return false
	}
	sorted := slices.Clone(c.Numbers)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) < len(c.Numbers) {
		return false
	}
	n := len(c.Numbers)
	return n >= wholeRows || slices.Max(c.Numbers)-slices.Min(c.Numbers) == float64(n-1)
}

// alone is how well the column ranks by itself, whatever its shape: rates of
// leaving per value, or per quantile of numbers, found in one half of the rows
// and judged in the other. 0 when there are too few rows to say.
func (x *examiner) alone(c *tabular.TableColumn) float64 {
	bin, bins := x.bins(c)
	var left, stayed [2][]float64 // by half and bin
	var leavers, stayers [2]float64
	for h := range 2 {
		left[h], stayed[h] = make([]float64, bins), make([]float64, bins)
	}
	for k, row := range x.some {
		h := 0
		if x.half[k] {
			h = 1
		}
		left[h][bin[k]] += x.d.Y[row]
		stayed[h][bin[k]] += 1 - x.d.Y[row]
		leavers[h] += x.d.Y[row]
		stayers[h] += 1 - x.d.Y[row]
	}
	var sum float64
	for h := range 2 {
		if min(leavers[h], stayers[h]) < fewestOfAKind/2 {
			return 0
		}
		other := 1 - h
		base := leavers[other] / (leavers[other] + stayers[other])
		var y, rate, w []float64 // a bin is two rows: its leavers, and its stayers
		for b := range bins {
			r := (left[other][b] + base) / (left[other][b] + stayed[other][b] + 1)
			y, rate, w = append(y, 1, 0), append(rate, r, r), append(w, left[h][b], stayed[h][b])
		}
		auc, err := stats.AUC(y, rate, w)
		if err != nil {
			return 0
		}
		sum += auc
	}
	return sum / 2
}

// bins numbers the values of the rows looked at; the last bin is for missing ones.
func (x *examiner) bins(c *tabular.TableColumn) (bin []int, bins int) {
	bin = make([]int, len(x.some))
	if c.Type == tabular.Words {
		for k, row := range x.some {
			if bin[k] = int(c.Codes[row]); bin[k] < 0 {
				bin[k] = len(c.Words)
			}
		}
		return bin, len(c.Words) + 1
	}
	var sorted []float64
	for _, row := range x.some {
		if v := c.Numbers[row]; !math.IsNaN(v) {
			sorted = append(sorted, v)
		}
	}
	slices.Sort(sorted)
	var upTo []float64 // the largest value of each bin
	for q := 1; q <= quantiles && len(sorted) > 0; q++ {
		if v := sorted[min(len(sorted)-1, q*len(sorted)/quantiles)]; len(upTo) == 0 || v > upTo[len(upTo)-1] {
			upTo = append(upTo, v)
		}
	}
	for k, row := range x.some {
		if bin[k] = len(upTo); !math.IsNaN(c.Numbers[row]) {
			bin[k], _ = slices.BinarySearch(upTo, c.Numbers[row])
		}
	}
	return bin, len(upTo) + 1
}

// pure says that every value of a column of words goes with one value of the label.
func (x *examiner) pure(c *tabular.TableColumn) bool {
	seen := make([]int8, len(c.Words)+1) // 1 stayed, 2 left, 3 both
	for row, code := range c.Codes {
		k := int(code)
		if k < 0 {
			k = len(c.Words)
		}
		if seen[k] |= int8(1 + x.d.Y[row]); seen[k] == 3 {
			return false
		}
	}
	return true
}
