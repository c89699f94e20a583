package tabular

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// CSVWriter writes rows by the quoting rules of RFC 4180, with LF line ends.
type CSVWriter struct {
	out     *bufio.Writer
	columns int
	guard   bool
}

// NewCSVWriter writes the header row. With guard, cells that a spreadsheet
// could take for a formula (first character = + - @, tab or an end of
// line) begin with an apostrophe, unless they are plain numbers.
// Source of the list: OWASP, CSV injection.
func NewCSVWriter(w io.Writer, names []string, guard bool) (*CSVWriter, error) {
	c := &CSVWriter{out: bufio.NewWriterSize(w, 64<<10), columns: len(names), guard: guard}
	return c, c.Write(names...)
}

// Write writes one row with as many cells as there are names.
func (c *CSVWriter) Write(cells ...string) error {
	if len(cells) != c.columns {
		return fmt.Errorf("write a CSV row: %d cells for %d columns", len(cells), c.columns)
	}
	var err error
	for i, cell := range cells {
		if i > 0 {
			err = c.out.WriteByte(',')
		}
		if c.guard && formula(cell) {
			cell = "'" + cell
		}
		if strings.ContainsAny(cell, ",\"\r\n") || (c.columns == 1 && cell == "") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		if _, e := c.out.WriteString(cell); e != nil {
			err = e
		}
	}
	if e := c.out.WriteByte('\n'); e != nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("write a CSV row: %w", err)
	}
	return nil
}

// Flush hands everything on to the writer below.
func (c *CSVWriter) Flush() error {
	if err := c.out.Flush(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// formula reports that a spreadsheet could run a cell instead of showing it.
func formula(cell string) bool {
	if cell == "" || strings.IndexByte("=+-@\t\r\n", cell[0]) < 0 {
		return false
	}
	_, why := ParseFloat([]byte(cell))
	return why != OK || trim([]byte(cell))[0] != cell[0]
}

// Field is a column to be written to Parquet: its kind is Int, Float, Text or
// Instant (microseconds UTC).
type Field struct {
	Name string
	Kind Kind
}

// ParquetWriter writes flat tables by columns.
type ParquetWriter struct {
	out    *parquet.GenericWriter[any]
	fields []Field
	room   []parquet.Value
	rows   int // in the current row group
}

const rowsPerGroup = 1 << 20

// NewParquetWriter starts a Parquet file with these columns, none of them
// nullable, compressed with zstd.
func NewParquetWriter(w io.Writer, fields []Field) (*ParquetWriter, error) {
	group := parquet.Group{}
	for _, f := range fields {
		var node parquet.Node
		switch f.Kind {
		case Int:
			node = parquet.Int(64)
		case Float:
			node = parquet.Leaf(parquet.DoubleType)
		case Text:
			node = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
		case Instant:
			node = parquet.Timestamp(parquet.Microsecond)
		default:
			return nil, fmt.Errorf("column %q: only Int, Float, Text and Instant can be written", f.Name)
		}
		if group[f.Name] != nil {
			return nil, fmt.Errorf("column %q is there twice", f.Name)
		}
		group[f.Name] = node
	}
	schema := parquet.NewSchema("table", orderedGroup{group, fields})
	out := parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Zstd))
	return &ParquetWriter{out: out, fields: fields}, nil
}

// orderedGroup keeps the columns in the order given; parquet.Group sorts them.
type orderedGroup struct {
	parquet.Group
	order []Field
}

// Fields gives the columns in order.
func (g orderedGroup) Fields() []parquet.Field {
	byName := map[string]parquet.Field{}
	for _, f := range g.Group.Fields() {
		byName[f.Name()] = f
	}
	fields := make([]parquet.Field, len(g.order))
	for i, f := range g.order {
		fields[i] = byName[f.Name]
	}
	return fields
}

// GoType gives any: rows are never made.
func (g orderedGroup) GoType() reflect.Type { return reflect.TypeFor[any]() }

// Write writes equally long columns in the order of the fields: []int64 for
// Int and Instant, []float64 for Float, []string for Text.
func (p *ParquetWriter) Write(columns ...any) error {
	if len(columns) != len(p.fields) {
		return fmt.Errorf("write Parquet: %d columns for %d fields", len(columns), len(p.fields))
	}
	rows := -1
	for i, column := range columns {
		n, err := p.values(i, column)
		if err != nil {
			return err
		}
		if rows >= 0 && n != rows {
			return fmt.Errorf("write Parquet: column %q has %d rows, the first has %d", p.fields[i].Name, n, rows)
		}
		rows = n
		if _, err := p.out.ColumnWriters()[i].WriteRowValues(p.room); err != nil {
			return fmt.Errorf("write Parquet column %q: %w", p.fields[i].Name, err)
		}
	}
	if p.rows += rows; p.rows >= rowsPerGroup {
		p.rows = 0
		if err := p.out.Flush(); err != nil {
			return fmt.Errorf("write Parquet: %w", err)
		}
	}
	return nil
}

// values puts a column into p.room and gives its length.
func (p *ParquetWriter) values(i int, column any) (int, error) {
	p.room = p.room[:0]
	kind := p.fields[i].Kind
	switch c := column.(type) {
	case []int64:
		if kind == Int || kind == Instant {
			for _, v := range c {
				p.room = append(p.room, parquet.Int64Value(v).Level(0, 0, i))
			}
			return len(c), nil
		}
	case []float64:
		if kind == Float {
			for _, v := range c {
				p.room = append(p.room, parquet.DoubleValue(v).Level(0, 0, i))
			}
			return len(c), nil
		}
	case []string:
		if kind == Text {
			for _, v := range c {
				p.room = append(p.room, parquet.ByteArrayValue([]byte(v)).Level(0, 0, i))
			}
			return len(c), nil
		}
	}
	return 0, fmt.Errorf("write Parquet: column %q cannot hold %T", p.fields[i].Name, column)
}

// Close writes what is left and the footer; the writer below stays open.
func (p *ParquetWriter) Close() error {
	if err := p.out.Close(); err != nil {
		return fmt.Errorf("write Parquet: %w", err)
	}
	return nil
}
