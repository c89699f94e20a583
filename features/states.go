package features

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/history"
)

// planTenure is how long the customer has been with us.
func (e *Engine) planTenure() {
	columns := []Column{{Name: "tenure_days", Unit: unitDays, Concept: "tenure", Skewed: true, Sentence: "With us for {value} days"}}
	e.add(source{}, columns, func(w *work, dst []float64) {
		dst[0] = missing
		if at, ok := w.view.FirstSeen(); ok {
			dst[0] = w.days(at)
		}
	})
}

// planSubscriptions is the state of the customer's contracts. Where several
// run, the main one is that with the highest monthly price.
func (e *Engine) planSubscriptions() {
	columns := []Column{
		{Name: "contract_running", Unit: unitContracts, Concept: "contract", Sentence: "No contract running|One contract running|{value} contracts running"},
		{Name: "contract_ended", Unit: unitContracts, Concept: "contract", Skewed: true, Sentence: "No contract ended before|One contract ended before|{value} contracts ended before"},
		{Name: "contract_days_to_renewal", Unit: unitDays, Concept: "contract", Skewed: true, Sentence: "Renewal is today|Renewal in 1 day|Renewal in {value} days|Renewal was due {value} days ago"},
		{Name: "contract_age_days", Unit: unitDays, Concept: "tenure", Skewed: true, Sentence: "Contract has run for {value} days"},
		{Name: "contract_term_months", Unit: unitMonths, Concept: "contract", Sentence: "Price is for no month|Contract by the month|Contract by periods of {value} months"},
		{Name: "contract_price_month", Unit: e.moneyUnit(), Concept: "price", Skewed: true, Sentence: "Pays {value} a month"},
		{Name: "contract_renewals", Unit: unitEvents, Concept: "contract", Skewed: true, Sentence: "Never renewed yet|Renewed once|Renewed {value} times"},
		{Name: "contract_plan_changes", Unit: unitEvents, Concept: "contract", Skewed: true, Sentence: "Never changed plan|Changed plan once|Changed plan {value} times"},
		{Name: "contract_price_changes", Unit: unitEvents, Concept: "price", Skewed: true, Sentence: "Price never changed|Price changed once|Price changed {value} times"},
		{Name: "contract_price_change", Unit: unitShare, Concept: "price", Sentence: "Latest price change: {value}; {contract_price_change_days} days ago"},
		{Name: "contract_price_change_days", Unit: unitDays, Concept: "price", Skewed: true, Sentence: "Price changed {value} days ago, by {contract_price_change}"},
	}
	if len(e.cfg.Plans) > 0 {
		columns = append(columns, Column{Name: "contract_plan", Kind: Categorical, Unit: unitCode, Concept: "contract", Sentence: "On plan {value}", Levels: append([]string{"other"}, e.cfg.Plans...)})
	}
	counted := e.add(source{what: sourceSubscription}, columns, func(w *work, dst []float64) {
		fill(dst, missing)
		subs := w.view.Subscriptions()
		if len(subs) == 0 {
			return
		}
		main := countSubscriptions(w, subs, dst)
		if main == nil {
			return
		}
		fillMain(w, main, dst)
		if len(dst) > 11 {
			dst[11] = float64(slices.Index(e.cfg.Plans, main.Plan) + 1)
		}
	})
	for i := range counted {
		counted[i].state = mainContract
	}
	counted[0].state, counted[1].state, counted[5].state = runningContracts, endedContracts, runningContracts
}

// countSubscriptions fills what is about all contracts and finds the main one.
func countSubscriptions(w *work, subs []history.SubscriptionState, dst []float64) (main *history.SubscriptionState) {
	running, ended, price, best := 0, 0, missing, -1.0
	for i := range subs {
		s := &subs[i]
		if !s.ActiveAt(w.view.AsOf()) {
			if !s.Ended.IsZero() {
				ended++
			}
			continue
		}
		running++
		monthly := ratio(float64(s.ValueMinor), float64(s.PeriodMonths))
		if !math.IsNaN(monthly) {
			if math.IsNaN(price) {
				price = 0
			}
			price += monthly
		}
		if main == nil || monthly > best {
			main = s
			if !math.IsNaN(monthly) {
				best = monthly
			}
		}
	}
	dst[0], dst[1], dst[5] = float64(running), float64(ended), price
	return main
}

