package web

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/interventions"
	"holdfast/nightly"
)

type (
	apiPolicyLine struct {
		Name          string    `json:"name"`
		Family        string    `json:"family"`
		Channel       string    `json:"channel"`
		Purpose       string    `json:"purpose"`
		Minutes       float64   `json:"minutes" doc:"Of the agents' roster, expected for one selection."`
		CostMinor     int64     `json:"cost_minor"`
		Offer         string    `json:"offer,omitempty"`
		OfferMinor    int64     `json:"offer_minor,omitempty"`
		Taken         float64   `json:"taken,omitempty" doc:"Share of the selected expected to take the offer."`
		TakenAssumed  bool      `json:"taken_assumed,omitempty"`
		Effect        float64   `json:"effect" doc:"Believed relative reduction in leaving caused by being selected."`
		EffectSpread  float64   `json:"effect_spread"`
		EffectAssumed bool      `json:"effect_assumed" doc:"As configured: chance has not shown it yet."`
		Outcome       string    `json:"outcome,omitempty" doc:"Event it is judged on; without one, staying."`
		Skills        []string  `json:"skills,omitempty"`
		DailyQuota    int       `json:"daily_quota,omitempty"`
		Released      int       `json:"released" doc:"On the newest list."`
		Paused        *apiPause `json:"paused,omitempty"`
	}
	apiLimit struct {
		What     string  `json:"what"`
		Kind     string  `json:"kind" enum:"minutes,skill,language,budget,quota,signatory,channel"`
		Amount   float64 `json:"amount" doc:"There was: minutes, minor units or contacts."`
		Used     float64 `json:"used" doc:"By what was released."`
		One      string  `json:"one_more"`
		OneMinor float64 `json:"one_more_minor" doc:"It would have earned."`
	}
	apiGate struct {
		Gate string `json:"gate"`
		Text string `json:"text"`
		On   bool   `json:"on"`
		How  string `json:"how"`
	}
	apiVersion struct {
		Version int64     `json:"version"`
		From    time.Time `json:"from" doc:"As-of of the first night decided by it."`
		Hash    string    `json:"hash"`
	}
	policyAnswer struct {
		Body struct {
			Version    *apiVersion     `json:"version,omitempty"` // that the newest night was decided by
			Changed    bool            `json:"changed" doc:"The configuration has changed since: the next night makes a new version."`
			Versions   []apiVersion    `json:"versions" doc:"The newest first."`
			Treatments []apiPolicyLine `json:"treatments"`
			List       *time.Time      `json:"list,omitempty" doc:"As-of of the list that the limits are of."`
			Limits     []apiLimit      `json:"limits"`
			Gates      []apiGate       `json:"gates"`
			Protected  []string        `json:"protected_attributes"`
		}
	}
	apiRehearsal struct {
		ID      int64      `json:"id"`
		By      string     `json:"by"`
		At      time.Time  `json:"at"`
		AsOf    time.Time  `json:"as_of" doc:"The night that is decided once more."`
		Ended   *time.Time `json:"ended,omitempty" doc:"None while it waits or is under way."`
		Problem string     `json:"problem,omitempty" doc:"Why it could not be decided."`

		Policy string         `json:"policy,omitempty" doc:"As it was given. Left out of lists, as is the result."`
		Result *apiComparison `json:"result,omitempty"`
	}
	apiSide struct {
		Contacts   int     `json:"contacts"`
		Minutes    float64 `json:"minutes"`
		CostMinor  float64 `json:"cost_minor"`
		WorthMinor float64 `json:"worth_minor"`
	}
	apiSides struct {
		What      string  `json:"what"`
		Customers int     `json:"customers,omitempty" doc:"Of a group of a protected attribute."`
		Now       apiSide `json:"now"`
		Then      apiSide `json:"then"`
	}
	apiEvidence struct {
		Final      time.Time `json:"outcomes_final" doc:"Nothing is said before."`
		Customers  int       `json:"customers" doc:"Left to chance that night; 0 when too few."`
		Now        float64   `json:"now" doc:"Share that would have stayed, doubly robust."`
		Then       float64   `json:"then"`
		Difference float64   `json:"difference"`
		Low        float64   `json:"low" doc:"95 % interval."`
		High       float64   `json:"high"`
	}
	apiComparison struct {
		Assumed    bool        `json:"worth_assumed" doc:"Worth rests on effects that nobody has measured."`
		All        apiSides    `json:"all"`
		Treatments []apiSides  `json:"treatments"`
		Groups     []apiSides  `json:"groups" doc:"Contacts by band of risk and value tier."`
		Protected  []apiSides  `json:"protected"`
		Alike      int         `json:"alike"`
		New        int         `json:"new"`
		Dropped    int         `json:"dropped"`
		Moved      int         `json:"moved" doc:"Contacted by either, with another treatment."`
		Evidence   apiEvidence `json:"evidence"` // what came of those left to chance that night
	}
	rehearsalsAnswer struct {
		Body struct {
			Runs []apiRehearsal `json:"dry_runs" doc:"The newest first."`
		}
	}
	rehearsalAnswer struct{ Body apiRehearsal }
	rehearseCall    struct {
		Body struct {
			Policy string `json:"policy" minLength:"1" maxLength:"65536" doc:"The section interventions of a configuration, in YAML, with its key."`
			Night  string `json:"night,omitempty" format:"date" doc:"As-of of a complete night; the newest without it."`
		}
	}
	askedAnswer struct {
		Body struct {
			ID int64 `json:"id"`
		}
	}
)

