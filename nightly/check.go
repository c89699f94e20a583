package nightly

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/scoring"
)

// check holds the night when the data is not fit to act on.
func (s *Stages) check(ctx context.Context, run Run) (Counts, error) {
	arrivals, err := s.Store.Arrivals(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what the feeds brought: %w", err)
	}
	for _, name := range s.Required {
		i := slices.IndexFunc(arrivals, func(a Arrival) bool { return a.Feed == name })
		if i < 0 {
			return nil, fault.New(fault.Held, "the required feed %s has never arrived: import it with `holdfast import %s FILE` and run `holdfast nightly resume`, "+
				"or say required: false of it in the configuration", name, name)
		}
		if arrivals[i].Missing(run.AsOf) {
			return nil, fault.New(fault.Held, "the required feed %s has brought nothing since %s, when it brought %d rows: deliver the file of the day and run `holdfast nightly resume --from import`; "+
				"a file that was imported before counts as nothing, whatever its name", name, arrivals[i].Published.In(s.Zone).Format("2006-01-02 15:04"), arrivals[i].Rows)
		}
		if why := repeats(arrivals[i]); why != "" {
			return nil, fault.New(fault.Held, "%s", why)
		}
	}
	for _, a := range arrivals {
		if why := s.Config.Checks.short(a); why != "" {
			return nil, fault.New(fault.Held, "%s", why)
		}
	}
	return Counts{"feeds": int64(len(arrivals))}, nil
}

// Missing says whether the feed brought nothing for the night of asOf: nothing
// since the day before. Where it is required, that night is held.
func (a Arrival) Missing(asOf time.Time) bool {
	return a.Published.Before(asOf.AddDate(0, 0, -1))
}

// minArrivals is how many earlier imports say what is usual.
const minArrivals = 3

// chance is how many times the square root of what is usual may be missing by
// chance: six rows instead of twelve are no sign of a broken feed.
const chance = 2

// short says in words that a feed brought far fewer rows than it usually does;
// empty when it did not, or when a night went on without the rest: what a
// person has let pass holds no later night.
func (c Checks) short(a Arrival) string {
	usual := float64(a.Usual)
	fewer := usual - float64(a.Rows)
	if a.Seen || a.Before < minArrivals || float64(a.Rows) >= c.MinRowsShare*usual || fewer < chance*math.Sqrt(usual) {
		return ""
	}
	return fmt.Sprintf("the feed %s brought %d rows where %d are usual: look at the file; "+
		"`holdfast nightly resume --from train` goes on without it", a.Feed, a.Rows, a.Usual)
}

// repeats says in words that a required feed brought only rows that were known
// already, where some are usually new: it is an earlier file once more. Empty
// when it did not, and as with short when a person has let it pass.
func repeats(a Arrival) string {
	usual := float64(a.UsualNew)
	if a.Seen || a.Before < minArrivals || a.Rows == 0 || a.New > 0 || usual < chance*math.Sqrt(usual) || usual == 0 {
		return ""
	}
	return fmt.Sprintf("the required feed %s brought %d rows and every one of them was known already, where usually %d say something new: "+
		"deliver the file of the day and run `holdfast nightly resume --from import`; `holdfast nightly resume --from train` goes on without it", a.Feed, a.Rows, a.UsualNew)
}

// checkBlocked holds a list from which gates keep everybody whom a treatment is
// relevant for, or whose treatments let nobody in: that is a wrong setting or a wrong feed far more often than a
// quiet night. A few customers are no sign of either, nor is a history without
// any contact points, whose business wants the risk list alone.
func checkBlocked(t interventions.Tally, decided Counts) error {
	blocked := t.ByResult[interventions.ResultBlocked]
	if outside := t.ByReason[interventions.ResultNoTreatment][interventions.ReasonNotEligible]; outside >= minBlocked &&
		outside == t.Customers-t.ByResult[interventions.ResultOut] {
		return fault.New(fault.Held, "no treatment's eligibility lets in any of the %d customers there are: look at interventions.treatments and "+
			"at the feeds that say what it asks for; `holdfast list release` publishes the list as it is", outside)
	}
	could := t.Customers - blocked - t.ByResult[interventions.ResultOut] - t.ByResult[interventions.ResultNoTreatment]
	if could > 0 || blocked < minBlocked {
		return nil
	}
	gate, most := "", int64(0)
	for _, g := range interventions.Gates { // the first of those that keep most by themselves
		if n := decided[closedPrefix+string(g)]; n > most {
			gate, most = string(g), n
		}
	}
	if gate == string(interventions.GateContactPoint) {
		return nil
	}
	which := "no gate alone blocks any"
	if most > 0 {
		which = fmt.Sprintf("%s alone blocks %d", gate, most)
	}
	return fault.New(fault.Held, "gates block all %d customers whom a treatment is relevant for, and %s of them: "+
		"look at that setting and its feed; `holdfast list release` publishes the list as it is", blocked, which)
}

// minBlocked is how many customers must be blocked before that holds a list.
const minBlocked = 50

// smallList is how many contacts a list may have however few there were before.
const smallList = 50

// checkList holds a list that is unlike the one before.
func (s *Stages) checkList(ctx context.Context, run Run, population, released int64) error {
	before, listed, err := s.Store.Volume(ctx, run.AsOf)
	if err != nil {
		return fmt.Errorf("read the volume of the night before: %w", err)
	}
	c := s.Config.Checks
	if before > 0 && float64(population) < c.MinPopulation*float64(before) {
		return fault.New(fault.Held, "the population fell from %d to %d customers: "+
			"look at the feeds; `holdfast list release` publishes the list as it is", before, population)
	}
	if listed > 0 && released > smallList && c.MaxListGrowth > 0 && float64(released) > c.MaxListGrowth*float64(listed) {
		return fault.New(fault.Held, "the list grew from %d to %d contacts: "+
			"look at `holdfast list show`; `holdfast list release` publishes it as it is", listed, released)
	}
	return nil
}

// checkShift holds a list whose risks lie elsewhere than those that the same
// model gave the night before: customers do not change that much in a night,
// feeds do. Below what chance makes of so many customers it says nothing.
func (s *Stages) checkShift(ctx context.Context, run Run) error {
	limit := s.Config.Checks.MaxShift
	if limit == 0 {
		return nil
	}
	_, before, err := s.Store.ScoreCounts(ctx, run.Model, run.AsOf)
	if err != nil {
		return fmt.Errorf("read what the model scored the night before: %w", err)
	}
	now, err := s.stageCounts(ctx, run, StageScore)
	if err != nil {
		return err
	}
	a, b := before.cells(), now.cells()
	if a == nil || b == nil {
		return nil
	}
	psi, critical, err := scoring.Drift(a, b)
	if err != nil || psi <= max(limit, critical) {
		return err
	}
	most := ""
	far, ok, err := scoring.Farthest(s.Engine.Schema(), before.features(), now.features())
	if err != nil {
		return err
	}
	if ok {
		most = fmt.Sprintf(", most of all the feature %s (PSI %.2f)", far.Feature, far.PSI)
	}
	return fault.New(fault.Held, "the risks lie elsewhere than the night before: PSI %.2f, more than %.2f%s: "+
		"look at the feed behind it; `holdfast list release` publishes the list as it is", psi, limit, most)
}
