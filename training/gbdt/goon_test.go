package gbdt_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/gbdt"
)

// TestGoingOn: ten trees and then twenty are about as good as thirty at once, the
// first ten stay as they were, and the number of workers does not matter.
func TestGoingOn(t *testing.T) {
	t.Parallel()
	d, test := drawn(6000, kinds(), 31), drawn(3000, kinds(), 32)
	opt := small
	opt.Trees = 10
	ten := train(t, d, nil, opt)
	opt.Trees = 30
	thirty := train(t, d, nil, opt)
	opt.Trees, opt.From = 20, ten
	var file []byte
	for _, workers := range []int{1, 2, 8} {
		opt.Workers = workers
		var b bytes.Buffer
		m := train(t, d, nil, opt)
		if err := m.Write(&b); err != nil {
			t.Fatal(err)
		}
		if file == nil {
			file = b.Bytes()
		} else if !bytes.Equal(file, b.Bytes()) {
			t.Errorf("%d workers give another file", workers)
		}
		opt.Workers = 0
		n := len(ten.Trees().Value)
		if diff := cmp.Diff(ten.Trees().Value, m.Trees().Value[:n]); diff != "" || len(m.Trees().Roots) != 30 {
			t.Errorf("%d trees; the first ten differ:\n%s", len(m.Trees().Roots), diff)
		}
		z, err := gbdt.SizesOf(m)
		if err != nil || z.Trees != 30 {
			t.Errorf("its sizes are %+v, %v", z, err)
		}
		on, once, before := heldLoss(t, m, test), heldLoss(t, thirty, test), heldLoss(t, ten, test)
		if on > once+0.01 || on > before-0.02 {
			t.Errorf("the loss is %.4f; %.4f with thirty trees at once and %.4f with ten", on, once, before)
		}
	}
}

func heldLoss(t *testing.T, m *model.Model, d rowsOf) float64 {
	t.Helper()
	p := make([]float64, d.x.Rows)
	if err := m.Score(d.x, p); err != nil {
		t.Fatal(err)
	}
	loss, err := stats.LogLoss(d.y, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return loss
}

// TestGoingOnFromWhat: only from boosted trees, of the same columns.
func TestGoingOnFromWhat(t *testing.T) {
	t.Parallel()
	d := drawn(500, numbers(3), 3)
	leaf := &model.Trees{Roots: []int32{0}}
	leaf.AddLeaf(0.5, 1)
	forest, err := model.NewForest(d.x.Schema, leaf, model.Card{Name: "a forest"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from *model.Model
		kind fault.Kind
		want string
	}{
		{forest, fault.Invalid, "training cannot go on from a forest model (a forest): give boosted trees"},
		{train(t, drawn(500, numbers(4), 3), nil, small), fault.Conflict, "go on from a model: the model expects rows of schema"},
	} {
		opt := small
		opt.From = c.from
		m, err := gbdt.Train(context.Background(), d.x, d.y, nil, opt)
		if m != nil || err == nil || fault.Of(err) != c.kind || !strings.Contains(err.Error(), c.want) {
			t.Errorf("from a %s model: %v", c.from.Kind(), err)
		}
	}
}

// TestImportance: every split is counted for its column, the column that decides
// comes first, one that says nothing gains little, and going on adds up.
func TestImportance(t *testing.T) {
	t.Parallel()
	random := stats.Stream(7)
	d := rowsOf{x: &features.Matrix{Schema: numbers(4), Rows: 4000}}
	for range d.x.Rows {
		row := []float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64(), 5}
		left := 0.0
		if stats.Sigmoid(3*row[1]+row[2]) > random.Float64() {
			left = 1
		}
		d.x.Data, d.y = append(d.x.Data, row...), append(d.y, left)
	}
	m := train(t, d, nil, small)
	list := m.Card().Importance
	splits := 0
	for _, i := range list {
		splits += i.Splits
	}
	inner := 0
	for _, f := range m.Trees().Feature {
		if f >= 0 {
			inner++
		}
	}
	if splits != inner || len(list) > 3 || list[0].Column != "x1" || list[1].Column != "x2" {
		t.Fatalf("%d splits of %d are counted: %+v", splits, inner, list)
	}
	if list[0].Gain < 3*list[1].Gain || (len(list) == 3 && list[2].Gain > list[1].Gain/3) {
		t.Errorf("the gains are %+v", list)
	}
	opt := small
	opt.From = m
	more := train(t, d, nil, opt).Card().Importance
	if k := slices.IndexFunc(more, func(i model.Importance) bool { return i.Column == "x1" }); more[k].Splits <= list[0].Splits || more[k].Gain <= list[0].Gain {
		t.Errorf("after going on it is %+v, before %+v", more[k], list[0])
	}
}