// policyRoutes are the policy room.
func (a *api) policyRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/policy", id: "policy", tag: "lists", action: access.SeeProof, summary: "The policy in use",
		text: "Its version, treatments with their numbers, how much of each limit the newest list used and what one more would earn, and its gates.",
	}, a.policy)
	add(a, operation{
		method: http.MethodPost, path: "/policy/dry-runs", id: "try-policy", tag: "lists", action: access.TryPolicies, summary: "Decide a night once more by another policy",
		text: "Nothing is released or kept but the comparison, which a job makes: ask for it by the id. 422 with the place when the text is no policy, 409 while another is under way. " +
			"Of the whole business: 403 for an owner who sees a part of it.",
	}, func(c *call, in *rehearseCall) (*askedAnswer, error) {
		id, err := a.askRehearsal(&c.request, in.Body.Policy, in.Body.Night, "by token "+c.caller.Token.Name)
		out := &askedAnswer{}
		out.Body.ID = id
		return out, err
	})
	add(a, operation{
		method: http.MethodGet, path: "/policy/dry-runs", id: "dry-runs", tag: "lists", action: access.SeeProof, summary: "The newest dry runs", text: "Twenty at most.",
	}, func(c *call, _ *struct{}) (*rehearsalsAnswer, error) {
		out := &rehearsalsAnswer{}
		if err := wholeBusinessOnly(c.user); err != nil {
			return nil, err
		}
		list, err := a.Policies.Rehearsals(c.Context(), rehearsalsShown)
		out.Body.Runs = make([]apiRehearsal, len(list))
		for i := range list {
			out.Body.Runs[i] = apiRehearsalOf(&list[i])
		}
		return out, err
	})
	add(a, operation{
		method: http.MethodGet, path: "/policy/dry-runs/{id}", id: "dry-run", tag: "lists", action: access.SeeProof, summary: "One dry run and what came of it",
		text: "Counts of customers are rounded to tens and sums to three digits: nobody is named.",
	}, func(c *call, in *ListRef) (*rehearsalAnswer, error) {
		one, err := a.rehearsal(&c.request, strconv.FormatInt(in.ID, 10))
		out := &rehearsalAnswer{apiRehearsalOf(&one)}
		out.Body.Policy = one.Policy
		if one.Result != nil {
			out.Body.Result = apiComparisonOf(one.Result)
		}
		return out, err
	})
}

