package web

import (
	"math"
	"net/http"
	"net/url"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
)

type (
	apiFlow struct {
		What         string   `json:"what"`
		Opening      int      `json:"opening"`
		Won          int      `json:"won" doc:"For the first time."`
		Back         int      `json:"back" doc:"Had left before."`
		Lost         int      `json:"lost"`
		Rate         *float64 `json:"rate,omitempty" doc:"Lost of the opening."`
		Expected     float64  `json:"expected" doc:"Selection alone would lose so many."`
		Target       float64  `json:"target,omitempty" doc:"Share that may be lost in a year."`
		OpeningMinor int64    `json:"opening_minor,omitempty" doc:"Margin at the beginning, where it is known."`
		LostMinor    int64    `json:"lost_minor,omitempty"`
	}
	apiFlowGroup struct {
		By   string    `json:"by"`
		Rows []apiFlow `json:"rows"`
	}
	apiLostFor struct {
		Reason string  `json:"reason"`
		Count  int     `json:"count"`
		Share  float64 `json:"share" doc:"Of the lost of the year."`
	}
	apiCohort struct {
		Year   int         `json:"year"`
		Joined int         `json:"joined"`
		After  []apiStayed `json:"after" doc:"Months of which it is known."`
	}
	apiStayed struct {
		Months int     `json:"months"`
		Share  float64 `json:"share" doc:"Still here."`
		Low    float64 `json:"low"`
		High   float64 `json:"high"`
	}
	attritionAnswer struct {
		Body struct {
			AsOf    *time.Time     `json:"as_of,omitempty" doc:"None before the first night."`
			Year    *apiFlow       `json:"year,omitempty"` // the twelve whole months
			Months  []apiFlow      `json:"months"`
			Groups  []apiFlowGroup `json:"groups" doc:"The year by segment, tenure and owner."`
			Reasons []apiLostFor   `json:"reasons"`
			Cohorts []apiCohort    `json:"cohorts" doc:"By the year of joining."`
			Kept    []apiKept      `json:"kept" doc:"How promises that fell due in 90 days were kept, by segment."`
		}
	}
	movesCall struct {
		Kind    string `query:"kind" required:"true" enum:"won,back,lost"`
		From    string `query:"from" required:"true" format:"date"`
		To      string `query:"to" required:"true" format:"date" doc:"Before this day."`
		Reason  string `query:"reason" doc:"Empty: of none; left out: of any. So the three below."`
		Segment string `query:"segment"`
		Owner   string `query:"owner"`
		Cohort  string `query:"cohort"`
		Cursor  string `query:"cursor" doc:"The next of the page before."`
	}
	apiMove struct {
		Customer   int64     `json:"customer"`
		Source     string    `json:"source"`
		Key        string    `json:"key"`
		Name       string    `json:"name,omitempty"`
		At         time.Time `json:"at"`
		Reason     string    `json:"reason,omitempty"`
		Segment    string    `json:"segment,omitempty"`
		Owner      string    `json:"owner,omitempty"`
		ValueMinor int64     `json:"value_minor" doc:"Margin of the twelve months before."`
	}
	movesAnswer struct {
		Body struct {
			Total     int       `json:"total" doc:"10001 stands for more than 10,000."`
			Customers []apiMove `json:"customers"`
			Next      string    `json:"next,omitempty" doc:"Cursor of the next page; none at the end."`
		}
	}
)

// attritionRoutes are who came and went.
func (a *api) attritionRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/attrition", id: "attrition", tag: "lists", action: access.SeeMorning,
		summary: "How many came and went in twelve months", text: "Of the customers that the owner may see: by month, segment, tenure, owner and reason, beside what selection alone would lose.",
	}, a.attrition)
	add(a, operation{
		method: http.MethodGet, path: "/attrition/people", id: "attrition-people", tag: "lists", action: access.SeeRiskList,
		summary: "The people in one of these numbers", text: "Fifty at a time, the newest first. Send next back as cursor, with the same filters.",
	}, a.moves)
}