func fillMain(w *work, s *history.SubscriptionState, dst []float64) {
	if !s.RenewsAt.IsZero() {
		dst[2] = -w.days(s.RenewsAt)
	}
	dst[3] = w.days(s.Start)
	if s.PeriodMonths > 0 {
		dst[4] = float64(s.PeriodMonths)
	}
	dst[6], dst[7], dst[8] = float64(s.Renewals), float64(s.PlanChanges), float64(s.PriceChanges)
	if s.PriceChanges > 0 {
		dst[9] = ratio(float64(s.ValueMinor-s.PreviousValueMinor), float64(s.PreviousValueMinor))
		dst[10] = w.days(s.PriceChanged)
	}
}

// planIssues is the customer's service issues.
func (e *Engine) planIssues() {
	columns := []Column{
		{Name: "issue_open", Unit: unitEvents, Concept: "service", Skewed: true, Sentence: "No open service issue|One open service issue; for {issue_open_days} days|{value} open service issues; the oldest for {issue_open_days} days"},
		{Name: "issue_open_days", Unit: unitDays, Concept: "service", Skewed: true, Sentence: "A service issue has been open for {value} days"},
		{Name: "issue_open_severity", Unit: unitScore, Concept: "service", Sentence: "Open service issue of severity {value}"},
		{Name: "issue_days_since", Unit: unitDays, Concept: "service", Skewed: true, Sentence: "Latest service issue {value} days ago"},
		{Name: "issue_count_30d", Unit: unitEvents, Concept: "service", Skewed: true, Sentence: "No service issue in 30 days|One service issue in 30 days|{value} service issues in 30 days"},
		{Name: "issue_count_90d", Unit: unitEvents, Concept: "service", Skewed: true, Sentence: "No service issue in 90 days|One service issue in 90 days|{value} service issues in 90 days"},
		{Name: "issue_count_365d", Unit: unitEvents, Concept: "service", Skewed: true, Sentence: "No service issue in 365 days|One service issue in 365 days|{value} service issues in 365 days"},
		{Name: "issue_close_days_365d", Unit: unitDays, Concept: "service", Skewed: true, Sentence: "Service issues of the last year took {value} days to close"},
	}
	counted := e.add(source{what: sourceIssue}, columns, func(w *work, dst []float64) {
		dst[1], dst[2], dst[3] = missing, missing, missing
		open, closed, took := 0, 0, 0.0
		var counts [3]int
		for _, is := range w.view.Issues() {
			age := w.days(is.Opened)
			dst[3] = age // by opening: the last is the latest
			for i, days := range [...]float64{30, 90, 365} {
				if age <= days {
					counts[i]++
				}
			}
			switch {
			case is.Closed.IsZero():
				open++
				dst[1] = larger(dst[1], age)
				if is.Severity > 0 {
					dst[2] = larger(dst[2], float64(is.Severity))
				}
			case w.days(is.Closed) <= 365:
				closed++
				took += is.Closed.Sub(is.Opened).Hours() / 24
			}
		}
		dst[0] = float64(open)
		dst[4], dst[5], dst[6] = float64(counts[0]), float64(counts[1]), float64(counts[2])
		dst[7] = ratio(took, float64(closed))
	})
	counted[0].state, counted[1].state, counted[2].state = openIssues, openIssues, openIssues
	counted[3].most = 1
	counted[4].until, counted[5].until, counted[6].until = 30, 90, 365
	counted[7].state, counted[7].until = closedIssues, 365
}

// larger is the larger of a and b, b when a is missing.
func larger(a, b float64) float64 {
	if a >= b {
		return a
	}
	return b
}

// planContacts counts contacts by direction and channel. What this system
// started itself is not among them.
func (e *Engine) planContacts() {
	if len(e.cfg.Contacts) == 0 {
		return
	}
	directions := []struct{ name, words string }{{"in", "from the customer"}, {"out", "to the customer"}}
	var columns []Column
	for _, d := range directions {
		for _, ch := range e.cfg.Contacts {
			for _, days := range contactWindows {
				columns = append(columns, Column{
					Name: fmt.Sprintf("contact_%s_%s_%dd", d.name, ch, days), Unit: unitEvents, Concept: "contact", Skewed: true,
					Sentence: fmt.Sprintf("No contact %[1]s by %[2]s in %[3]d days|One contact %[1]s by %[2]s in %[3]d days|{value} contacts %[1]s by %[2]s in %[3]d days",
						d.words, spaced(ch), days),
				})
			}
		}
	}
	counts := len(columns)
	columns = append(columns,
		Column{Name: "contact_in_days_since", Unit: unitDays, Concept: "contact", Skewed: true, Sentence: "Customer got in touch within the last day|Customer last got in touch yesterday|Customer last got in touch {value} days ago"},
		Column{Name: "contact_out_days_since", Unit: unitDays, Concept: "contact", Skewed: true, Sentence: "Last contact to the customer {value} days ago"},
		Column{Name: "contact_reached_share_365d", Unit: unitShare, Concept: "contact", Sentence: "{value} of the contacts to the customer in 365 days reached them"})
	counted := e.add(source{what: sourceContact}, columns, func(w *work, dst []float64) {
		e.fillContacts(w, dst[:counts], dst[counts:])
	})
	for i := range counted[:counts] {
		of := i / len(contactWindows)
		counted[i].direction, counted[i].channel = directions[of/len(e.cfg.Contacts)].name, e.cfg.Contacts[of%len(e.cfg.Contacts)]
		counted[i].until = contactWindows[i%len(contactWindows)]
	}
	rest := counted[counts:]
	rest[0].direction, rest[0].most = "in", 1
	rest[1].direction, rest[1].most = "out", 1
	rest[2].direction, rest[2].until = "out", 365
}

