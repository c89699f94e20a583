package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/stats"
)

// Slow twin: plain TreeSHAP. Tables and the walk both give its values, and what
// they give adds up to the sum of the leaves.
func TestTablesAndWalkArePlainTreeSHAP(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		random := stats.Stream(rapid.Uint64().Draw(t, "seed"))
		s, trees := randomTrees(random, rapid.IntRange(1, 10).Draw(t, "trees"), rapid.IntRange(1, 40).Draw(t, "leaves"))
		m, err := NewBoosted(s, trees, Card{})
		if err != nil {
			t.Fatal(err)
		}
		tabled := m.explainer()
		walked := newExplainer(trees, nil, nil)
		if len(tabled.walked) > 0 || len(walked.walked) != len(trees.Roots) {
			t.Fatalf("%d and %d of %d trees are walked", len(tabled.walked), len(walked.walked), len(trees.Roots))
		}
		width := len(s.Columns)
		var data []float64
		for range rapid.IntRange(1, explainRows+2).Draw(t, "rows") {
			data = append(data, oddRow(random, s)...)
		}
		byTable, byWalk := make([]float64, len(data)), make([]float64, len(data))
		tabled.explain(trees, data, width, byTable)
		walked.explain(trees, data, width, byWalk)
		for from := 0; from < len(data); from += width {
			row := data[from : from+width]
			want := make([]float64, width)
			trees.plainShapley(row, want)
			sum := trees.expected()
			for j := range want {
				sum += byTable[from+j]
				if math.Abs(byTable[from+j]-want[j]) > 1e-10 || math.Abs(byWalk[from+j]-want[j]) > 1e-10 {
					t.Fatalf("column %d of %v: %v by table, %v by walk, want %v", j, row, byTable[from+j], byWalk[from+j], want[j])
				}
			}
			if math.Abs(sum-trees.sum(row)) > 1e-10 {
				t.Fatalf("row %v adds up to %v, want %v", row, sum, trees.sum(row))
			}
		}
	})
}

// longWays makes trees that split again and again on the longer side, over so many
// columns, as trees grown leaf by leaf do.
func longWays(random *rand.Rand, trees, columns, length int) (features.Schema, *Trees) {
	s := features.Schema{}
	for j := range columns {
		s.Columns = append(s.Columns, features.Column{Name: fmt.Sprint("f", j)})
	}
	all := new(Trees)
	for range trees {
		one := new(Trees)
		var grow func(left int, cover float64) int32
		grow = func(left int, cover float64) int32 {
			if left == 0 {
				return one.AddLeaf(random.NormFloat64(), cover)
			}
			n := one.AddSplit(random.IntN(columns), random.NormFloat64(), random.IntN(2) == 0, cover)
			share, short := .1+.8*random.Float64(), random.IntN(min(left, 3))
			l := grow(left-1, cover*share)
			one.Join(n, l, grow(short, cover*(1-share)))
			return n
		}
		grow(length, 1000)
		all.Append(one)
	}
	return s, all
}

// Ways over more columns than a table holds, and over more than are tabled at all.
func TestLongWaysArePlainTreeSHAP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ columns, length int }{{30, 12}, {30, 16}, {12, 40}, {60, 40}} {
		random := stats.Stream(uint64(c.length))
		s, trees := longWays(random, 8, c.columns, c.length)
		m, err := NewBoosted(s, trees, Card{})
		if err != nil {
			t.Fatal(err)
		}
		e := m.explainer()
		if long := c.columns == 60; (len(e.walked) == len(trees.Roots)) != long || (len(e.deep) == 0) != long {
			t.Fatalf("%+v: %d trees walked, %d groups and %d deep ones", c, len(e.walked), len(e.groups), len(e.deep))
		}
		x := &features.Matrix{Schema: s, Rows: 60}
		for range x.Rows {
			x.Data = append(x.Data, oddRow(random, s)...)
		}
		got := make([]float64, len(x.Data))
		base, err := m.ContributionsOf(x, got)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float64, c.columns)
		alone := make([]float64, c.columns)
		for i := range x.Rows {
			clear(want)
			trees.plainShapley(x.Row(i), want)
			if again, err := m.Contributions(x.Row(i), alone); err != nil || again != base {
				t.Fatal(again, base, err)
			}
			sum := base
			for j, v := range got[i*c.columns : (i+1)*c.columns] {
				sum += v
				if math.Abs(v-want[j]) > 1e-9 || v != alone[j] {
					t.Fatalf("%+v, row %d, column %d: %v together, %v alone, want %v", c, i, j, v, alone[j], want[j])
				}
			}
			if margin, err := m.Margin(x.Row(i)); err != nil || math.Abs(sum-margin) > 1e-9 {
				t.Fatalf("%+v, row %d adds up to %v, want %v (%v)", c, i, sum, margin, err)
			}
		}
	}
}
