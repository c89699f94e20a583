package tabular

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/internal/fault"
)

// place writes content to a file of its own and gives its path.
func place(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// table is what a file says, as text.
type table struct {
	Rows     [][]string
	Lines    []int64
	Rejected []string
}

// all reads a whole file as text, with the folder cut from messages.
func all(path string, opt Options, workers int) (table, error) {
	var out table
	r, err := Open(path, opt)
	if err != nil {
		return out, bare(path, err)
	}
	defer func() { _ = r.Close() }()
	err = r.Blocks(context.Background(), workers, func(b *Block) error {
		for row := range b.Rows {
			var cells []string
			for i := range b.Columns {
				cells = append(cells, string(b.Columns[i].AppendText(nil, row)))
			}
			out.Rows = append(out.Rows, cells)
			out.Lines = append(out.Lines, b.Line(row))
		}
		for _, x := range b.Rejected {
			out.Rejected = append(out.Rejected, bare(path, &x).Error())
		}
		return nil
	})
	return out, bare(path, err)
}

func bare(path string, err error) error {
	if err == nil {
		return nil
	}
	return fault.As(fault.Of(err), errors.New(strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), "")))
}

func packed(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCSV(t *testing.T) {
	t.Parallel()
	cdnow := " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n\r\n 00002 19970112  1\r\n"
	cases := []struct {
		name, text string
		opt        Options
		want       table
	}{
		{"plain", "a,b\n1,2\n3,4", Options{}, table{[][]string{{"1", "2"}, {"3", "4"}}, []int64{2, 3}, nil}},
		{"byte-order mark and CRLF", "\ufeffa,b\r\n1,2\r\n", Options{}, table{[][]string{{"1", "2"}}, []int64{2}, nil}},
		{"empty cells are cells", "a,b\n,\n", Options{}, table{[][]string{{"", ""}}, []int64{2}, nil}},
		{"some columns in another order", "a,b,c\n1,2,3\n", Options{Columns: []string{"c", "a", "c"}}, table{[][]string{{"3", "1", "3"}}, []int64{2}, nil}},
		{"quotes, newlines, doubled quotes", "a,b\n\"x\ny\",\"say \"\"hi\"\"\"\n\"\",2\n", Options{}, table{[][]string{{"x\ny", `say "hi"`}, {"", "2"}}, []int64{2, 4}, nil}},
		{"quoted header over two lines", "\n\"a\nb\",c\n1,2\n", Options{Columns: []string{"a\nb"}}, table{[][]string{{"1"}}, []int64{4}, nil}},
		{"ragged rows", "a,b\n1\n2,3\n4,5,6\n\n7,8\n", Options{}, table{
			[][]string{{"2", "3"}, {"7", "8"}},
			[]int64{3, 6},
			[]string{`f.csv line 2: has 1 cells where the file has 2 columns: "1"`, `f.csv line 4: has 3 cells where the file has 2 columns: "4,5,6"`},
		}},
		{"stray quotes", "a,b\n5\" pipe,1\n\"x\"y,2\n\"z\",3\n", Options{}, table{
			[][]string{{"z", "3"}},
			[]int64{4},
			[]string{
				`f.csv line 2: a quote inside an unquoted cell; put the whole cell in quotes and double the quote: "5\" pipe,1"`,
				`f.csv line 3: text after the closing quote of a cell; double a quote that is part of the text: "\"x\"y,2"`,
			},
		}},
		{"names by position", "1;2\n3;4\n", Options{Names: []string{"x", "y"}, Columns: []string{"y"}, Delimiter: ';'}, table{[][]string{{"2"}, {"4"}}, []int64{1, 2}, nil}},
		{"blanks", cdnow, Options{Delimiter: Blanks}, table{
			[][]string{{"00001", "19970101", "1", "11.77"}},
			[]int64{2},
			[]string{`f.csv line 4: has 3 cells where the file has 4 columns: " 00002 19970112  1"`},
		}},
		{"windows-1252", "n\xe4me,b\n\x80 5,\"\xfc\"\"\"\n", Options{Encoding: Windows1252, Columns: []string{"näme", "b"}}, table{[][]string{{"€ 5", `ü"`}}, []int64{2}, nil}},
		{"latin1", "a\n\xe9\xa4\n", Options{Encoding: Latin1}, table{[][]string{{"é¤"}}, []int64{2}, nil}},
		{"no rows", "a,b\n", Options{}, table{}},
		{"no rows by position", "", Options{Names: []string{"a"}}, table{}},
	}
	for _, c := range cases {
		for _, zip := range []bool{false, true} {
			content := []byte(c.text)
			if zip {
				content = packed(t, c.text)
			}
			for _, size := range []int{1, 7, 1 << 20} {
				c.opt.BlockBytes = size
				got, err := all(place(t, "f.csv", content), c.opt, 2)
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Errorf("%s, gzip %v, blocks of %d: (-want +got)\n%s", c.name, zip, size, d)
				}
			}
		}
	}
}

