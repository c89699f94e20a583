package simulate

import (
	"math"
	"testing"

	"holdfast/internal/stats"
)

// snapshot is what can be seen of the active customers at a day, from the rows
// recorded by then, and who left by choice within 42 days.
type snapshot struct {
	x       [][]float64
	left    []float64
	recency []float64
	hazard  []float64
}

const seenColumns = 14

// look advances a business of two years to day, reads what its rows say, and
// waits for the outcome.
func look(t *testing.T, b *Business, day int) snapshot {
	t.Helper()
	if err := b.Advance(b.clock(day)); err != nil {
		t.Fatal(err)
	}
	x := make([][]float64, len(b.people))
	visits := make([][4]float64, len(b.people)) // in 30, 90, 365 days; days since the last
	for i := range x {
		x[i] = make([]float64, seenColumns)
		visits[i][3] = 400
	}
	now := b.world.midnight(day)
	for _, bucket := range b.ledger.days {
		for _, r := range bucket.rows {
			if r.recorded < now && !r.flag {
				see(x[r.customer], &visits[r.customer], &r, float64(now-min(now, r.occurred))/daySeconds)
			}
		}
	}
	var s snapshot
	var at []int
	for i := range b.people {
		p, st := &b.people[i], &b.states[i]
		if st.left != stays {
			continue
		}
		v := visits[i]
		x[i][0], x[i][1], x[i][2] = math.Log1p(v[0]), math.Log1p(v[1]), math.Log1p(v[2])
		x[i][3] = math.Log1p(v[3])
		x[i][4] = math.Log1p(float64(day-int(p.since)) / 365)
		x[i][5] = term(int(st.renews) - day)
		x[i][6] = float64(count(p.acquired == 3))
		x[i][7] = segmentLoyal[p.segment] + acquisitionLoyal[p.acquired]
		at = append(at, i)
		s.x, s.recency, s.hazard = append(s.x, x[i]), append(s.recency, v[3]), append(s.hazard, hazard(p, st, day))
	}
	if err := b.Advance(b.clock(day + 42)); err != nil {
		t.Fatal(err)
	}
	for _, i := range at {
		s.left = append(s.left, float64(count(b.states[i].left == leftVoluntarily)))
	}
	return s
}

// see adds one visible row to what is known.
func see(x []float64, visits *[4]float64, r *row, ago float64) {
	recent := math.Exp(-ago / 60)
	switch {
	case r.table == eventsTable && r.kind == visited:
		visits[0] += float64(count(ago < 30))
		visits[1] += float64(count(ago < 90))
		visits[2] += float64(count(ago < 365))
		visits[3] = min(visits[3], ago)
	case r.table == eventsTable && r.kind == unpaid:
		x[8] += recent
	case r.table == eventsTable && r.kind == answered:
		x[9] += (float64(r.quantity) - 6.5) * math.Exp(-ago/200)
	case r.table == issuesTable:
		x[10] += recent * float64(r.quantity)
	case r.table == contactsTable:
		x[11] += recent
	case r.table == subscriptionsTable:
		x[12] += recent
	}
}

// logistic fits by gradient descent on standardised columns and returns the
// scores of test rows: a plain model, standing in for those of the product.
func logistic(train, test snapshot) []float64 {
	mean, sd := make([]float64, seenColumns), make([]float64, seenColumns)
	for j := range seenColumns {
		for _, row := range train.x {
			mean[j] += row[j] / float64(len(train.x))
		}
		for _, row := range train.x {
			sd[j] += (row[j] - mean[j]) * (row[j] - mean[j]) / float64(len(train.x))
		}
		sd[j] = math.Sqrt(sd[j]) + 1e-9
	}
	w := make([]float64, seenColumns+1)
	score := func(row []float64) float64 {
		z := w[seenColumns]
		for j, v := range row {
			z += w[j] * (v - mean[j]) / sd[j]
		}
		return z
	}
	w[seenColumns] = -3
	for range 250 {
		grad := make([]float64, seenColumns+1)
		for i, row := range train.x {
			e := stats.Sigmoid(score(row)) - train.left[i]
			for j, v := range row {
				grad[j] += e * (v - mean[j]) / sd[j]
			}
			grad[seenColumns] += e
		}
		for j := range grad {
			w[j] -= 8 * grad[j] / float64(len(train.x))
		}
	}
	out := make([]float64, len(test.x))
	for i, row := range test.x {
		out[i] = score(row)
	}
	return out
}

// TestLeavingCanBeLearnt holds the business to being worth a model: hidden
// state tells most, what can be seen a good deal less, silence alone little.
func TestLeavingCanBeLearnt(t *testing.T) {
	t.Parallel()
	cfg := Default()
	cfg.HistoryDays = 0
	cfg.Customers = 9_000
	b, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	train, test := look(t, b, 560), look(t, b, 688)
	auc := func(score []float64) float64 {
		a, err := stats.AUC(test.left, score, nil)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	hidden, seen, silent := auc(test.hazard), auc(logistic(train, test)), auc(test.recency)
	rate := 0.0
	for _, y := range test.left {
		rate += y / float64(len(test.left))
	}
	t.Logf("42 days: %.2f %% of %d leave by choice; AUC hidden %.3f, logistic on what is seen %.3f, silence %.3f",
		100*rate, len(test.left), hidden, seen, silent)
	for _, c := range []struct {
		name          string
		got, low, top float64
	}{
		{"hidden hazard", hidden, .83, .93},
		{"logistic", seen, .74, .86},
		{"silence alone", silent, .55, .72},
		{"leaving rate", rate, .018, .04},
	} {
		if c.got < c.low || c.got > c.top {
			t.Errorf("%s is %.3f, want %.3f to %.3f", c.name, c.got, c.low, c.top)
		}
	}
}
