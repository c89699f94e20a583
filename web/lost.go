package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/measurement"
	"holdfast/nightly"
)

// lostView is what customers who leave said at the desk, by whom they spoke
// with, by treatment and by list.
type lostView struct {
	Days   int
	Calls  int
	Tables []lostTable
}

type lostTable struct {
	Column string
	Rows   []lostRow
	More   int // rows that are not shown
}

// lostRow is one agent, treatment or list with its reasons, the commonest first.
type lostRow struct {
	Text    string
	Calls   int
	Reasons []lostReason
	asked   url.Values
	order   int64 // lists: the newest first
}

type lostReason struct {
	Reason string
	Calls  int
	Path   string
}

// Path is where the calls are.
func (r lostRow) Path() string { return "/attrition/calls?" + r.asked.Encode() }

const (
	lostDays  = 90
	lostShown = 12 // rows of a table
	lostPage  = 50
)

// lost reads the lost calls of the customers whom the user may see.
func (s *site) lost(r *request) (v lostView, counts []measurement.LostCount, err error) {
	now := s.Now()
	counts, err = s.Handled.LostCounts(r.Context(), measurement.LostQuery{From: nightly.StartOfDay(now, s.zone, -lostDays), To: now, Segments: r.user.Segments})
	if err != nil {
		return v, nil, fmt.Errorf("count the lost calls: %w", err)
	}
	v.Days = lostDays
	for _, c := range counts {
		v.Calls += c.Calls
	}
	v.Tables = []lostTable{
		lostBy(r.in.Text("Agent"), counts, func(c measurement.LostCount) lostRow {
			return lostRow{Text: c.Agent, asked: url.Values{"agent": {c.Agent}}}
		}),
		lostBy(r.in.Text("Treatment"), counts, func(c measurement.LostCount) lostRow {
			text := r.in.Text("Customers who rang")
			if c.Treatment != "" {
				text = r.in.words(c.Treatment)
			}
			return lostRow{Text: text, asked: url.Values{"treatment": {c.Treatment}}}
		}),
		lostBy(r.in.Text("List of"), counts, func(c measurement.LostCount) lostRow {
			row := lostRow{Text: r.in.Text("Customers who rang"), asked: url.Values{"list": {strconv.FormatInt(c.Publication, 10)}}}
			if !c.List.IsZero() {
				row.Text, row.order = r.in.date(c.List), c.List.UnixMicro()
			}
			return row
		}),
	}
	return v, counts, nil
}

// lostBy sums counts up by what name says of each.
func lostBy(column string, counts []measurement.LostCount, name func(measurement.LostCount) lostRow) lostTable {
	by := map[string]*lostRow{}
	reasons := map[string]map[string]int{}
	for _, c := range counts {
		row := name(c)
		key := row.asked.Encode()
		if by[key] == nil {
			by[key], reasons[key] = &row, map[string]int{}
		}
		by[key].Calls += c.Calls
		reasons[key][c.Reason] += c.Calls
	}
	t := lostTable{Column: column}
	for key, row := range by {
		for reason, n := range reasons[key] {
			row.Reasons = append(row.Reasons, lostReason{reason, n, "/attrition/calls?" + with(row.asked, "reason", reason).Encode()})
		}
		slices.SortFunc(row.Reasons, func(a, b lostReason) int { return cmp.Or(b.Calls-a.Calls, cmp.Compare(a.Reason, b.Reason)) })
		t.Rows = append(t.Rows, *row)
	}
	slices.SortFunc(t.Rows, func(a, b lostRow) int {
		return cmp.Or(cmp.Compare(b.order, a.order), b.Calls-a.Calls, strings.Compare(a.Text, b.Text))
	})
	if t.More = len(t.Rows) - lostShown; t.More > 0 {
		t.Rows = t.Rows[:lostShown]
	}
	return t
}

// lostCallsView is the calls of one count.
type lostCallsView struct {
	Rows  []measurement.Handled
	Asked []string
	Next  string
}

// lostQuery reads an address that the attrition page made.
func (s *site) lostQuery(r *request, asked url.Values) (measurement.LostQuery, error) {
	now := s.Now()
	q := measurement.LostQuery{
		From: nightly.StartOfDay(now, s.zone, -lostDays), To: now.Add(time.Minute), Segments: r.user.Segments, After: asked.Get("after"), Limit: lostPage,
	}
	for name, into := range map[string]**string{"agent": &q.Agent, "treatment": &q.Treatment, "reason": &q.Reason} {
		if asked.Has(name) {
			value := asked.Get(name)
			*into = &value
		}
	}
	if asked.Has("list") {
		id, err := strconv.ParseInt(asked.Get("list"), 10, 64)
		if err != nil {
			return q, fault.New(fault.Invalid, "there is no list %q", asked.Get("list"))
		}
		q.Publication = &id
	}
	return q, nil
}

