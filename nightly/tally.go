package nightly

import (
	"strings"

	"holdfast/interventions"
)

// A stage's counts carry the tally from its shards to the publish stage, as
// "result: reason". Results that would tell an arm are sealed.
const (
	sealedPrefix   = "sealed "
	releasedPrefix = "released "
	minutesKey     = "minutes"
	closedPrefix   = "closed by "
)

// countClosed counts, of the customers whom gates block, whom each gate would
// keep by itself: those of whose relevant treatments it closes every one. The
// reason of a decision names the first of its gates alone.
func countClosed(c Counts, decisions []interventions.Decision) {
	for i := range decisions {
		if decisions[i].Result != interventions.ResultBlocked {
			continue
		}
		relevant, closes := 0, map[interventions.Gate]int{}
		for _, t := range decisions[i].Trace.Considered {
			if !t.Relevant {
				continue
			}
			relevant++
			for _, s := range t.Failed {
				if !s.Sealed {
					closes[s.Gate]++
				}
			}
		}
		for gate, n := range closes {
			if n == relevant {
				c[closedPrefix+string(gate)]++
			}
		}
	}
}

func sealed(r interventions.Result) bool {
	return r == interventions.ResultGhost || r == interventions.ResultHoldout || r == interventions.ResultNotSelected
}

func tallyCounts(t interventions.Tally) Counts {
	c := Counts{"customers": int64(t.Customers), minutesKey: int64(t.Minutes + 0.5)}
	for r, reasons := range t.ByReason {
		key := string(r) + ": "
		if sealed(r) {
			key = sealedPrefix + key
		}
		for reason, n := range reasons {
			c[key+reason] += int64(n)
		}
	}
	for treatment, n := range t.Released {
		c[releasedPrefix+treatment] = int64(n)
	}
	return c
}

func tallyOf(c Counts) interventions.Tally {
	t := interventions.Tally{
		Customers: int(c["customers"]), Minutes: float64(c[minutesKey]),
		ByResult: map[interventions.Result]int{}, ByReason: map[interventions.Result]map[string]int{}, Released: map[string]int{},
	}
	for key, n := range c {
		if name, ok := strings.CutPrefix(key, releasedPrefix); ok {
			t.Released[name] = int(n)
			continue
		}
		result, reason, ok := strings.Cut(strings.TrimPrefix(key, sealedPrefix), ": ")
		if !ok {
			continue
		}
		r := interventions.Result(result)
		t.ByResult[r] += int(n)
		if t.ByReason[r] == nil {
			t.ByReason[r] = map[string]int{}
		}
		t.ByReason[r][reason] += int(n)
	}
	return t
}

// Public returns the counts as everybody but the auditor may see them: those
// of results as the tally's public copy has them, the others as they are.
func (c Counts) Public() Counts {
	out, tally := Counts{}, tallyOf(c)
	for key, n := range c {
		if !strings.Contains(key, ": ") && !strings.HasPrefix(key, riskPrefix) && !strings.HasPrefix(key, cellPrefix) && !strings.HasPrefix(key, closedPrefix) {
			out[key] = n
		}
	}
	for r, reasons := range tally.Public().ByReason {
		for reason, n := range reasons {
			switch r {
			case interventions.ResultNotSelected, interventions.ResultRest:
				out[reason] += int64(n)
			default:
				out[string(r)+": "+reason] += int64(n)
			}
		}
	}
	return out
}
