package web

import (
	"context"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/internal/picture"
	"holdfast/internal/stats"
	"holdfast/measurement"
)

// GroupReader reads contact and worth by group of protected attributes.
type GroupReader interface {
	// Groups returns the newest night's report; a zero one before the first.
	Groups(ctx context.Context) (measurement.GroupReport, error)
}

// groupsView is a report, attribute by attribute.
type groupsView struct {
	AsOf       time.Time
	Days       int
	Least      int // customers of a group of which something is said
	Attributes []attributeView
}

// attributeView is the groups of one attribute.
type attributeView struct {
	Name    string
	Rows    []groupRow
	Picture template.HTML // empty with fewer than two groups
}

// groupRow is one group; its intervals are of 95 %.
type groupRow struct {
	measurement.GroupLine
	Text  string
	Worth *stats.Interval // mean expected of a contact, minor units; nil for too few
}

const groupTogether = "not known, or fewer than 20 customers"

// groups reads the report for who may see the whole business.
func (s *site) groups(r *request) (v groupsView, err error) {
	if err := wholeBusinessOnly(r.user); err != nil {
		return v, err
	}
	report, err := s.Groups.Groups(r.Context())
	if err != nil {
		return v, fmt.Errorf("read contact by group: %w", err)
	}
	v.AsOf, v.Days, v.Least = report.AsOf, report.Days, measurement.MinGroup
	for _, g := range report.Groups {
		if n := len(v.Attributes); n == 0 || v.Attributes[n-1].Name != g.Attribute {
			v.Attributes = append(v.Attributes, attributeView{Name: g.Attribute})
		}
		row := groupRow{GroupLine: g, Text: or(g.Value, groupTogether)}
		if iv, known := g.MeanWorth(); known {
			row.Worth = &iv
		}
		at := &v.Attributes[len(v.Attributes)-1]
		at.Rows = append(at.Rows, row)
	}
	return v, nil
}

// groupsPicture sets the shares of the groups beside each other; days is how far
// back contacts are counted.
func (in *speech) groupsPicture(a attributeView, days int) template.HTML {
	high, listed, contacted := picture.BarSeries{Name: in.Text("scored high")}, picture.BarSeries{Name: in.Text("on the list")}, picture.BarSeries{Name: in.Text("contacted")}
	p := picture.Bars{
		In: in, Title: in.Say("%s: scored high, on the list and contacted", in.words(a.Name)),
		Description: in.Say("The share of each group, with its 95 %% interval; contacted in the %s before.", in.plural(days, "day")),
		Y:           picture.Axis{Title: in.Text("Share of the group"), Unit: "%"},
	}
	for _, row := range a.Rows {
		if row.Hidden || len(p.Categories) == rowsDrawn {
			continue
		}
		p.Categories = append(p.Categories, or(row.Value, in.Text(row.Text)))
		for _, s := range []struct {
			to *picture.BarSeries
			iv stats.Interval
		}{{&high, row.HighShare()}, {&listed, row.ListedShare()}, {&contacted, row.ContactedShare()}} {
			s.to.Values, s.to.Low, s.to.High = append(s.to.Values, 100*s.iv.Estimate), append(s.to.Low, 100*s.iv.Low), append(s.to.High, 100*s.iv.High)
		}
	}
	if len(p.Categories) < 2 {
		return ""
	}
	p.Series = []picture.BarSeries{high, listed, contacted}
	return p.HTML()
}

func (s *site) groupsPage(w http.ResponseWriter, r *request) error {
	v, err := s.groups(r)
	if err != nil {
		return err
	}
	for i := range v.Attributes {
		v.Attributes[i].Picture = r.in.groupsPicture(v.Attributes[i], v.Days)
	}
	return s.show(w, r, "groups", "Groups", v)
}

var groupColumns = []string{
	"attribute", "group", "customers", "high", "high_low", "high_high", "listed", "listed_low", "listed_high",
	"contacted", "contacted_low", "contacted_high", "mean_worth", "mean_worth_low", "mean_worth_high",
}

