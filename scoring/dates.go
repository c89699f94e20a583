package scoring

import (
	"time"

	"holdfast/history"
)

// renewedAt returns when a subscription was last renewed, zero if never.
func renewedAt(v history.View) time.Time {
	var last time.Time
	for _, s := range v.Subscriptions() {
		if s.Renewed.After(last) {
			last = s.Renewed
		}
	}
	return last
}

// tenureDays counts the whole days since the first thing we knew of the
// customer, 0 when there is none.
func tenureDays(v history.View) int {
	first, seen := v.FirstSeen()
	if !seen {
		return 0
	}
	return int(v.AsOf().Sub(first).Hours() / 24)
}
