package model_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/value"
)

func buyingSchema() features.Schema {
	return features.Schema{Columns: []features.Column{{Name: "tenure"}, {Name: "days"}, {Name: "since"}, {Name: "first"}}}
}

func buyingBody(kind value.Kind) *model.Buying {
	p := map[string]float64{"r": .243, "alpha": 30.9, "a": .793, "b": 2.426}
	if kind == value.KindParetoNBD {
		p = map[string]float64{"r": .553, "alpha": 74, "s": .606, "beta": 81.7}
	}
	return &model.Buying{
		Kind: kind, Parameters: p, Days: "days", Since: "since", First: "first", HorizonDays: 90, Reference: [3]float64{2, 40, 200},
	}
}

func buying(t testing.TB, kind value.Kind) *model.Model {
	t.Helper()
	m, err := model.NewBuying(buyingSchema(), buyingBody(kind), model.Card{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// BG/NBD in closed form: 1 − P(still a customer)·(1 − ((α+T)/(α+T+t))^(r+x)).
func TestSilenceOfBGNBD(t *testing.T) {
	t.Parallel()
	for _, row := range [][]float64{{0, 1, 200, 200}, {0, 8, 3, 250}, {0, 2, 300, 700}, {0, 400, 100, 900}} {
		x, since, age := row[1]-1, row[2], row[3]
		odds := 0.0
		if x > 0 {
			odds = .793 / (2.426 + x - 1) * math.Pow((30.9+age)/(30.9+age-since), .243+x)
		}
		want := 1 - (1-math.Pow((30.9+age)/(30.9+age+90), .243+x))/(1+odds)
		got, err := buying(t, value.KindBGNBD).Probability(row)
		if err != nil || math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %v, want %v, %v", row, got, want, err)
		}
	}
}

// Contributions add up, go to the three columns only, and are those of all six
// orders; any row gives a number.
func TestContributionsOfBuying(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Float64Range(-5, 2000), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0, 1, 1e9}))
		row := []float64{number.Draw(t, "tenure"), number.Draw(t, "days"), number.Draw(t, "since"), number.Draw(t, "first")}
		s := buyingSchema()
		m, err := model.NewBuying(s, buyingBody(rapid.SampledFrom([]value.Kind{value.KindBGNBD, value.KindParetoNBD}).Draw(t, "kind")), model.Card{})
		if err != nil {
			t.Fatal(err)
		}
		margin, err := m.Margin(row)
		if err != nil || math.IsInf(margin, 0) {
			t.Fatalf("margin %v, %v", margin, err)
		}
		phi := make([]float64, 4)
		base, err := m.Contributions(row, phi)
		if err != nil {
			t.Fatal(err)
		}
		if phi[0] != 0 || math.Abs(base+phi[1]+phi[2]+phi[3]-margin) > 1e-9 {
			t.Fatalf("%v and %v do not make %v", base, phi, margin)
		}
		if math.IsNaN(row[1] + row[2] + row[3]) {
			return // counts as the reference
		}
		x := &features.Matrix{Schema: s, Rows: 1, Data: row}
		var one [1]float64
		if err := m.Score(x, one[:]); err != nil || math.Abs(one[0]-stats.Sigmoid(margin)) > 1e-15 {
			t.Fatalf("scored %v, %v", one[0], err)
		}
		if finite := !math.IsInf(row[1]+row[2]+row[3], 0) && row[1] >= 0 && row[2] >= 0 && row[3] >= 0; finite {
			want := orders(t, m, row)
			for i := range want {
				if math.Abs(phi[i+1]-want[i]) > 1e-9 {
					t.Fatalf("contributions %v, want %v", phi[1:], want)
				}
			}
		}
	})
}

// orders is Shapley's mean over the six orders in which the features change.
func orders(t *rapid.T, m *model.Model, row []float64) [3]float64 {
	var sum [3]float64
	for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		ref := m.Buying().Reference
		at := []float64{0, ref[0], ref[1], ref[2]}
		before, _ := m.Margin(at)
		for _, i := range order {
			at[i+1] = row[i+1]
			now, err := m.Margin(at)
			if err != nil {
				t.Fatal(err)
			}
			sum[i] += (now - before) / 6
			before = now
		}
	}
	return sum
}

func TestBuyingSurvivesItsFile(t *testing.T) {
	t.Parallel()
	m := buying(t, value.KindParetoNBD)
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	if v := file.Bytes()[8]; v != 3 {
		t.Errorf("format %d, want 3", v)
	}
	again, err := model.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	row := []float64{0, 5, 17, 300}
	want, _ := m.Margin(row)
	if got, err := again.Margin(row); err != nil || got != want || again.Kind() != model.KindBuying {
		t.Errorf("%s: %v, want %v, %v", again.Kind(), got, want, err)
	}
}

func TestBuyingRefusals(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*model.Buying){
		`make a buying model: the schema has no column "visits"`:                                          func(b *model.Buying) { b.Days = "visits" },
		"make a buying model: the horizon is 0 days":                                                      func(b *model.Buying) { b.HorizonDays = 0 },
		"make a buying model: the reference customer has -1 in since":                                     func(b *model.Buying) { b.Reference[1] = -1 },
		`make a buying model: its parameters: there is no model "lstm"`:                                   func(b *model.Buying) { b.Kind = "lstm" },
		"make a buying model: its parameters: the bgnbd model: its parameter b is 0 and must lie between": func(b *model.Buying) { delete(b.Parameters, "b") },
	} {
		body := buyingBody(value.KindBGNBD)
		change(body)
		if _, err := model.NewBuying(buyingSchema(), body, model.Card{}); err == nil || fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
