package tabular_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

func tableFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readTable(t testing.TB, text string, opt tabular.TableOptions) *tabular.Table {
	t.Helper()
	table, err := tabular.ReadTable(context.Background(), tableFile(t, text), opt)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

var sameTable = cmp.Options{cmpopts.EquateNaNs(), cmpopts.IgnoreUnexported(tabular.Table{})}

func TestReadTable(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	text := "n,whole,day,word,none,na\n1.5,1,2026-01-02,a,,NA\n,2, 2026-01-03T12:00:00Z ,b,,7\n-2,3,,a,,null\n"
	got := readTable(t, text, tabular.TableOptions{})
	want := []tabular.TableColumn{
		{Name: "n", Type: tabular.Numbers, Missing: 1, Numbers: []float64{1.5, nan, -2}},
		{Name: "whole", Type: tabular.Numbers, Whole: true, Numbers: []float64{1, 2, 3}},
		{Name: "day", Type: tabular.Days, Missing: 1, Numbers: []float64{20455, 20456.5, nan}},
		{Name: "word", Type: tabular.Words, Codes: []int32{0, 1, 0}, Words: []string{"a", "b"}},
		{Name: "none", Type: tabular.Numbers, Whole: true, Missing: 3, Numbers: []float64{nan, nan, nan}},
		{Name: "na", Type: tabular.Numbers, Whole: true, Missing: 2, Numbers: []float64{nan, 7, nan}},
	}
	if diff := cmp.Diff(want, got.Columns, sameTable); diff != "" {
		t.Error(diff)
	}
	if got.Place(2) != got.Path+" line 4" {
		t.Error(got.Place(2))
	}
	as := map[string]tabular.ColumnType{"whole": tabular.Words, "none": tabular.Words}
	forced := readTable(t, text, tabular.TableOptions{As: as, Missing: []string{"2"}, Options: tabular.Options{Columns: []string{"whole", "none", "n"}}})
	want = []tabular.TableColumn{
		{Name: "whole", Type: tabular.Words, Missing: 1, Codes: []int32{0, -1, 1}, Words: []string{"1", "3"}},
		{Name: "none", Type: tabular.Words, Missing: 3, Codes: []int32{-1, -1, -1}},
		{Name: "n", Type: tabular.Numbers, Missing: 1, Numbers: []float64{1.5, nan, -2}},
	}
	if diff := cmp.Diff(want, forced.Columns, sameTable); diff != "" {
		t.Error(diff)
	}
}

// What a table cannot be read for, each in one sentence with its place.
func TestReadTableRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text, want string
		opt        tabular.TableOptions
	}{
		"empty":            {"", "FILE is empty; expected a header row with the names of the columns", tabular.TableOptions{}},
		"no rows":          {"a,b\n", "FILE has no rows; check the export that makes it", tabular.TableOptions{}},
		"a name twice":     {"a,b,a\n1,2,3\n", `FILE has column "a" twice; rename one of them`, tabular.TableOptions{}},
		"a short row":      {"a,b\n1,2\n3\n", `FILE line 3: has 1 cells where the file has 2 columns: "3"`, tabular.TableOptions{}},
		"infinity":         {"a\n1\n-inf\n", `FILE line 3, column "a": "-inf" is not a finite number; correct it, leave the cell empty, or name it with --missing if it means a missing value`, tabular.TableOptions{}},
		"NaN":              {"a,b\n1,x\nNaN,y\n3,z\n", `FILE line 3, column "a": "NaN" is not a finite number; correct it, leave the cell empty, or name it with --missing if it means a missing value`, tabular.TableOptions{}},
		"known as numbers": {"a\n1\nx\n", `FILE line 3, column "a": "x" is not a number`, tabular.TableOptions{As: map[string]tabular.ColumnType{"a": tabular.Numbers}}},
		"known as days":    {"a\n2026-02-30\n", `FILE line 2, column "a": "2026-02-30" is not a date in the calendar`, tabular.TableOptions{As: map[string]tabular.ColumnType{"a": tabular.Days}}},
		"an absent column": {"a,b\n1,2\n", `FILE has no column "c"; did you mean "a"? the columns are: a, b`, tabular.TableOptions{Options: tabular.Options{Columns: []string{"c"}}}},
		"a stray word":     {"a\n" + strings.Repeat("1.5\n", 30) + "1,5\n", `FILE line 32: has 2 cells where the file has 1 columns: "1,5"`, tabular.TableOptions{}},
		"decimal commas": {
			"a;b\n1;x\n1,5;y\n-2,25;z\n", `FILE line 3, column "a": "1,5" has a comma, and 2 of the column's 3 values are numbers but for one; write them with a decimal point and without thousands separators, or read the column as text with --text "a"`,
			tabular.TableOptions{Options: tabular.Options{Delimiter: ';'}},
		},
		"thousands": {"a\n\"1,234.50\"\n12\n", `FILE line 2, column "a": "1,234.50" has a comma, and 1 of the column's 2 values are numbers but for one; write them with a decimal point and without thousands separators, or read the column as text with --text "a"`, tabular.TableOptions{}},
		"a stray word in many blocks": {
			"a,b\n" + strings.Repeat("1,\"x\ny\"\n", 40) + "?,z\n",
			`FILE line 82, column "a": "?" is not a number, and 40 of the column's 41 values are; correct it, name it with --missing "?" if it means a missing value, or read the column as text with --text "a"`,
			tabular.TableOptions{Options: tabular.Options{BlockBytes: 32}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := tableFile(t, tc.text)
			_, err := tabular.ReadTable(t.Context(), path, tc.opt)
			if err == nil || fault.Of(err) != fault.Invalid {
				t.Fatalf("%v, want it Invalid", err)
			}
			if got := strings.ReplaceAll(err.Error(), path, "FILE"); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
	if _, err := tabular.ReadTable(t.Context(), filepath.Join(t.TempDir(), "none.csv"), tabular.TableOptions{}); fault.Of(err) != fault.NotFound {
		t.Errorf("an absent file: %v", err)
	}
}

// Whatever the bytes, a table is refused as Invalid or has equally long columns.
func FuzzReadTable(f *testing.F) {
	f.Add("a,b\n1,x\n2,\n", 0)
	f.Add("a;b\n1,5;x\n", 3)
	f.Add("\"a\nb\",2026-01-01\nNaN,2026-01-02T03:04:05Z\n", 9)
	f.Fuzz(func(t *testing.T, text string, block int) {
		path := filepath.Join(t.TempDir(), "t.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		opt := tabular.TableOptions{Workers: 2}
		opt.BlockBytes = max(0, block%100)
		table, err := tabular.ReadTable(context.Background(), path, opt)
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		for _, c := range table.Columns {
			if len(c.Numbers)+len(c.Codes) != table.Rows || (c.Type == tabular.Words) != (c.Codes != nil) {
				t.Fatalf("%d rows, and column %q of type %s has %d numbers and %d codes", table.Rows, c.Name, c.Type, len(c.Numbers), len(c.Codes))
			}
		}
		table.Place(table.Rows - 1)
	})
}

// One word in a column of numbers is found at row 900,000 as well as at row 9.
func TestTextFarDown(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	text.WriteString("id,amount\n")
	for i := 1; i <= 1_000_000; i++ {
		if i == 900_000 {
			text.WriteString("900000,abc\n")
			continue
		}
		text.WriteString(strconv.Itoa(i))
		text.WriteString(",12.5\n")
	}
	path := tableFile(t, text.String())
	_, err := tabular.ReadTable(t.Context(), path, tabular.TableOptions{Workers: 2})
	want := path + ` line 900001, column "amount": "abc" is not a number, and 999999 of the column's 1000000 values are; ` +
		`correct it, name it with --missing "abc" if it means a missing value, or read the column as text with --text "amount"`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// naive reads a table as a person would write it first: all cells as text, then
// one type per column.
func naive(t *rapid.T, text string) []tabular.TableColumn {
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]tabular.TableColumn, len(records[0]))
	for j, name := range records[0] {
		c := tabular.TableColumn{Name: name, Type: tabular.Numbers, Whole: true}
		for _, r := range records[1:] {
			v, err := strconv.ParseFloat(r[j], 64)
			switch {
			case r[j] == "" || r[j] == "NA":
				v = math.NaN()
				c.Missing++
			case err != nil:
				c.Type = tabular.Words
			}
			c.Whole = c.Whole && (math.IsNaN(v) || v == math.Trunc(v))
			c.Numbers = append(c.Numbers, v)
		}
		if c.Type == tabular.Words {
			c = tabular.TableColumn{Name: name, Type: tabular.Words}
			index := map[string]int32{"": -1}
			for _, r := range records[1:] {
				if _, known := index[r[j]]; !known {
					index[r[j]] = int32(len(c.Words))
					c.Words = append(c.Words, r[j])
				}
				if r[j] == "" {
					c.Missing++
				}
				c.Codes = append(c.Codes, index[r[j]])
			}
		}
		out[j] = c
	}
	return out
}

// However the file is cut into blocks, the columns are those of the naive reader.
func TestReadTableIsNaive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SampledFrom([]string{"", "1", "2.5", "-3", "1e3", "NA", "x", "y z", "x"})
		numbers := rapid.SampledFrom([]string{"", "1", "2.5", "-3", "1e3", "NA"})
		rows := rapid.IntRange(1, 60).Draw(t, "rows")
		turn := rapid.IntRange(0, rows).Draw(t, "turn") // from here on words, where before were numbers
		var text strings.Builder
		text.WriteString("a,b,c,d\n")
		for i := range rows {
			late := numbers
			if i >= turn {
				late = cells
			}
			row := fmt.Sprintf("%s,%s,%s,w%d\n", cells.Draw(t, "a"), numbers.Draw(t, "b"), late.Draw(t, "c"), i%7)
			text.WriteString(row)
		}
		path := filepath.Join(dir, "t.csv")
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		opt := tabular.TableOptions{Workers: rapid.IntRange(1, 3).Draw(t, "workers")}
		opt.BlockBytes = rapid.SampledFrom([]int{0, 16, 64, 200}).Draw(t, "block")
		got, err := tabular.ReadTable(context.Background(), path, opt)
		if err != nil {
			if strings.Contains(err.Error(), "is not a number, and ") {
				return // a stray word: TestReadTableRefuses
			}
			t.Fatal(err)
		}
		if diff := cmp.Diff(naive(t, text.String()), got.Columns, sameTable, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestReadParquetTable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := tabular.NewParquetWriter(f, []tabular.Field{
		{Name: "n", Kind: tabular.Int},
		{Name: "v", Kind: tabular.Float},
		{Name: "s", Kind: tabular.Text},
		{Name: "at", Kind: tabular.Instant},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]int64{1, 2}, []float64{0.5, math.NaN()}, []string{"1", "2"}, []int64{0, 86_400_000_000}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = tabular.ReadTable(t.Context(), path, tabular.TableOptions{})
	want := path + ` row 2, column "v": "NaN" is not a finite number; correct it, leave the cell empty, or name it with --missing if it means a missing value`
	if err == nil || err.Error() != want {
		t.Errorf("NaN:\n got %v\nwant %s", err, want)
	}
	got, err := tabular.ReadTable(t.Context(), path, tabular.TableOptions{Missing: []string{"NaN"}})
	if err != nil {
		t.Fatal(err)
	}
	columns := []tabular.TableColumn{
		{Name: "n", Type: tabular.Numbers, Whole: true, Numbers: []float64{1, 2}},
		{Name: "v", Type: tabular.Numbers, Missing: 1, Numbers: []float64{0.5, math.NaN()}},
		{Name: "s", Type: tabular.Words, Codes: []int32{0, 1}, Words: []string{"1", "2"}}, // the file says that it is text
		{Name: "at", Type: tabular.Days, Numbers: []float64{0, 1}},
	}
	if diff := cmp.Diff(columns, got.Columns, sameTable); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkReadTable reads a flat table of 20 numbers and 4 categories a row.
func BenchmarkReadTable(b *testing.B) {
	const rows = 200_000
	var text bytes.Buffer
	for j := range 24 {
		fmt.Fprintf(&text, "column%d%c", j, ",\n"[j/23])
	}
	for i := range rows {
		for j := range 24 {
			if j%6 == 5 {
				fmt.Fprintf(&text, "level %d", i*j%13)
			} else {
				fmt.Fprintf(&text, "%d.%d", i*(j+7)%1000, i%10)
			}
			text.WriteByte(",\n"[j/23])
		}
	}
	path := tableFile(b, text.String())
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				t, err := tabular.ReadTable(b.Context(), path, tabular.TableOptions{Workers: workers})
				if err != nil || t.Rows != rows {
					b.Fatal(err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
