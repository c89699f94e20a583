package features_test

import (
	"math"
	"strconv"
	"testing"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/holdfasttest"
	"holdfast/internal/stats"
	"holdfast/training/baseline"
)

// retail reads the derived invoices of Online Retail I and II (UCI, CC BY 4.0)
// as purchases and returns.
func retail(t *testing.T) *history.Shard {
	t.Helper()
	_, rows := holdfasttest.Records(t, "online_retail/invoices_2009_2011_derived.csv.gz")
	p := history.Parts{Vocab: history.Vocabulary{Kinds: []string{"other", "purchase", "return"}}}
	for i, row := range rows {
		id, err1 := strconv.ParseInt(row[1], 10, 64)
		at, err2 := time.Parse(time.DateTime, row[2])
		items, err3 := strconv.ParseFloat(row[4], 64)
		amount, err4 := strconv.ParseFloat(row[5], 64)
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
			t.Fatalf("row %d: %v", i+2, row)
		}
		kind := uint16(1)
		if row[6] == "1" {
			kind = 2
		}
		p.Customers = append(p.Customers, history.Customer{ID: history.CustomerID(id)})
		p.Events.Append(history.Event{
			Stamp: history.Stamp{Customer: history.CustomerID(id), Ref: int64(i + 1), Occurred: at, Recorded: at, Import: 1},
			Kind:  kind, AmountMinor: int64(math.Round(amount * 100)), Quantity: items,
		})
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// labelled makes the rows and outcomes of the population at some as-ofs.
func labelled(t *testing.T, e *features.Engine, d *churn.Definition, s *history.Shard, asOfs ...time.Time) (*features.Matrix, []float64, []int64) {
	t.Helper()
	x := &features.Matrix{Schema: e.Schema()}
	var y []float64
	var group []int64
	var later history.Scratch
	end := time.Date(2011, 12, 10, 0, 0, 0, 0, time.UTC)
	err := e.Rows(s, 0, len(s.Customers), asOfs, func(i, date int, v history.View, row []float64) error {
		if ok, _ := d.InPopulation(v); !ok {
			return nil
		}
		out := d.Outcome(s.View(i, asOfs[date], nil), s.View(i, end, &later))
		if !out.Matured {
			t.Fatalf("as of %v the outcome is not final at the end of the data", asOfs[date])
		}
		left := 0.0
		if out.Left {
			left = 1
		}
		x.Data, y, group = append(x.Data, row...), append(y, left), append(group, int64(v.Customer().ID))
		x.Rows++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return x, y, group
}

// Issue 2 asks for AUC 0.772 and 0.763 on Online Retail: silence of 90 days, no
// lead time, active within 180 days, trained on earlier matured dates only.
// The population and its leaving rate are published with the data: 2,772
// customers and 39.3 % at 2011-09-01.
func TestOnlineRetailIsAsPredictableAsItShouldBe(t *testing.T) {
	t.Parallel()
	s := retail(t)
	cfg := features.Default()
	for i := range cfg.Events {
		cfg.Events[i].Quantity = true
	}
	e, err := features.New(cfg, s.Vocab)
	if err != nil {
		t.Fatal(err)
	}
	def := churn.Default()
	def.Population.ActiveWithinDays = 180
	d, err := churn.New(def, s.Vocab)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		asOf time.Time
		want float64
	}{
		{time.Date(2011, 6, 1, 0, 0, 0, 0, time.UTC), 0.772},
		{time.Date(2011, 9, 1, 0, 0, 0, 0, time.UTC), 0.763},
	} {
		var dates []time.Time
		for at := time.Date(2010, 6, 1, 0, 0, 0, 0, time.UTC); !d.MaturesAt(at).After(c.asOf); at = at.AddDate(0, 1, 0) {
			dates = append(dates, at)
		}
		x, y, group := labelled(t, e, d, s, dates...)
		m, err := baseline.FitLogistic(t.Context(), x, y, nil, baseline.LogisticOptions{L2: 30, Group: group, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		test, left, _ := labelled(t, e, d, s, c.asOf)
		scores := make([]float64, test.Rows)
		if err := m.Score(test, scores); err != nil {
			t.Fatal(err)
		}
		auc, err := stats.AUC(left, scores, nil)
		if err != nil {
			t.Fatal(err)
		}
		rate := 0.0
		for _, l := range left {
			rate += l / float64(len(left))
		}
		t.Logf("%s: trained on %d rows of %d dates, tested on %d, %.1f %% left, AUC %.4f", c.asOf.Format(time.DateOnly), x.Rows, len(dates), test.Rows, 100*rate, auc)
		if auc < c.want {
			t.Errorf("as of %s the AUC is %.4f, want at least %.3f", c.asOf.Format(time.DateOnly), auc, c.want)
		}
	}
}
