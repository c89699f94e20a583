package store

import (
	"context"
	"strconv"
	"strings"

	"holdfast/internal/fault"
)

// fixed is what was decided when the database was made.
type fixed struct {
	partitions         int
	currency, timeZone string
}

// Currency is the one currency of the database, as an ISO 4217 code; empty
// until a program that knows it has opened the database.
func (s *Store) Currency() string { return s.fixed.currency }

// TimeZone is the business's time zone; empty until a program that knows it
// has opened the database.
func (s *Store) TimeZone() string { return s.fixed.timeZone }

// fix writes what opts decide and nobody has decided before, then checks it.
func (s *Store) fix(ctx context.Context) error {
	partitions := s.opts.Partitions
	if partitions == 0 {
		partitions = DefaultPartitions
	}
	values := map[string]string{
		"partitions": strconv.Itoa(partitions),
		"currency":   s.opts.Currency,
		"time_zone":  s.opts.TimeZone,
	}
	err := s.write(ctx, small, "fix the settings", func(t *tx) error {
		for name, value := range values {
			if value == "" {
				continue
			}
			if _, err := t.exec(`INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`,
				name, value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.readFixed(ctx)
}

func (s *Store) readFixed(ctx context.Context) error {
	values := map[string]string{}
	err := s.read(ctx, "read the settings", func(t *tx) error {
		var rows []struct{ Name, Value string }
		if err := t.list(&rows, `SELECT name, value FROM settings`); err != nil {
			return err
		}
		for _, r := range rows {
			values[r.Name] = r.Value
		}
		return nil
	})
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(values["partitions"])
	if err != nil {
		return fault.New(fault.Invalid, "%s has no number of partitions: run holdfast migrate", s.cfg)
	}
	s.fixed = fixed{n, values["currency"], values["time_zone"]}
	return s.fixed.agrees(s.cfg.String(), s.opts)
}

// agrees refuses options that differ from what a database was made with.
func (f fixed) agrees(what string, o Options) error {
	partitions := ""
	if o.Partitions != 0 {
		partitions = strconv.Itoa(o.Partitions)
	}
	for _, c := range []struct{ word, have, want string }{
		{"partitions", strconv.Itoa(f.partitions), partitions},
		{"the currency", f.currency, o.Currency},
		{"the time zone", f.timeZone, o.TimeZone},
	} {
		if c.want != "" && c.have != "" && !strings.EqualFold(c.have, c.want) { // currencies were kept as they were typed
			return fault.New(fault.Invalid,
				"%s was made with %s %s and the configuration says %s: it cannot be changed, so set it back or begin a new database",
				what, c.word, c.have, c.want)
		}
	}
	return nil
}

// Setting returns a named setting; empty when it was never set.
func (s *Store) Setting(ctx context.Context, name string) (value string, err error) {
	err = s.read(ctx, "read setting "+name, func(t *tx) error {
		var values []string
		if err := t.list(&values, `SELECT value FROM settings WHERE name = ?`, name); err != nil {
			return err
		}
		if len(values) > 0 {
			value = values[0]
		}
		return nil
	})
	return value, err
}

// setSetting sets a named setting.
func setSetting(t *tx, name, value string) error {
	_, err := t.exec(`INSERT INTO settings (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
