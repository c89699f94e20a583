package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
)

// queueUp makes n writers of a class wait at the gate, one after another.
func queueUp(t *testing.T, g *gate, c class, n int, order chan<- class) {
	t.Helper()
	for range n {
		go func() {
			if err := g.enter(context.Background(), c); err != nil {
				t.Error(err)
			}
			order <- c
			g.leave()
		}()
		synctest.Wait()
	}
}

func TestSmallGoesBeforeBulkButNotForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var g gate
		if err := g.enter(t.Context(), bulk); err != nil {
			t.Fatal(err)
		}
		const n = patience + 3
		order := make(chan class, n+2)
		queueUp(t, &g, bulk, 2, order)
		queueUp(t, &g, small, n, order)
		g.leave()
		synctest.Wait()
		for i := range n + 2 {
			want := small
			if i == patience || i == n+1 { // once in between, and at the end
				want = bulk
			}
			if got := <-order; got != want {
				t.Errorf("turn %d was of class %d, want %d", i, got, want)
			}
		}
		if err := g.enter(t.Context(), small); err != nil || !g.busy {
			t.Errorf("the gate is stuck: %v", err)
		}
	})
}

func TestAWaiterMayGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var g gate
		if err := g.enter(t.Context(), small); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() { gone <- g.enter(ctx, small) }()
		synctest.Wait()
		order := make(chan class, 1)
		queueUp(t, &g, bulk, 1, order)
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want canceled", err)
		}
		g.leave()
		if got := <-order; got != bulk {
			t.Errorf("class %d had its turn", got)
		}
		synctest.Wait()
		if g.busy {
			t.Error("the gate stayed shut")
		}
	})
}

// Bulk pieces are short while people wait for them, and whole again after.
func TestPiecesAreShortWhilePeopleWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Store{}
		sizes := func(n int) (sizes []int) {
			err := s.pieces(n, 80, func(from, to int) error {
				sizes = append(sizes, to-from)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return sizes
		}
		if got := sizes(170); !slices.Equal(got, []int{80, 80, 10}) {
			t.Errorf("with nobody waiting: %d", got)
		}
		for _, c := range []class{small, fleeting} {
			if err := s.gate.enter(t.Context(), bulk); err != nil {
				t.Fatal(err)
			}
			order := make(chan class, 1)
			queueUp(t, &s.gate, c, 1, order)
			s.gate.leave()
			<-order
			synctest.Wait()
			if got, want := sizes(10*shortTurns+80), append(slices.Repeat([]int{80 / shortBy}, shortTurns), 80); !slices.Equal(got, want) {
				t.Errorf("after one of class %d waited: %d, want %d", c, got, want)
			}
		}
		if got := s.gate.share(1); got != 1 {
			t.Errorf("a share of one row is %d", got)
		}
	})
}
