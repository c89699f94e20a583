package tabular

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"holdfast/internal/fault"
)

// ColumnType says what the cells of a table's column are.
type ColumnType uint8

// The types of columns.
const (
	Inferred ColumnType = iota // asked for: numbers if all cells are, else days, else words
	Numbers                    // floating-point numbers
	Days                       // dates as days since 1970, with a fraction where they have a time
	Words                      // text, numbered by distinct value
)

// String names the type as it is shown to people.
func (t ColumnType) String() string {
	return [...]string{"inferred", "number", "date", "category"}[t]
}

// TableOptions say how ReadTable reads a file. The zero value reads all columns
// and finds their types in the cells.
type TableOptions struct {
	Options
	As       map[string]ColumnType   // columns whose type is known
	Missing  []string                // words that mean a missing value in any column, besides nothing at all
	Infinite bool                    // inf is a number, and NaN a missing one, where numbers are asked for
	Workers  int                     // goroutines; 0 means 1
	Progress func(read, total int64) // told of the file's bytes after every block; may be nil
}

// Table is a whole file in memory, as typed columns of the same number of rows.
type Table struct {
	Path    string
	Rows    int
	Columns []TableColumn

	unit   string // "line" or "row"
	places []run
	sum    string
}

// TableColumn is one column of a table.
type TableColumn struct {
	Name    string
	Type    ColumnType
	Whole   bool      // Numbers: all of them are whole
	Missing int       // rows without a value
	Numbers []float64 // Numbers and Days: by row; NaN is missing
	Codes   []int32   // Words: by row, an index into Words; -1 is missing
	Words   []string  // the distinct values in the order of the file
}

// run is where the rows of one block lie in the file.
type run struct {
	row   int      // first row of the table
	line  int64    // its place in the file
	lines []uint32 // place of each row less line; nil when they follow each other
}

// ReadTable reads a whole CSV or Parquet file into typed columns.
//
// A column of a CSV file holds numbers if every cell does; then NA, N/A, #N/A
// and null in any case are missing like an empty cell. It holds days if every cell is
// an ISO date or time. Else it holds words, unless nearly all cells are numbers
// or infinite: then the first that is not is refused with its place, because
// one stray word in a column of amounts is a mistake in the file. Columns of
// Parquet have the type the file says. A malformed row, a column name that is
// there twice and a file without rows are refused. All refusals are
// fault.Invalid, or fault.NotFound when there is no file.
func ReadTable(ctx context.Context, path string, opt TableOptions) (*Table, error) {
	t := &Table{Path: path}
	mixed, err := t.read(ctx, opt)
	if err != nil {
		return nil, err
	}
	if len(mixed) > 0 { // numbers, and further down words: what the numbers looked like is needed after all
		if err := t.readAgain(ctx, opt, mixed); err != nil {
			return nil, err
		}
	}
	for i := range t.Columns {
		if err := t.settle(&t.Columns[i], opt); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *TableColumn {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Place says where a row of the table lies, for the person who has the file.
func (t *Table) Place(row int) string {
	k := sort.Search(len(t.places), func(i int) bool { return t.places[i].row > row }) - 1
	at := t.places[k]
	line := at.line + int64(row-at.row)
	if at.lines != nil {
		line = at.line + int64(at.lines[row-at.row])
	}
	return fmt.Sprintf("%s %s %d", t.Path, t.unit, line)
}

// Sum gives the SHA-256 of the file's bytes in hexadecimal when Options.Hash
// asked for it, else nothing.
func (t *Table) Sum() string { return t.sum }

// Count gives the number of rows that hold each of the words.
func (c *TableColumn) Count() []int {
	count := make([]int, len(c.Words))
	for _, code := range c.Codes {
		if code >= 0 {
			count[code]++
		}
	}
	return count
}

// Text gives a cell as text; nothing when it is missing.
func (c *TableColumn) Text(row int) string {
	switch {
	case c.Type == Words && c.Codes[row] < 0:
		return ""
	case c.Type == Words:
		return c.Words[c.Codes[row]]
	case math.IsNaN(c.Numbers[row]):
		return ""
	}
	return strconv.FormatFloat(c.Numbers[row], 'f', -1, 64)
}

// read reads the wanted columns and names those whose first blocks were taken
// for something that later ones are not.
func (t *Table) read(ctx context.Context, opt TableOptions) (mixed []string, err error) {
	r, err := Open(t.Path, opt.Options)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read from
	if err := r.distinctNames(); err != nil {
		return nil, err
	}
	g := newGatherer(t, r, opt)
	if err := Each(ctx, r, opt.Workers, g.parse, g.use); err != nil {
		return nil, err
	}
	if t.Rows == 0 {
		return nil, fault.New(fault.Invalid, "%s has no rows; check the export that makes it", t.Path)
	}
	t.sum, _ = r.Sum()
	return g.finish(), nil
}

// readAgain reads the named columns as words.
func (t *Table) readAgain(ctx context.Context, opt TableOptions, names []string) error {
	again := opt
	again.Columns, again.Hash = names, false
	again.As = map[string]ColumnType{}
	for _, name := range names {
		again.As[name] = Words
	}
	part := &Table{Path: t.Path}
	if _, err := part.read(ctx, again); err != nil {
		return err
	}
	if part.Rows != t.Rows {
		return fault.New(fault.Invalid, "%s changed while it was read: it had %d rows and then %d; read it when nobody writes it", t.Path, t.Rows, part.Rows)
	}
	for _, c := range part.Columns {
		*t.Column(c.Name) = c
	}
	return nil
}

// distinctNames refuses a name that is there twice, and names columns that have
// none by their place: tables often come with an index in front.
func (r *Reader) distinctNames() error {
	for i, name := range r.names {
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
			r.names[i] = name
		}
		if slices.Contains(r.names[:i], name) {
			return fault.New(fault.Invalid, "%s has column %q twice; rename one of them", r.path, name)
		}
	}
	return nil
}
