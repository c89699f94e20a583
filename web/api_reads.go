package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

type (
	apiFound struct {
		ID     int64  `json:"id"`
		Source string `json:"source"`
		Key    string `json:"key"`
		Name   string `json:"name,omitempty"`
		Match  string `json:"match" doc:"What matched: key, phone, email or name."`
	}
	foundAnswer struct {
		Body struct {
			Customers []apiFound `json:"customers"`
		}
	}
	findCall struct {
		Query string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"Key, phone, e-mail or name."`
	}
	apiFile struct {
		Card         interventions.Card `json:"card"`
		Excluded     string             `json:"excluded,omitempty" doc:"Why the customer is not in the population."`
		EpisodeSince *time.Time         `json:"episode_since,omitempty"`
		NotContacted string             `json:"not_contacted,omitempty" doc:"Why not, in the words everybody reads."`
		Treatment    string             `json:"treatment,omitempty" doc:"Of the last night's list."`
		Tasks        []apiTask          `json:"tasks"`
		Promises     []apiPromise       `json:"promises"`
		Household    []apiMember        `json:"household" doc:"Who decides with them, of the owner's segments."`
		Elsewhere    int                `json:"household_elsewhere,omitempty" doc:"Members of other segments."`
		Consents     []apiConsent       `json:"consents" doc:"The newest of each purpose and channel."`
		Requests     []apiRequest       `json:"requests,omitempty" doc:"The newest that managers asked for; for who may ask."`
		LeftAlone    *apiExclusion      `json:"left_alone,omitempty"` // none: they take part
	}
	apiMember struct {
		ID     int64      `json:"id"`
		Source string     `json:"source"`
		Key    string     `json:"key"`
		Name   string     `json:"name,omitempty"`
		Since  *time.Time `json:"since,omitempty"`
		Left   string     `json:"left,omitempty" doc:"How they left."`
	}
	apiConsent struct {
		Purpose string    `json:"purpose,omitempty" doc:"None: every purpose."`
		Channel string    `json:"channel,omitempty" doc:"None: every channel."`
		Allowed bool      `json:"allowed"`
		At      time.Time `json:"at"`
	}
	apiPromise struct {
		ID       int64      `json:"id"`
		Task     int64      `json:"task"`
		Kind     string     `json:"kind" enum:"promise,callback"`
		What     string     `json:"what,omitempty"`
		MadeBy   string     `json:"made_by"`
		MadeAt   time.Time  `json:"made_at"`
		DueAt    time.Time  `json:"due_at"`
		Owner    string     `json:"owner,omitempty" doc:"Who has to keep it."`
		KeptAt   *time.Time `json:"kept_at,omitempty"`
		BrokenAt *time.Time `json:"broken_at,omitempty"`
		VoidedAt *time.Time `json:"voided_at,omitempty" doc:"A correction took it back."`
	}
	fileAnswer struct{ Body apiFile }
)

func (a *api) customerRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/customers", id: "find-customers", tag: "customers", action: access.WorkTasks,
		summary: "Find customers, the surest match first",
		text:    "By key, phone, e-mail or name, at most twenty. That somebody searched is in the audit.",
	}, func(c *call, in *findCall) (*foundAnswer, error) {
		found, err := a.Customers.Find(c.Context(), in.Query, 20)
		if err != nil {
			return nil, err
		}
		if err := a.note(c, "search customers", ""); err != nil {
			return nil, err
		}
		out := &foundAnswer{}
		out.Body.Customers = make([]apiFound, len(found))
		for i, f := range found {
			out.Body.Customers[i] = apiFound{int64(f.ID), f.Source, f.Key, f.Name, f.Match}
		}
		return out, nil
	})
	add(a, operation{
		method: http.MethodGet, path: "/customers/{id}", id: "customer", tag: "customers", action: access.SeeRiskList,
		summary: "A customer's file",
		text:    "The card as of now, the risk episode, what the last night decided in the words everybody reads, and the tasks. Reading it is in the audit.",
	}, a.file)
}

func (a *api) file(c *call, in *CustomerRef) (*fileAnswer, error) {
	f, err := a.fileFor(&c.request, in.id(), "by token "+c.caller.Token.Name)
	if err != nil {
		return nil, err
	}
	out := &fileAnswer{apiFileOf(f)}
	alone, err := a.Requests.Exclusion(c.Context(), in.id(), a.Now())
	if err != nil {
		return nil, err
	}
	out.Body.LeftAlone = apiExclusionOf(alone)
	if access.Can(c.user.Role, access.AskForWork) {
		asked, err := a.Deps.Requests.RequestsFor(c.Context(), in.id(), requestsShown)
		if err != nil {
			return nil, err
		}
		out.Body.Requests = apiRequestsOf(asked)
	}
	return out, nil
}

func apiPromiseOf(p interventions.Promise) apiPromise {
	return apiPromise{
		int64(p.ID), int64(p.Task), string(p.Kind), p.What, p.MadeBy, p.MadeAt.UTC(), p.DueAt.UTC(), p.Owner,
		instant(p.KeptAt), instant(p.BrokenAt), instant(p.VoidedAt),
	}
}

func apiFileOf(f File) apiFile {
	out := apiFile{
		Card: f.Card, Excluded: f.Excluded, EpisodeSince: instant(f.Episode), Tasks: []apiTask{}, Promises: []apiPromise{},
		Household: []apiMember{}, Elsewhere: f.Elsewhere, Consents: []apiConsent{},
	}
	for _, m := range f.Household {
		out.Household = append(out.Household, apiMember{int64(m.ID), m.Source, m.Key, m.Name, instant(m.Since), m.Left})
	}
	for _, c := range standingConsents(f.Consents) {
		out.Consents = append(out.Consents, apiConsent{c.Purpose, c.Channel, c.Allowed, c.At.UTC()})
	}
	if f.Decision != nil {
		out.NotContacted, out.Treatment = notContacted(f.Decision.Result, f.Decision.Reason), f.Decision.Treatment
	}
	for _, t := range f.Tasks {
		out.Tasks = append(out.Tasks, apiTaskOf(t))
	}
	for _, p := range f.Promises {
		out.Promises = append(out.Promises, apiPromiseOf(p))
	}
	return out
}

type (
	riskCall struct {
		Band     string `query:"band" enum:"low,medium,high"`
		Segment  string `query:"segment"`
		Owner    string `query:"owner" doc:"Who looks after them."`
		Reason   string `query:"reason" doc:"What the strongest reason is about: reason_about of a row."`
		Text     string `query:"text" maxLength:"200" doc:"In name, key or reason."`
		MinValue string `query:"min_value" doc:"In whole units of the currency."`
		Episode  bool   `query:"episode" doc:"Only customers in a risk episode."`
		Sort     string `query:"sort" enum:"at_risk,risk,value,tenure,name"`
		Cursor   string `query:"cursor" doc:"The next of the page before."`
	}
	apiRisk struct {
		Customer     int64      `json:"customer"`
		Source       string     `json:"source"`
		Key          string     `json:"key"`
		Name         string     `json:"name,omitempty"`
		Segment      string     `json:"segment,omitempty"`
		Risk         float64    `json:"risk" doc:"Probability of leaving within the horizon."`
		RiskLow      float64    `json:"risk_low,omitempty" doc:"Of customers scored like this one, the share that leaves: 90 % interval."`
		RiskHigh     float64    `json:"risk_high,omitempty"`
		Band         string     `json:"band" enum:"low,medium,high"`
		EpisodeSince *time.Time `json:"episode_since,omitempty"`
		ValueMinor   int64      `json:"value_minor"`
		AtRiskMinor  int64      `json:"at_risk_minor"`
		TenureDays   int        `json:"tenure_days"`
		Reason       string     `json:"reason,omitempty"`
		ReasonAbout  string     `json:"reason_about,omitempty"`
		Owner        string     `json:"owner,omitempty" doc:"Who looks after the customer."`
		Treatment    string     `json:"treatment,omitempty" doc:"What is being done."`
		NotContacted string     `json:"not_contacted,omitempty"`
	}
	riskAnswer struct {
		Body struct {
			AsOf      *time.Time `json:"as_of,omitempty"`
			Total     int        `json:"total"`
			Customers []apiRisk  `json:"customers"`
			Next      string     `json:"next,omitempty" doc:"Cursor of the next page; none at the end."`
		}
	}
)

// values are the filters as the page's address has them.
func (r riskCall) values() url.Values {
	v := url.Values{"band": {r.Band}, "segment": {r.Segment}, "owner": {r.Owner}, "reason": {r.Reason}, "text": {r.Text}, "min_value": {r.MinValue}, "sort": {r.Sort}}
	if r.Episode {
		v.Set("episode", "yes")
	}
	return v
}

func (a *api) risk(c *call, in *riskCall) (*riskAnswer, error) {
	values := in.values()
	q, err := a.riskQuery(values)
	if err != nil {
		return nil, err
	}
	at, err := readCursor(in.Cursor, values)
	if err != nil {
		return nil, err
	}
	q.After = at.After
	if q, err = scoped(c.user, q); err != nil {
		return nil, err
	}
	p, err := a.Risk.RiskList(c.Context(), q)
	if err != nil {
		return nil, err
	}
	out := &riskAnswer{}
	out.Body.AsOf, out.Body.Total, out.Body.Customers = instant(p.AsOf), p.Total, make([]apiRisk, len(p.Rows))
	for i, r := range p.Rows {
		out.Body.Customers[i] = apiRiskOf(rowFor(c.user, r))
	}
	if to := at.Above + len(p.Rows); len(p.Rows) > 0 && to < p.Total {
		out.Body.Next = writeCursor(cursor{listOf(values), p.Rows[len(p.Rows)-1].Cursor, to})
	}
	return out, nil
}

func apiRiskOf(r RiskRow) apiRisk {
	out := apiRisk{
		Customer: int64(r.Customer), Source: r.Source, Key: r.Key, Name: r.Name, Segment: r.Segment, Risk: r.Risk, RiskLow: r.RiskLow,
		RiskHigh: r.RiskHigh, Band: string(r.Band), EpisodeSince: instant(r.Episode), ValueMinor: r.ValueMinor,
		AtRiskMinor: r.AtRiskMinor(), TenureDays: r.TenureDays, Reason: r.Reason, ReasonAbout: r.Concept, Owner: r.Owner, NotContacted: notContacted(r.Result, r.Why),
	}
	if r.Result == interventions.ResultTreat {
		out.Treatment = r.Treatment
	}
	return out
}

// cursor is where a page of a list ends, and of which list.
type cursor struct {
	Of    string `json:"of"`
	After string `json:"after"` // the store's own
	Above int    `json:"above"` // rows before the next page
}

func listOf(v url.Values) string {
	sum := sha256.Sum256([]byte(v.Encode()))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

func writeCursor(c cursor) string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and a number
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// readCursor is Invalid for what is not a cursor, or one of another list.
func readCursor(text string, v url.Values) (c cursor, err error) {
	if text == "" {
		return c, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	switch {
	case err != nil || c.Above < 1 || c.After == "":
		return c, fault.New(fault.Invalid, "this is not a cursor: send the next of the page before as it is")
	case c.Of != listOf(v):
		return c, fault.New(fault.Invalid, "this cursor belongs to another list: send the same filters with it, or none to begin again")
	}
	return c, nil
}

// riskCSV streams as the page's export does, for programs: without a mark.
func (a *api) riskCSV(c *call, in *riskCall) (*huma.StreamResponse, error) {
	q, err := a.riskQuery(in.values())
	if err != nil {
		return nil, err
	}
	if _, err := scoped(c.user, q); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		r := c.request
		r.Request = r.WithContext(ctx.Context())
		r.URL = &url.URL{Path: r.URL.Path, RawQuery: in.values().Encode()}
		if err := a.riskFile(w, &r, ""); err != nil {
			a.refuse(w, &r, err)
		}
	}}, nil
}
