package measurement

import (
	"math"
	"time"

	"holdfast/internal/stats"
	"holdfast/value"
)

// Of is the attrition of all portions that a reader may see, as one.
func (a Attrition) Of(sees func(segment string) bool) Portion {
	all := Portion{Tenure: map[string]Flow{}, Owners: map[string]Flow{}, Reasons: map[string]int{}, Stayed: map[int]*Survivors{}, Months: make([]Flow, months+1)}
	for _, p := range a.Portions {
		if !sees(p.Segment) {
			continue
		}
		for k, f := range p.Months {
			all.Months[k].Add(f)
		}
		for key, f := range p.Tenure {
			add(all.Tenure, key, f)
		}
		for key, f := range p.Owners {
			add(all.Owners, key, f)
		}
		for key, n := range p.Reasons {
			all.Reasons[key] += n
		}
		for year, s := range p.Stayed {
			if all.Stayed[year] == nil {
				all.Stayed[year] = &Survivors{}
			}
			all.Stayed[year].add(s)
		}
	}
	return all
}

// MarginKnown says whether all margin of the twelve months before an instant
// is in the history.
func (a Attrition) MarginKnown(at time.Time) bool {
	return !a.FirstEvent.IsZero() && !a.FirstEvent.After(at.AddDate(-1, 0, 0))
}

// Curve is the curve of selection alone; known is false without one.
func (a Attrition) Curve() (c value.SBG, known bool) {
	return value.SBG{Alpha: a.Alpha, Beta: a.Beta}, a.Alpha > 0
}

func (s *Survivors) add(o *Survivors) {
	for m, n := range o.Lost {
		s.Lost = countMany(s.Lost, m, n)
	}
	for m, n := range o.Running {
		s.Running = countMany(s.Running, m, n)
	}
}

func countMany(list []int, m, n int) []int {
	for len(list) <= m {
		list = append(list, 0)
	}
	list[m] += n
	return list
}

// Joined is how many there were at the beginning.
func (s *Survivors) Joined() (n int) {
	for _, k := range s.Lost {
		n += k
	}
	for _, k := range s.Running {
		n += k
	}
	return n
}

// StillHere is the share that was still here after 0, 1, 2 … months with its
// interval, by Kaplan and Meier (1958) with Greenwood's variance on the scale
// of ln(−ln S) (Kalbfleisch and Prentice 1980). It ends with the last month
// that somebody was watched through.
//
//	S(m) = Π (1 − lost/at risk)   var ln S = Σ lost/(at risk·(at risk − lost))
func (s *Survivors) StillHere(level float64) []stats.Interval {
	atRisk, survived, variance := s.Joined(), 1.0, 0.0
	z := stats.NormalQuantile(.5 + level/2)
	out := []stats.Interval{{Estimate: 1, Low: 1, High: 1}}
	at := func(list []int, m int) int {
		if m < len(list) {
			return list[m]
		}
		return 0
	}
	for m := 0; m < max(len(s.Lost), len(s.Running)); m++ {
		// Who had only m whole months when last seen was not watched through the next.
		lost, running := at(s.Lost, m), at(s.Running, m)
		watched := atRisk - running
		if watched <= 0 {
			break
		}
		survived *= 1 - float64(lost)/float64(watched)
		if watched > lost {
			variance += float64(lost) / (float64(watched) * float64(watched-lost))
		}
		iv := stats.Interval{Estimate: survived, Low: survived, High: survived}
		if survived > 0 && survived < 1 {
			spread := math.Exp(z * math.Sqrt(variance) / math.Abs(math.Log(survived)))
			iv.Low, iv.High = math.Pow(survived, spread), math.Pow(survived, 1/spread)
		}
		out = append(out, iv)
		atRisk = watched - lost
	}
	return out
}
