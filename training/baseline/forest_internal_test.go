package baseline

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sjwhitworth/golearn/base"
	"github.com/sjwhitworth/golearn/evaluation"
	"github.com/sjwhitworth/golearn/trees"
	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// entropyAfter is the weighted class entropy of the two sides of codes <= at, in
// bits, and NaN if a side is empty.
func entropyAfter(codes, classes []uint8, at int) float64 {
	var count [2][2]float64
	for k, c := range codes {
		side := 0
		if int(c) > at {
			side = 1
		}
		count[side][classes[k]]++
	}
	var sum float64
	for _, n := range count {
		if n[0]+n[1] == 0 {
			return math.NaN()
		}
		for _, v := range n {
			if v > 0 {
				sum -= v * math.Log2(v/(n[0]+n[1]))
			}
		}
	}
	return sum / float64(len(codes))
}

// Slow twin: every threshold of every column. golearn, misled by no ties, finds
// one as good.
func TestGolearnFindsTheBestSplit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, columns := rapid.IntRange(10, 80).Draw(t, "rows"), rapid.IntRange(1, 3).Draw(t, "columns")
		classes := make([]uint8, n)
		codes := make([][]uint8, columns)
		var counts [2]int
		for k := range classes {
			classes[k] = uint8(rapid.IntRange(0, 1).Draw(t, "class"))
			if k < 2 {
				classes[k] = uint8(k)
			}
			counts[classes[k]]++
		}
		g, err := newGrid(columns, n)
		if err != nil {
			t.Fatal(err)
		}
		best, varied := math.Inf(1), false
		for c := range codes {
			codes[c] = make([]uint8, n)
			for k := range codes[c] {
				codes[c][k] = uint8(rapid.IntRange(0, 5).Draw(t, "code"))
			}
			codes[c][0], codes[c][1] = 0, 3
			g.fill(c, codes[c], classes)
			for at := range 5 {
				if e := entropyAfter(codes[c], classes, at); e < best {
					best, varied = e, true
				}
			}
		}
		for k, class := range classes {
			g.label(k, class)
		}
		s, found, err := stump(g, counts)
		if err != nil || !found || !varied {
			t.Fatal(found, varied, err)
		}
		got := entropyAfter(codes[s.column], classes, codeOf(s.threshold, codes[s.column], classes))
		// Counts are whole, so a cut one row inside a code can look best by a hair.
		if !(got <= best+1.5*math.Log2(float64(n))/float64(n)) {
			t.Fatalf("split %+v leaves %v bits, the best %v", s, got, best)
		}
	})
}

// golearn's own prediction of its own tree, counted by golearn's own evaluation,
// against the copied tree and our count.
func TestConfusionCountsAgreeWithGolearns(t *testing.T) {
	t.Parallel()
	x := &features.Matrix{Rows: 400, Schema: features.Schema{Columns: []features.Column{{Name: "a"}, {Name: "b"}}}}
	y := make([]float64, x.Rows)
	for i := range y {
		a, b := float64(i%10), float64(i%7)
		x.Data = append(x.Data, a, b)
		if (a > 5 && i%8 != 0) || (a <= 5 && i%9 == 0) {
			y[i] = 1
		}
	}
	s, err := newSample(x, y, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	opt, err := ForestOptions{Trees: 1, MaxDepth: 1, Draw: 2}.checked(2)
	if err != nil {
		t.Fatal(err)
	}
	nursery := newNursery(s, opt)
	rows := make([]int32, x.Rows)
	for i := range rows {
		rows[i] = int32(i)
	}
	g := &grower{
		ctx: context.Background(), late: func() bool { return false }, random: stats.Stream(1),
		opt: opt, from: nursery, into: new(model.Trees), rate: nursery.rate(), order: []int{0, 1},
	}
	if _, err := g.node(rows, 0); err != nil {
		t.Fatal(err)
	}
	body := new(model.Trees)
	body.Append(g.into)
	m, err := model.NewForest(x.Schema, body, model.Card{})
	if err != nil {
		t.Fatal(err)
	}

	table, err := newGrid(2, x.Rows)
	if err != nil {
		t.Fatal(err)
	}
	var codes [2][]uint8
	for i := range x.Rows {
		table.label(i, nursery.left[i])
		for c := range codes {
			codes[c] = append(codes[c], nursery.codes[2*i+c])
		}
	}
	for c := range codes {
		table.fill(c, codes[c], nursery.left)
	}
	theirs := trees.InferID3Tree(table, &once{columns: table.names})
	predicted, err := theirs.Predict(table)
	if err != nil {
		t.Fatal(err)
	}
	want, err := evaluation.GetConfusionMatrix(table, predicted)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]int{stayed: {}, left: {}}
	name := map[bool]string{false: stayed, true: left}
	for i := range x.Rows {
		p, err := m.Probability(x.Row(i))
		if err != nil {
			t.Fatal(err)
		}
		got[name[y[i] == 1]][name[p > .5]]++
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("confusion (-golearn +ours)\n%s", d)
	}
	if want[left][left] == 0 || want[stayed][stayed] == 0 {
		t.Errorf("the tree tells nobody apart: %v", want)
	}
	if c := base.GetClass(predicted, 6); c != left {
		t.Errorf("row 6 (a = 6) is predicted %q", c)
	}
}

