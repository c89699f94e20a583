package tabular

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
)

const manyCells = 1 << 20

var errMany = errors.New("more cells than a fuzzed file is read for")

// texts reads all columns but lists, as text, one block after the other.
func texts(path string, blockRows int) (names []string, columns [][]string, err error) {
	r, err := Open(path, Options{BlockRows: blockRows})
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = r.Close() }()
	f, ok := r.origin.(*parquetFile)
	if !ok {
		return nil, nil, fault.New(fault.Invalid, "%s is not a Parquet file", path)
	}
	var flat []int
	for i, l := range f.leaves {
		if l != nil {
			flat, names = append(flat, i), append(names, r.names[i])
		}
	}
	r.wanted, columns = flat, make([][]string, len(flat))
	rows := 0
	err = r.Blocks(context.Background(), 1, func(b *Block) error {
		if rows += b.Rows; rows*len(b.Columns) > manyCells {
			return errMany
		}
		for i := range b.Columns {
			for row := range b.Rows {
				columns[i] = append(columns[i], string(b.Columns[i].AppendText(nil, row)))
			}
		}
		return nil
	})
	return names, columns, err
}

// rewritten writes columns of text to a new Parquet file.
func rewritten(t *testing.T, names []string, columns [][]string) string {
	t.Helper()
	var out bytes.Buffer
	fields, cells := make([]Field, len(names)), make([]any, len(names))
	for i := range names {
		fields[i], cells[i] = Field{names[i], Text}, columns[i]
	}
	w, err := NewParquetWriter(&out, fields)
	if err == nil {
		err = errors.Join(w.Write(cells...), w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return place(t, "again.parquet", out.Bytes())
}

// Whatever the bytes, a Parquet file is refused as Invalid in one line, or
// reads the same in blocks of any size and once more after it was written.
func FuzzParquet(f *testing.F) {
	whole, err := os.ReadFile(everyKindFile(f, 20))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole, uint8(3))
	f.Add(whole[:len(whole)/2], uint8(1))
	f.Add([]byte("PAR1PAR1"), uint8(1))
	for _, at := range []int{9, len(whole) / 3, len(whole) - 40} {
		bad := bytes.Clone(whole)
		bad[at] ^= 0x81
		f.Add(bad, uint8(7))
	}
	path := filepath.Join(f.TempDir(), "f.parquet")
	f.Fuzz(func(t *testing.T, content []byte, block uint8) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		names, columns, err := texts(path, int(block)+1)
		if errors.Is(err, errMany) {
			return
		}
		_, other, err2 := texts(path, 0)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("blocks of %d rows say %v, one block says %v", int(block)+1, err, err2)
		}
		if err != nil {
			if fault.Of(err) != fault.Invalid || strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("%v: %q, want one line that is Invalid", fault.Of(err), err)
			}
			return
		}
		if d := cmp.Diff(columns, other); d != "" {
			t.Fatalf("the size of blocks changes the result:\n%s", d)
		}
		if len(names) == 0 || len(columns[0]) == 0 || twice(names) {
			return
		}
		againNames, again, err := texts(rewritten(t, names, columns), 0)
		if d := cmp.Diff(names, againNames) + cmp.Diff(columns, again); err != nil || d != "" {
			t.Fatalf("written and read again: %v (-want +got)\n%s", err, d)
		}
	})
}

// twice says whether a name is there twice, as only a damaged file has it.
func twice(names []string) bool {
	seen := map[string]bool{}
	for _, n := range names {
		if n == "" || seen[n] {
			return true
		}
		seen[n] = true
	}
	return false
}
