package web

import (
	"maps"
	"net/http"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/scoring"
)

type (
	apiMorning struct {
		AsOf         time.Time            `json:"as_of"`
		Released     time.Time            `json:"released"`
		Customers    int                  `json:"customers"`
		InPopulation int                  `json:"in_population"`
		Episodes     int                  `json:"episodes"`
		Before       *int                 `json:"episodes_before,omitempty" doc:"The night before, if there was one."`
		AtStakeMinor int64                `json:"at_stake_minor"`
		Bands        map[scoring.Band]int `json:"bands"`
		Calls        int                  `json:"calls"`
		Minutes      float64              `json:"minutes"`
		Messages     int                  `json:"messages"`
		Open         int                  `json:"open"`
		DoneToday    int                  `json:"done_today"`
		PromisesOpen int                  `json:"promises_open"`
		PromisesLate int                  `json:"promises_late"`
		Tally        interventions.Tally  `json:"tally"` // its decisions
		Alarm        string               `json:"alarm,omitempty" doc:"What endangers the proof, in a sentence: too many overrides, or arms that are not as large as they were drawn."`
		Late         string               `json:"late,omitempty" doc:"A list that was not released by its deadline, in a sentence."`
	}
	morningAnswer struct{ Body apiMorning }
	apiList       struct {
		ID         int64               `json:"id"`
		AsOf       time.Time           `json:"as_of"`
		State      string              `json:"state" enum:"draft,held,released,withdrawn"`
		ReleasedAt *time.Time          `json:"released_at,omitempty"`
		Reason     string              `json:"reason,omitempty" doc:"Why it is held or withdrawn."`
		Tally      interventions.Tally `json:"tally"`
		Prices     []apiPrice          `json:"prices,omitempty" doc:"What one more would be worth. Left out of lists of lists."`
		Revisions  []apiRevision       `json:"revisions,omitempty" doc:"The rest of its day planned again, the newest first, twenty at most. Left out of lists of lists."`
	}
	apiPrice struct {
		What  string  `json:"what" doc:"One more of it."`
		Limit string  `json:"limit,omitempty" doc:"There was of it."`
		Minor float64 `json:"minor" doc:"It would have earned."`
	}
	listsAnswer struct {
		Body struct {
			Lists []apiList `json:"lists"`
			Hold  *apiHold  `json:"hold,omitempty"`
		}
	}
	listAnswer struct{ Body apiList }
	apiEffect  struct {
		Treatment     string     `json:"treatment"`
		Contacted     int        `json:"contacted" doc:"Assigned to be contacted, from first selection."`
		ContactedLeft int        `json:"contacted_left"`
		LeftAlone     int        `json:"left_alone"`
		LeftAloneLeft int        `json:"left_alone_left"`
		Matured       bool       `json:"matured" doc:"The estimate below can be made."`
		Effect        float64    `json:"effect,omitempty" doc:"Fall in the leaving rate caused by being selected; positive: fewer leave."`
		Low           float64    `json:"low,omitempty" doc:"95 % interval."`
		High          float64    `json:"high,omitempty"`
		Claimed       int        `json:"claimed_saves"`
		Sustained     int        `json:"sustained_saves"`
		Undecided     int        `json:"undecided_saves" doc:"Claimed, and day 90 has not come."`
		DecidedFrom   *time.Time `json:"decided_from,omitempty" doc:"When day 90 comes for the first of the undecided saves."`
		Proven        float64    `json:"proven_saves,omitempty"`
		ProvenLow     float64    `json:"proven_low,omitempty"`
		ProvenHigh    float64    `json:"proven_high,omitempty"`
		Detectable    float64    `json:"detectable,omitempty" doc:"Smallest effect these numbers could show."`
		Outcome       string     `json:"outcome,omitempty" doc:"Kind of event the treatment is judged on; without one, staying. Who left is then who had none."`
		SkewedArms    string     `json:"skewed_arms,omitempty" doc:"The arms are not as large as they were drawn, in a sentence: the effect is not to be believed."`
		Plan          *apiPlan   `json:"plan,omitempty"` // absent while nothing is known of the leaving rate
	}
	// apiPlan is what an answer takes: with the share left alone as configured,
	// and with the one that needs the fewest customers.
	apiPlan struct {
		BaseRate float64   `json:"base_rate" doc:"Share expected to leave of those left alone."`
		Fall     float64   `json:"fall" doc:"Fall in it to be shown: the effect first believed in."`
		Selected int       `json:"selected" doc:"So far, in both arms."`
		Weekly   float64   `json:"selected_a_week"`
		Now      apiAnswer `json:"now"`
		Best     apiAnswer `json:"best"`
	}
	apiAnswer struct {
		GhostShare float64  `json:"ghost_share" doc:"Share of the selected that is left alone."`
		Customers  int      `json:"customers" doc:"To be selected, in both arms together."`
		Weeks      *float64 `json:"weeks,omitempty" doc:"Until there is an answer; absent where nobody is selected any more."`
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
	}, a.morning)
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
		if err != nil {
			return nil, err
		}
		out.Body.Hold, err = a.apiHoldNow(c)
		return out, err
	})
	add(a, operation{
		method: http.MethodGet, path: "/lists/{id}", id: "list", tag: "lists", action: access.SeeDecisions,
		summary: "One list",
		text:    "Its state, why it is held or withdrawn, and how it was revised in the day.",
	}, a.list)
	add(a, operation{
		method: http.MethodGet, path: "/effects", id: "effects", tag: "lists", action: access.SeeProof,
		summary: "What contact was worth, by treatment",
		text:    "Those assigned to be contacted compared with those left alone. An effect is there once its estimate has matured.",
	}, a.effects)
}

