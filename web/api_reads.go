package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/scoring"
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
	}, func(c *call, in *customerRef) (*fileAnswer, error) {
		f, err := a.fileFor(&c.request, in.id(), "by token "+c.caller.Token.Name)
		if err != nil {
			return nil, err
		}
		return &fileAnswer{apiFileOf(f)}, nil
	})
}

func apiFileOf(f File) apiFile {
	out := apiFile{Card: f.Card, Excluded: f.Excluded, EpisodeSince: instant(f.Episode), Tasks: []apiTask{}}
	if f.Decision != nil {
		out.NotContacted, out.Treatment = notContacted(f.Decision.Result, f.Decision.Reason), f.Decision.Treatment
	}
	for _, t := range f.Tasks {
		out.Tasks = append(out.Tasks, apiTaskOf(t))
	}
	return out
}

type (
	riskCall struct {
		Band     string `query:"band" enum:"low,medium,high"`
		Segment  string `query:"segment"`
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
	v := url.Values{"band": {r.Band}, "segment": {r.Segment}, "text": {r.Text}, "min_value": {r.MinValue}, "sort": {r.Sort}}
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
		AtRiskMinor: r.AtRiskMinor(), TenureDays: r.TenureDays, Reason: r.Reason, NotContacted: notContacted(r.Result, r.Why),
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

type (
	apiMorning struct {
		AsOf         time.Time            `json:"as_of"`
		Released     time.Time            `json:"released"`
		Customers    int                  `json:"customers"`
		InPopulation int                  `json:"in_population"`
		Episodes     int                  `json:"episodes"`
		AtStakeMinor int64                `json:"at_stake_minor"`
		Bands        map[scoring.Band]int `json:"bands"`
		Calls        int                  `json:"calls"`
		Minutes      float64              `json:"minutes"`
		Messages     int                  `json:"messages"`
		Open         int                  `json:"open"`
		DoneToday    int                  `json:"done_today"`
		PromisesOpen int                  `json:"promises_open"`
		PromisesLate int                  `json:"promises_late"`
	}
	morningAnswer struct{ Body apiMorning }
	apiList       struct {
		ID         int64               `json:"id"`
		AsOf       time.Time           `json:"as_of"`
		State      string              `json:"state" enum:"draft,held,released,withdrawn"`
		ReleasedAt *time.Time          `json:"released_at,omitempty"`
		Reason     string              `json:"reason,omitempty" doc:"Why it is held or withdrawn."`
		Tally      interventions.Tally `json:"tally"`
	}
	listsAnswer struct {
		Body struct {
			Lists []apiList `json:"lists"`
		}
	}
	listAnswer struct{ Body apiList }
	apiEffect  struct {
		Treatment     string  `json:"treatment"`
		Contacted     int     `json:"contacted" doc:"Assigned to be contacted, from first selection."`
		ContactedLeft int     `json:"contacted_left"`
		LeftAlone     int     `json:"left_alone"`
		LeftAloneLeft int     `json:"left_alone_left"`
		Matured       bool    `json:"matured" doc:"The estimate below can be made."`
		Effect        float64 `json:"effect,omitempty" doc:"Fall in the leaving rate caused by being selected; positive: fewer leave."`
		Low           float64 `json:"low,omitempty" doc:"95 % interval."`
		High          float64 `json:"high,omitempty"`
		Claimed       int     `json:"claimed_saves"`
		Sustained     int     `json:"sustained_saves"`
		Proven        float64 `json:"proven_saves,omitempty"`
		ProvenLow     float64 `json:"proven_low,omitempty"`
		ProvenHigh    float64 `json:"proven_high,omitempty"`
		Detectable    float64 `json:"detectable,omitempty" doc:"Smallest effect these numbers could show."`
	}
	effectsAnswer struct {
		Body struct {
			AsOf    *time.Time  `json:"as_of,omitempty"`
			Effects []apiEffect `json:"effects"`
			Note    string      `json:"note,omitempty"`
		}
	}
)

// ListRef is a list or an import in an address.
type ListRef struct {
	ID int64 `path:"id" minimum:"1"`
}

func (a *api) listRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/morning", id: "morning", tag: "lists", action: access.SeeMorning,
		summary: "The numbers of the newest released list",
		text:    "Counts and money of the whole file, and how far the day's work has come. 404 before the first list is released.",
	}, func(c *call, _ *struct{}) (*morningAnswer, error) {
		m, err := a.Publications.Morning(c.Context(), a.Now())
		return &morningAnswer{apiMorning{
			m.AsOf.UTC(), m.Released.UTC(), m.Customers, m.InPopulation, m.Episodes, m.AtStakeMinor, m.Bands, m.Calls, m.Minutes, m.Messages,
			m.Open, m.DoneToday, m.PromisesOpen, m.PromisesLate,
		}}, err
	})
	add(a, operation{
		method: http.MethodGet, path: "/risk", id: "risk-list", tag: "lists", action: access.SeeRiskList,
		summary: "The risk list, a page at a time",
		text:    "Fifty customers of the filters, in the order asked for. Send next back as cursor, with the same filters, for the page after.",
	}, a.risk)
	add(a, operation{
		method: http.MethodGet, path: "/risk.csv", id: "risk-list-export", tag: "lists", action: access.ExportRiskList,
		summary: "The whole risk list as CSV", text: "Streamed; who took it is in the audit.", csv: true,
	}, a.riskCSV)
	add(a, operation{
		method: http.MethodGet, path: "/lists", id: "lists", tag: "lists", action: access.SeeDecisions,
		summary: "The newest lists",
		text:    "Thirty at most, the newest first, each with its tally: every customer of the file by result and reason.",
	}, func(c *call, _ *struct{}) (*listsAnswer, error) {
		lists, err := a.Publications.Publications(c.Context(), listsShown)
		out := &listsAnswer{}
		out.Body.Lists = make([]apiList, len(lists))
		for i, p := range lists {
			out.Body.Lists[i] = apiListOf(p)
		}
		return out, err
	})
	add(a, operation{
		method: http.MethodGet, path: "/lists/{id}", id: "list", tag: "lists", action: access.SeeDecisions,
		summary: "One list",
		text:    "Its state, and why it is held or withdrawn.",
	}, func(c *call, in *ListRef) (*listAnswer, error) {
		p, err := a.Publications.Publication(c.Context(), interventions.PublicationID(in.ID))
		return &listAnswer{apiListOf(p)}, err
	})
	add(a, operation{
		method: http.MethodGet, path: "/effects", id: "effects", tag: "lists", action: access.SeeProof,
		summary: "What contact was worth, by treatment",
		text:    "Those assigned to be contacted compared with those left alone. An effect is there once its estimate has matured.",
	}, a.effects)
}

