package gbdt_test

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

// rowsOf is a table with its outcomes.
type rowsOf struct {
	x *features.Matrix
	y []float64
}

// read reads a flat table: the columns named as categorical become levels,
// the others numbers; a blank is missing.
func read(t testing.TB, file, label, positive string, skip, categorical []string) rowsOf {
	t.Helper()
	head, records := holdfasttest.Records(t, file)
	var out rowsOf
	out.x = &features.Matrix{Rows: len(records)}
	var from []int
	for j, name := range head {
		if name == label || slices.Contains(skip, name) {
			continue
		}
		c := features.Column{Name: name}
		if slices.Contains(categorical, name) {
			c.Kind, c.Levels = features.Categorical, levels(records, j)
		}
		out.x.Schema.Columns = append(out.x.Schema.Columns, c)
		from = append(from, j)
	}
	for _, r := range records {
		for k, j := range from {
			out.x.Data = append(out.x.Data, number(r[j], out.x.Schema.Columns[k]))
		}
		left := 0.0
		if r[slices.Index(head, label)] == positive {
			left = 1
		}
		out.y = append(out.y, left)
	}
	return out
}

func number(text string, c features.Column) float64 {
	if c.Kind == features.Categorical {
		return float64(slices.Index(c.Levels, text))
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

func levels(records [][]string, j int) []string {
	list := []string{"other"}
	for _, r := range records {
		list = append(list, r[j])
	}
	slices.Sort(list[1:])
	return slices.Compact(list)
}

func telco(t testing.TB) rowsOf {
	return read(t, "ibm_telco/WA_Fn-UseC_-Telco-Customer-Churn.csv.gz", "Churn", "Yes", []string{"customerID"}, []string{
		"gender", "SeniorCitizen", "Partner", "Dependents", "PhoneService", "MultipleLines", "InternetService",
		"OnlineSecurity", "OnlineBackup", "DeviceProtection", "TechSupport", "StreamingTV", "StreamingMovies",
		"Contract", "PaperlessBilling", "PaymentMethod",
	})
}

func mlc(t testing.TB) rowsOf {
	return read(t, "mlc_churn/mlc_churn.csv.gz", "churn", "yes", nil,
		[]string{"state", "area_code", "international_plan", "voice_mail_plan"})
}

// where returns the rows for which keep is true.
func (d rowsOf) where(keep func(i int) bool) rowsOf {
	part := rowsOf{x: &features.Matrix{Schema: d.x.Schema}}
	for i, y := range d.y {
		if keep(i) {
			part.x.Data = append(part.x.Data, d.x.Row(i)...)
			part.y = append(part.y, y)
		}
	}
	part.x.Rows = len(part.y)
	return part
}

// folds deals the rows into stratified folds.
func (d rowsOf) folds(k int, seed uint64) []int {
	order := make([]int, len(d.y))
	for i := range order {
		order[i] = i
	}
	random := stats.Stream(seed)
	random.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	fold := make([]int, len(d.y))
	var dealt [2]int
	for _, i := range order {
		kind := int(d.y[i])
		fold[i] = dealt[kind] % k
		dealt[kind]++
	}
	return fold
}
