package interventions

import (
	"slices"
	"strings"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// RosterStatement is what is said of one agent's day, and by whom.
type RosterStatement struct {
	history.RosterDay
	Import history.ImportID // of a feed; 0 where a manager wrote it
	By     string           // the manager
	Reason string
	At     time.Time // when it was written; of an import, when it was published
}

// ByHand says whether a manager wrote it, which goes before every feed.
func (s RosterStatement) ByHand() bool { return s.Import == 0 }

// Rostered is an agent who has a roster for a day, with what is said of that
// day and of the one before, whose last shift may end in it. Nothing said of
// the day is a day off.
type Rostered struct {
	Agent
	Days []history.RosterDay
}

// RosterReach is how many days before and after a day a roster is looked for:
// who has one on both sides is off on a day that it leaves out.
const RosterReach = 14

// NewRosterStatement is a manager's word on an agent's day. It is Invalid
// without a reason, or with entries that cannot be read.
func NewRosterStatement(day history.RosterDay, by, reason string, now time.Time) (RosterStatement, error) {
	day, err := day.Tidy()
	if err != nil {
		return RosterStatement{}, err
	}
	if reason = strings.TrimSpace(reason); len([]rune(reason)) < 3 {
		return RosterStatement{}, fault.New(fault.Invalid, "a change of the roster needs a reason: write a word or two, such as swapped with ben")
	}
	return RosterStatement{RosterDay: day, By: by, Reason: reason, At: now}, nil
}

// OnDay chooses from what is said of a fortnight before a day and after it who
// has a roster for that day.
func OnDay(day string, agents []Agent, said []RosterStatement) []Rostered {
	before := daysFrom(day, -1)
	var out []Rostered
	for _, a := range agents {
		r, earlier, later, named := Rostered{Agent: a}, false, false, false
		for _, s := range said {
			if s.Agent != a.Name {
				continue
			}
			earlier, later, named = earlier || s.Day < day, later || s.Day > day, named || s.Day == day
			if s.Day == day || s.Day == before {
				r.Days = append(r.Days, s.RosterDay)
			}
		}
		if named || earlier && later {
			out = append(out, r)
		}
	}
	return out
}

// daysFrom is a day so many days later, as it is written.
func daysFrom(day string, n int) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return at.AddDate(0, 0, n).Format(time.DateOnly)
}

// stretch is a stretch of time, its end not in it.
type stretch struct{ from, to time.Time }

