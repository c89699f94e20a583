package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/tabular"
)

// table writes rows of texts, integers, numbers and instants as CSV or
// Parquet, holding no more than a batch of them.
type table struct {
	fields  []tabular.Field
	csv     *tabular.CSVWriter
	parquet *tabular.ParquetWriter
	columns []any // of a batch, for Parquet
	rows    int   // in the batch
	line    []string
}

// tableBatch is how many rows go to Parquet at once.
const tableBatch = 1 << 14

// tableFormats are what a table may be written as.
var tableFormats = []string{"csv", "parquet"}

// tableFormat is the format asked for, or what a file's name says.
func tableFormat(format, name string) (string, error) {
	switch {
	case format == "" && strings.HasSuffix(name, ".parquet"):
		return "parquet", nil
	case format == "":
		return "csv", nil
	case !slices.Contains(tableFormats, format):
		return "", usageError{fmt.Errorf("there is no format %q; the formats are %s", format, strings.Join(tableFormats, " and "))}
	}
	return format, nil
}

func newTable(w io.Writer, format string, fields []tabular.Field) (*table, error) {
	t := &table{fields: fields, line: make([]string, len(fields)), columns: make([]any, len(fields))}
	var err error
	if format == "parquet" {
		t.empty()
		t.parquet, err = tabular.NewParquetWriter(w, fields)
		return t, err
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	t.csv, err = tabular.NewCSVWriter(w, names, true)
	return t, err
}

// empty begins a new batch.
func (t *table) empty() {
	t.rows = 0
	for i, f := range t.fields {
		switch f.Kind {
		case tabular.Text:
			t.columns[i] = []string{}
		case tabular.Float:
			t.columns[i] = []float64{}
		default:
			t.columns[i] = []int64{}
		}
	}
}

// write adds a row: string, int64, float64 or time.Time, as the fields say.
func (t *table) write(values ...any) error {
	for i, v := range values {
		if t.csv != nil {
			t.line[i] = cell(v)
			continue
		}
		switch v := v.(type) {
		case string:
			t.columns[i] = append(t.columns[i].([]string), v)
		case int64:
			t.columns[i] = append(t.columns[i].([]int64), v)
		case float64:
			t.columns[i] = append(t.columns[i].([]float64), v)
		case time.Time:
			t.columns[i] = append(t.columns[i].([]int64), v.UnixMicro())
		}
	}
	if t.csv != nil {
		return t.csv.Write(t.line...)
	}
	if t.rows++; t.rows == tableBatch {
		return t.flush()
	}
	return nil
}

func cell(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return v.(string)
}

func (t *table) flush() error {
	if t.rows == 0 {
		return nil
	}
	err := t.parquet.Write(t.columns...)
	t.empty()
	return err
}

// end writes what is left.
func (t *table) end() error {
	if t.csv != nil {
		return t.csv.Flush()
	}
	if err := t.flush(); err != nil {
		return err
	}
	return t.parquet.Close()
}