// The copied tree sends the training rows where their codes went: covers agree.
func TestCopiedTreesHoldTheirOwnRows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		opt, err := ForestOptions{MinRows: 5, MaxDepth: 4, RowsPerTree: 50}.checked(3)
		if err != nil {
			t.Fatal(err)
		}
		nursery := newNursery(s, opt)
		g := &grower{
			ctx: context.Background(), late: func() bool { return false }, random: stats.Stream(1),
			opt: opt, from: nursery, into: new(model.Trees), rate: nursery.rate(), order: []int{0, 1, 2},
		}
		rows := nursery.bag(g.random)
		if _, err := g.node(rows, 0); err != nil {
			t.Fatal(err)
		}
		body := new(model.Trees)
		body.Append(g.into)
		m, err := model.NewForest(s.x.Schema, body, model.Card{})
		if err != nil {
			t.Fatal(err)
		}
		total, leavers := map[float64]float64{}, map[float64]float64{} // by leaf value
		for _, r := range rows {
			i := s.rows[r]
			v, err := m.Margin(s.x.Row(i))
			if err != nil {
				t.Fatal(err)
			}
			v = math.Round(stats.Sigmoid(v)*1e9) / 1e9
			total[v]++
			leavers[v] += s.y[i]
		}
		for v, n := range total {
			// several leaves may share a value: n rows of k leaves of equal share
			var cover, left float64
			for k, f := range body.Feature {
				if f == model.Leaf && math.Abs(body.Value[k]-v) < 2e-9 {
					cover += body.Cover[k]
					left += body.Value[k]*(body.Cover[k]+smoothing) - smoothing*g.rate
				}
			}
			if cover != n || math.Abs(left-leavers[v]) > 1e-5 {
				t.Fatalf("leaf of %v: %v rows and %v leavers came, it says %v and %v", v, n, leavers[v], cover, left)
			}
		}
	})
}

func TestTheTimeBudgetEndsTheForest(t *testing.T) {
	t.Parallel()
	x := &features.Matrix{Rows: 200, Schema: features.Schema{Columns: []features.Column{{Name: "a"}}}}
	y := make([]float64, x.Rows)
	for i := range y {
		x.Data = append(x.Data, float64(i%50))
		y[i] = float64(i % 2)
	}
	var asked int
	clock := func() time.Time { asked++; return time.Unix(int64(asked), 0) }
	m, err := FitForest(context.Background(), x, y, nil, ForestOptions{Trees: 1000, MaxDepth: 1, Budget: time.Minute, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(m.Trees().Roots); n < 5 || n > 60 {
		t.Errorf("%d trees in a minute of one second a node", n)
	}
	if c := m.Card().Sentences; len(c) != 1 || c[0][:32] != "The time budget of 1m0s ended af" {
		t.Errorf("the card says %q", c)
	}
	_, err = FitForest(context.Background(), x, y, nil, ForestOptions{Budget: time.Second, Now: clock})
	if fault.Of(err) != fault.Invalid {
		t.Errorf("no time at all: %v", err)
	}
}
