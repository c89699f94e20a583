package tabular

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealFiles counts the rows that each folder's SOURCE.md gives.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	root := os.Getenv("HOLDFAST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(root); err != nil {
		if strings.Contains(os.Getenv("HOLDFAST_REQUIRE"), "data") {
			t.Fatalf("the data is required: %v", err)
		}
		t.Skipf("no data to read: %v", err)
	}
	sample := Options{Delimiter: Blanks, Names: []string{"master", "sample", "date", "cds", "dollars"}, Columns: []string{"date", "dollars"}}
	cases := []struct {
		path string
		opt  Options
		date string
		rows int
	}{
		{"cdnow/CDNOW_master.txt.gz", Options{Delimiter: Blanks, Columns: []string{"date", "dollar_value"}}, "yyyymmdd", 69659},
		{"cdnow/CDNOW_sample.txt", sample, "yyyymmdd", 6919},
		{"online_retail/invoices_2009_2011_derived.csv.gz", Options{Columns: []string{"invoice_date", "amount_gbp"}}, "iso", 44876},
	}
	for _, c := range cases {
		times, _ := NewTimes(c.date, nil)
		amounts, _ := NewAmounts(AmountFormat{Digits: 2})
		r, err := Open(filepath.Join(root, c.path), c.opt)
		if err != nil {
			t.Error(err)
			continue
		}
		rows := 0
		err = r.Blocks(t.Context(), 2, func(b *Block) error {
			for row := range b.Rows {
				_, why := b.Columns[0].Time(row, times)
				x := b.Reject(row, 0, why)
				if why == OK {
					_, why = b.Columns[1].Amount(row, amounts)
					x = b.Reject(row, 1, why)
				}
				if why != OK {
					return &x
				}
			}
			if len(b.Rejected) > 0 {
				return &b.Rejected[0]
			}
			rows += b.Rows
			return nil
		})
		if err != nil || rows != c.rows {
			t.Errorf("%s: %d rows, want %d; %v", c.path, rows, c.rows, err)
		}
		_ = r.Close()
	}
}
