package web

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/scoring"
)

// morningView is the manager's first page; Ready is false before the first
// released list.
type morningView struct {
	Morning
	Ready  bool
	Change int // of customers in an episode since the night before
	Hours  int
	Bands  []bandCount
	Fall   waterfall // from the file to the list
	Alarm  string    // the proof is in danger; empty without
	Late   string    // a list was not released by its deadline; empty without
	Kept   keptView  // promises of the seven days before
	Saves  savesView

	ToAnswer []approvalView // what agents asked for, and the reader may answer
}

// keptView is how promises that fell due were kept. Shown is false for who sees
// a part of the business: promises are counted in all of it.
type keptView struct {
	Shown        bool
	Kept, Broken int
}

// Rate is the share kept in time of those that are settled; NaN without any.
func (k keptView) Rate() float64 { return ratio(float64(k.Kept), float64(k.Kept+k.Broken)) }

// Any says whether a promise is settled.
func (k keptView) Any() bool { return k.Kept+k.Broken > 0 }

// kept counts the promises of the seven days before now.
func (s *site) kept(r *request) (k keptView, err error) {
	if k.Shown = len(r.user.Segments) == 0; !k.Shown {
		return k, nil
	}
	now := s.Now()
	if k.Kept, k.Broken, _, err = s.Promises.Promised(r.Context(), nightly.StartOfDay(now, s.zone, -7), now); err != nil {
		return k, fmt.Errorf("count the promises: %w", err)
	}
	return k, nil
}

type bandCount struct {
	Band      scoring.Band
	Customers int
	Share     float64
}

func (s *site) morningPage(w http.ResponseWriter, r *request) error {
	m, err := s.Publications.Morning(r.Context(), s.Now())
	if err != nil && fault.Of(err) != fault.NotFound {
		return fmt.Errorf("read the morning's numbers: %w", err)
	}
	v := morningView{Morning: m, Ready: err == nil, Change: m.Episodes - m.Before, Hours: int(m.Minutes/60 + 0.5)}
	for _, b := range []scoring.Band{scoring.BandHigh, scoring.BandMedium, scoring.BandLow} {
		if n := m.Bands[b]; m.InPopulation > 0 {
			v.Bands = append(v.Bands, bandCount{b, n, float64(n) / float64(m.InPopulation)})
		}
	}
	v.Fall = r.in.waterfall(m.Tally.Public())
	if v.Alarm, err = s.proofAlarm(r); err != nil {
		return err
	}
	if v.Late, err = s.late(r); err != nil {
		return err
	}
	if v.Kept, err = s.kept(r); err != nil {
		return err
	}
	if v.Saves, err = s.bestSaves(r); err != nil {
		return err
	}
	if v.ToAnswer, err = s.toAnswer(r); err != nil {
		return err
	}
	return s.show(w, r, "morning", "This morning", v)
}

// riskView is the risk list with the filters that made it.
type riskView struct {
	RiskPage
	Query      RiskQuery
	MinValue   string
	Bands      []scoring.Band
	Sorts      []sortOption
	From, To   int
	Prev, Next string // addresses; empty at the ends
	Export     string
	MayExport  bool
	MayAsk     bool
	Here       string // address of this page
	Filtered   bool
	Views      []savedView
	Asked      string        // the filters in use
	Picture    template.HTML // how the risks lie
}

// MayAll says whether one step can take more than the page: all of the list.
func (v riskView) MayAll() bool { return v.Total > len(v.Rows) && v.Total <= mostFound }

// TooMany says whether the list is too long for one step.
func (v riskView) TooMany() bool { return v.Total > mostFound }

// MostFound is how many customers one step takes.
func (riskView) MostFound() int { return mostFound }

type sortOption struct {
	Value RiskSort
	Text  string
}

var sorts = []sortOption{
	{SortAtRisk, "value at risk"}, {SortRisk, "risk"}, {SortValue, "value"}, {SortTenure, "years with us"},
}

const riskPageRows = 50

