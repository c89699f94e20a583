package simulate

import (
	"time"

	"holdfast/internal/fault"
)

// Config says how large the business is and when it lives.
type Config struct {
	Customers   int            // customers in the file at Start, those who have left included
	Seed        uint64         // the same seed and configuration make the same business
	Start       time.Time      // the local date of this instant is the first day that is not yet simulated
	HistoryDays int            // days of events before Start; subscriptions reach back to 16 years before that
	Zone        *time.Location // of the business: its days begin and end there
}

// Default is 20,000 customers with two years of history.
func Default() Config {
	return Config{
		Customers: 20_000, Seed: 1, HistoryDays: 730, Zone: time.UTC,
		Start: time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC),
	}
}

const (
	mostCustomers   = 5_000_000
	mostHistoryDays = 3650
)

// Validate names the first field that cannot be used and says what to do.
func (c Config) Validate() error {
	switch {
	case c.Customers < 1 || c.Customers > mostCustomers:
		return fault.New(fault.Invalid, "customers is %d: give 1 to %d", c.Customers, mostCustomers)
	case c.HistoryDays < 0 || c.HistoryDays > mostHistoryDays:
		return fault.New(fault.Invalid, "history days are %d: give 0 to %d", c.HistoryDays, mostHistoryDays)
	case c.Start.Year() < 2000 || c.Start.Year() > 2090:
		return fault.New(fault.Invalid, "start is %s: give a date from 2000 to 2090", c.Start.Format(time.DateOnly))
	case c.Zone == nil:
		return fault.New(fault.Invalid, "there is no time zone: give the business one, time.UTC for instance")
	}
	return nil
}
