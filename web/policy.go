package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/interventions"
	"holdfast/nightly"
)

// PolicyRoom shows the policy in use and compares others with it.
type PolicyRoom interface {
	// PolicyNow returns the policy in use and the versions before it.
	PolicyNow(ctx context.Context) (PolicyNow, error)
	// AskRehearsal checks a policy and keeps it to be compared on the night of
	// its AsOf, zero for the newest: Invalid, with the place, for a text that is
	// no policy, and Conflict while another waits.
	AskRehearsal(ctx context.Context, r nightly.Rehearsal) (int64, error)
	// Rehearsals returns the newest, without policies and results.
	Rehearsals(ctx context.Context, limit int) ([]nightly.Rehearsal, error)
	// Rehearsal returns one; NotFound when there is none.
	Rehearsal(ctx context.Context, id int64) (nightly.Rehearsal, error)
}

// PolicyNow is the policy that the next night is decided by.
type PolicyNow struct {
	Config   interventions.Config
	Hash     string
	Text     string                        // as the configuration has it; empty where it says nothing of it
	Effects  []interventions.Belief        // by treatment, of customers of no segment
	Offers   []interventions.Belief        // by treatment: how often its offer is taken
	Versions []interventions.PolicyVersion // that nights were decided by, the newest first
}

const (
	rehearsalsShown = 20
	versionsShown   = 12
	nightsToChoose  = 30
	maxPolicyText   = 64 << 10 // bytes
)

// policyView is the policy room.
type policyView struct {
	Version    *interventions.PolicyVersion // newest; nil before the first night
	Same       bool                         // the newest version is the policy in use
	Versions   []interventions.PolicyVersion
	Treatments []treatmentRow
	List       *interventions.Publication // newest; nil before the first
	Limits     []limitRow
	Next       []priceRow
	Gates      []gateRow
	Rehearsals []nightly.Rehearsal
	Waits      bool // one of them
	Chance     interventions.Chance
	Tiers      []interventions.Tier
	Protected  []string
	May        bool // ask for a dry run
	MayResume  bool // what is paused
	Scoped     bool // sees a part of the business
	Nights     []time.Time
	Typed      string // a policy to compare: what was sent, or the one in use to begin with
	Sent       bool   // Typed was
	Error      string
	Line       string // of Typed that Error is about; empty where it is about none
}

// NextVersion is what the next night's version will be called when it differs.
func (v policyView) NextVersion() int64 {
	if v.Version == nil {
		return 1
	}
	return v.Version.Version + 1
}

// treatmentRow is one treatment with its numbers.
type treatmentRow struct {
	interventions.Treatment
	Effect   interventions.Belief
	Taken    interventions.Belief
	Minutes  float64
	Timed    bool                 // Minutes are measured, as the newest list was planned with
	Released int                  // on the newest list
	Paused   *interventions.Pause // nil where its work is handed out
}

// limitRow is one bound of the newest list, how much of it was used, and what
// one more would earn, minor units.
type limitRow struct {
	interventions.Limit
	Text  string
	Used  float64 // by what was released
	Minor float64
	Unit  string // that one more is: an agent-hour …
}

// Share is how much of it was used.
func (l limitRow) Share() float64 {
	if l.Amount <= 0 {
		return 0
	}
	return math.Min(1, l.Used/l.Amount)
}

// Is says of which kind it is.
func (l limitRow) Is(kind string) bool { return string(l.Kind) == kind }

func (s *site) policyPage(w http.ResponseWriter, r *request) error {
	v, err := s.policyRoom(r)
	if err != nil {
		return err
	}
	return s.show(w, r, "policy", "Policy", v)
}