// fillContacts fills the counts, direction × channel × window, and the three
// columns about all channels.
func (e *Engine) fillContacts(w *work, counts, rest []float64) {
	clear(counts)
	rest[0], rest[1] = missing, missing
	out, reached := 0, 0
	for _, c := range w.view.OrganicContacts() {
		d := 0
		if c.Direction == "out" {
			d = 1
		}
		age := w.days(c.At)
		rest[d] = age // by time: the last is the latest
		if d == 1 && age <= 365 {
			out++
			if c.Reached {
				reached++
			}
		}
		ch := slices.Index(e.cfg.Contacts, c.Channel)
		if ch < 0 {
			continue
		}
		for i, days := range contactWindows {
			if age <= float64(days) {
				counts[(d*len(e.cfg.Contacts)+ch)*len(contactWindows)+i]++
			}
		}
	}
	rest[2] = ratio(float64(reached), float64(out))
}

var contactWindows = [...]int{30, 90, 365}

// planAttribute is one profile attribute as known at as-of.
func (e *Engine) planAttribute(a Attribute) {
	c := Column{Name: "profile_" + a.Name, Unit: unitValue, Concept: "profile", Sentence: capital(spaced(a.Name)) + ": {value}"}
	fill := func(w *work, dst []float64) {
		dst[0] = missing
		if text, ok := w.view.Attribute(a.Name); ok {
			if x, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && !math.IsInf(x, 0) {
				dst[0] = x
			}
		}
	}
	if a.Kind == "category" {
		c.Kind, c.Unit = Categorical, unitCode
		c.Levels = append([]string{"other"}, a.Levels...)
		fill = func(w *work, dst []float64) {
			dst[0] = missing
			if text, ok := w.view.Attribute(a.Name); ok {
				dst[0] = float64(slices.Index(a.Levels, text) + 1)
			}
		}
	}
	e.add(source{what: sourceProfile, slot: len(e.schema.Columns)}, []Column{c}, fill)
}

// planHousehold says whether the customer is known to share a household. Its
// size is not here: its other members are in other partitions.
func (e *Engine) planHousehold() {
	columns := []Column{{Name: "household_known", Unit: unitCode, Concept: "household", Sentence: "Not known to share a household|Shares a household"}}
	e.add(source{}, columns, func(w *work, dst []float64) {
		dst[0] = 0
		if w.view.InHousehold() {
			dst[0] = 1
		}
	})
}

// planCalendar is the season of as-of in the business's time zone.
func (e *Engine) planCalendar() {
	columns := []Column{
		{Name: "calendar_month_sin", Unit: unitCode, Concept: "season", Sentence: "The time of year"},
		{Name: "calendar_month_cos", Unit: unitCode, Concept: "season", Sentence: "The time of year"},
		{Name: "calendar_day_of_year", Unit: unitDays, Concept: "season", Sentence: "Day {value} of the year"},
	}
	e.add(source{}, columns, func(w *work, dst []float64) {
		at := w.seasonOf(e.cfg.Location)
		dst[0], dst[1], dst[2] = at.sin, at.cos, at.day
	})
}

// seasonOf looks the season of as-of up among those met before: a back-test
// has a few as-ofs and many customers.
func (w *work) seasonOf(location *time.Location) season {
	for _, s := range w.seasons {
		if s.asOf == w.asOf {
			return s
		}
	}
	at := w.view.AsOf().In(location)
	s := season{asOf: w.asOf, day: float64(at.YearDay())}
	s.sin, s.cos = math.Sincos(2 * math.Pi * float64(at.Month()-1) / 12)
	if len(w.seasons) == cap(w.seasons) {
		w.seasons = w.seasons[:0]
	}
	w.seasons = append(w.seasons, s)
	return s
}

// season is what the calendar says of an as-of.
type season struct {
	asOf          int64
	sin, cos, day float64
}