func TestCSVRefusals(t *testing.T) {
	t.Parallel()
	zip := packed(t, "a,b\n"+strings.Repeat("1,2\n", 20000))
	flipped := bytes.Clone(zip)
	flipped[len(flipped)-8] ^= 1 // the checksum
	cases := []struct {
		text string
		opt  Options
		want string
	}{
		{"", Options{}, "f.csv is empty; expected a header row with the names of the columns"},
		{"\n\r\n", Options{}, "f.csv is empty; expected a header row with the names of the columns"},
		{"customer,amount\n1,2\n", Options{Columns: []string{"amout"}}, `f.csv has no column "amout"; did you mean "amount"? the columns are: customer, amount`},
		{"customer,amount\n1,2\n", Options{Columns: []string{"weight"}}, `f.csv has no column "weight"; the columns are: customer, amount`},
		{"customer;amount\n1;2\n", Options{Columns: []string{"amount"}}, "f.csv has no column \"amount\"; its cells seem to be separated otherwise, set `delimiter: \";\"`; the columns are: customer;amount"},
		{"a,a\n1,2\n", Options{Columns: []string{"a"}}, `f.csv has column "a" twice; rename one of them`},
		{"a,b\n1,2\n3,M\xfcller\n", Options{}, "f.csv line 3, byte 4: 0xFC is not UTF-8, so the file is in the wrong encoding; set `encoding: windows-1252` (or latin1) or save it as UTF-8"},
		{"a,M\xfc\n", Options{}, "f.csv line 1, byte 4: 0xFC is not UTF-8, so the file is in the wrong encoding; set `encoding: windows-1252` (or latin1) or save it as UTF-8"},
		{"a,b\n1,\x002\n", Options{}, "f.csv line 2, byte 3: a NUL byte is not text; the file is binary, UTF-16 or damaged"},
		{"\xff\xfea\x00", Options{}, "f.csv is UTF-16; save it as UTF-8"},
		{"a,b\r1,2\r3,4\r", Options{}, "f.csv line 1: the header row has a carriage return inside; save the file with LF or CRLF line ends"},
		{"a,b\n1,\"2\n3,4\n", Options{}, "f.csv line 2: the quote opened here is never closed; close it, or double it if it is part of the text"},
		{"a,b\n1,2\n1," + strings.Repeat("x", 5000) + "\n", Options{MaxRecord: 4096, BlockBytes: 512}, "f.csv line 3: the line is longer than 4 KiB; check that the file has line ends"},
		{"a,b\n1,2\n1,\"" + strings.Repeat("x\n", 5000), Options{MaxRecord: 4096, BlockBytes: 512}, "f.csv line 3: a quoted cell starts here and does not end within 4 KiB; close the quote"},
		{string(zip[:len(zip)-20]), Options{}, "f.csv ends in the middle of its gzip data: the file is truncated, copy it again"},
		{string(flipped), Options{}, "f.csv is damaged: its gzip checksum does not match, copy it again"},
		{"PK\x03\x04....", Options{}, "f.csv is a ZIP or Excel file; save it as CSV or Parquet"},
		{"\x28\xb5\x2f\xfd....", Options{}, "f.csv is compressed with zstd; use gzip or no compression"},
		{"PAR1\xff\xff\xff\x7fPAR1", Options{}, "f.csv is not a usable Parquet file: its end says that 2147483647 bytes describe it and it has 12; copy or write it again"},
		{"PAR1....", Options{}, "f.csv is not a usable Parquet file: invalid magic footer of parquet file: \"....\"; copy or write it again"},
		{"a\n", Options{Delimiter: 'x'}, "delimiter 'x' is not known; use a comma, semicolon, bar, tab or blanks"},
	}
	for _, c := range cases {
		_, err := all(place(t, "f.csv", []byte(c.text)), c.opt, 2)
		if err == nil || err.Error() != c.want {
			t.Errorf("%.20q:\n got %v\nwant %s", c.text, err, c.want)
		}
		if fault.Of(err) != fault.Invalid {
			t.Errorf("%.20q: kind %v", c.text, fault.Of(err))
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.csv"), Options{}); fault.Of(err) != fault.NotFound {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(t.TempDir(), Options{}); err == nil || !strings.HasSuffix(err.Error(), "is a folder; name a file in it") {
		t.Errorf("folder: %v", err)
	}
}

// slowCSV reads with encoding/csv. ok is false where it refuses the text.
func slowCSV(text string, comma rune) (rows [][]string, lines []int64, ok bool) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = comma
	for {
		row, err := r.Read()
		if err != nil {
			return rows, lines, err.Error() == "EOF"
		}
		line, _ := r.FieldPos(0)
		rows, lines = append(rows, row), append(lines, int64(line))
	}
}

