package model_test

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"holdfast/features"
	"holdfast/internal/holdfasttest"
	"holdfast/model"
)

// lightGBMs are the models of ../shared/data/lightgbm, made by LightGBM 4.6.
var lightGBMs = []string{"numeric", "missing", "zero_as_missing", "categorical"}

func readLightGBM(t testing.TB, name string) *model.Model {
	t.Helper()
	f, err := os.Open(holdfasttest.Data(t, "lightgbm/"+name+".model.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := model.ReadLightGBM(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// numbers reads a table of numbers; an empty field is NaN.
func numbers(t testing.TB, name string) [][]float64 {
	t.Helper()
	f, err := os.Open(holdfasttest.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := make([][]float64, len(lines))
	for i, line := range lines {
		for _, field := range line {
			v := math.NaN()
			if field != "" {
				if v, err = strconv.ParseFloat(field, 64); err != nil {
					t.Fatal(err)
				}
			}
			table[i] = append(table[i], v)
		}
	}
	return table
}

// leveled replaces LightGBM's numbers of categories by the levels of that name.
func leveled(s features.Schema, row []float64) []float64 {
	row = slices.Clone(row)
	for j, c := range s.Columns {
		if c.Kind == features.Categorical && !math.IsNaN(row[j]) {
			row[j] = float64(max(0, slices.Index(c.Levels, strconv.Itoa(int(row[j])))))
		}
	}
	return row
}

// lightGBMRows gives the rows that LightGBM scored, as rows of the model.
func lightGBMRows(t testing.TB, m *model.Model, name string) *features.Matrix {
	t.Helper()
	x := &features.Matrix{Schema: m.Schema()}
	for _, row := range numbers(t, "lightgbm/"+name+".rows.csv") {
		x.Data = append(x.Data, leveled(x.Schema, row)...)
		x.Rows++
	}
	return x
}

// Oracle: LightGBM 4.6's own predictions and contributions of 300 rows, among them
// one of nothing but missing values, infinities, a category never seen and a
// negative one.
func TestLightGBMModelsScoreAsLightGBMScoresThem(t *testing.T) {
	t.Parallel()
	for _, name := range lightGBMs {
		m := readLightGBM(t, name)
		x := lightGBMRows(t, m, name)
		pred, contrib := numbers(t, "lightgbm/"+name+".pred.csv"), numbers(t, "lightgbm/"+name+".contrib.csv")
		if x.Rows != 300 || len(pred) != x.Rows || len(contrib) != x.Rows {
			t.Fatalf("%s: %d rows, %d predictions, %d contributions", name, x.Rows, len(pred), len(contrib))
		}
		margins, risks := make([]float64, x.Rows), make([]float64, x.Rows)
		if err := m.Margins(x, margins); err != nil {
			t.Fatal(err)
		}
		if err := m.Score(x, risks); err != nil {
			t.Fatal(err)
		}
		phi := &features.Matrix{Schema: x.Schema, Rows: x.Rows, Data: make([]float64, len(x.Data))}
		base, err := m.ContributionsOf(x, phi.Data)
		if err != nil {
			t.Fatal(err)
		}
		var worst, worstPhi float64
		for i := range x.Rows {
			worst = max(worst, math.Abs(risks[i]-pred[i][0]), math.Abs(margins[i]-pred[i][1]))
			for j, v := range append(phi.Row(i), base) {
				worstPhi = max(worstPhi, math.Abs(v-contrib[i][j]))
			}
		}
		t.Logf("%s: farthest score %.1e, farthest contribution %.1e", name, worst, worstPhi)
		if !(worst < 1e-9) || !(worstPhi < 1e-9) {
			t.Errorf("%s: scores differ by up to %v, contributions by %v", name, worst, worstPhi)
		}
	}
}
