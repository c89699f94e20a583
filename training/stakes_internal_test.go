package training

import (
	"math"
	"strings"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/internal/stats"
)

// moneyed has tenure, a plan and last year's margin; one in three leaves.
func moneyed(n int) *Sample {
	s := &Sample{Dates: make([]time.Time, 1)}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{
		{Name: tenureColumn}, {Name: "plan", Kind: features.Categorical, Levels: []string{"other", "basic", "large"}}, {Name: marginColumn},
	}}
	for i := range n {
		rng := stats.Stream(9, uint64(i))
		row := []float64{float64(i), float64(i % 3), 100 * math.Floor(rng.Float64()*50)}
		if i%10 == 0 {
			row[2] = math.NaN()
		}
		y := 0.0
		if rng.Float64() < 1./3 {
			y = 1
		}
		s.add(kept{x: row, y: y, customer: int64(i), household: int64(i)}, 1)
	}
	return s
}

func TestSegments(t *testing.T) {
	t.Parallel()
	s := moneyed(300)
	k := DefaultStakes()
	k.Segments = []string{tenureColumn, "plan", "not there"}
	m := k.measuredOn(s)
	p := make([]float64, s.Rows())
	for i := range p {
		p[i] = .2 + float64(s.Y[i]*.3)
	}
	got, err := m.apart(s, p)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	rows := 0
	for _, g := range got {
		names = append(names, g.Name)
		rows += g.Metrics.Rows
		if g.Few || g.Metrics.AUC != 1 {
			t.Errorf("%+v", g)
		}
	}
	want := "tenure_days above 100 up to 199, tenure_days above 199, tenure_days up to 100, plan basic, plan large, plan other"
	if strings.Join(names, ", ") != want || rows != 600 {
		t.Errorf("%v of %d rows, want %s", names, rows, want)
	}
	few, err := m.apart(s.Where(func(i int) bool { return i < 60 }), p[:60])
	if err != nil || !few[0].Few || few[0].Metrics.Rows+few[0].Metrics.Left == 0 {
		t.Errorf("%+v, %v", few, err)
	}
	if got := (segmentBy{column: "x"}).name([]float64{math.NaN()}); got != "x unknown" {
		t.Error(got)
	}
}

// The money measures against sums written out, and their refusal to guess.
func TestStakesInMoney(t *testing.T) {
	t.Parallel()
	s := moneyed(400)
	p := make([]float64, s.Rows())
	for i := range p {
		p[i] = stats.HashUniform(4, uint64(i))
	}
	k := DefaultStakes()
	k.Capacity = 25
	m := k.measuredOn(s)
	got, err := m.judge(s, p)
	if err != nil {
		t.Fatal(err)
	}
	all, found := 0.0, 0.0
	for i := range p {
		v := s.X.Row(i)[2]
		if math.IsNaN(v) || s.Y[i] == 0 {
			continue
		}
		all += v
		above := 0
		for j := range p {
			if u := s.X.Row(j)[2]; u*p[j] > v*p[i] {
				above++
			}
		}
		if above < 25 {
			found += v
		}
	}
	if math.Abs(got.Capture-found/all) > 1e-12 || got.Capture == 0 {
		t.Errorf("margin inside capacity %v, want %v", got.Capture, found/all)
	}
	parts, err := m.apart(s, p)
	if err != nil || len(parts) == 0 {
		t.Fatalf("%d segments, %v", len(parts), err)
	}
	for _, part := range parts {
		if part.Few {
			continue
		}
		var q []float64
		in := s.Where(func(i int) bool {
			meant := m.segments[0].name(s.X.Row(i)) == part.Name
			if meant {
				q = append(q, p[i])
			}
			return meant
		})
		want, err := stats.EMPC(in.Y, q, m.profit)
		if err != nil {
			t.Fatal(err)
		}
		if part.Metrics.Rows != in.Rows() || part.Metrics.EMPC != want.PerCustomer || part.Metrics.Lift10 == 0 || part.Metrics.Capture < 0 || part.Metrics.Capture > 1 {
			t.Errorf("%s of %d rows: %+v", part.Name, in.Rows(), part.Metrics)
		}
	}
	terms := stats.ProfitTerms{CLV: m.profit.CLV, Offer: 1000, Contact: 100, Alpha: 6, Beta: 14}
	if want, err := stats.EMPC(s.Y, p, terms); err != nil || want.PerCustomer != got.EMPC || terms.CLV < 2000 || terms.CLV > 3000 {
		t.Errorf("EMPC %v, want %v at %v (%v)", got.EMPC, want, terms, err)
	}
	k.OfferMinor = 9000 // more than a customer is worth: no profit to be measured
	if got, err := k.measuredOn(s).judge(s, p); err != nil || got.EMPC != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	for want, k := range map[string]Stakes{
		"an amount is below 0": {ContactMinor: -1, Alpha: 1, Beta: 1},
		"stakes.offer_minor":   {ValueMinor: 5, OfferMinor: 5, Alpha: 1, Beta: 1},
		"stakes.accept_alpha":  {Alpha: 0, Beta: 1},
		"stakes.capacity: -1":  {Alpha: 1, Beta: 1, Capacity: -1},
	} {
		if err := k.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Paired differences of AUC and log loss hold the plain difference and know
// which of two models is better.
func TestPaired(t *testing.T) {
	t.Parallel()
	s := moneyed(900)
	good, bad := make([]float64, s.Rows()), make([]float64, s.Rows())
	for i := range good {
		noise := stats.HashUniform(5, uint64(i))
		good[i], bad[i] = .15+.3*s.Y[i]+.3*noise, .2+.3*noise
	}
	auc, err := pairedAUC(s, good, bad, 1)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := stats.AUC(s.Y, good, nil)
	b, _ := stats.AUC(s.Y, bad, nil)
	if math.Abs(auc.Difference-(a-b)) > 1e-12 || auc.Low <= 0 || auc.Low >= auc.Difference || auc.High <= auc.Difference {
		t.Errorf("%+v of %v and %v", auc, a, b)
	}
	loss, err := pairedLogLoss(s, good, bad, 1)
	if err != nil || loss.High >= 0 {
		t.Errorf("%+v, %v", loss, err)
	}
	if same, err := pairedLogLoss(s, bad, bad, 1); err != nil || same != (Paired{}) {
		t.Errorf("a model against itself: %+v, %v", same, err)
	}
}
