package holdfasttest

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Data returns the path of a file of the shared data sets, named with slashes
// ("cdnow/CDNOW_master.txt.gz"). They lie in HOLDFAST_DATA, by default in
// ../shared/data beside the module.
func Data(tb testing.TB, name string) string {
	tb.Helper()
	dir := os.Getenv("HOLDFAST_DATA")
	if dir == "" {
		dir = filepath.Join(Root(tb), "..", "shared", "data")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		Missing(tb, NeedData, path+" is not there; set HOLDFAST_DATA to the folder of the data sets")
	}
	return path
}

// Open opens a file of the shared data sets, named as for Data, and gives what
// is in it: a name that ends in .gz is decompressed. It is closed with the test.
func Open(tb testing.TB, name string) io.Reader {
	tb.Helper()
	f, err := os.Open(Data(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.Close() })
	if !strings.HasSuffix(name, ".gz") {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return z
}

// Records gives the records of a CSV file of the shared data sets, the header
// apart.
func Records(tb testing.TB, name string) (head []string, records [][]string) {
	tb.Helper()
	all, err := csv.NewReader(Open(tb, name)).ReadAll()
	if err != nil || len(all) == 0 {
		tb.Fatalf("%s: %d records, %v", name, len(all), err)
	}
	return all[0], all[1:]
}
