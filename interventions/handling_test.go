package interventions

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
)

// planted makes attempts that reach nobody in dial minutes and somebody in dial
// and talk; each task has three attempts of which the last reaches.
func planted(tasks int, dial, talk float64) (list []Try) {
	for i := range tasks {
		for n := range 3 {
			x := Try{Task: TaskID(i + 1), Minutes: dial + float64(i%5)/10 - .2, Of: 3}
			if n == 2 {
				x.Minutes, x.Reached = x.Minutes+talk, true
			}
			list = append(list, x)
		}
	}
	return list
}

// Below a hundred attempts minutes are the configuration's; from there on they
// are what the calls took, and one left open over lunch hardly counts.
func TestHandle(t *testing.T) {
	t.Parallel()
	tr := Treatment{Name: "call", Channel: ChannelPhone, DialMinutes: 1, TalkMinutes: 5, Attempts: 2, Reach: .5}
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if h := tr.Handle(planted(33, 2, 10)); h.Measured() || h.Minutes() != 4.5 {
		t.Errorf("from 99 attempts: %+v", h)
	}
	h := tr.Handle(planted(40, 2, 10))
	if h.Tries != 120 || h.Tasks != 40 {
		t.Errorf("%+v", h)
	}
	near("dial", h.Dial, 2)
	near("talk", h.Talk, 10)
	near("attempts", h.Attempts, 3)
	near("reach", h.Reach, 1)
	near("minutes", h.Minutes(), 16)

	lunch := planted(40, 2, 10)
	lunch[2].Minutes = 75 // of a talk of twelve
	open := tr.Handle(lunch)
	if open.Talk < 10 || open.Talk > 10.1 {
		t.Errorf("with a call left open over lunch talk is %v, want hardly more than 10; the plain mean is %v", open.Talk, 10+63./40)
	}
	unended := planted(40, 2, 10)
	for i := range unended {
		unended[i].Of = 0
	}
	h = tr.Handle(unended)
	near("attempts while no task has ended", h.Attempts, 2)
	near("reach while no task has ended", h.Reach, .5)
	near("dial while no task has ended", h.Dial, 2)

	if _, ok := NewTry(1, time.Time{}, tuesday, NoAnswer, 1); ok {
		t.Error("an attempt that nobody took was timed")
	}
	if x, ok := NewTry(1, tuesday, tuesday.Add(90*time.Second), SavedNoOffer, 1); !ok || x.Minutes != 1.5 || !x.Reached {
		t.Errorf("%+v", x)
	}
}

// The slow twin says the definition: sort, cut, and count by hand.
func TestHandleIsItsDefinition(t *testing.T) {
	t.Parallel()
	tr := Treatment{Name: "call", Channel: ChannelPhone, DialMinutes: 1, TalkMinutes: 5, Attempts: 2, Reach: .5}
	cut := func(values []float64) float64 {
		slices.Sort(values)
		at := func(q float64) float64 {
			i, f := math.Modf(q * float64(len(values)-1))
			return values[int(i)]*(1-f) + values[min(int(i)+1, len(values)-1)]*f
		}
		fence := at(.75) + 3*(at(.75)-at(.25))
		if at(.75) == at(.25) {
			fence = 4 * at(.75)
		}
		sum := 0.0
		for _, v := range values {
			sum += math.Min(v, fence)
		}
		return sum / float64(len(values))
	}
	rapid.Check(t, func(t *rapid.T) {
		tries := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Try {
			return Try{
				Task: TaskID(rapid.IntRange(1, 60).Draw(t, "task")), Minutes: float64(rapid.IntRange(1, 900).Draw(t, "tenths")) / 10,
				Reached: rapid.Bool().Draw(t, "reached"),
			}
		}), 80, 300).Draw(t, "tries")
		size := map[TaskID]int{}
		for _, x := range tries {
			size[x.Task]++
		}
		for i := range tries {
			if tries[i].Task%3 > 0 { // a third has not ended
				tries[i].Of = size[tries[i].Task]
			}
		}
		want := tr.configured()
		if len(tries) >= 100 {
			want.Tries = len(tries)
			var dial, talk []float64
			ended, attempts, reached := 0, 0, 0
			for task, n := range size {
				spoke := false
				for _, x := range tries {
					spoke = spoke || x.Task == task && x.Reached
				}
				if task%3 > 0 {
					ended, attempts = ended+1, attempts+n
					if spoke {
						reached++
					}
				}
			}
			for _, x := range tries {
				if x.Reached {
					talk = append(talk, x.Minutes)
				} else {
					dial = append(dial, x.Minutes)
				}
			}
			if len(dial) >= 10 {
				want.Dial = cut(dial)
			}
			if len(talk) >= 10 {
				want.Talk = math.Max(0, cut(talk)-want.Dial)
			}
			if want.Tasks = ended; ended >= 20 {
				want.Attempts, want.Reach = float64(attempts)/float64(ended), float64(reached)/float64(ended)
			}
		}
		got := tr.Handle(tries)
		if got.Tries != want.Tries || got.Tasks != want.Tasks || math.Abs(got.Minutes()-want.Minutes()) > 1e-9 {
			t.Fatalf("measured %+v, by hand %+v", got, want)
		}
	})
}

// What was measured is what candidates and decisions take, and what is said
// beside the prices; the policy itself stays as configured.
func TestMeasuredMinutesAreUsed(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	call := p.index("retention_call")
	before := p.Minutes(call)
	h := p.cfg.Treatments[call].Handle(planted(40, 3, 20))
	taught := p.Learn(Learned{Handling: []Handling{h}})
	if got := taught.Minutes(call); math.Abs(got-h.Minutes()) > 1e-9 || got == before || p.Minutes(call) != before {
		t.Errorf("%v minutes, measured are %v; before it were %v, now %v", got, h.Minutes(), before, p.Minutes(call))
	}
	a, err := taught.Allocate(Night{AsOf: tuesday})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(a.Prices.Calls, func(h Handling) bool { return h.Treatment == "retention_call" })
	if i < 0 || a.Prices.Calls[i].Tries != 120 {
		t.Errorf("beside the prices stand %+v", a.Prices.Calls)
	}
}

// Customers in another order make the same night.
func TestPermutingCustomersChangesNothing(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "customers")
		var cands []Candidate
		for i := range n {
			for k := range p.cfg.Treatments {
				if rapid.Bool().Draw(t, "may") {
					cands = append(cands, Candidate{
						Customer: history.CustomerID(i + 1), Household: history.HouseholdID(i/2*2 + 1), Treatment: uint8(k),
						Worth: float32(rapid.IntRange(-50, 500).Draw(t, "worth")), Minutes: float32(p.Minutes(k)), Partition: uint16(i % 4),
					})
				}
			}
		}
		night := func(cands []Candidate) Allocation {
			a, err := p.Allocate(Night{AsOf: tuesday, Customers: n, Candidates: slices.Clone(cands)})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		want := night(cands)
		got := night(rapid.Permutation(cands).Draw(t, "order"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("in another order (-want +got):\n%s", diff)
		}
	})
}
