package model

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/stats"
)

// What WriteLightGBM writes, ReadLightGBM reads back to the same bits, the same
// schema, calibration and card; and what was read is written to the same bytes.
func TestLightGBMTextGivesTheModelBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		random := stats.Stream(rapid.Uint64().Draw(t, "seed"))
		s, trees := randomTrees(random, rapid.IntRange(1, 6).Draw(t, "trees"), rapid.IntRange(1, 20).Draw(t, "leaves"))
		s.Columns[1].Name, s.Columns[2].Name, s.Columns[3].Name = "a = b", "", "größe\u00a0(m²)"
		for n := range trees.Cover {
			trees.Cover[n] *= .37
		}
		m, err := NewBoosted(s, trees, Card{Name: "x=y", Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		if m, err = m.WithCalibration(BetaCalibration(stats.Beta{A: .9, B: 1.2, C: .1})); err != nil {
			t.Fatal(err)
		}
		var text, again bytes.Buffer
		if err := m.WriteLightGBM(&text); err != nil {
			t.Fatal(err)
		}
		got, err := ReadLightGBM(bytes.NewReader(text.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, text.Bytes())
		}
		if err := got.WriteLightGBM(&again); err != nil || !bytes.Equal(text.Bytes(), again.Bytes()) {
			t.Fatalf("written again: %v\n%s", err, cmp.Diff(text.String(), again.String()))
		}
		if d := cmp.Diff(m.Card(), got.Card()); d != "" || got.SchemaHash() != m.SchemaHash() {
			t.Fatalf("schema %s, want %s; card %s", got.SchemaHash(), m.SchemaHash(), d)
		}
		x := &features.Matrix{Schema: s, Rows: 20}
		for range x.Rows {
			x.Data = append(x.Data, oddRow(random, s)...)
		}
		compare(t, m, got, x)
	})
}

// compare checks that two models give the same bits, and contributions to 1e-9.
func compare(t *rapid.T, want, got *Model, x *features.Matrix) {
	a, b := make([]float64, x.Rows), make([]float64, x.Rows)
	if err := want.Score(x, a); err != nil {
		t.Fatal(err)
	}
	if err := got.Score(x, b); err != nil {
		t.Fatal(err)
	}
	p, q := make([]float64, len(x.Data)), make([]float64, len(x.Data))
	baseP, err := want.ContributionsOf(x, p)
	if err != nil {
		t.Fatal(err)
	}
	baseQ, err := got.ContributionsOf(x, q)
	if err != nil || math.Abs(baseP-baseQ) > 1e-9 {
		t.Fatalf("base %v, want %v (%v)", baseQ, baseP, err)
	}
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			t.Fatalf("row %v: %v, want %v", x.Row(i), b[i], a[i])
		}
	}
	for i := range p {
		if math.Abs(p[i]-q[i]) > 1e-9 {
			t.Fatalf("contribution %d: %v, want %v", i, q[i], p[i])
		}
	}
}
