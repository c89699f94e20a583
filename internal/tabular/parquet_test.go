package tabular

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"holdfast/internal/fault"
)

// everyKind is a row with each kind of column that can be read.
type everyKind struct {
	Name    string    `parquet:"name,dict"`
	Note    *string   `parquet:"note,optional"`
	Small   int32     `parquet:"small"`
	Big     *int64    `parquet:"big,optional,dict"`
	Price   float32   `parquet:"price"`
	Weight  float64   `parquet:"weight"`
	Open    *bool     `parquet:"open,optional"`
	Day     int32     `parquet:"day,date"`
	At      time.Time `parquet:"at,timestamp(millisecond)"`
	Nano    int64     `parquet:"nano,timestamp(nanosecond)"`
	Local   int64     `parquet:"local,timestamp(microsecond:local)"`
	Amount  int64     `parquet:"amount,decimal(2:18)"`
	Packed  [5]byte   `parquet:"packed,decimal(3:10)"`
	Tags    []string  `parquet:"tags,list"`
	Address struct {
		City string `parquet:"city"`
	} `parquet:"address"`
}

func everyKindFile(t testing.TB, rows int) string {
	t.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[everyKind](&out, parquet.PageBufferSize(200), parquet.MaxRowsPerRowGroup(17))
	for i := range rows {
		note, big, open := strconv.Itoa(i), int64(i), i%2 == 0
		row := everyKind{
			Name: "n" + strconv.Itoa(i%3), Small: int32(-i), Price: 12.34, Weight: 0.5, Day: 15126,
			At: time.UnixMilli(1300000000250), Nano: 1300000000250000001, Local: 1301192400000000, // 02:20 in the gap of 2011 lies an hour on
			Amount: 505, Packed: [5]byte{0xff, 0xff, 0xff, 0xff, 0xfe}, Tags: []string{"a", "b"},
		}
		row.Address.City = "Rome"
		if i%4 != 0 {
			row.Note, row.Big, row.Open = &note, &big, &open
		}
		if _, err := w.Write([]everyKind{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return place(t, "f.parquet", out.Bytes())
}

func TestParquetEveryKind(t *testing.T) {
	t.Parallel()
	path := everyKindFile(t, 100)
	columns := []string{"name", "note", "small", "big", "price", "weight", "open", "day", "at", "nano", "local", "amount", "packed", "address.city"}
	for _, block := range []int{3, 1000} {
		got, err := all(path, Options{Columns: columns, BlockRows: block}, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Rows) != 100 || got.Lines[0] != 1 || got.Lines[99] != 100 {
			t.Fatalf("%d rows from %v", len(got.Rows), got.Lines)
		}
		for i, row := range got.Rows {
			note, big, open := strconv.Itoa(i), strconv.Itoa(i), strconv.FormatBool(i%2 == 0)
			if i%4 == 0 {
				note, big, open = "", "", ""
			}
			want := []string{"n" + strconv.Itoa(i%3), note, strconv.Itoa(-i), big, "12.34", "0.5", open, "2011-06-01", "2011-03-13T07:06:40.25Z", "2011-03-13T07:06:40.25Z", "2011-03-27T02:20:00", "5.05", "-0.002", "Rome"}
			if d := cmp.Diff(want, row); d != "" {
				t.Fatalf("row %d, blocks of %d: (-want +got)\n%s", i, block, d)
			}
		}
	}
}

func TestParquetTyped(t *testing.T) {
	t.Parallel()
	r, err := Open(everyKindFile(t, 10), Options{Columns: []string{"price", "amount", "day", "local", "at", "small", "name", "note"}, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	a, _ := NewAmounts(AmountFormat{Digits: 2})
	times, _ := NewTimes("", location(t, "Europe/Berlin"))
	err = r.Blocks(t.Context(), 1, func(b *Block) error {
		price, why1 := b.Columns[0].Amount(1, a)
		amount, why2 := b.Columns[1].Amount(1, a)
		day, why3 := b.Columns[2].Time(1, times)
		local, why4 := b.Columns[3].Time(1, times)
		at, why5 := b.Columns[4].Time(1, times)
		small, why6 := b.Columns[5].Int(1)
		got := []any{price, amount, day, local, at, small, why1 + why2 + why3 + why4 + why5 + why6}
		want := []any{int64(1234), int64(505), int64(1306879200000000), int64(1301188800000000), int64(1300000000250000), int64(-1), OK}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		if _, why := b.Columns[7].Int(0); why != Missing || !b.Columns[7].Empty(0) {
			t.Errorf("a null is %q", why)
		}
		_, why := b.Columns[6].Int(1)
		x := b.Reject(1, 6, why)
		if got, want := bare(r.path, &x).Error(), `f.parquet row 2, column "name": "n1" is not a whole number`; b.Seq == 0 && got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		return errStop
	})
	if !errors.Is(err, errStop) {
		t.Error(err)
	}
	if sum, ok := r.Sum(); !ok || len(sum) != 64 {
		t.Errorf("sum %q", sum)
	}
}

var errStop = errors.New("enough")

func TestParquetRefusals(t *testing.T) {
	t.Parallel()
	path := everyKindFile(t, 100)
	_, err := all(path, Options{Columns: []string{"nam"}}, 1)
	if err == nil || !strings.HasPrefix(err.Error(), `f.parquet has no column "nam"; did you mean "name"? the columns are: name, note, small`) {
		t.Error(err)
	}
	_, err = all(path, Options{Columns: []string{"tags.list.element"}}, 1)
	if want := `f.parquet column "tags.list.element" is a list; leave it out or write it flat`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := all(place(t, "short.parquet", content[:len(content)/2]), Options{}, 1); fault.Of(err) != fault.Invalid {
		t.Errorf("half a file: %v", err)
	}
	columns := []string{"name", "big", "open", "at"}
	rapid.Check(t, func(rt *rapid.T) {
		damaged := bytes.Clone(content)
		damaged[rapid.IntRange(4, len(damaged)-9).Draw(rt, "at")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits"))
		if err := os.WriteFile(path+".bad", damaged, 0o600); err != nil {
			rt.Fatal(err)
		}
		_, _ = all(path+".bad", Options{Columns: columns}, 1) // must not panic
	})
}

func TestParquetRoundTrip(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.parquet")
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(rt, "rows")
		zs := rapid.SliceOfN(rapid.Int64(), n, n).Draw(rt, "ints")
		as := rapid.SliceOfN(rapid.Float64(), n, n).Draw(rt, "floats")
		ms := rapid.SliceOfN(rapid.String(), n, n).Draw(rt, "texts")
		file, err := os.Create(path)
		if err != nil {
			rt.Fatal(err)
		}
		w, err := NewParquetWriter(file, []Field{{"z", Int}, {"a", Float}, {"m", Text}})
		if err != nil {
			rt.Fatal(err)
		}
		half := n / 2
		for _, part := range [][2]int{{0, half}, {half, n}} {
			if err := w.Write(zs[part[0]:part[1]], as[part[0]:part[1]], ms[part[0]:part[1]]); err != nil {
				rt.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			rt.Fatal(err)
		}
		if err := file.Close(); err != nil {
			rt.Fatal(err)
		}
		var want [][]string
		for i := range n {
			want = append(want, []string{strconv.FormatInt(zs[i], 10), strconv.FormatFloat(as[i], 'g', -1, 64), ms[i]})
		}
		got, err := all(path, Options{BlockRows: 7}, 2)
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(want, got.Rows); d != "" {
			rt.Fatalf("(-want +got)\n%s", d)
		}
	})
}

func TestCSVWriter(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w, err := NewCSVWriter(&out, []string{"a", "b"}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]string{{"=1+1", "-5.20"}, {"@x", "a,\"b\"\nc"}, {"\tx", "- y"}, {"+44 20", ""}, {"\n=1", "a\n=1"}} {
		if err := w.Write(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Write("one"); err == nil {
		t.Error("a short row is written")
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "a,b\n'=1+1,-5.20\n'@x,\"a,\"\"b\"\"\nc\"\n'\tx,'- y\n'+44 20,\n\"'\n=1\",\"a\n=1\"\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
