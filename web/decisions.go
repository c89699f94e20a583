package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// decisionsView is one night's decisions as a waterfall from the file to the
// released, and what bounded them.
type decisionsView struct {
	Lists  []interventions.Publication
	List   *interventions.Publication
	Fall   waterfall
	Work   []countRow
	Prices []priceRow
	Next   []priceRow // what one more of each treatment would be worth
	May    listActions
	Worked interventions.PublicationID // by the desk; 0 before the first
	Hold   holdView

	Revisions []revisionView // of the list, in the day
}

// waterfall is a public tally, result by result.
type waterfall struct {
	Tally interventions.Tally
	Steps []waterfallStep
	Sum   int
	Adds  bool // the steps add up to the file (R2)
	Not   int  // customers who are not contacted
}

// priceRow says what one more of something would earn, minor units.
type priceRow struct {
	Text  string
	Limit string
	Minor float64
}

// waterfallStep is one result with its reasons.
type waterfallStep struct {
	Text      string
	Customers int
	Share     float64 // of the file
	Released  bool
	Reasons   []countRow
}

type countRow struct {
	Text  string
	Count int
}

var resultWords = map[interventions.Result]string{
	interventions.ResultOut:         "out of the population",
	interventions.ResultNoTreatment: "no treatment fits",
	interventions.ResultBlocked:     "not now, for a reason",
	interventions.ResultRest:        interventions.NoWork,
	interventions.ResultNotSelected: interventions.NotOnList,
	interventions.ResultTreat:       "on tonight's list",
}

const listsShown = 30

func (s *site) decisionsPage(w http.ResponseWriter, r *request) error {
	ctx := r.Context()
	v := decisionsView{}
	var err error
	if v.Lists, err = s.Publications.Publications(ctx, listsShown); err != nil {
		return fmt.Errorf("read the lists: %w", err)
	}
	if v.Hold, err = s.holdView(r); err != nil {
		return err
	}
	if id := r.PathValue("id"); id != "" {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return fault.New(fault.NotFound, "there is no such list")
		}
		p, err := s.Publications.Publication(ctx, interventions.PublicationID(n))
		if err != nil {
			return fmt.Errorf("read list %d: %w", n, err)
		}
		v.List = &p
	} else if len(v.Lists) > 0 {
		v.List = &v.Lists[0]
	}
	if v.Worked, err = s.Publications.Worked(ctx); err != nil {
		return fmt.Errorf("read which list is worked: %w", err)
	}
	if v.List != nil {
		v.May = actionsOf(r.user, v.List, v.Worked == v.List.ID)
		t := v.List.Tally.Public()
		v.Fall = r.in.waterfall(t)
		for name, n := range t.Released {
			v.Work = append(v.Work, countRow{r.in.words(name), n})
		}
		slices.SortFunc(v.Work, byCount)
		v.price(r.in, &v.List.Prices, t)
		list, err := s.revisions(r, v.List)
		if err != nil {
			return err
		}
		v.Revisions = r.in.revisionViews(list)
	}
	return s.show(w, r, "decisions", "Decisions", v)
}

// waterfall makes the steps of a public tally, in which nothing tells an arm.
func (in *speech) waterfall(t interventions.Tally) waterfall {
	v := waterfall{Tally: t, Not: t.Customers - t.ByResult[interventions.ResultTreat]}
	for _, result := range interventions.PublicResults {
		n := t.ByResult[result]
		if n == 0 {
			continue
		}
		step := waterfallStep{Text: capital(in.Text(resultWords[result])), Customers: n, Released: result == interventions.ResultTreat}
		if t.Customers > 0 {
			step.Share = float64(n) / float64(t.Customers)
		}
		if result == interventions.ResultOut || result == interventions.ResultBlocked {
			for reason, count := range t.ByReason[result] {
				text := in.lower(reason)
				if result == interventions.ResultBlocked {
					text = in.gate(interventions.Gate(reason))
				}
				step.Reasons = append(step.Reasons, countRow{text, count})
			}
			slices.SortFunc(step.Reasons, byCount)
		}
		v.Steps = append(v.Steps, step)
		v.Sum += n
	}
	v.Adds = v.Sum == t.Customers
	return v
}

// price puts shadow prices into words. Counts are those of the released: what
// was selected would tell how many are held back.
func (v *decisionsView) price(in *speech, p *interventions.Prices, t interventions.Tally) {
	v.Prices = in.pricesOf(p.Limits)
	for name, minor := range p.NextMinor {
		v.Next = append(v.Next, priceRow{Text: in.Say("the %s %s", in.ordinal(t.Released[name]+1), in.lower(name)), Minor: minor})
	}
	slices.SortFunc(v.Next, func(a, b priceRow) int { return strings.Compare(a.Text, b.Text) })
}

// pricesOf says of every limit what one more of it would earn.
func (in *speech) pricesOf(limits []interventions.Limit) (rows []priceRow) {
	for _, l := range limits {
		row := priceRow{Minor: l.PriceMinor}
		switch l.Kind {
		case interventions.LimitMinutes:
			row.Text, row.Limit, row.Minor = in.Text("an agent-hour"), in.hours(l.Amount), 60*l.PriceMinor
		case interventions.LimitSkill:
			row.Text, row.Limit, row.Minor = in.Say("an agent-hour of %s", in.lower(l.Name)), in.hours(l.Amount), 60*l.PriceMinor
		case interventions.LimitLanguage:
			row.Text, row.Limit, row.Minor = in.Say("an agent-hour of the language %s", strings.ReplaceAll(l.Name, "+", " "+in.Text("or")+" ")), in.hours(l.Amount), 60*l.PriceMinor
		case interventions.LimitBudget:
			row.Text, row.Limit, row.Minor = in.Text("a hundredth more for offers"), "", l.PriceMinor*l.Amount/100
		case interventions.LimitQuota:
			row.Text, row.Limit = in.Say("one more %s a day", in.lower(l.Name)), in.whole(l.Amount)
		case interventions.LimitSignatory:
			row.Text, row.Limit = in.Say("one more thank-you call of %s a day", l.Name), in.whole(l.Amount)
		case interventions.LimitChannel:
			row.Text, row.Limit = in.Say("one more contact by %s", in.lower(l.Name)), in.whole(l.Amount)
		}
		rows = append(rows, row)
	}
	return rows
}

func (in *speech) hours(minutes float64) string { return in.Decimal(1, minutes/60) + " h" }

// ordinalSuffix is what English puts behind a number: 1st, 2nd, 3rd, 11th.
func ordinalSuffix(n int) string {
	suffix := "th"
	if tens := n / 10 % 10; tens != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return suffix
}

func byCount(a, b countRow) int {
	if a.Count != b.Count {
		return b.Count - a.Count
	}
	return strings.Compare(a.Text, b.Text)
}
