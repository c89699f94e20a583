package tabular

import "math"

// Reasons for which a cell of a typed column does not fit what is asked.
const (
	WrongKind Reason = "is in a column of another type than what is asked of it"
)

// Int reads a cell as a whole number.
func (c *Column) Int(row int) (int64, Reason) {
	if c.nulls != nil && c.nulls[row] {
		return 0, Missing
	}
	switch c.Kind {
	case Text:
		return ParseInt(c.Bytes(row))
	case Int, Truth:
		return c.ints[row], OK
	case Float:
		v := c.floats[row]
		if v != math.Trunc(v) {
			return 0, NotWhole
		}
		if math.Abs(v) >= 1<<63 {
			return 0, TooLarge
		}
		return int64(v), OK
	case Decimal:
		whole := Amounts{decimal: '.', finer: NotWhole}
		return whole.FromDecimal(c.ints[row], c.Scale)
	}
	return 0, WrongKind
}

// Float reads a cell as a floating-point number.
func (c *Column) Float(row int) (float64, Reason) {
	if c.nulls != nil && c.nulls[row] {
		return 0, Missing
	}
	switch c.Kind {
	case Text:
		return ParseFloat(c.Bytes(row))
	case Int, Truth:
		return float64(c.ints[row]), OK
	case Float:
		if v := c.floats[row]; math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, NotFinite
		}
		return c.floats[row], OK
	case Decimal:
		var room [64]byte
		return ParseFloat(appendDecimal(room[:0], c.ints[row], c.Scale))
	}
	return 0, WrongKind
}

// Amount reads a cell as minor units.
func (c *Column) Amount(row int, a *Amounts) (int64, Reason) {
	if c.nulls != nil && c.nulls[row] {
		return 0, Missing
	}
	switch c.Kind {
	case Text:
		return a.Parse(c.Bytes(row))
	case Int:
		return a.FromDecimal(c.ints[row], 0)
	case Decimal:
		return a.FromDecimal(c.ints[row], c.Scale)
	case Float:
		return a.FromFloat(c.floats[row])
	}
	return 0, WrongKind
}

// Truth reads a cell as true or false.
func (c *Column) Truth(row int, t *Truths) (bool, Reason) {
	if c.nulls != nil && c.nulls[row] {
		return false, Missing
	}
	switch c.Kind {
	case Text:
		return t.Parse(c.Bytes(row))
	case Truth, Int:
		if v := c.ints[row]; v == 0 || v == 1 {
			return v == 1, OK
		}
		return false, NotTruth
	}
	return false, WrongKind
}

// Time reads a cell as microseconds since 1970 in UTC. A Parquet column that
// has a date or time type needs no layout; its dates and zone-less times are
// readings of the location's clock, as in text.
func (c *Column) Time(row int, t *Times) (int64, Reason) {
	if c.nulls != nil && c.nulls[row] {
		return 0, Missing
	}
	switch c.Kind {
	case Text:
		return t.Parse(c.Bytes(row))
	case Instant:
		return inRange(c.ints[row])
	case WallTime:
		if _, why := inRange(c.ints[row]); why != OK {
			return 0, why
		}
		return t.FromWall(c.ints[row]), OK
	case Date:
		days := c.ints[row]
		if days < firstMicro/86400e6 || days >= lastMicro/86400e6 {
			return 0, FarTime
		}
		return t.FromWall(days * 86400e6), OK
	case Int:
		var room [32]byte
		return t.Parse(appendDecimal(room[:0], c.ints[row], 0))
	}
	return 0, WrongKind
}