// policyRoom gathers what the user may see of the policy.
func (s *site) policyRoom(r *request) (v policyView, err error) {
	ctx := r.Context()
	now, err := s.Policies.PolicyNow(ctx)
	if err != nil {
		return v, fmt.Errorf("read the policy: %w", err)
	}
	v.Versions = now.Versions[:min(len(now.Versions), versionsShown)]
	if len(v.Versions) > 0 {
		v.Version = &v.Versions[0]
		v.Same = v.Version.Hash == now.Hash
	}
	lists, err := s.Publications.Publications(ctx, listsShown)
	if err != nil {
		return v, fmt.Errorf("read the lists: %w", err)
	}
	if i := slices.IndexFunc(lists, func(p interventions.Publication) bool { return len(p.Prices.Limits) > 0 }); i >= 0 {
		v.List = &lists[i]
	}
	pauses, err := s.pauses(r)
	if err != nil {
		return v, err
	}
	v.treatments(&now, pauses)
	v.MayResume = access.Can(r.user.Role, access.AskForWork)
	if v.List != nil {
		v.limits(r.in)
	}
	v.Gates, v.Chance, v.Tiers, v.Protected = r.in.gatesOf(&now.Config), now.Config.Chance, now.Config.Tiers, now.Config.Protected
	v.Scoped = len(r.user.Segments) > 0
	v.May = access.Can(r.user.Role, access.TryPolicies) && !v.Scoped
	if v.Scoped {
		return v, nil
	}
	if v.Rehearsals, err = s.Policies.Rehearsals(ctx, rehearsalsShown); err != nil {
		return v, fmt.Errorf("read the dry runs: %w", err)
	}
	v.Waits = slices.ContainsFunc(v.Rehearsals, func(r nightly.Rehearsal) bool { return r.Waits() })
	if v.May {
		v.Typed = now.Text
		v.Nights, err = s.completeNights(ctx)
	}
	return v, err
}

// completeNights are the as-ofs of the newest nights that can be decided again.
func (s *site) completeNights(ctx context.Context) (list []time.Time, err error) {
	runs, err := s.Nights.Runs(ctx, nightsToChoose)
	if err != nil {
		return nil, fmt.Errorf("read the nights: %w", err)
	}
	for _, run := range runs {
		if run.State == nightly.Completed && !run.DryRun {
			list = append(list, run.AsOf)
		}
	}
	return list, nil
}

func (v *policyView) treatments(now *PolicyNow, pauses []interventions.Pause) {
	var released map[string]int
	calls := map[string]interventions.Handling{}
	if v.List != nil {
		t := v.List.Tally.Public()
		released = t.Released
		for _, h := range v.List.Prices.Calls {
			calls[h.Treatment] = h
		}
	}
	for i, t := range now.Config.Treatments {
		row := treatmentRow{Treatment: t, Minutes: t.Minutes(), Released: released[t.Name]}
		if h, counted := calls[t.Name]; counted && h.Measured() {
			row.Minutes, row.Timed = h.Minutes(), true
		}
		if at := slices.IndexFunc(pauses, func(p interventions.Pause) bool { return p.Treatment == t.Name }); at >= 0 {
			row.Paused = &pauses[at]
		}
		if i < len(now.Effects) {
			row.Effect = now.Effects[i]
		}
		if i < len(now.Offers) {
			row.Taken = now.Offers[i]
		}
		v.Treatments = append(v.Treatments, row)
	}
}

// limits holds the newest list's bounds beside what its releases took of them.
func (v *policyView) limits(in *speech) {
	t := v.List.Tally.Public()
	rows := make(map[string]treatmentRow, len(v.Treatments))
	for _, row := range v.Treatments {
		rows[row.Name] = row
	}
	used := func(take func(treatmentRow) float64) (sum float64) {
		for name, n := range t.Released {
			if row, ok := rows[name]; ok {
				sum += float64(n) * take(row)
			}
		}
		return sum
	}
	prices := in.pricesOf(v.List.Prices.Limits)
	for i, l := range v.List.Prices.Limits {
		row := limitRow{Limit: l, Unit: prices[i].Text, Minor: prices[i].Minor}
		switch l.Kind {
		case interventions.LimitMinutes:
			row.Text, row.Used = in.Text("agents’ time"), t.Minutes
		case interventions.LimitSkill:
			row.Text, row.Used = in.Say("time of agents with %s", in.lower(l.Name)), used(func(t treatmentRow) float64 { return given(slices.Contains(t.Skills, l.Name), t.Minutes) })
		case interventions.LimitLanguage:
			row.Text, row.Used = in.Say("time of agents of the language %s", strings.ReplaceAll(l.Name, "+", " "+in.Text("or")+" ")), used(func(t treatmentRow) float64 {
				return given(t.Within(strings.Split(l.Name, "+")), t.Minutes)
			})
		case interventions.LimitBudget:
			row.Text, row.Used = in.Text("budget for offers"), used(func(t treatmentRow) float64 {
				if t.Offer == nil {
					return 0
				}
				return t.Taken.Mean * float64(t.Offer.CostMinor)
			})
		case interventions.LimitQuota:
			row.Text, row.Used = in.Say("%s a day", in.lower(l.Name)), float64(t.Released[l.Name])
		case interventions.LimitSignatory:
			row.Text, row.Used = in.Say("thank-you calls of %s a day", l.Name), used(func(t treatmentRow) float64 {
				return given(t.ThanksByPhone() && t.Signatory == l.Name, 1)
			})
		case interventions.LimitChannel:
			row.Text, row.Used = in.Say("contacts by %s", in.lower(l.Name)), used(func(t treatmentRow) float64 { return given(string(t.Channel) == l.Name, 1) })
		}
		v.Limits = append(v.Limits, row)
	}
	var d decisionsView
	d.price(in, &v.List.Prices, t)
	v.Next = d.Next
}