// groupsExport is the report as CSV. Who took it is written down.
func (s *site) groupsExport(w http.ResponseWriter, r *request) error {
	v, err := s.groups(r)
	if err != nil {
		return err
	}
	if err := s.note(r, "export contact by group", "", ""); err != nil {
		return err
	}
	return s.download(w, "groups", groupColumns, func(write func(...string) error) error {
		for _, a := range v.Attributes {
			for _, row := range a.Rows {
				if err := write(s.groupCells(row)...); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// groupCells is one group as text; nothing is said of a hidden one.
func (s *site) groupCells(row groupRow) []string {
	cells := []string{row.Attribute, row.Text}
	if row.Hidden {
		return append(cells, make([]string, len(groupColumns)-2)...)
	}
	cells = append(cells, strconv.Itoa(row.Customers))
	share := func(iv stats.Interval) {
		for _, v := range []float64{iv.Estimate, iv.Low, iv.High} {
			cells = append(cells, strconv.FormatFloat(v, 'f', 4, 64))
		}
	}
	share(row.HighShare())
	share(row.ListedShare())
	share(row.ContactedShare())
	if row.Worth == nil {
		return append(cells, "", "", "")
	}
	for _, v := range []float64{row.Worth.Estimate, row.Worth.Low, row.Worth.High} {
		cells = append(cells, s.Plain(int64(math.Round(v))))
	}
	return cells
}

type (
	apiShare struct {
		Share float64 `json:"share"`
		Low   float64 `json:"low" doc:"95 % interval."`
		High  float64 `json:"high"`
	}
	apiGroup struct {
		Attribute string    `json:"attribute"`
		Group     string    `json:"group,omitempty" doc:"Value of the attribute. Absent for those together of whom it is not known or whose value fewer than 20 have."`
		Hidden    bool      `json:"hidden,omitempty" doc:"Those together are fewer than 20: nothing is said of them."`
		Customers int       `json:"customers,omitempty" doc:"In the population."`
		High      *apiShare `json:"scored_high,omitempty"`
		Listed    *apiShare `json:"listed,omitempty"`
		Contacted *apiShare `json:"contacted,omitempty"`
		Worth     *apiShare `json:"mean_worth_minor,omitempty"` // minor units
	}
	groupsAnswer struct {
		Body struct {
			AsOf   *time.Time `json:"as_of,omitempty" doc:"None before the first night."`
			Days   int        `json:"days" doc:"That contacted looks back."`
			Groups []apiGroup `json:"groups"`
		}
	}
)

func (a *api) groupRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/groups", id: "groups", tag: "lists", action: access.SeeProof, summary: "Contact and worth by group of each protected attribute",
		text: "Of interventions.protected_attributes, as of the newest night, for owners who see the whole business. Nothing is decided by them. Shares, with 95 % intervals, of the group's customers in the population: scored high, on the night's list, contacted by us on our own initiative in the days before. mean_worth_minor is expected of a contact on the list, absent below 20 of them.",
	}, func(c *call, _ *struct{}) (*groupsAnswer, error) {
		v, err := a.groups(&c.request)
		out := &groupsAnswer{}
		out.Body.AsOf, out.Body.Days, out.Body.Groups = instant(v.AsOf), v.Days, []apiGroup{}
		for _, at := range v.Attributes {
			for _, row := range at.Rows {
				out.Body.Groups = append(out.Body.Groups, apiGroupOf(row))
			}
		}
		return out, err
	})
}

func apiGroupOf(row groupRow) apiGroup {
	out := apiGroup{Attribute: row.Attribute, Group: row.Value, Hidden: row.Hidden}
	if row.Hidden {
		return out
	}
	share := func(iv stats.Interval) *apiShare { return &apiShare{iv.Estimate, iv.Low, iv.High} }
	out.Customers, out.High, out.Listed, out.Contacted = row.Customers, share(row.HighShare()), share(row.ListedShare()), share(row.ContactedShare())
	if row.Worth != nil {
		out.Worth = share(*row.Worth)
	}
	return out
}
