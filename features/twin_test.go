package features_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"holdfast/features"
	"holdfast/history"
)

// slowRow is the twin of Engine.Row: every feature straight from its sentence,
// each with its own pass over the facts, by name.
type slowRow struct {
	cfg    features.Config
	asOf   time.Time
	events []history.Event // visible, oldest first
	facts  []history.Fact  // visible, oldest first
	out    map[string]float64
}

var nan = math.NaN()

func slow(cfg features.Config, asOf time.Time, events []history.Event, facts []history.Fact) map[string]float64 {
	r := slowRow{cfg: cfg, asOf: asOf, out: map[string]float64{}}
	for _, ev := range events {
		if ev.Occurred.Before(asOf) && ev.Recorded.Before(asOf) {
			r.events = append(r.events, ev)
		}
	}
	for _, f := range facts {
		if f.Occurred.Before(asOf) && f.Recorded.Before(asOf) {
			r.facts = append(r.facts, f)
		}
	}
	slices.SortStableFunc(r.events, func(a, b history.Event) int {
		if c := a.Occurred.Compare(b.Occurred); c != 0 {
			return c
		}
		return int(a.Ref - b.Ref)
	})
	slices.SortStableFunc(r.facts, func(a, b history.Fact) int { return a.Occurred.Compare(b.Occurred) })
	r.kinds()
	r.margin()
	r.contracts()
	r.issues()
	r.contacts()
	r.profile()
	return r.out
}

func (r *slowRow) age(t time.Time) float64 { return r.asOf.Sub(t).Hours() / 24 }

// pick returns the events of some kinds between two ages: to ≥ age > from, in
// days; to 0 is for ever.
func (r *slowRow) pick(from, to int, names ...string) []history.Event {
	var out []history.Event
	for _, ev := range r.events {
		age := r.age(ev.Occurred)
		if slices.Contains(names, benchVocab.Kinds[ev.Kind]) && (from == 0 || age > float64(from)) && (to == 0 || age <= float64(to)) {
			out = append(out, ev)
		}
	}
	return out
}

func amounts(events []history.Event) (sum float64) {
	for _, ev := range events {
		sum += float64(ev.AmountMinor)
	}
	return sum
}

func quantities(events []history.Event) (sum float64) {
	for _, ev := range events {
		sum += ev.Quantity
	}
	return sum
}

func over(a, b float64) float64 {
	if b <= 0 || math.IsNaN(a) || math.IsNaN(b) {
		return nan
	}
	return a / b
}

func change(now, before float64) float64 {
	if now == 0 && before == 0 {
		return nan
	}
	return (now - before) / (math.Abs(now) + math.Abs(before))
}

func (r *slowRow) kinds() {
	var active []string
	for _, k := range r.cfg.Events {
		all := r.pick(0, 0, k.Name)
		if k.Role == features.Survey {
			r.survey(k.Name, all)
			continue
		}
		r.out[k.Name+"_days_since"], r.out[k.Name+"_first_days"] = nan, nan
		if n := len(all); n > 0 {
			r.out[k.Name+"_days_since"] = r.age(all[n-1].Occurred)
			r.out[k.Name+"_first_days"] = math.Floor(r.age(all[0].Occurred.Add(time.Microsecond)))
			r.out[k.Name+"_amount_last"] = float64(all[n-1].AmountMinor)
		} else {
			r.out[k.Name+"_amount_last"] = nan
		}
		for _, w := range []int{7, 30, 90, 180, 365} {
			r.window(k.Name, w)
		}
		r.out[k.Name+"_count_ever"] = float64(len(all))
		r.out[k.Name+"_amount_ever"] = amounts(all)
		r.out[k.Name+"_amount_mean_ever"] = over(amounts(all), float64(len(all)))
		r.out[k.Name+"_quantity_ever"] = quantities(all)
		r.out[k.Name+"_quantity_mean_ever"] = over(quantities(all), float64(len(all)))
		if k.Role == features.Activity {
			active = append(active, k.Name)
			r.rhythm(k.Name, all)
		}
		r.out[k.Name+"_share_365d"] = over(math.Abs(amounts(r.pick(0, 365, k.Name))), amounts(r.pick(0, 365, "purchase")))
		r.out[k.Name+"_share_ever"] = over(math.Abs(amounts(all)), amounts(r.pick(0, 0, "purchase")))
	}
	all := r.pick(0, 0, active...)
	r.out["activity_days_since"] = nan
	if len(all) > 0 {
		r.out["activity_days_since"] = r.age(all[len(all)-1].Occurred)
	}
	r.rhythm("activity", all)
	r.out["tenure_days"] = nan
	var first time.Time
	if len(r.events) > 0 {
		first = r.events[0].Occurred
	}
	for _, f := range r.facts {
		if s, ok := f.Body.(history.Subscription); ok && (first.IsZero() || s.Start.Before(first)) {
			first = s.Start
		}
	}
	if !first.IsZero() {
		r.out["tenure_days"] = r.age(first)
	}
}

