package measurement

import (
	"cmp"
	"math"
	"slices"
	"time"

	"holdfast/internal/stats"
)

// MinAttempts is of how many attempts of an agent something is said, and how
// many of others a rate must hold to be the team's.
const MinAttempts = 20

// How far back agents are compared, in days: what they reached and claimed in
// the last ones, what was sustained of the ones before, whose day 90 has come.
const (
	AgentDays = 90
	// SustainedAgo is how many days before a night the attempts end of which it
	// is known what was sustained.
	SustainedAgo = sustainedDays
)

// Mix is what kind of case an attempt was, as it was when it was decided or
// rang: what an agent did not choose.
type Mix struct {
	Treatment string // empty for a customer who rang
	Band      string
	Segment   string
	Part      string // of the day, where the customer is
	Again     bool   // the task was tried before
}

// AgentCell is an agent's attempts of one mix.
type AgentCell struct {
	Agent     string
	Mix       Mix
	Attempts  int
	Reached   int // of them
	Claimed   int // saves
	Sustained int // saves claimed and still here at day 90
}

// Compared is one count of an agent beside what the team's rates would have
// given with the same mix of cases.
type Compared struct {
	Attempts int     `json:"attempts"`
	Count    int     `json:"count"`
	Expected float64 `json:"expected"`
	Spread   float64 `json:"spread"` // variance of the count, were the agent as the team: Σ p(1 − p)
	Shrunken float64 `json:"shrunken"`
	Verdict  Verdict `json:"verdict,omitempty"`
}

// Verdict says on which side of what was expected a count lies for sure.
type Verdict string

// The verdicts. None is given while chance may have made the difference.
const (
	VerdictMore  Verdict = "more"
	VerdictFewer Verdict = "fewer"
)

// Ratio is observed over expected with its exact 95 % interval; known is false
// below MinAttempts attempts and where nothing was expected.
func (c Compared) Ratio() (iv stats.Interval, known bool) { return c.ratio(Level) }

func (c Compared) ratio(level float64) (iv stats.Interval, known bool) {
	if c.Attempts < MinAttempts {
		return stats.Interval{}, false
	}
	iv, err := stats.ObservedToExpected(c.Count, c.Expected, level)
	return iv, err == nil
}

// AgentLine is one agent. Of one with fewer than MinAttempts attempts Hidden
// says so and nothing is counted.
type AgentLine struct {
	Agent     string   `json:"agent"`
	Hidden    bool     `json:"hidden,omitempty"`
	Tasks     int      `json:"tasks"` // they had attempts of
	Reached   Compared `json:"reached"`
	Claimed   Compared `json:"claimed"`
	Sustained Compared `json:"sustained"` // of attempts whose day 90 has come
}

// AgentReport is how agents compare as of a night.
type AgentReport struct {
	AsOf   time.Time   `json:"as_of"`
	Agents []AgentLine `json:"agents"` // by name
	Kept   Keeping     `json:"kept"`   // promises that fell due in the same days
}

// CompareAgents holds what each agent reached and claimed in recent attempts,
// and what was sustained of matured ones, against the team's rates for the same
// mix of cases (indirect standardisation):
//
//	expected = Σ over the agent's attempts of the team's rate in their stratum
//
// so that the expected of all agents add up to what was counted. Ratios in
// small numbers are shrunk towards 1 (see shrink). Tasks are how many each had
// in the recent ones.
//
// It proves nothing: who is handed which case is not drawn by lot, and what an
// agent claims a customer might have done anyway. Only the held-back prove.
//
// Source: N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research
// II (IARC 1987), section 2.3.
func CompareAgents(asOf time.Time, recent, matured []AgentCell, tasks map[string]int) AgentReport {
	reached := compare(recent, func(c AgentCell) int { return c.Reached })
	claimed := compare(recent, func(c AgentCell) int { return c.Claimed })
	sustained := compare(matured, func(c AgentCell) int { return c.Sustained })
	out := AgentReport{AsOf: asOf, Agents: []AgentLine{}}
	for agent, r := range reached {
		line := AgentLine{Agent: agent, Hidden: true}
		if r.Attempts >= MinAttempts {
			line = AgentLine{Agent: agent, Tasks: tasks[agent], Reached: r, Claimed: claimed[agent]}
			if s := sustained[agent]; s.Attempts >= MinAttempts {
				line.Sustained = s
			}
		}
		out.Agents = append(out.Agents, line)
	}
	slices.SortFunc(out.Agents, func(a, b AgentLine) int { return cmp.Compare(a.Agent, b.Agent) })
	return out
}

