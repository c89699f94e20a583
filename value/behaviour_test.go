package value_test

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/holdfasttest"
	"holdfast/value"
)

// buyer is a customer of CDNOW's published sample: the days since 1970 on which
// they bought and what they spent on each, in dollars.
type buyer struct {
	days  []int
	spent []float64
}

// cdnow reads the 1/10 sample, customers in its order, purchases of one day merged.
func cdnow(t testing.TB) []buyer {
	t.Helper()
	file, err := os.Open(holdfasttest.Data(t, "cdnow/CDNOW_sample.txt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	var out []buyer
	last := ""
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		cells := strings.Fields(lines.Text())
		at, err := time.Parse("20060102", cells[2])
		if err != nil {
			t.Fatal(err)
		}
		amount, err := strconv.ParseFloat(cells[4], 64)
		if err != nil {
			t.Fatal(err)
		}
		if cells[0] != last {
			out, last = append(out, buyer{}), cells[0]
		}
		b, day := &out[len(out)-1], int(at.Unix()/86400)
		if n := len(b.days); n == 0 || b.days[n-1] != day {
			b.days, b.spent = append(b.days, day), append(b.spent, 0)
		}
		b.spent[len(b.spent)-1] += amount
	}
	if err := lines.Err(); err != nil || len(out) != 2357 {
		t.Fatalf("%d customers, want 2357: %v", len(out), err)
	}
	return out
}

// calibrationEnd is 1997-09-30, day 10134 since 1970: the last of the 39 weeks.
var calibrationEnd = int(time.Date(1997, 9, 30, 0, 0, 0, 0, time.UTC).Unix() / 86400)

func behaviours(t testing.TB, all []buyer) []value.Behaviour {
	t.Helper()
	out := make([]value.Behaviour, len(all))
	for i, b := range all {
		var ok bool
		if out[i], ok = value.Summarise(b.days, calibrationEnd, 7); !ok {
			t.Fatalf("customer %d has not bought", i+1)
		}
	}
	return out
}

// held counts what customers bought in the 39 weeks after calibration.
func held(all []buyer) []float64 {
	out := make([]float64, len(all))
	for i, b := range all {
		for _, d := range b.days {
			if d > calibrationEnd && d <= calibrationEnd+39*7 {
				out[i]++
			}
		}
	}
	return out
}

// summary reads the published table of x, t_x, T and mean repeat spend, whose
// times are rounded to a hundredth of a week.
func summary(t testing.TB) (all []value.Behaviour, spend []float64) {
	t.Helper()
	text, err := os.ReadFile(holdfasttest.Data(t, "cdnow/cdnow_customers_summary_with_transactions.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		var v [5]float64
		for i, cell := range strings.Split(strings.TrimSpace(line), ",") {
			if v[i], err = strconv.ParseFloat(cell, 64); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, value.Behaviour{Repeats: int(v[1]), Last: v[2], Age: v[3]})
		spend = append(spend, v[4])
	}
	return all, spend
}

// The table rebuilt from the purchases is the published one.
func TestSummariseIsThePublishedTable(t *testing.T) {
	t.Parallel()
	want, spend := summary(t)
	buyers := cdnow(t)
	for i, got := range behaviours(t, buyers) {
		w := want[i]
		if got.Repeats != w.Repeats || math.Abs(got.Last-w.Last) > .00501 || math.Abs(got.Age-w.Age) > .00501 {
			t.Fatalf("customer %d: %+v, want %+v", i+1, got, w)
		}
		sum := 0.0
		for k := 1; k <= got.Repeats; k++ {
			sum += buyers[i].spent[k]
		}
		if got.Repeats > 0 && math.Abs(sum/float64(got.Repeats)-spend[i]) > .00501 {
			t.Fatalf("customer %d spent %v, want %v", i+1, sum/float64(got.Repeats), spend[i])
		}
	}
}

func TestSummarise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days []int
		want value.Behaviour
		ok   bool
	}{
		"nobody":             {nil, value.Behaviour{}, false},
		"later than the end": {[]int{31}, value.Behaviour{}, false},
		"once":               {[]int{9}, value.Behaviour{Age: 3}, true},
		"on the last day":    {[]int{9, 30}, value.Behaviour{Repeats: 1, Last: 3, Age: 3}, true},
		"twice a day is one": {[]int{9, 9, 16, 16, 40}, value.Behaviour{Repeats: 1, Last: 1, Age: 3}, true},
	} {
		if got, ok := value.Summarise(c.days, 30, 7); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}

func TestCohortRefusals(t *testing.T) {
	t.Parallel()
	for want, all := range map[string][]value.Behaviour{
		"none of the 2 customers bought on a second day: there is no rhythm to learn from": {{Age: 3}, {Age: 5}},
		"1 repeat purchases, the last after 4 of 3: the numbers must not be negative, and the last purchase not after the end": {
			{Repeats: 1, Last: 4, Age: 3},
		},
		"no repeat purchase and a last one after 2: without repeats it is 0": {{Last: 2, Age: 3}},
	} {
		_, err := value.NewCohort(all)
		if err == nil || err.Error() != want || fault.Of(err) != fault.Invalid {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