func (r *slowRow) window(name string, w int) {
	now, before := r.pick(0, w, name), r.pick(w, 2*w, name)
	d := fmt.Sprintf("_%dd", w)
	r.out[name+"_count"+d] = float64(len(now))
	r.out[name+"_count_before"+d] = float64(len(before))
	r.out[name+"_trend"+d] = change(float64(len(now)), float64(len(before)))
	r.out[name+"_amount"+d] = amounts(now)
	r.out[name+"_amount_mean"+d] = over(amounts(now), float64(len(now)))
	r.out[name+"_amount_trend"+d] = change(amounts(now), amounts(before))
	r.out[name+"_quantity"+d] = quantities(now)
	r.out[name+"_quantity_mean"+d] = over(quantities(now), float64(len(now)))
}

func (r *slowRow) survey(name string, all []history.Event) {
	for _, c := range []string{"_last", "_mean", "_change", "_days_since"} {
		r.out[name+c] = nan
	}
	r.out[name+"_count_365d"] = float64(len(r.pick(0, 365, name)))
	n := len(all)
	if n == 0 {
		return
	}
	r.out[name+"_last"] = all[n-1].Quantity
	r.out[name+"_mean"] = quantities(all) / float64(n)
	r.out[name+"_days_since"] = r.age(all[n-1].Occurred)
	if n > 1 {
		r.out[name+"_change"] = all[n-1].Quantity - all[n-2].Quantity
	}
}

// rhythm works on the sorted set of active days, counted back from as-of.
func (r *slowRow) rhythm(name string, all []history.Event) {
	days, months := map[int]bool{}, map[int]bool{}
	for _, ev := range all {
		d := int(math.Floor(r.age(ev.Occurred.Add(time.Microsecond))))
		days[d], months[d/30] = true, true
	}
	recent, recentMonths := 0, 0
	var sorted []int
	for d := range days {
		sorted = append(sorted, d)
		if d < 365 {
			recent++
		}
	}
	for m := range months {
		if m < 12 {
			recentMonths++
		}
	}
	slices.Sort(sorted)
	var gaps []float64
	for i := 1; i < len(sorted); i++ {
		gaps = append(gaps, float64(sorted[i]-sorted[i-1]))
	}
	mean, sd, longest := nan, nan, nan
	if len(gaps) > 0 {
		mean, longest = 0, slices.Max(gaps)
		for _, g := range gaps {
			mean += g / float64(len(gaps))
		}
	}
	if len(gaps) > 1 {
		square := 0.0
		for _, g := range gaps {
			square += (g - mean) * (g - mean)
		}
		sd = math.Sqrt(square / float64(len(gaps)-1))
	}
	r.out[name+"_gap_mean_days"], r.out[name+"_gap_sd_days"], r.out[name+"_gap_max_days"] = mean, sd, longest
	r.out[name+"_lapse_ratio"] = over(r.out[name+"_days_since"], mean)
	r.out[name+"_longest_ratio"] = over(r.out[name+"_days_since"], longest)
	r.out[name+"_active_days_365d"], r.out[name+"_active_days_ever"] = float64(recent), float64(len(days))
	r.out[name+"_active_months_12m"], r.out[name+"_active_months_ever"] = float64(recentMonths), float64(len(months))
}

func (r *slowRow) margin() {
	earned := func(from, to int) float64 {
		sum, seen := 0.0, false
		for _, k := range r.cfg.Events {
			seen = seen || (k.MarginRate != 0 && len(r.pick(0, 0, k.Name)) > 0)
			sum += amounts(r.pick(from, to, k.Name)) * float64(k.MarginRate) / 10000
		}
		if !seen {
			return nan
		}
		return sum
	}
	for _, w := range []int{7, 30, 90, 180, 365} {
		r.out[fmt.Sprintf("margin_%dd", w)] = earned(0, w)
		r.out[fmt.Sprintf("margin_trend_%dd", w)] = change(earned(0, w), earned(w, 2*w))
	}
	r.out["margin_ever"] = earned(0, 0)
}

