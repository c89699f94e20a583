package gbdt

import (
	"fmt"
	"math"
	"time"
)

// What growing a tree costs, in nanoseconds of one processor of the reference
// machine, a virtual core of an Intel Xeon at 2.6 GHz that other work shares.
// Measured on 4,000 to 250,000 rows, 10 to 120 columns and 5 to 31 leaves, where
// trees cost 0.8 to 1.7 times what cost says.
const (
	perRow  = 45.0   // derivatives, margins, partition
	perBin  = 0.5    // a row of a column, for each time that the leaves double
	perCell = 1500.0 // a column's histogram in a leaf: looking for a split
)

// cost is what one more tree costs on the reference machine. Held rows only walk.
func cost(learn, held, columns, leaves int) time.Duration {
	rows, bins := float64(learn), float64(learn)*float64(columns)
	return time.Duration(float64(perRow*(rows+float64(held))) + float64(perBin*bins*math.Log2(float64(leaves))) +
		float64(perCell*float64(columns)*float64(leaves)))
}

// purse is what is left of a budget. Trees are paid for by cost and not by a
// clock, so that where a budget ends depends on the table and the options alone.
// A nil purse pays for everything.
type purse struct {
	left  time.Duration
	empty bool // something could not be paid for
}

// newPurse holds a budget; 0 is no limit.
func newPurse(budget time.Duration) *purse {
	if budget == 0 {
		return nil
	}
	return &purse{left: budget}
}

// pay pays for one tree, or says that there is not enough left.
func (p *purse) pay(price time.Duration) bool {
	if p == nil {
		return true
	}
	p.empty = p.empty || price > p.left
	if !p.empty {
		p.left -= price
	}
	return !p.empty
}

// part keeps half of what is left apart, if it is wanted.
func (p *purse) part(wanted bool) *purse {
	if p == nil || !wanted {
		return nil
	}
	half := &purse{left: p.left / 2}
	p.left -= half.left
	return half
}

// take adds what is left of another purse.
func (p *purse) take(other *purse) *purse {
	if p != nil {
		p.left += other.left
	}
	return p
}

// ended says that something was not paid for.
func (p *purse) ended() bool { return p != nil && p.empty }

// after says in words that a budget ended a search.
func (p *purse) after(budget time.Duration, tried, all int) string {
	if !p.ended() {
		return ""
	}
	return fmt.Sprintf(" The budget of %v of processor time ended the search in the %s of at most %d sizes.", budget, ordinal(tried), all)
}

func ordinal(n int) string {
	names := []string{"first", "second", "third", "fourth", "fifth", "sixth"}
	if n < 1 || n > len(names) {
		return fmt.Sprintf("%dth", n)
	}
	return names[n-1]
}
