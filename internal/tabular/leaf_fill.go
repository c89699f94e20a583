package tabular

import (
	"errors"
	"slices"
	"strconv"
)

// shortest widens a float32 to the float64 that is written alike, so that a
// price of 12.34 kept in single precision is still 12.34.
func shortest(v float32) float64 {
	var room [32]byte
	wide, err := strconv.ParseFloat(string(strconv.AppendFloat(room[:0], float64(v), 'g', -1, 32)), 64)
	if err != nil {
		return float64(v)
	}
	return wide
}

// fill copies the next rows of the column into a block.
func (l *leaf) fill(b *Block, c *Column, rows int) error {
	c.Kind, c.Scale = l.kind, l.scale
	c.nulls = c.nulls[:0]
	switch l.kind {
	case Text:
	case Float:
		c.floats = slices.Grow(c.floats[:0], rows)[:rows]
	default:
		c.ints = slices.Grow(c.ints[:0], rows)[:rows]
	}
	nulls := false
	for row := 0; row < rows; {
		for l.at == l.rows {
			if err := l.load(); err != nil {
				return err
			}
		}
		n := min(rows-row, l.rows-l.at)
		if l.levels != nil && !nulls {
			nulls = true
			c.nulls = slices.Grow(c.nulls[:0], rows)[:rows]
			clear(c.nulls)
		}
		if err := l.copyRows(b, c, row, n); err != nil {
			return err
		}
		row += n
		l.at += n
	}
	if !nulls {
		c.nulls = nil
	}
	return nil
}

// copyRows copies n rows of the current page to the block from row on.
func (l *leaf) copyRows(b *Block, c *Column, row, n int) error {
	if l.levels == nil && l.kind != Text {
		if l.kind == Float {
			copy(c.floats[row:row+n], l.floats[l.value:l.value+n])
		} else {
			copy(c.ints[row:row+n], l.ints[l.value:l.value+n])
		}
		l.value += n
		return nil
	}
	for i := range n {
		if l.levels != nil && l.levels[l.at+i] != l.full {
			c.nulls[row+i] = true
			if l.kind == Text {
				c.cells[row+i] = cell{}
			}
			continue
		}
		switch l.kind {
		case Text:
			if err := l.copyText(b, &c.cells[row+i]); err != nil {
				return err
			}
		case Float:
			c.floats[row+i] = l.floats[l.value]
		default:
			c.ints[row+i] = l.ints[l.value]
		}
		l.value++
	}
	return nil
}

func (l *leaf) copyText(b *Block, to *cell) error {
	i := l.value
	if l.indexes != nil {
		i = int(l.indexes[i])
	}
	text := l.bytes(i)
	if len(b.buf)+len(text) > largestBlock {
		return errors.New("its text is too large for a block; ask for fewer rows in a block")
	}
	*to = cell{uint32(len(b.buf)), uint32(len(text))}
	b.buf = append(b.buf, text...)
	return nil
}