func (r *slowRow) contracts() {
	for _, c := range []string{"running", "ended", "days_to_renewal", "age_days", "term_months", "price_month", "renewals", "plan_changes", "price_changes", "price_change", "price_change_days", "plan"} {
		r.out["contract_"+c] = nan
	}
	running, ended, price, best, any := 0, 0, nan, -1.0, false
	for _, f := range r.facts {
		s, ok := f.Body.(history.Subscription)
		if !ok {
			continue
		}
		any = true
		if slices.ContainsFunc(r.facts, func(e history.Fact) bool { return e.Kind == history.FactSubscriptionEnd && e.Ref == f.Ref }) {
			ended++
			continue
		}
		running++
		monthly := over(float64(s.ValueMinor), float64(s.PeriodMonths))
		if !math.IsNaN(monthly) {
			price = over(price, 1)
			if math.IsNaN(price) {
				price = 0
			}
			price += monthly
		}
		if running > 1 && !(monthly > best) {
			continue
		}
		if best = -1; !math.IsNaN(monthly) {
			best = monthly
		}
		r.out["contract_days_to_renewal"], r.out["contract_term_months"] = nan, nan
		if !s.RenewsAt.IsZero() {
			r.out["contract_days_to_renewal"] = -r.age(s.RenewsAt)
		}
		if s.PeriodMonths > 0 {
			r.out["contract_term_months"] = float64(s.PeriodMonths)
		}
		r.out["contract_age_days"] = r.age(s.Start)
		r.out["contract_renewals"], r.out["contract_plan_changes"], r.out["contract_price_changes"] = 0, 0, 0
		r.out["contract_plan"] = float64(slices.Index(r.cfg.Plans, s.Plan) + 1)
	}
	if any {
		r.out["contract_running"], r.out["contract_ended"], r.out["contract_price_month"] = float64(running), float64(ended), price
	}
}

func (r *slowRow) issues() {
	open, closed, took := 0.0, 0.0, 0.0
	counts := map[int]float64{}
	oldest, severity, last := nan, nan, nan
	for _, f := range r.facts {
		is, ok := f.Body.(history.Issue)
		if !ok {
			continue
		}
		last = r.age(f.Occurred)
		for _, w := range []int{30, 90, 365} {
			if last <= float64(w) {
				counts[w]++
			}
		}
		end := slices.IndexFunc(r.facts, func(e history.Fact) bool { return e.Kind == history.FactIssueClosed && e.Ref == f.Ref })
		switch {
		case end < 0:
			open++
			if math.IsNaN(oldest) || last > oldest {
				oldest = last
			}
			if is.Severity > 0 && !(severity >= float64(is.Severity)) {
				severity = float64(is.Severity)
			}
		case r.age(r.facts[end].Occurred) <= 365:
			closed++
			took += r.age(f.Occurred) - r.age(r.facts[end].Occurred)
		}
	}
	r.out["issue_open"], r.out["issue_open_days"], r.out["issue_open_severity"] = open, oldest, severity
	r.out["issue_days_since"] = last
	r.out["issue_count_30d"], r.out["issue_count_90d"], r.out["issue_count_365d"] = counts[30], counts[90], counts[365]
	r.out["issue_close_days_365d"] = over(took, closed)
}

func (r *slowRow) contacts() {
	since := map[string]float64{"in": nan, "out": nan}
	out, reached := 0.0, 0.0
	for _, d := range []string{"in", "out"} {
		for _, ch := range r.cfg.Contacts {
			for _, w := range []int{30, 90, 365} {
				r.out[fmt.Sprintf("contact_%s_%s_%dd", d, ch, w)] = 0
			}
		}
	}
	for _, f := range r.facts {
		c, ok := f.Body.(history.Contact)
		if !ok || c.Proactive {
			continue
		}
		age := r.age(f.Occurred)
		since[c.Direction] = age
		for _, w := range []int{30, 90, 365} {
			name := fmt.Sprintf("contact_%s_%s_%dd", c.Direction, c.Channel, w)
			if _, counted := r.out[name]; counted && age <= float64(w) {
				r.out[name]++
			}
		}
		if c.Direction == "out" && age <= 365 {
			out++
			if c.Reached {
				reached++
			}
		}
	}
	r.out["contact_in_days_since"], r.out["contact_out_days_since"] = since["in"], since["out"]
	r.out["contact_reached_share_365d"] = over(reached, out)
}

func (r *slowRow) profile() {
	for _, a := range r.cfg.Attributes {
		r.out["profile_"+a.Name] = nan
		text := ""
		for _, f := range r.facts {
			if p, ok := f.Body.(history.Profile); ok {
				if v, given := p.Attributes[a.Name]; given {
					text = v
				}
			}
		}
		x, err := strconv.ParseFloat(text, 64)
		switch {
		case text == "":
		case a.Kind == "category":
			r.out["profile_"+a.Name] = float64(slices.Index(a.Levels, text) + 1)
		case err == nil:
			r.out["profile_"+a.Name] = x
		}
	}
	r.out["household_known"] = 0
	for _, f := range r.facts {
		if f.Kind == history.FactRelation {
			r.out["household_known"] = 1
		}
	}
	month := 2 * math.Pi * float64(r.asOf.Month()-1) / 12
	r.out["calendar_month_sin"], r.out["calendar_month_cos"] = math.Sin(month), math.Cos(month)
	r.out["calendar_day_of_year"] = float64(r.asOf.YearDay())
}
