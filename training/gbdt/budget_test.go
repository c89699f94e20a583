package gbdt

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
)

// TestBudget: a budget ends the search at the same place for any number of
// workers and says so; a large one changes nothing.
func TestBudget(t *testing.T) {
	t.Parallel()
	x, y := mixed(3000, 6)
	grown := func(budget time.Duration, workers, most int) (file []byte, trees int, how string) {
		m, err := Train(context.Background(), x, y, nil, Options{Budget: budget, Workers: workers, Folds: 3, MaxChoiceRows: most})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := m.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes(), len(m.Trees().Roots), strings.Join(m.Card().Sentences, " ")
	}
	for _, most := range []int{3000, 800} { // all rows choose, or some, and then all once more
		free, _, how := grown(0, 2, most)
		if strings.Contains(how, "budget") {
			t.Errorf("without a budget the card says %q", how)
		}
		if rich, _, _ := grown(time.Hour, 2, most); !bytes.Equal(rich, free) {
			t.Errorf("%d rows: an hour changes the model", most)
		}
		poor, _, how := grown(30*time.Millisecond, 2, most)
		if bytes.Equal(poor, free) || !strings.Contains(how, "The budget of 30ms of processor time ended") {
			t.Errorf("%d rows: the card of a model chosen within 30 ms says %q", most, how)
		}
		if again, _, _ := grown(30*time.Millisecond, 1, most); !bytes.Equal(again, poor) {
			t.Errorf("%d rows: within 30 ms another number of workers gives another model", most)
		}
		if _, one, how := grown(1, 2, most); one < 1 || one > 2 || !strings.Contains(how, "ended") {
			t.Errorf("%d rows: %d trees within a nanosecond; the card says %q", most, one, how)
		}
	}
	if _, err := Train(context.Background(), x, y, nil, Options{Budget: -1}); fault.Of(err) != fault.Invalid {
		t.Errorf("a budget below 0: %v", err)
	}
}

// TestPurse: what is spent adds up, and what ends stays ended.
func TestPurse(t *testing.T) {
	t.Parallel()
	p := newPurse(10)
	for k, c := range []struct {
		price time.Duration
		want  bool
	}{{4, true}, {6, true}, {1, false}, {0, false}} {
		if p.pay(c.price) != c.want {
			t.Errorf("payment %d of %d is not %v", k, c.price, c.want)
		}
	}
	if p = newPurse(0); !p.pay(time.Hour) || p.ended() {
		t.Error("no budget is a limit")
	}
	small, large := cost(1000, 0, 40, 31), cost(1_000_000, 0, 40, 31)
	if !(small > 0 && large > 10*small) || cost(1000, 0, 40, 5) >= small || cost(1000, 0, 10, 31) >= small || cost(1000, 1000, 40, 31) <= small {
		t.Errorf("a tree costs %v on 1,000 rows and %v on 1,000,000", small, large)
	}
}
