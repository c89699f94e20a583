package store_test

import (
	"testing"

	"holdfast/store"
)

// Two stores of one database are two processes.
func TestTurnsAreAMachines(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		cfg := newConfig(t, dialect)
		one := open(t, cfg, options())
		other := one
		if dialect == "postgres" {
			other = reopen(t, cfg, options())
		}
		takes := func(s *store.Store, machine string, n int) (leave func(), ok bool) {
			leave, ok, err := s.Turn(t.Context(), machine, n)
			must(t, err)
			return leave, ok
		}
		first, ok := takes(one, "a", 1)
		if !ok {
			t.Fatal("the only turn is taken, and nobody has it")
		}
		if leave, ok := takes(other, "a", 1); ok != (dialect == "sqlite") {
			t.Errorf("another process takes the turn that is taken: %v", ok)
		} else if ok {
			leave()
		}
		for machine, n := range map[string]int{"a": 2, "b": 1} {
			leave, ok := takes(other, machine, n)
			if !ok {
				t.Fatalf("no turn is left of %d of machine %s", n, machine)
			}
			leave()
		}
		first()
		again, ok := takes(other, "a", 1)
		if !ok {
			t.Fatal("a turn that was left is still taken")
		}
		again()
	})
}

// Who works through the nights of a machine is known until it leaves.
func TestWhoJoinedIsKnown(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		cfg := newConfig(t, dialect)
		one := open(t, cfg, options())
		joined := func(machine string) bool {
			t.Helper()
			is, err := one.Joined(t.Context(), machine)
			must(t, err)
			return is
		}
		if joined("a") {
			t.Error("nobody has joined, and somebody has")
		}
		if dialect == "sqlite" { // one process has it to itself
			leave, err := one.Join(t.Context(), "a")
			must(t, err)
			leave()
			return
		}
		other := reopen(t, cfg, options())
		var leave []func()
		for _, s := range []*store.Store{other, one} {
			l, err := s.Join(t.Context(), "a")
			must(t, err)
			leave = append(leave, l)
		}
		for i, want := range []bool{true, true, false} {
			if got := joined("a"); got != want {
				t.Errorf("after %d left: joined %v", i, got)
			}
			if i < len(leave) {
				leave[i]()
			}
		}
		if joined("b") {
			t.Error("who joined one machine has joined another")
		}
	})
}