func (a *api) policy(c *call, _ *struct{}) (*policyAnswer, error) {
	v, err := a.policyRoom(&c.request)
	if err != nil {
		return nil, err
	}
	out := &policyAnswer{}
	b := &out.Body
	b.Versions, b.Treatments, b.Limits, b.Gates, b.Protected = []apiVersion{}, []apiPolicyLine{}, []apiLimit{}, []apiGate{}, append([]string{}, v.Protected...)
	for _, one := range v.Versions {
		b.Versions = append(b.Versions, apiVersion{one.Version, one.From.UTC(), one.Hash})
	}
	if len(b.Versions) > 0 {
		b.Version, b.Changed = &b.Versions[0], !v.Same
	}
	for _, t := range v.Treatments {
		row := apiPolicyLine{
			Name: t.Name, Family: string(t.Family), Channel: string(t.Channel), Purpose: string(t.Purpose), Minutes: t.Minutes, CostMinor: t.CostMinor,
			Effect: t.Effect.Mean, EffectSpread: t.Effect.Spread, EffectAssumed: !t.Effect.Measured, Outcome: t.Event(), Skills: t.Skills,
			DailyQuota: t.DailyQuota, Released: t.Released,
		}
		if t.Offer != nil {
			row.Offer, row.OfferMinor, row.Taken, row.TakenAssumed = t.Offer.Name, t.Offer.CostMinor, t.Taken.Mean, !t.Taken.Measured
		}
		if t.Paused != nil {
			paused := apiPauseOf(*t.Paused)
			row.Paused = &paused
		}
		b.Treatments = append(b.Treatments, row)
	}
	if v.List != nil {
		b.List = instant(v.List.AsOf)
	}
	for _, l := range v.Limits {
		b.Limits = append(b.Limits, apiLimit{l.Text, string(l.Kind), l.Amount, l.Used, l.Unit, l.Minor})
	}
	for _, g := range v.Gates {
		b.Gates = append(b.Gates, apiGate{string(g.Gate), g.Text, g.On, g.How})
	}
	return out, nil
}

func apiRehearsalOf(r *nightly.Rehearsal) apiRehearsal {
	return apiRehearsal{ID: r.ID, By: r.By, At: r.At.UTC(), AsOf: r.AsOf.UTC(), Ended: instant(r.Ended), Problem: r.Problem}
}

func apiComparisonOf(c *nightly.Comparison) *apiComparison {
	side := func(p interventions.Plan) apiSide { return apiSide{p.Contacts, p.Minutes, p.CostMinor, p.WorthMinor} }
	e := &c.Evidence
	out := &apiComparison{
		Assumed: c.Now.Assumed || c.Then.Assumed, All: apiSides{What: "all", Now: side(c.Now), Then: side(c.Then)},
		Treatments: []apiSides{}, Groups: []apiSides{}, Protected: []apiSides{}, Alike: c.Both, New: c.New, Dropped: c.Dropped, Moved: c.Moved,
		Evidence: apiEvidence{e.Final.UTC(), e.Customers, e.Now.DoublyRobust, e.Then.DoublyRobust, e.Difference.Estimate, e.Difference.Low, e.Difference.High},
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(c.Now.Treatments)), maps.Keys(c.Then.Treatments))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		out.Treatments = append(out.Treatments, apiSides{What: name, Now: apiSide(c.Now.Treatments[name]), Then: apiSide(c.Then.Treatments[name])})
	}
	for _, g := range c.Groups {
		out.Groups = append(out.Groups, apiSides{What: "risk " + string(g.Band) + ", " + or(g.Tier, "no tier"), Now: apiSide{Contacts: g.Now}, Then: apiSide{Contacts: g.Then}})
	}
	for _, g := range c.Protected {
		out.Protected = append(out.Protected, apiSides{
			What: g.Attribute + ": " + or(g.Value, "unknown, or fewer than 20 customers"), Customers: g.Customers,
			Now: apiSide{Contacts: g.Now, WorthMinor: g.NowMinor}, Then: apiSide{Contacts: g.Then, WorthMinor: g.ThenMinor},
		})
	}
	return out
}