func given(yes bool, v float64) float64 {
	if yes {
		return v
	}
	return 0
}

// gateRow is one gate: does it hold anything back, and how is it set.
type gateRow struct {
	Gate interventions.Gate
	Text string
	On   bool
	How  string
}

// gatesOf says of every gate how the configuration sets it. Those without a
// setting are always on.
func (in *speech) gatesOf(c *interventions.Config) []gateRow {
	held, afford := false, false
	for _, t := range c.Treatments {
		if t.Offer != nil {
			held = held || t.Offer.HeldAttribute != "" || t.Offer.HeldDays > 0
			afford = afford || t.Offer.LimitAttribute != ""
		}
	}
	set := map[interventions.Gate]gateRow{
		interventions.GateConsent:     {On: true, How: in.consentWords(c.Policy.Consent)},
		interventions.GateCoolOff:     {On: c.Policy.CoolOffDays > 0, How: in.Say("%s after any contact, in either direction", in.plural(c.Policy.CoolOffDays, "day"))},
		interventions.GateCap:         {On: len(c.Policy.Caps) > 0, How: in.capWords(c.Policy.Caps)},
		interventions.GateWindow:      {On: len(c.Policy.Windows) > 0 && len(c.Policy.Windowed) > 0, How: in.windowWords(c.Policy)},
		interventions.GateOfferHeld:   {On: held, How: in.Text("as the offers say")},
		interventions.GateAfford:      {On: afford, How: in.Text("as the offers say")},
		interventions.GateRecognition: {On: c.RecognitionAttribute != "", How: in.Say("by the attribute %s", c.RecognitionAttribute)},
	}
	var out []gateRow
	for _, g := range interventions.Gates {
		if g == interventions.GateHoldout { // whom it holds back nobody may learn; that it does is under chance
			continue
		}
		row, ok := set[g]
		if !ok {
			row = gateRow{On: true, How: in.Text("always")}
		}
		if !row.On {
			row.How = in.Text("not configured")
		}
		row.Gate, row.Text = g, in.gate(g)
		out = append(out, row)
	}
	return out
}

func (in *speech) consentWords(c interventions.ConsentRules) string {
	if len(c.Required) == 0 {
		return in.Text("a no is heeded, a yes is not needed")
	}
	var list []string
	for _, k := range c.Required {
		list = append(list, in.Say("%s by %s", or(in.lower(k.Purpose), in.Text("anything")), or(in.lower(k.Channel), in.Text("any channel"))))
	}
	return in.Say("a yes is needed for %s", strings.Join(list, ", "))
}

func (in *speech) capWords(caps []interventions.Cap) string {
	var list []string
	for _, c := range caps {
		text := in.Say("%d in %s", c.Max, in.plural(c.Days, "day"))
		switch {
		case c.Purpose != "" && c.Channel != "":
			text = in.Say("%s by %s", in.lower(c.Purpose), in.lower(c.Channel)) + ": " + text
		case c.Purpose != "" || c.Channel != "":
			text = in.lower(string(c.Purpose)+string(c.Channel)) + ": " + text
		default:
			text = in.Say("all together: %s", text)
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

func (in *speech) windowWords(p interventions.ContactPolicy) string {
	var list, channels []string
	for _, day := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		if spans := p.Windows[day]; len(spans) > 0 {
			list = append(list, in.Text(words(day)[:3])+" "+strings.Join(spans, ", "))
		}
	}
	for _, c := range p.Windowed {
		channels = append(channels, in.lower(c))
	}
	return in.Say("where the customer is, for %s: %s", strings.Join(channels, ", "), strings.Join(list, "; "))
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