func (a *api) attrition(c *call, _ *struct{}) (*attritionAnswer, error) {
	kept, err := a.Attritions.Attrition(c.Context())
	if err != nil {
		return nil, err
	}
	out := &attritionAnswer{}
	b := &out.Body
	b.Months, b.Groups, b.Reasons, b.Cohorts = []apiFlow{}, []apiFlowGroup{}, []apiLostFor{}, []apiCohort{}
	promises, err := a.keptSegments(&c.request)
	if err != nil {
		return nil, err
	}
	b.Kept = apiKeptsOf(promises)
	if len(kept.Portions) == 0 {
		return out, nil
	}
	v := attritionView{Scoped: c.user.Segments}
	a.tellAttrition(c.in, &v, kept, c.user.Sees)
	year := apiFlowOf(v.Year)
	b.AsOf, b.Year, b.Months = instant(kept.AsOf), &year, apiFlowsOf(v.Months)
	for _, g := range v.Groups {
		b.Groups = append(b.Groups, apiFlowGroup{g.Column, apiFlowsOf(g.Rows)})
	}
	for _, r := range v.Reasons {
		b.Reasons = append(b.Reasons, apiLostFor{r.Text, r.Count, r.Share})
	}
	for _, r := range v.Cohorts {
		one := apiCohort{r.Year, r.Joined, []apiStayed{}}
		for i, s := range r.After {
			if s != nil {
				one.After = append(one.After, apiStayed{cohortMonths[i], s.Estimate, s.Low, s.High})
			}
		}
		b.Cohorts = append(b.Cohorts, one)
	}
	return out, nil
}

func apiFlowsOf(rows []flowRow) []apiFlow {
	out := make([]apiFlow, len(rows))
	for i, r := range rows {
		out[i] = apiFlowOf(r)
	}
	return out
}

func apiFlowOf(r flowRow) apiFlow {
	f := apiFlow{What: r.Text, Opening: r.Opening, Won: r.Won, Back: r.Back, Lost: r.Lost, Expected: r.Expected, Target: r.Target}
	if rate := r.Rate(); !math.IsNaN(rate) {
		f.Rate = &rate
	}
	if r.Worth {
		f.OpeningMinor, f.LostMinor = r.OpeningMinor, r.LostMinor
	}
	return f
}

func (a *api) moves(c *call, in *movesCall) (*movesAnswer, error) {
	asked := url.Values{}
	for key, list := range c.URL.Query() { // an empty value is another question than none
		if key != "cursor" {
			asked[key] = list
		}
	}
	at, err := readCursor(in.Cursor, asked)
	if err != nil {
		return nil, err
	}
	q, err := a.moveQuery(asked)
	if err != nil {
		return nil, err
	}
	q.After = at.After
	page, err := a.movesFor(&c.request, q)
	if err != nil {
		return nil, err
	}
	out := &movesAnswer{}
	out.Body.Total, out.Body.Customers = page.Total, make([]apiMove, len(page.Rows))
	for i, r := range page.Rows {
		out.Body.Customers[i] = apiMove{int64(r.Customer), r.Source, r.Key, r.Name, r.At.UTC(), r.Reason, r.Segment, r.Owner, r.ValueMinor}
	}
	if n := len(page.Rows); n == movesShown {
		out.Body.Next = writeCursor(cursor{listOf(asked), page.Rows[n-1].Cursor, at.Above + n})
	}
	return out, nil
}

// movesFor reads who came and went as the user may see it.
func (s *site) movesFor(r *request, q MoveQuery) (MovePage, error) {
	if q.Segment != nil && !r.user.Sees(*q.Segment) {
		return MovePage{}, fault.New(fault.Forbidden, "the segment %q is not one of yours", *q.Segment)
	}
	q.Segments = r.user.Segments
	page, err := s.Attritions.Moved(r.Context(), q)
	for i := range page.Rows {
		if !access.Can(r.user.Role, access.SeePersonal) {
			page.Rows[i].Name = ""
		}
	}
	return page, err
}
