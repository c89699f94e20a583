package web

import (
	"context"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/internal/stats"
	"holdfast/measurement"
)

// AttritionReader reads who came and went.
type AttritionReader interface {
	// Attrition returns the numbers of the newest night; a zero one before the first.
	Attrition(ctx context.Context) (measurement.Attrition, error)
	// Moved returns a page of the people in them.
	Moved(ctx context.Context, q MoveQuery) (MovePage, error)
	// Targets are the shares of customers that may be lost in a year.
	Targets() measurement.Config
}

// attritionView is the attrition of what the user may see.
type attritionView struct {
	Ready     bool
	AsOf      time.Time
	To        time.Time // the end of the twelve whole months
	Year      flowRow
	Months    []flowRow
	Groups    []flowGroup
	Reasons   []reasonRow
	Grace     int
	FirstLost time.Time // when somebody is first known to have left, if that is within the year
	Curve     bool
	Scoped    []string // the segments the user may see; none means all
	Target    bool
	Survival  template.HTML
	Cohorts   []cohortRow
	Worth     *worthView
	Trend     template.HTML
	Why       template.HTML
	Desk      lostView  // what was said at the desk
	Kept      []keptRow // how promises were kept, by segment
	People    bool      // the user may see who
}

// flowGroup is the year by one thing.
type flowGroup struct {
	Title, Column, Note string
	Of                  string        // the picture's title
	Picture             template.HTML // of the larger rows beside their targets; empty with fewer than two
	Rows                []flowRow
}

// flowRow is one line of opening + won + back − lost = closing.
type flowRow struct {
	Text  string
	Short string // of a month, for the picture
	measurement.Flow
	Target float64
	Part   bool       // the month is not over
	Worth  bool       // the margin at the beginning is known
	asked  url.Values // what its people are asked for by
}

// People is where those who moved in one way are listed.
func (f flowRow) People(kind string) string {
	v := url.Values{"kind": {kind}}
	for key, value := range f.asked {
		v[key] = value
	}
	return "/attrition/people?" + v.Encode()
}

// Rate is the share of the opening that was lost; NaN without an opening.
func (f flowRow) Rate() float64 { return ratio(float64(f.Lost), float64(f.Opening)) }

// ValueRate is the margin lost as a share of the margin at the beginning; NaN
// where the history does not reach back so far.
func (f flowRow) ValueRate() float64 {
	if !f.Worth {
		return math.NaN()
	}
	return ratio(float64(f.LostMinor), float64(f.OpeningMinor))
}

// ExpectedRate is the share that selection alone would lose.
func (f flowRow) ExpectedRate() float64 { return ratio(f.Expected, float64(f.Opening)) }

func ratio(part, whole float64) float64 {
	if whole <= 0 {
		return math.NaN()
	}
	return part / whole
}

// Over says whether more is lost than the target allows.
func (f flowRow) Over() bool { return f.Target > 0 && f.Rate() > f.Target }

// Verdict holds the lost against what selection alone would lose, two standard
// errors of a count away.
func (f flowRow) Verdict() string {
	away := float64(f.Lost) - f.Expected
	switch {
	case f.Expected == 0 || math.Abs(away) <= 2*math.Sqrt(f.Expected):
		return ""
	case away > 0:
		return "more than that"
	}
	return "fewer than that"
}

type reasonRow struct {
	Text  string
	Count int
	Share float64
	Row   flowRow
}

// cohortRow is how many of those who joined in a year were still here.
type cohortRow struct {
	Year   int
	Joined int
	After  []*stats.Interval // 6, 12, 24, 36 months; nil when not known yet
}

var cohortMonths = []int{6, 12, 24, 36}

// worthView is where the value sits.
type worthView struct {
	Customers int
	Total     int64
	Tenths    []worthRow
	Picture   template.HTML
	Gini      float64
}

type worthRow struct {
	Text  string
	Count int
	Least int64
	Share float64
}

func (s *site) attritionPage(w http.ResponseWriter, r *request) error {
	a, err := s.Attritions.Attrition(r.Context())
	if err != nil {
		return fmt.Errorf("read the attrition: %w", err)
	}
	v := attritionView{Ready: len(a.Portions) > 0, AsOf: a.AsOf, Grace: a.GraceDays, Scoped: r.user.Segments}
	if v.Ready {
		s.tellAttrition(r.in, &v, a, r.user.Sees)
	}
	if v.Desk, _, err = s.lost(r); err != nil {
		return err
	}
	if v.Kept, err = s.keptSegments(r); err != nil {
		return err
	}
	v.People = access.Can(r.user.Role, access.SeeRiskList)
	return s.show(w, r, "attrition", "Attrition", v)
}

