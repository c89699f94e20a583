package measurement

import (
	"cmp"
	"slices"

	"holdfast/internal/stats"
)

// KeptCell counts the promises and call-backs of one agent to customers of one
// segment that fell due and are settled.
type KeptCell struct {
	Agent   string // who gave them, also when a colleague had to keep them
	Segment string // of the customer when it was promised
	Kept    int    // in time
	Broken  int    // late or not at all
}

// KeptLine is how the promises of one agent, or to one segment, were kept. Of
// fewer than MinAttempts settled ones Hidden says so and nothing is counted.
type KeptLine struct {
	Of     string `json:"of"`
	Hidden bool   `json:"hidden,omitempty"`
	Kept   int    `json:"kept"`
	Broken int    `json:"broken"`
}

// Rate is the share kept in time with its 95 % interval (Wilson); known is false
// of a hidden line.
func (k KeptLine) Rate() (iv stats.Interval, known bool) {
	if k.Hidden {
		return stats.Interval{}, false
	}
	iv, err := stats.Wilson(stats.Proportion{Events: float64(k.Kept), Trials: float64(k.Kept + k.Broken)}, Level)
	return iv, err == nil
}

// Keeping is how promises were kept, by agent and by segment, each by name.
type Keeping struct {
	Agents   []KeptLine `json:"agents"`
	Segments []KeptLine `json:"segments"`
}

// Keep adds up how promises were kept.
func Keep(cells []KeptCell) Keeping {
	return Keeping{
		Agents:   keptBy(cells, func(c KeptCell) string { return c.Agent }),
		Segments: keptBy(cells, func(c KeptCell) string { return c.Segment }),
	}
}

func keptBy(cells []KeptCell, of func(KeptCell) string) []KeptLine {
	by := map[string]KeptLine{}
	for _, c := range cells {
		line := by[of(c)]
		line.Kept += c.Kept
		line.Broken += c.Broken
		by[of(c)] = line
	}
	lines := []KeptLine{}
	for name, line := range by {
		if line.Of = name; line.Kept+line.Broken < MinAttempts {
			line = KeptLine{Of: name, Hidden: true}
		}
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b KeptLine) int { return cmp.Compare(a.Of, b.Of) })
	return lines
}
