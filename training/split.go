package training

import (
	"time"

	"holdfast/churn"
)

// Matured returns the dates whose outcome windows end at or before at: the
// snapshots that may be used, and the embargo between them and a test at that
// date. With a horizon of 90 days and no lead time, a test on 1 September
// trains on dates up to 3 June.
//
//	train ──┤window├─┤        ┤window├ test
//	        └ embargo = lead time + horizon ┘
func Matured(dates []time.Time, def *churn.Definition, at time.Time) []time.Time {
	var out []time.Time
	for _, d := range dates {
		if !def.MaturesAt(d).After(at) {
			out = append(out, d)
		}
	}
	return out
}

// Every returns the instants from, from+step, … that lie at or before to, in
// the given number of calendar months or days: exactly one of them is positive.
func Every(from, to time.Time, months, days int) []time.Time {
	var out []time.Time
	for i := 0; ; i++ {
		d := from.AddDate(0, i*months, i*days)
		if d.After(to) || (months <= 0 && days <= 0) {
			return out
		}
		out = append(out, d)
	}
}

// Before returns the n instants that lie step days apart and end at last,
// ascending.
func Before(last time.Time, n, stepDays int) []time.Time {
	out := make([]time.Time, n)
	for i := range out {
		out[n-1-i] = last.AddDate(0, 0, -i*stepDays)
	}
	return out
}