func apiListOf(p interventions.Publication) apiList {
	t := p.Tally.Public()
	maps.DeleteFunc(t.ByReason, func(_ interventions.Result, reasons map[string]int) bool { return len(reasons) == 0 })
	return apiList{int64(p.ID), p.AsOf.UTC(), string(p.State), instant(p.ReleasedAt), p.Reason, t}
}

func (a *api) effects(c *call, _ *struct{}) (*effectsAnswer, error) {
	out := &effectsAnswer{}
	out.Body.Effects = []apiEffect{}
	if a.Deps.Effects == nil {
		return out, nil
	}
	e, err := a.Deps.Effects.Effects(c.Context())
	if fault.Of(err) == fault.NotFound {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	out.Body.AsOf, out.Body.Note = instant(e.AsOf), e.Note
	for _, r := range e.Rows {
		out.Body.Effects = append(out.Body.Effects, apiEffect{
			r.Treatment, r.Contacted, r.ContactedLeft, r.LeftAlone, r.LeftAloneLeft, r.Matured, r.Effect, r.Low, r.High,
			r.Claimed, r.Sustained, r.Proven, r.ProvenLow, r.ProvenHigh, r.Detectable,
		})
	}
	return out, nil
}

// riskCSV streams as the page's export does.
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
		if err := a.riskExport(w, &r); err != nil {
			a.refuse(w, r.Request, err)
		}
	}}, nil
}