// riskQuery reads filters from an address; what cannot be used is Invalid.
func (s *site) riskQuery(v url.Values) (RiskQuery, error) {
	q := RiskQuery{
		Band: scoring.Band(v.Get("band")), Segment: v.Get("segment"), Owner: v.Get("owner"), Concept: v.Get("reason"), Text: strings.TrimSpace(v.Get("text")),
		EpisodeOnly: v.Get("episode") != "", Sort: RiskSort(v.Get("sort")), Limit: riskPageRows,
		After: v.Get("after"), Before: v.Get("before"),
	}
	if q.Sort == "" {
		q.Sort = SortAtRisk
	}
	if !slices.ContainsFunc(sorts, func(o sortOption) bool { return o.Value == q.Sort }) {
		return q, fault.New(fault.Invalid, "the list cannot be sorted by %q", q.Sort)
	}
	if q.Band != "" && !slices.Contains([]scoring.Band{scoring.BandLow, scoring.BandMedium, scoring.BandHigh}, q.Band) {
		return q, fault.New(fault.Invalid, "there is no band %q: choose low, medium or high", q.Band)
	}
	if t := strings.TrimSpace(v.Get("min_value")); t != "" {
		minor, err := s.Minor(t)
		if err != nil {
			return q, err
		}
		q.MinValueMinor = minor
	}
	return q, nil
}

// riskAsked reads the filters, all but an amount that cannot be used, which is
// taken out of them: the list is shown with the others, and says why.
func (s *site) riskAsked(values url.Values) (q RiskQuery, refused, err error) {
	if q, err = s.riskQuery(values); err == nil || values.Get("min_value") == "" {
		return q, nil, err
	}
	refused = err
	values.Del("min_value")
	q, err = s.riskQuery(values)
	return q, refused, err
}

func (s *site) riskPage(w http.ResponseWriter, r *request) error {
	values := r.URL.Query()
	asked := values.Get("min_value")
	q, refused, err := s.riskAsked(values)
	if err != nil {
		return err
	}
	above := 0
	if t := values.Get("above"); t != "" {
		if above, err = strconv.Atoi(t); err != nil || above < 0 || above > 1e9 {
			return fault.New(fault.Invalid, "there is no place %q in the list", t)
		}
	}
	if q, err = scoped(r.user, q); err != nil {
		return err
	}
	q.Choices = true
	p, err := s.Risk.RiskList(r.Context(), q)
	if err != nil {
		return fmt.Errorf("read the risk list: %w", err)
	}
	for i := range p.Rows {
		p.Rows[i] = rowFor(r.user, p.Rows[i])
	}
	p.Segments = slices.DeleteFunc(p.Segments, func(segment string) bool { return !r.user.Sees(segment) })
	v := riskView{
		RiskPage: p, Query: q, MinValue: asked, Bands: []scoring.Band{scoring.BandHigh, scoring.BandMedium, scoring.BandLow},
		Sorts: sorts, From: above + 1, To: above + len(p.Rows), MayExport: access.Can(r.user.Role, access.ExportRiskList),
		Filtered: q.Band != "" || q.Segment != "" || q.Owner != "" || q.Concept != "" || q.Text != "" || q.MinValueMinor > 0 || q.EpisodeOnly,
	}
	v.MayAsk, v.Here = access.Can(r.user.Role, access.AskForWork), "/risk?"+values.Encode()
	page := func(key, cursor string, above int) string {
		values.Del("after")
		values.Del("before")
		values.Set(key, cursor)
		values.Set("above", strconv.Itoa(above))
		return "/risk?" + values.Encode()
	}
	if n := len(p.Rows); n > 0 {
		if above > 0 {
			v.Prev = page("before", p.Rows[0].Cursor, max(0, above-riskPageRows))
		}
		if v.To < p.Total {
			v.Next = page("after", p.Rows[n-1].Cursor, v.To)
		}
	}
	for _, key := range []string{"after", "before", "above"} {
		values.Del(key)
	}
	v.Export = "/risk.csv?" + values.Encode()
	if len(r.user.Segments) == 0 && !v.Filtered && above == 0 {
		slices.SortFunc(p.Spread, func(a, b RiskBar) int { return cmp.Or(a.From-b.From, strings.Compare(string(a.Band), string(b.Band))) })
		v.Picture = r.in.spreadPicture(p.Spread, r.in.within(s.Business))
	}
	v.Asked = placeless(values).Encode()
	if v.Views, err = s.viewsOf(r, v.Asked); err != nil {
		return err
	}
	f := s.frame(r, "Risk list", v)
	if refused != nil {
		f.Error = r.in.say(refused)
		return s.render(w, status(refused), "risk", f)
	}
	return s.render(w, http.StatusOK, "risk", f)
}
