package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"holdfast/internal/fault"
	"holdfast/measurement"
	"holdfast/nightly"
)

// Promised counts what was promised to customers.
type Promised interface {
	// Promised counts the promises and call-backs that fell due in [from, to):
	// kept in time, kept late or broken, and still open.
	Promised(ctx context.Context, from, to time.Time) (kept, broken, open int, err error)
}

// Executive is the business's retention on one page.
type Executive struct {
	Now         time.Time
	Week        string    // such as 2026-W48: what a digest is sent once for
	From        time.Time // of the seven days before
	Ready       bool      // a list was released
	Morning     Morning
	Year        measurement.Flow // the twelve whole months
	YearTo      time.Time        // zero before the first count
	Month       measurement.Flow // the last of them
	Before      measurement.Flow // the month before it
	Worth       bool             // the margin at the beginning of the year is known
	Target      float64
	Curve       bool
	Effects     []TreatmentEffect // those with a verdict
	Saves       claims
	Kept        int // promises of the seven days, in time
	Broken      int // late or broken
	StillOpen   int
	MonthKept   int // of the ninety days
	MonthBroken int
}

// KeptRate is the share kept in time of those promises that are settled.
func (e Executive) KeptRate() float64 { return ratio(float64(e.Kept), float64(e.Kept+e.Broken)) }

// LongKeptRate is the same over ninety days.
func (e Executive) LongKeptRate() float64 {
	return ratio(float64(e.MonthKept), float64(e.MonthKept+e.MonthBroken))
}

// Lost is the year as a line of the attrition page.
func (e Executive) Lost() flowRow { return flowRow{Flow: e.Year, Worth: e.Worth, Target: e.Target} }

// Executive reads the page's numbers as of now.
func (d Deps) Executive(ctx context.Context, now time.Time) (e Executive, err error) {
	year, week := now.In(d.Business.Zone).ISOWeek()
	e = Executive{Now: now, Week: fmt.Sprintf("%d-W%02d", year, week), From: nightly.StartOfDay(now, d.Business.Zone, -7)}
	e.Morning, err = d.Publications.Morning(ctx, now)
	if err != nil && fault.Of(err) != fault.NotFound {
		return e, fmt.Errorf("read the morning's numbers: %w", err)
	}
	e.Ready = err == nil
	a, err := d.Attritions.Attrition(ctx)
	if err != nil {
		return e, fmt.Errorf("read the attrition: %w", err)
	}
	if len(a.Portions) > 0 {
		all := a.Of(func(string) bool { return true })
		last := len(a.Months) - 2
		_, e.Curve = a.Curve()
		e.Year, e.YearTo, e.Worth, e.Target = all.Year(), a.Months[last], a.MarginKnown(a.Months[0]), d.Attritions.Targets().TargetOf("")
		e.Month, e.Before = all.Months[last-1], all.Months[last-2]
	}
	if d.Effects != nil {
		effects, err := d.Effects.Effects(ctx)
		if err != nil && fault.Of(err) != fault.NotFound {
			return e, fmt.Errorf("read the effects: %w", err)
		}
		for _, row := range effects.Rows {
			e.Saves.add(row)
			if row.Matured && row.Outcome == "" {
				e.Effects = append(e.Effects, row)
			}
		}
	}
	if e.Kept, e.Broken, e.StillOpen, err = d.Promises.Promised(ctx, e.From, now); err != nil {
		return e, fmt.Errorf("count the promises: %w", err)
	}
	e.MonthKept, e.MonthBroken, _, err = d.Promises.Promised(ctx, now.AddDate(0, 0, -90), now)
	return e, err
}

func (s *site) executivePage(w http.ResponseWriter, r *request) error {
	if len(r.user.Segments) > 0 {
		return s.then(w, r, "/attrition", r.in.Text("The executive page is of the whole business; this is of your segments."))
	}
	e, err := s.Deps.Executive(r.Context(), s.Now())
	if err != nil {
		return err
	}
	return s.show(w, r, "executive", "Executive", e)
}
