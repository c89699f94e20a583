package interventions

import (
	"math"
	"slices"
	"time"
)

// Try is one attempt of a task as its minutes are measured by.
type Try struct {
	Task    TaskID
	Minutes float64 // from when an agent took the task to when they saved it
	Reached bool    // the customer was spoken to
	Of      int     // how many attempts the task had when it ended; 0 while it has not
}

// Handling is how long the calls of a treatment took.
type Handling struct {
	Treatment string  `json:"treatment"`
	Tries     int     `json:"tries"` // attempts it is measured from; 0: configured
	Tasks     int     `json:"tasks"` // of them ended tasks with all of their attempts
	Attempts  float64 `json:"attempts"`
	Reach     float64 `json:"reach"`
	Dial      float64 `json:"dial_minutes"`
	Talk      float64 `json:"talk_minutes"`
}

// What a measurement needs.
const (
	minTries  = 100 // attempts, before anything of a treatment is measured
	minEnded  = 20  // ended tasks, before attempts and reach are
	minTimed  = 10  // attempts that reached nobody, or somebody, before the minutes of such are
	farOut    = 3   // interquartile ranges above the upper quartile beyond which minutes are cut
	MostTries = 2000
	// HandlingDays is how far back attempts are looked at.
	HandlingDays = 90
)

// Minutes is the time of the agents' roster that one task is expected to take:
// attempts × dial time + reach × talk time.
func (h *Handling) Minutes() float64 { return float64(h.Attempts*h.Dial) + float64(h.Reach*h.Talk) }

// Measured says whether the minutes come from attempts; else they are the
// configuration's.
func (h *Handling) Measured() bool { return h.Tries > 0 }

// configured is what the configuration says of a treatment's minutes.
func (t *Treatment) configured() Handling {
	return Handling{Treatment: t.Name, Attempts: t.Attempts, Reach: t.Reach, Dial: t.DialMinutes, Talk: t.TalkMinutes}
}

// Handle measures how long a treatment's calls take from its newest attempts.
// With fewer than a hundred it is what the configuration says. Dialling is the
// mean of the attempts that reached nobody, and talking what those that reached
// somebody took beyond it, at least nothing. Minutes beyond Tukey's outer fence,
// three interquartile ranges above the upper quartile, count as the fence: a
// call left open over lunch is one long call and no more. Attempts and reach are
// those of the ended tasks, each with all of its attempts. What there is too
// little of keeps the configured value.
func (t *Treatment) Handle(tries []Try) Handling {
	h := t.configured()
	if len(tries) < minTries {
		return h
	}
	h.Tries = len(tries)
	var dial, all []float64
	type ended struct {
		seen, of int
		reached  bool
	}
	tasks := map[TaskID]ended{}
	for _, x := range tries {
		if x.Reached {
			all = append(all, x.Minutes)
		} else {
			dial = append(dial, x.Minutes)
		}
		e := tasks[x.Task]
		tasks[x.Task] = ended{e.seen + 1, x.Of, e.reached || x.Reached}
	}
	if len(dial) >= minTimed {
		h.Dial = fenced(dial)
	}
	if len(all) >= minTimed {
		h.Talk = max(0, fenced(all)-h.Dial)
	}
	attempts, reached := 0, 0
	for _, e := range tasks {
		if e.of == 0 || e.seen != e.of {
			continue
		}
		h.Tasks++
		attempts += e.of
		if e.reached {
			reached++
		}
	}
	if h.Tasks >= minEnded {
		h.Attempts, h.Reach = float64(attempts)/float64(h.Tasks), float64(reached)/float64(h.Tasks)
	}
	return h
}

// fenced is the mean of values of which those beyond the outer fence count as
// the fence. Where half of all values are the same the fence is no use, and
// values beyond four times the upper quartile count as that.
//
// Source: J. W. Tukey, Exploratory Data Analysis (1977), section 2D; quartiles
// as of type 7 in Hyndman and Fan (1996).
func fenced(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	low, high := quantile(sorted, .25), quantile(sorted, .75)
	fence := high + farOut*(high-low)
	if high == low {
		fence = 4 * high
	}
	sum := 0.0
	for _, v := range sorted {
		sum += min(v, fence)
	}
	return sum / float64(len(sorted))
}

// quantile interpolates between sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + float64((at-float64(i))*(sorted[i+1]-sorted[i]))
}

// NewTry is an attempt that an agent took at one time and saved at another;
// false where the clock says nothing of use.
func NewTry(task TaskID, took, saved time.Time, said Disposition, of int) (Try, bool) {
	minutes := saved.Sub(took).Minutes()
	if took.IsZero() || minutes <= 0 || math.IsInf(minutes, 0) {
		return Try{}, false
	}
	i := slices.IndexFunc(Dispositions, func(m Meaning) bool { return m.Disposition == said })
	return Try{Task: task, Minutes: minutes, Reached: i >= 0 && Dispositions[i].Reached, Of: of}, true
}

// handling is what is believed of a treatment's minutes.
func (p *Policy) handling(treatment int) Handling {
	if p.beliefs == nil || p.beliefs.handling[treatment].Treatment == "" {
		return p.cfg.Treatments[treatment].configured()
	}
	return p.beliefs.handling[treatment]
}

// Minutes is the time of the agents' roster that a selection for a treatment is
// expected to take: measured where there were attempts enough, else configured.
func (p *Policy) Minutes(treatment int) float64 {
	t := &p.cfg.Treatments[treatment]
	if t.Channel != ChannelPhone || t.Signatory != "" {
		return 0
	}
	h := p.handling(treatment)
	return h.Minutes()
}

// handlings are those of all treatments that take the roster's minutes.
func (p *Policy) handlings() []Handling {
	var out []Handling
	for i := range p.cfg.Treatments {
		if p.Minutes(i) > 0 {
			out = append(out, p.handling(i))
		}
	}
	return out
}