// compare makes every agent's comparison of one count.
func compare(cells []AgentCell, count func(AgentCell) int) map[string]Compared {
	out := map[string]Compared{}
	rates := strata(cells, count)
	for i, c := range cells {
		x := out[c.Agent]
		x.Attempts += c.Attempts
		x.Count += count(c)
		n, p := float64(c.Attempts), rates[i]
		x.Expected += float64(n * p)
		x.Spread += float64(n * p * (1 - p))
		out[c.Agent] = x
	}
	shrink(out)
	return out
}

// levels say what strata are told apart by, finest first: what matters least to
// whether a customer is reached or stays is given up first.
var levels = []func(Mix) Mix{
	func(m Mix) Mix { return m },
	func(m Mix) Mix { m.Segment = ""; return m },
	func(m Mix) Mix { m.Segment, m.Part = "", ""; return m },
	func(m Mix) Mix { return Mix{Treatment: m.Treatment, Band: m.Band} },
	func(m Mix) Mix { return Mix{Treatment: m.Treatment} },
	func(Mix) Mix { return Mix{} },
}

// strata gives each cell the team's rate of its stratum. A stratum is the
// finest one in which others than whoever has most of it made MinAttempts
// attempts: else an agent would be held against themselves. Cells without one
// are put together more coarsely, the last ones all.
func strata(cells []AgentCell, count func(AgentCell) int) []float64 {
	rates := make([]float64, len(cells))
	left := make([]int, len(cells))
	for i := range left {
		left[i] = i
	}
	for l, coarse := range levels {
		pools := map[Mix][]int{}
		for _, i := range left {
			k := coarse(cells[i].Mix)
			pools[k] = append(pools[k], i)
		}
		left = left[:0:0]
		for _, pool := range pools {
			attempts, events, by, most := 0, 0, map[string]int{}, 0
			for _, i := range pool {
				c := cells[i]
				attempts += c.Attempts
				events += count(c)
				by[c.Agent] += c.Attempts
				most = max(most, by[c.Agent])
			}
			if attempts-most < MinAttempts && l < len(levels)-1 {
				left = append(left, pool...)
				continue
			}
			for _, i := range pool {
				rates[i] = float64(events) / float64(max(attempts, 1))
			}
		}
		slices.Sort(left)
	}
	return rates
}

// shrink fills in the shrunken ratios and the verdicts. Agents of whom
// something is said differ by more than chance by the variance σ², taken from
// the moments of their counts O around what was expected, E with variance V;
// each ratio keeps the part of its distance from 1 that is not chance:
//
//	σ² = max(0, Σ((O − E)² − V) / Σ E²)
//	shrunken = 1 + (O/E − 1) · E²σ² / (E²σ² + V)
//
// A verdict is given where the interval leaves 1 out at the level 1 − 5 % / K
// for K agents, so that in nineteen of twenty reports nobody is named by chance.
//
// Source: R. J. Marshall, Applied Statistics 40 (1991) 283, with the variance
// of a sum of yes or no instead of a Poisson count's.
func shrink(by map[string]Compared) {
	var excess, squares float64
	agents := 0
	names := make([]string, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	slices.Sort(names) // sums do not depend on the order of the map
	for _, name := range names {
		if c := by[name]; c.Attempts >= MinAttempts && c.Expected > 0 {
			away := float64(c.Count) - c.Expected
			excess += float64(away*away) - c.Spread
			squares += float64(c.Expected * c.Expected)
			agents++
		}
	}
	if agents == 0 {
		return
	}
	between := math.Max(0, excess/squares)
	for name, c := range by {
		iv, known := c.ratio(1 - (1-Level)/float64(agents))
		if !known {
			continue
		}
		c.Shrunken = 1
		if own := float64(c.Expected * c.Expected * between); own > 0 {
			c.Shrunken += float64((iv.Estimate - 1) * own / (own + c.Spread))
		}
		switch {
		case iv.Low > 1:
			c.Verdict = VerdictMore
		case iv.High < 1:
			c.Verdict = VerdictFewer
		}
		by[name] = c
	}
}
