package training

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/internal/holdfasttest"
)

// The insurer's table by quarter repeats a policy's final reason and the day of
// its end on every quarter (CASdatasets eusavingULnoPSperQtr). Whoever joins it
// to a date joins the answer.
func TestXRayOfInsurance(t *testing.T) {
	t.Parallel()
	type policy struct {
		issued, ended time.Time
		reason        string
	}
	var policies []policy
	lines, last := csv.NewReader(holdfasttest.Open(t, "insurance_lapse/eusavingULnoPSperQtr.csv.gz")), ""
	lines.ReuseRecord = true
	for first := true; ; first = false {
		r, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if first || r[0] == last {
			continue
		}
		last = strings.Clone(r[0])
		p := policy{reason: strings.Clone(r[3])}
		if p.issued, err = time.Parse(time.DateOnly, r[1]); err != nil {
			t.Fatal(err)
		}
		if p.ended, err = time.Parse(time.DateOnly, r[2]); err != nil {
			t.Fatal(err)
		}
		policies = append(policies, p)
	}
	reasons := []string{"Claim", "In force", "Surrender"}
	asOf := time.Date(2005, 1, 1, 0, 0, 0, 0, time.UTC)
	policies = slices.DeleteFunc(policies, func(p policy) bool { return !p.issued.Before(asOf) || !p.ended.After(asOf) })
	s := rowsOf(len(policies), []string{"tenure_days", "days_to_final_date", "lapse_reason"}, func(i, j int, _ float64) float64 {
		p := policies[i]
		return []float64{asOf.Sub(p.issued).Hours() / 24, p.ended.Sub(asOf).Hours() / 24, float64(slices.Index(reasons, p.reason))}[j]
	})
	s.X.Schema.Columns[2].Levels = reasons
	left := 0
	for i := range s.Y {
		p := policies[s.Customer[i]]
		s.Y[i] = 0
		if p.reason == "Surrender" && p.ended.Before(asOf.AddDate(1, 0, 0)) {
			s.Y[i] = 1
			left++
		}
	}
	if got := xrayed(t, s); !slices.Equal(got, []string{"days_to_final_date", "lapse_reason"}) {
		t.Errorf("of %d policies, %d surrendered, the X-ray finds %q", len(policies), left/2, got)
	}
}

// What differs is on the card; it blocks where it tells who left and the times
// are assumed.
func TestHindsightInWords(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	h := Hindsight{Rows: 200, Facts: 1000, Assumed: 250, Differs: []LateKnowledge{{"state", .5, .5, .9}, {"orders", .3, .6, .62}, {"visits", .004, .5, .5}}}
	want := "Recomputed with today's knowledge, 3 features of 200 customers on 2026-03-01 differ from what was known then, which is what was learned from: " +
		"state (50 % of customers), orders (30 % of customers), and for less than 1 % of customers each visits; 25 % of the recorded times are assumed, and what came late under these cannot be seen."
	if got := h.sentence(at); got != want {
		t.Error(got)
	}
	want = "state ranks leavers with AUC 0.900 as it is known now and 0.500 as it was known then, and 25 % of the recorded times are assumed: it is written down after they leave."
	if got := h.leaks(); len(got) != 1 || got[0].Says != want {
		t.Errorf("%+v", got)
	}
	h.Assumed = 0
	if got := h.leaks(); got != nil {
		t.Errorf("with true times: %+v", got)
	}
	h.Differs = nil
	if got := h.sentence(at); !strings.HasPrefix(got, "Recomputed with today's knowledge, no feature of 200 customers on 2026-03-01 differs from what was known then; 0 % of") {
		t.Error(got)
	}
}

// A category is ranked by how often its levels left, in whatever order they stand.
func TestLevelsAreRankedByTheirRates(t *testing.T) {
	t.Parallel()
	s := rowsOf(300, []string{"word"}, func(_, _ int, y float64) float64 { return y })
	v := leavingRates(s, s.X.Column(0, nil), []float64{0, 1, 2})
	if v[0] != 0 || v[1] != 1 || !math.IsNaN(v[2]) {
		t.Errorf("%v", v)
	}
}
