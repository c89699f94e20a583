package measurement

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"holdfast/internal/stats"
	"holdfast/interventions"
)

// A contrast is too small to say anything about a ratio below these.
const (
	minArm     = 20 // customers of one arm whose outcome is final
	minLeavers = 5  // of both arms
)

// learned is what the rows of one treatment teach: the contrast of its arms in
// each segment, and how often its offer was taken by those who were assigned
// to be contacted. Claims of saves are no part of it.
func learned(name string, rows []Row) (interventions.Learned, error) {
	var out interventions.Learned
	by := map[string][]Row{}
	response := interventions.Response{Treatment: name}
	for _, r := range rows {
		if !r.Matured {
			continue
		}
		by[r.Segment] = append(by[r.Segment], r)
		if !r.Held {
			response.Selected++
			if r.Accepted {
				response.Accepted++
			}
		}
	}
	var segments []string
	for s := range by {
		segments = append(segments, s)
	}
	slices.Sort(segments)
	for _, s := range segments {
		c, known, err := contrast(by[s])
		if err != nil {
			return out, fmt.Errorf("compare the arms of segment %q: %w", s, err)
		}
		if known {
			c.Treatment, c.Segment = name, s
			out.Contrasts = append(out.Contrasts, c)
		}
	}
	response.Model = fitResponse(rows)
	if response.Accepted > 0 || response.Selected >= minArm {
		out.Responses = []interventions.Response{response}
	}
	return out, nil
}

// contrast is the relative reduction in leaving with its standard error by the
// delta method on the logarithm of the ratio of two rates, half a leaver added
// to each arm (Walter 1975); households count by their effective number.
//
// A treatment judged on an event is told by the plain difference of the shares
// who had one, with √(p(1−p)/n + q(1−q)/m).
//
//	se(log p/q) = √((1−p)/(np) + (1−q)/(mq))   se(1 − p/q) = p/q · se(log p/q)
func contrast(rows []Row) (c interventions.Contrast, known bool, err error) {
	var groups [2]Group
	var rates [2]stats.ClusteredRate
	for i, held := range []bool{false, true} {
		rates[i], err = arm(rows, held, &groups[i])
		if errors.Is(err, stats.ErrUndefined) {
			return c, false, nil
		}
		if err != nil {
			return c, false, err
		}
	}
	few := groups[0].Left + groups[1].Left
	if rows[0].Outcome != "" {
		few = min(few, groups[0].Customers+groups[1].Customers-few)
	}
	if min(groups[0].Customers, groups[1].Customers) < minArm || few < minLeavers {
		return c, false, nil
	}
	var rate [2]float64
	variance := 0.0
	for i := range rates {
		n := rates[i].EffectiveN
		rate[i] = (groups[i].Rate*n + .5) / (n + 1)
		variance += (1 - rate[i]) / (n * rate[i])
	}
	both := groups[0].Customers + groups[1].Customers
	if rows[0].Outcome != "" {
		spread := 0.0
		for i := range rates {
			spread += rate[i] * (1 - rate[i]) / rates[i].EffectiveN
		}
		return interventions.Contrast{Reduction: groups[1].Rate - groups[0].Rate, Error: math.Sqrt(spread), Customers: both}, true, nil
	}
	ratio := rate[0] / rate[1]
	return interventions.Contrast{
		Reduction: 1 - ratio, Error: ratio * math.Sqrt(variance), Customers: both,
	}, true, nil
}

// Learned gathers what all effects teach.
func Learned(effects []Effect) interventions.Learned {
	var out interventions.Learned
	for _, e := range effects {
		out.Contrasts = append(out.Contrasts, e.Learned.Contrasts...)
		out.Responses = append(out.Responses, e.Learned.Responses...)
	}
	return out
}