func (a *api) morning(c *call, _ *struct{}) (*morningAnswer, error) {
	m, err := a.Publications.Morning(c.Context(), a.Now())
	if err != nil {
		return nil, err
	}
	out := &morningAnswer{apiMorning{
		AsOf: m.AsOf.UTC(), Released: m.Released.UTC(), Customers: m.Customers, InPopulation: m.InPopulation, Episodes: m.Episodes,
		AtStakeMinor: m.AtStakeMinor, Bands: m.Bands, Calls: m.Calls, Minutes: m.Minutes, Messages: m.Messages, Open: m.Open,
		DoneToday: m.DoneToday, PromisesOpen: m.PromisesOpen, PromisesLate: m.PromisesLate, Tally: tallyOf(m.Tally),
	}}
	if m.HasBefore {
		out.Body.Before = &m.Before
	}
	if out.Body.Alarm, err = a.proofAlarm(&c.request); err != nil {
		return nil, err
	}
	out.Body.Late, err = a.late(&c.request)
	return out, err
}

// list is one list with what more of each limit would be worth.
func (a *api) list(c *call, in *ListRef) (*listAnswer, error) {
	p, err := a.Publications.Publication(c.Context(), interventions.PublicationID(in.ID))
	if err != nil {
		return nil, err
	}
	out, v := &listAnswer{apiListOf(p)}, decisionsView{}
	v.price(machine, &p.Prices, p.Tally.Public())
	for _, row := range append(v.Prices, v.Next...) {
		out.Body.Prices = append(out.Body.Prices, apiPrice{row.Text, row.Limit, row.Minor})
	}
	list, err := a.revisions(&c.request, &p)
	out.Body.Revisions = apiRevisionsOf(list)
	return out, err
}

// tallyOf is what everybody may read of a tally.
func tallyOf(t interventions.Tally) interventions.Tally {
	t = t.Public()
	maps.DeleteFunc(t.ByReason, func(_ interventions.Result, reasons map[string]int) bool { return len(reasons) == 0 })
	return t
}

func apiListOf(p interventions.Publication) apiList {
	return apiList{ID: int64(p.ID), AsOf: p.AsOf.UTC(), State: string(p.State), ReleasedAt: instant(p.ReleasedAt), Reason: p.Reason, Tally: tallyOf(p.Tally)}
}

// planOf is nil where there is nothing to plan with.
func planOf(p measurement.Plan) *apiPlan {
	if p.Base == 0 {
		return nil
	}
	answer := func(x measurement.Answer) apiAnswer {
		out := apiAnswer{GhostShare: x.Share, Customers: x.Customers}
		if x.Weeks != measurement.Never {
			out.Weeks = &x.Weeks
		}
		return out
	}
	return &apiPlan{p.Base, p.Fall, p.Yet, p.Weekly, answer(p.Now), answer(p.Best)}
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
			r.Claimed, r.Sustained, r.Undecided, instant(r.DecidedFrom), r.Proven, r.ProvenLow, r.ProvenHigh, r.Detectable, r.Outcome,
			a.english().skewed(r), planOf(r.Plan),
		})
	}
	return out, nil
}