// minutes are how many minutes of [from, to) an agent works: those of a shift
// that no absence covers, each once. Absent agents have none.
func (r *Rostered) minutes(zone *time.Location, from, to time.Time) float64 {
	if r.Absent {
		return 0
	}
	var on, off []stretch
	cuts := []time.Time{from, to}
	for _, d := range r.Days {
		for _, s := range d.Shifts {
			a, b, err := s.Span(d.Day, zone)
			if err != nil {
				continue // it is kept tidy only
			}
			if s.Kind == history.KindAbsence {
				off = append(off, stretch{a, b})
			} else {
				on = append(on, stretch{a, b})
			}
			for _, at := range []time.Time{a, b} {
				if at.After(from) && at.Before(to) {
					cuts = append(cuts, at)
				}
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	covers := func(list []stretch, at time.Time) bool {
		return slices.ContainsFunc(list, func(s stretch) bool { return !at.Before(s.from) && at.Before(s.to) })
	}
	sum := 0.0
	for i := 1; i < len(cuts); i++ {
		if covers(on, cuts[i-1]) && !covers(off, cuts[i-1]) {
			sum += cuts[i].Sub(cuts[i-1]).Minutes()
		}
	}
	return sum
}

// dayOf is the local day that holds an instant: its first instant and the next
// day's.
func (p *Policy) dayOf(at time.Time) (from, to time.Time) {
	y, m, d := at.In(p.zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, p.zone), time.Date(y, m, d+1, 0, 0, 0, 0, p.zone)
}

// crew are the agents of a day: those with a roster by name, and the others
// by how many the configuration counts.
type crew struct {
	named   []onRoster
	absent  []Agent // of those without a roster
	heads   int     // of agents, with a roster or not
	each    float64 // minutes of one without a roster
	skilled map[string]int
}

type onRoster struct {
	agent   *Agent
	minutes float64
}

// crewOn is the crew of the day of an instant within [from, to); share is
// how much of the day of those without a roster that is. What is kept free for
// customers who ring is taken off.
func (p *Policy) crewOn(from, to time.Time, share float64, c *Committed) crew {
	h := crew{heads: p.cfg.Roster.Agents, skilled: p.cfg.Roster.Skills}
	free := 1 - p.cfg.Roster.Inbound
	day := from.In(p.zone)
	if p.calls.holidays[day.Format(time.DateOnly)] {
		free = 0
	}
	h.each = share * float64(p.cfg.Roster.Minutes[strings.ToLower(day.Weekday().String())]) * free
	for i := range c.Roster {
		r := &c.Roster[i]
		away := r.Absent || slices.ContainsFunc(c.Absent, func(a Agent) bool { return a.Name == r.Name })
		minutes := 0.0
		if !away {
			minutes = r.minutes(p.zone, from, to) * free
		}
		h.named = append(h.named, onRoster{&r.Agent, minutes})
	}
	for _, a := range c.Absent {
		if !slices.ContainsFunc(c.Roster, func(r Rostered) bool { return r.Name == a.Name }) {
			h.absent = append(h.absent, a)
		}
	}
	return h
}

// all are the minutes of everybody.
func (h *crew) all() float64 {
	sum := max(0, float64(h.heads-len(h.absent)-len(h.named))) * h.each
	for _, n := range h.named {
		sum += n.minutes
	}
	return sum
}

// skill are the minutes of those who have a skill. Of agents without a roster
// the configuration says how many that are; a skill it does not name is
// everybody's.
func (h *crew) skill(skill string) float64 {
	heads, counted := h.skilled[skill]
	if !counted {
		heads = h.heads - len(h.absent) - len(h.named)
	}
	sum := 0.0
	for _, a := range h.absent {
		if counted && slices.Contains(a.Skills, skill) {
			heads--
		}
	}
	for _, n := range h.named {
		if !slices.Contains(n.agent.Skills, skill) {
			continue
		}
		sum += n.minutes
		if counted {
			heads--
		}
	}
	heads = min(heads, h.heads-len(h.absent)-len(h.named))
	return sum + max(0, float64(heads))*h.each
}

// language are the minutes of those who speak one of the languages. Agents
// without a roster are taken to speak whatever work needs.
func (h *crew) language(languages []string) float64 {
	sum := max(0, float64(h.heads-len(h.absent)-len(h.named))) * h.each
	for _, n := range h.named {
		if slices.ContainsFunc(languages, func(l string) bool { return slices.Contains(n.agent.Languages, l) }) {
			sum += n.minutes
		}
	}
	return sum
}

// skills are those that minutes are counted by: the ones the configuration
// names, and, where somebody has a roster, every one that a call needs.
func (p *Policy) skills(h *crew) []string {
	list := sortedKeys(p.cfg.Roster.Skills)
	for i := range p.cfg.Treatments {
		if t := &p.cfg.Treatments[i]; len(h.named) > 0 && t.Channel == ChannelPhone {
			list = append(list, t.Skills...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tongues are the sets of languages that calls are made in, where somebody has
// a roster: what calls in one set or part of it take must be spoken by who
// speaks any of the set.
func (p *Policy) tongues(h *crew) [][]string {
	var sets [][]string
	for i := range p.cfg.Treatments {
		if t := &p.cfg.Treatments[i]; len(h.named) > 0 && t.Minutes() > 0 && len(t.Languages) > 0 {
			set := slices.Compact(slices.Sorted(slices.Values(t.Languages)))
			if !slices.ContainsFunc(sets, func(s []string) bool { return slices.Equal(s, set) }) {
				sets = append(sets, set)
			}
		}
	}
	slices.SortFunc(sets, slices.Compare)
	return sets
}

// Within says whether all languages of a treatment are of the set.
func (t *Treatment) Within(set []string) bool {
	for _, l := range t.Languages {
		if !slices.Contains(set, l) {
			return false
		}
	}
	return len(t.Languages) > 0
}
