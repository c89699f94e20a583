package baseline_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/features"
	"holdfast/internal/holdfasttest"
	"holdfast/internal/stats"
)

// telco is IBM's Telco table as a schema, its rows and who left.
type telco struct {
	x *features.Matrix
	y []float64
}

// loadTelco reads the table: numbers for tenure and charges, levels for the rest.
func loadTelco(t *testing.T) telco {
	t.Helper()
	head, records := holdfasttest.Records(t, "ibm_telco/WA_Fn-UseC_-Telco-Customer-Churn.csv.gz")
	numbers := []string{"tenure", "MonthlyCharges", "TotalCharges"}
	var data telco
	var schema features.Schema
	for j := 1; j < len(head)-1; j++ { // without the key and the outcome
		c := features.Column{Name: head[j], Skewed: head[j] == "TotalCharges"}
		if !slices.Contains(numbers, head[j]) {
			c.Kind = features.Categorical
			c.Levels = append([]string{"other"}, levels(records, j)...)
		}
		schema.Columns = append(schema.Columns, c)
	}
	data.x = &features.Matrix{Schema: schema, Rows: len(records)}
	for _, r := range records {
		for j, c := range schema.Columns {
			v := math.NaN() // TotalCharges is blank for 11 new customers
			if c.Kind == features.Categorical {
				v = float64(slices.Index(c.Levels, r[j+1]))
			} else if parsed, err := strconv.ParseFloat(strings.TrimSpace(r[j+1]), 64); err == nil {
				v = parsed
			}
			data.x.Data = append(data.x.Data, v)
		}
		left := 0.0
		if r[len(r)-1] == "Yes" {
			left = 1
		}
		data.y = append(data.y, left)
	}
	return data
}

func levels(records [][]string, j int) []string {
	var list []string
	for _, r := range records {
		list = append(list, r[j])
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// split returns the rows of fold f of k, drawn by seed, and the others.
func (d telco) split(k, f int, seed uint64) (train, held telco) {
	return d.rows(func(i int) bool { return int(stats.Hash(seed, uint64(i))%uint64(k)) != f }),
		d.rows(func(i int) bool { return int(stats.Hash(seed, uint64(i))%uint64(k)) == f })
}

func (d telco) rows(keep func(i int) bool) telco {
	part := telco{x: &features.Matrix{Schema: d.x.Schema}}
	for i, y := range d.y {
		if keep(i) {
			part.x.Data = append(part.x.Data, d.x.Row(i)...)
			part.y = append(part.y, y)
		}
	}
	part.x.Rows = len(part.y)
	return part
}