func compareWithSlow(t interface {
	testing.TB
}, path, text string, comma byte, block int,
) {
	rows, lines, ok := slowCSV(text, rune(comma))
	if !ok || len(rows) == 0 || strings.ContainsRune(text, 0) {
		return
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(rows[0]))
	for i := range names {
		names[i] = fmt.Sprint("c", i)
	}
	got, err := all(path, Options{Names: names, Delimiter: comma, BlockBytes: block, Encoding: Latin1}, 2)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	for _, row := range got.Rows {
		for i := range row {
			row[i] = strings.ReplaceAll(row[i], "\r\n", "\n")
		}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = toUTF8(row[i], Latin1)
		}
	}
	if d := cmp.Diff(table{Rows: rows, Lines: lines}, got); d != "" {
		t.Fatalf("%q, blocks of %d: (-encoding/csv +ours)\n%s", text, block, d)
	}
}

func TestCSVAsEncodingCSV(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.csv")
	rapid.Check(t, func(rt *rapid.T) {
		columns := rapid.IntRange(1, 4).Draw(rt, "columns")
		cell := rapid.StringOf(rapid.SampledFrom([]rune("ab,;\"\n\r é")))
		var text strings.Builder
		for range rapid.IntRange(1, 30).Draw(rt, "rows") {
			cells := make([]string, columns)
			for i := range cells {
				cells[i] = cell.Draw(rt, "cell")
			}
			w := csv.NewWriter(&text)
			w.Comma = ';'
			w.UseCRLF = rapid.Bool().Draw(rt, "crlf")
			if err := w.Write(cells); err != nil {
				rt.Fatal(err)
			}
			w.Flush()
		}
		compareWithSlow(struct{ testing.TB }{t}, path, text.String(), ';', rapid.IntRange(1, 50).Draw(rt, "block"))
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"a\n\"\"b\",c\r\n,\n", "a\n\nb", "\"\"\"\"\"", "a\rb,\r\n", ",,\n,,", "\"a\",\"b\"\r\n\"1\"x,2"} {
		f.Add(s, uint8(3))
	}
	path := filepath.Join(f.TempDir(), "f.csv")
	f.Fuzz(func(t *testing.T, text string, block uint8) {
		if strings.HasPrefix(text, "PK\x03\x04") || strings.HasPrefix(text, "PAR1") || strings.HasPrefix(text, "\x1f\x8b") ||
			strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") || strings.HasPrefix(text, "\xef\xbb\xbf") ||
			strings.HasPrefix(text, "\x28\xb5\x2f\xfd") {
			return
		}
		compareWithSlow(t, path, text, ',', int(block)+1)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		one, err1 := all(path, Options{Names: []string{"a", "b"}, BlockBytes: int(block) + 1}, 1)
		two, err2 := all(path, Options{Names: []string{"a", "b"}}, 2)
		if (err1 == nil) != (err2 == nil) {
			t.Fatalf("small blocks say %v, one block says %v", err1, err2)
		}
		if err1 == nil && cmp.Diff(one, two) != "" {
			t.Fatalf("%q: the size of blocks changes the result:\n%s", text, cmp.Diff(one, two))
		}
	})
}

func TestOrderErrorsAndSum(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("n\n")
	for i := range 50000 {
		fmt.Fprintln(&text, i)
	}
	path := place(t, "n.csv", []byte(text.String()))
	for _, workers := range []int{1, 3} {
		r, err := Open(path, Options{BlockBytes: 4096, Hash: true})
		if err != nil {
			t.Fatal(err)
		}
		next := int64(0)
		parse := func(b *Block) ([]int64, error) {
			out := make([]int64, b.Rows)
			for row := range out {
				out[row], _ = b.Columns[0].Int(row)
			}
			return out, nil
		}
		err = Each(t.Context(), r, workers, parse, func(out []int64) error {
			for _, v := range out {
				if v != next {
					return fmt.Errorf("got %d, want %d", v, next)
				}
				next++
			}
			return nil
		})
		if err != nil || next != 50000 {
			t.Errorf("%d workers: %d rows, %v", workers, next, err)
		}
		want, _ := HashFile(path)
		if got, ok := r.Sum(); !ok || got != want {
			t.Errorf("sum %s, want %s", got, want)
		}
		if read, total := r.Progress(); read != total || total != int64(text.Len()) {
			t.Errorf("progress %d of %d", read, total)
		}
		if err := r.Blocks(t.Context(), 1, func(*Block) error { return nil }); err == nil {
			t.Error("a second reading must be refused")
		}
		_ = r.Close()
	}
}

func TestFirstErrorWins(t *testing.T) {
	t.Parallel()
	path := place(t, "n.csv", []byte("n\n"+strings.Repeat("1\n", 100000)))
	for range 20 {
		r, err := Open(path, Options{BlockBytes: 1024})
		if err != nil {
			t.Fatal(err)
		}
		err = Each(t.Context(), r, 4, func(b *Block) (int64, error) {
			if b.Seq >= 5 {
				return 0, fmt.Errorf("block %d", b.Seq)
			}
			return b.Seq, nil
		}, func(int64) error { return nil })
		if err == nil || err.Error() != "block 5" {
			t.Fatalf("got %v, want block 5", err)
		}
		_ = r.Close()
	}
	r, err := Open(path, Options{BlockBytes: 1024})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	err = r.Blocks(ctx, 2, func(*Block) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"customer_id", "Invoice Date", "amount", ""}
	for want, near := range map[string]string{"customerid": "customer_id", "invoice_date": "Invoice Date", "amuont": "amount", "AMOUNT": "amount", "x": "", "order": ""} {
		if got := nearest(names, want); got != near {
			t.Errorf("nearest(%q) = %q, want %q", want, got, near)
		}
	}
	if !slices.Equal([]int{distance("", "abc"), distance("ab", "ba"), distance("kitten", "sitting")}, []int{3, 1, 3}) {
		t.Error("distance is wrong")
	}
}