// tellAttrition fills the view with what the user may see.
func (s *site) tellAttrition(in *speech, v *attritionView, a measurement.Attrition, sees func(string) bool) {
	all := a.Of(sees)
	months := len(a.Months) - 2 // whole ones
	from, to := a.Months[0], a.Months[months]
	v.To = to
	_, v.Curve = a.Curve()
	year := url.Values{"from": {isoDay(from)}, "to": {isoDay(to)}}
	worth := a.MarginKnown(from)
	v.Year = flowRow{Text: "All", Flow: all.Year(), asked: year, Worth: worth}
	if a.FirstLost.After(from) {
		v.FirstLost = a.FirstLost
	}
	if len(v.Scoped) == 0 {
		v.Year.Target = s.Attritions.Targets().TargetOf("")
	}
	for k, f := range all.Months {
		until := a.Months[k].AddDate(0, 1, 0)
		v.Months = append(v.Months, flowRow{
			Text: in.local(a.Months[k], "January 2006", in.Month), Short: in.Time(a.Months[k], "Jan"), Flow: f, Part: k == months, Worth: a.MarginKnown(a.Months[k]),
			asked: url.Values{"from": {isoDay(a.Months[k])}, "to": {isoDay(until)}},
		})
	}
	v.Groups = s.attritionGroups(in, a, all, sees, year)
	for _, g := range v.Groups {
		for _, row := range g.Rows {
			v.Target = v.Target || row.Target > 0
		}
	}
	v.Target = v.Target || v.Year.Target > 0
	v.Reasons = in.reasonsOf(all, year)
	v.Cohorts = cohortsOf(all)
	v.Trend, v.Why = in.trendPicture(v.Months, v.Curve), in.reasonPicture(v.Reasons)
	v.Survival = in.survivalPicture(a, all)
	if len(v.Scoped) == 0 && a.Value != nil {
		v.Worth = in.worthOf(a.Value)
	}
}

// with is a copy of asked with one more question.
func with(asked url.Values, key, value string) url.Values {
	v := url.Values{key: {value}}
	for k, list := range asked {
		v[k] = list
	}
	return v
}

// attritionGroups are the tables of the year.
func (s *site) attritionGroups(in *speech, a measurement.Attrition, all measurement.Portion, sees func(string) bool, year url.Values) []flowGroup {
	worth, targets := a.MarginKnown(a.Months[0]), s.Attritions.Targets()
	segments := flowGroup{
		Title: in.Text("By segment"), Column: in.Text("Segment"), Note: in.Text("A customer counts in the segment they have now."),
		Of: in.Text("Customers lost in the year, by segment"),
	}
	for _, p := range a.Portions {
		if sees(p.Segment) {
			segments.Rows = append(segments.Rows, flowRow{
				Text: in.orNone(p.Segment), Flow: p.Year(), Target: targets.TargetOf(p.Segment), Worth: worth, asked: with(year, "segment", p.Segment),
			})
		}
	}
	byLost(segments.Rows)
	tenure := flowGroup{
		Title: in.Text("By tenure cohort"), Column: in.Text("With us at the beginning"), Note: in.Text("How long they had been with us when the twelve months began."),
		Of: in.Text("Customers lost in the year, by tenure cohort"),
	}
	for _, c := range measurement.Cohorts() {
		if f, ok := all.Tenure[c]; ok {
			tenure.Rows = append(tenure.Rows, flowRow{Text: in.words(c), Flow: f, Target: targets.TargetOfCohort(c), Worth: worth, asked: with(year, "cohort", c)})
		}
	}
	_, curve := a.Curve()
	groups := []flowGroup{segments, tenure}
	owners := flowGroup{
		Title: in.Text("By owner"), Column: in.Text("Owner"), Note: in.Text("Who looks after them now."),
		Of: in.Text("Customers lost in the year, by owner"),
	}
	for owner, f := range all.Owners {
		owners.Rows = append(owners.Rows, flowRow{Text: in.orNone(owner), Flow: f, Target: targets.TargetOfOwner(owner), Worth: worth, asked: with(year, "owner", owner)})
	}
	byLost(owners.Rows)
	if len(owners.Rows) > 1 || len(owners.Rows) == 1 && owners.Rows[0].Text != in.orNone("") {
		groups = append(groups, owners)
	}
	for i := range groups {
		groups[i].Picture = in.groupPicture(groups[i], curve)
	}
	return groups
}

func byLost(rows []flowRow) {
	slices.SortFunc(rows, func(a, b flowRow) int {
		if a.Lost != b.Lost {
			return b.Lost - a.Lost
		}
		return strings.Compare(a.Text, b.Text)
	})
}

func (in *speech) orNone(name string) string {
	if name == "" {
		return in.Text("none")
	}
	return name
}

func (in *speech) reasonsOf(p measurement.Portion, year url.Values) []reasonRow {
	lost := p.Year().Lost
	var rows []reasonRow
	for reason, n := range p.Reasons {
		rows = append(rows, reasonRow{
			Text: in.words(reason), Count: n, Share: rate(n, lost), Row: flowRow{asked: with(year, "reason", reason)},
		})
	}
	slices.SortFunc(rows, func(a, b reasonRow) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Text, b.Text)
	})
	return rows
}

// leastJoined is how many must have joined for a cohort to be shown.
const leastJoined = 20

// cohortYears are the newest years of joining that are told apart, oldest first.
func cohortYears(p measurement.Portion) []int {
	var years []int
	for year, s := range p.Stayed {
		if s.Joined() >= leastJoined {
			years = append(years, year)
		}
	}
	slices.Sort(years)
	return years[max(0, len(years)-cohortsShown):]
}

const cohortsShown = 5

func cohortsOf(p measurement.Portion) []cohortRow {
	var rows []cohortRow
	for _, year := range cohortYears(p) {
		s := p.Stayed[year]
		row := cohortRow{Year: year, Joined: s.Joined()}
		curve := s.StillHere(measurement.Level)
		for _, m := range cohortMonths {
			if m < len(curve) {
				row.After = append(row.After, &curve[m])
			} else {
				row.After = append(row.After, nil)
			}
		}
		rows = append(rows, row)
	}
	return rows
}
