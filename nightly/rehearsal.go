package nightly

import (
	"math"
	"time"

	"holdfast/interventions"
)

// Rehearsal is a night that somebody asked to have decided once more by another
// policy, with nothing released, and what came of it.
type Rehearsal struct {
	ID      int64
	By      string // user
	At      time.Time
	Run     string // the night
	AsOf    time.Time
	Policy  string // the interventions section, as it was given
	Ended   time.Time
	Problem string      // why it could not be decided; empty where it was
	Result  *Comparison // Public; nil while it waits or has a problem
}

// Waits says whether nothing has come of it yet.
func (r Rehearsal) Waits() bool { return r.Ended.IsZero() }

// roundTo is what counts of customers are rounded to in what everybody may see.
const roundTo = 10

// Public is a comparison as those may see it who write the policy that is
// compared with. Such a policy may be made to speak of a single customer, and
// whether they are released tells their arm (R7): so it names nobody, gives no
// reasons, rounds counts to tens and sums to three digits. What came of those
// left to chance is as it is, since it is only said once outcomes are final.
func (c Comparison) Public() Comparison {
	out := Comparison{
		Now: publicPlan(c.Now), Then: publicPlan(c.Then), Both: tens(c.Both), New: tens(c.New), Dropped: tens(c.Dropped), Moved: tens(c.Moved),
		Evidence: c.Evidence,
	}
	for _, g := range c.Groups {
		g.Now, g.Then = tens(g.Now), tens(g.Then)
		out.Groups = append(out.Groups, g)
	}
	for _, g := range c.Protected {
		g.Customers, g.Now, g.Then, g.NowMinor, g.ThenMinor = tens(g.Customers), tens(g.Now), tens(g.Then), threeDigits(g.NowMinor), threeDigits(g.ThenMinor)
		out.Protected = append(out.Protected, g)
	}
	return out
}

// publicPlan keeps the limits, which are priced blind to arms.
func publicPlan(p interventions.Plan) interventions.Plan {
	p.Contacts, p.Minutes, p.CostMinor, p.WorthMinor, p.Reasons = tens(p.Contacts), threeDigits(p.Minutes), threeDigits(p.CostMinor), threeDigits(p.WorthMinor), nil
	lines := p.Treatments
	p.Treatments = make(map[string]interventions.PlanLine, len(lines))
	for name, l := range lines {
		l.Contacts, l.Minutes, l.CostMinor, l.WorthMinor = tens(l.Contacts), threeDigits(l.Minutes), threeDigits(l.CostMinor), threeDigits(l.WorthMinor)
		p.Treatments[name] = l
	}
	return p
}

func tens(n int) int { return (n + roundTo/2) / roundTo * roundTo }

// threeDigits rounds to three significant digits.
func threeDigits(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)
	return math.Round(v/unit) * unit
}