// lostCalls reads calls as the user may see them.
func (s *site) lostCalls(r *request, q measurement.LostQuery) ([]measurement.Handled, error) {
	list, err := s.Handled.LostCalls(r.Context(), q)
	if err != nil {
		return nil, fmt.Errorf("read the lost calls: %w", err)
	}
	if !access.Can(r.user.Role, access.SeePersonal) {
		for i := range list {
			list[i].Name, list[i].Note = "", ""
		}
	}
	return list, nil
}

func (s *site) lostPage(w http.ResponseWriter, r *request) error {
	asked := r.URL.Query()
	q, err := s.lostQuery(r, asked)
	if err != nil {
		return err
	}
	v := lostCallsView{}
	if v.Rows, err = s.lostCalls(r, q); err != nil {
		return err
	}
	if q.Agent != nil {
		v.Asked = append(v.Asked, *q.Agent)
	}
	if q.Treatment != nil {
		text := r.in.Text("Customers who rang")
		if *q.Treatment != "" {
			text = r.in.words(*q.Treatment)
		}
		v.Asked = append(v.Asked, text)
	}
	if q.Reason != nil {
		v.Asked = append(v.Asked, r.in.words(*q.Reason))
	}
	if q.Publication != nil && len(v.Rows) > 0 && !v.Rows[0].List.IsZero() {
		v.Asked = append(v.Asked, r.in.date(v.Rows[0].List))
	}
	if n := len(v.Rows); n == lostPage {
		asked.Set("after", v.Rows[n-1].LostCursor())
		v.Next = "/attrition/calls?" + asked.Encode()
	}
	return s.show(w, r, "lost", "Lost at the desk", v)
}

type (
	lostCall struct {
		Agent     string `query:"agent"`
		Treatment string `query:"treatment" doc:"Empty: of customers who rang; left out: of any."`
		Reason    string `query:"reason"`
		List      int64  `query:"list" doc:"Id of a list; 0 for customers who rang."`
		After     string `query:"after" doc:"The next of the page before."`
	}
	apiLostCount struct {
		Agent     string     `json:"agent"`
		Treatment string     `json:"treatment,omitempty" doc:"Absent for customers who rang."`
		List      int64      `json:"list,omitempty"`
		AsOf      *time.Time `json:"as_of,omitempty" doc:"Of the list."`
		Reason    string     `json:"reason"`
		Calls     int        `json:"calls"`
	}
	lostCallsAnswer struct {
		Body struct {
			Days   int            `json:"days" doc:"That are looked back."`
			Counts []apiLostCount `json:"counts" doc:"Of all calls, whatever the filters."`
			Calls  []apiHandled   `json:"calls" doc:"The newest first, 50 at a time."`
			Next   string         `json:"next,omitempty" doc:"Send it back as after."`
		}
	}
)

func (a *api) lostRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/attrition/calls", id: "lost-calls", tag: "lists", action: access.SeeRiskList, summary: "Calls in which customers said that they leave",
		text: "Of the last 90 days and of customers that the owner may see: how many by agent, treatment, list and reason, and the calls that fit the filters. Cases differ, so that counts compare nobody.",
	}, func(c *call, _ *lostCall) (*lostCallsAnswer, error) {
		v, counts, err := a.lost(&c.request)
		if err != nil {
			return nil, err
		}
		q, err := a.lostQuery(&c.request, c.URL.Query())
		if err != nil {
			return nil, err
		}
		list, err := a.lostCalls(&c.request, q)
		out := &lostCallsAnswer{}
		b := &out.Body
		b.Days, b.Counts, b.Calls = v.Days, []apiLostCount{}, []apiHandled{}
		for _, n := range counts {
			b.Counts = append(b.Counts, apiLostCount{n.Agent, n.Treatment, n.Publication, instant(n.List), n.Reason, n.Calls})
		}
		for _, h := range list {
			b.Calls = append(b.Calls, apiHandledOf(h, true))
		}
		if n := len(list); n == lostPage {
			b.Next = list[n-1].LostCursor()
		}
		return out, err
	})
}
