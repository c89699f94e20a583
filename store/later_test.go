package store_test

import (
	"errors"
	"fmt"
	"testing"

	"holdfast/internal/fault"
	"holdfast/store"
)

// What is put off is kept with the transaction or not at all, and its failure is
// the transaction's, whatever is done after it.
func TestWhatIsPutOff(t *testing.T) {
	t.Parallel()
	add := func(n int) string { return fmt.Sprintf(`INSERT INTO counters (name, value) VALUES ('later %d', 1)`, n) }
	const (
		nobody = `UPDATE counters SET value = 2 WHERE name = 'nobody'`
		both   = `UPDATE counters SET value = 2 WHERE name IN ('later 1', 'later 2')`
		taken  = `INSERT INTO counters (name, value) SELECT name, 1 FROM counters`
	)
	taker := fault.New(fault.Conflict, "somebody was faster")
	ignored := func(error) {}
	cases := map[string]struct {
		do     func(store.Putting) error
		kept   int
		faster bool // it fails as a conflict
	}{
		"nothing is asked": {do: func(store.Putting) error { return nil }},
		"all of it waits": {kept: 100, do: func(p store.Putting) (err error) {
			for n := range 100 {
				err = errors.Join(err, p.Later(add(n)))
			}
			return err
		}},
		"some is waited for": {kept: 3, do: func(p store.Putting) error {
			err := p.Later(add(1))
			n, now := p.Now(add(2))
			if n != 1 {
				t.Errorf("it changed %d rows", n)
			}
			return errors.Join(err, now, p.Expect(add(3), taker))
		}},
		"what failed is swallowed": {faster: true, do: func(p store.Putting) error {
			ignored(p.Later(add(1)))
			if err := p.Expect(nobody, taker); err != nil {
				return err // at once, on SQLite
			}
			_, err := p.Now(add(2))
			ignored(err)
			_, err = p.Now(add(3))
			ignored(err)
			return nil
		}},
		"what failed led to another failure": {faster: true, do: func(p store.Putting) error {
			return errors.Join(p.Expect(nobody, taker), p.Later(taken))
		}},
		"no row is found at the end": {faster: true, do: func(p store.Putting) error {
			return errors.Join(p.Later(add(1)), p.Expect(nobody, taker))
		}},
		"two rows are found": {faster: true, do: func(p store.Putting) error {
			return errors.Join(p.Later(add(1)), p.Later(add(2)), p.Expect(both, taker), p.Later(add(3)))
		}},
		"it fails at the end": {do: func(p store.Putting) error {
			return errors.Join(p.Later(add(1)), p.Later(taken))
		}},
	}
	forEachDialect(t, func(t *testing.T, dialect string) {
		s := open(t, newConfig(t, dialect), options())
		before := store.CountRows(t, s, "counters")
		for name, c := range cases {
			err := s.Put(t.Context(), c.do)
			if fails := name == "it fails at the end" || c.faster; (err != nil) != fails || c.faster != (fault.Of(err) == fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
			if kept := store.CountRows(t, s, "counters") - before; kept != c.kept {
				t.Errorf("%s: %d rows are kept, want %d", name, kept, c.kept)
			}
			must(t, s.Raw(t.Context(), `DELETE FROM counters WHERE name LIKE 'later %'`))
		}
	})
}
