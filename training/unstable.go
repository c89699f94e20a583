package training

import (
	"fmt"
	"time"
)

// A regime is unstable where the leaving rate of a date was none that its past told:
// the model was off by half as much again, which with so many leavers is not chance.
const (
	unstableTimes   = 1.5
	unstableLeavers = 50
)

// unstable says in words that the tested dates are of no stable regime; empty where
// they may be.
func (r *Report) unstable() string {
	if len(r.Dates) < 2 {
		return ""
	}
	far, worst := "", 1.0
	lowest, highest := 1.0, 0.0
	for _, d := range r.Dates {
		lowest, highest = min(lowest, d.Naive.BaseRate), max(highest, d.Naive.BaseRate)
		for _, t := range d.Trials {
			if t.Failed != "" || t.Metrics.Left < unstableLeavers || (d.Champion != "" && t.Candidate != d.Champion) {
				continue
			}
			ratio := t.Metrics.InTheLarge
			if off := max(ratio, 1/ratio); off > unstableTimes && off > worst {
				worst = off
				far = fmt.Sprintf("on %s %s expected %.2f times the leavers there were", d.AsOf.Format(time.DateOnly), t.Candidate, ratio)
			}
		}
	}
	if far == "" {
		return ""
	}
	return fmt.Sprintf("The regime is unstable: from %s to %s left on the dates tested, and %s. How often customers will leave cannot be told from these dates; at most who leaves before whom.",
		tenths(lowest), tenths(highest), far)
}
