package tabular

import (
	"math"
	"strings"
)

// gatherer puts the columns of the blocks together.
//
//	block 1 ┐                ┌ numbers numbers numbers ► numbers
//	block 2 ├ one part each ─┤ words   words   words   ► words
//	block 3 ┘                └ numbers numbers words   ► mixed: read again as words
type gatherer struct {
	table  *Table
	reader *Reader
	opt    TableOptions
	as     []ColumnType // asked for, by column
	found  []ColumnType // so far; Inferred while all cells were missing
	mixed  []bool
	na     []bool
	index  []map[string]int32 // of the words
	infer  *inference
}

// part is what one block holds of one column.
type part struct {
	kind    ColumnType // Inferred when all cells are missing
	whole   bool
	na      bool // a cell says NA or the like, which in a column of words is a word
	missing int
	numbers []float64
	codes   []int32
	words   []string
}

// parts is one block, parsed.
type parts struct {
	rows    int
	at      run
	unit    string
	columns []part
}

func newGatherer(t *Table, r *Reader, opt TableOptions) *gatherer {
	n := len(r.wanted)
	g := &gatherer{
		table: t, reader: r, opt: opt, infer: newInference(opt),
		as: make([]ColumnType, n), found: make([]ColumnType, n), mixed: make([]bool, n), na: make([]bool, n), index: make([]map[string]int32, n),
	}
	t.Columns = make([]TableColumn, n)
	for i, w := range r.wanted {
		name := r.names[w]
		g.as[i] = opt.As[name]
		t.Columns[i] = TableColumn{Name: name, Whole: true}
		g.index[i] = map[string]int32{}
	}
	return g
}

// parse types the cells of one block; several run at once.
func (g *gatherer) parse(b *Block) (*parts, error) {
	if len(b.Rejected) > 0 {
		return nil, invalid(&b.Rejected[0])
	}
	p := &parts{rows: b.Rows, unit: b.unit, at: run{line: b.first}, columns: make([]part, len(b.Columns))}
	for row := range b.lines[:min(b.Rows, len(b.lines))] {
		if b.lines[row] != uint32(row) {
			p.at.lines = append([]uint32(nil), b.lines[:b.Rows]...)
			break
		}
	}
	for i := range b.Columns {
		var err error
		if p.columns[i], err = g.infer.column(b, i, g.as[i]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// use appends a block to the table.
func (g *gatherer) use(p *parts) error {
	t := g.table
	read, total := g.reader.Progress()
	if t.Rows == 0 {
		g.grow(p.rows, read, total)
	}
	p.at.row, t.unit = t.Rows, p.unit
	if p.rows > 0 {
		t.places = append(t.places, p.at)
	}
	for i := range p.columns {
		g.append(i, &p.columns[i], p.rows)
	}
	t.Rows += p.rows
	if g.opt.Progress != nil {
		g.opt.Progress(read, total)
	}
	return nil
}

// grow remembers how many rows there will be, judged by the first block.
func (g *gatherer) grow(rows int, read, total int64) {
	if read <= 0 || read >= total {
		return
	}
	likely := int(float64(rows) * float64(total) / float64(read) * 1.05)
	for i := range g.table.Columns {
		if g.as[i] != Words {
			g.table.Columns[i].Numbers = make([]float64, 0, likely)
		}
	}
}

// append adds a part to its column.
func (g *gatherer) append(i int, p *part, rows int) {
	c := &g.table.Columns[i]
	before := g.found[i]
	if before == Inferred {
		g.found[i] = p.kind
	}
	g.na[i] = g.na[i] || p.na
	// A block in which all is missing fits any column, unless it says NA.
	unlike := p.kind != Inferred && p.kind != g.found[i]
	if g.mixed[i] = g.mixed[i] || unlike || (g.na[i] && g.found[i] == Words); g.mixed[i] {
		*c = TableColumn{Name: c.Name}
		return
	}
	if before == Inferred && p.kind == Words { // the rows before had nothing
		c.Numbers, c.Codes = nil, repeated(int32(-1), c.Missing)
	}
	c.Missing += p.missing
	c.Whole = c.Whole && p.whole
	switch {
	case g.found[i] == Words && p.kind == Words:
		g.appendWords(i, c, p)
	case g.found[i] == Words:
		c.Codes = append(c.Codes, repeated(int32(-1), rows)...)
	case p.kind == Inferred:
		c.Numbers = append(c.Numbers, repeated(math.NaN(), rows)...)
	default:
		c.Numbers = append(c.Numbers, p.numbers...)
	}
}

func repeated[T any](v T, n int) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = v
	}
	return list
}

// appendWords renumbers a part's words by the column's.
func (g *gatherer) appendWords(i int, c *TableColumn, p *part) {
	codes := make([]int32, len(p.words))
	for k, word := range p.words {
		code, known := g.index[i][word]
		if !known {
			code = int32(len(c.Words))
			word = strings.Clone(word)
			c.Words = append(c.Words, word)
			g.index[i][word] = code
		}
		codes[k] = code
	}
	for _, k := range p.codes {
		if k >= 0 {
			k = codes[k]
		}
		c.Codes = append(c.Codes, k)
	}
}

// finish gives every column its type, and the names of those to be read again.
// A column without any value is one of numbers, unless another type was asked for.
func (g *gatherer) finish() (mixed []string) {
	for i := range g.table.Columns {
		c := &g.table.Columns[i]
		c.Type = g.found[i]
		if c.Type == Inferred {
			c.Type = max(g.as[i], Numbers)
		}
		if c.Type == Words && c.Numbers != nil {
			c.Numbers, c.Codes = nil, repeated(int32(-1), c.Missing)
		}
		c.Whole = c.Whole && c.Type == Numbers
		if g.mixed[i] {
			mixed = append(mixed, c.Name)
		}
	}
	return mixed
}
