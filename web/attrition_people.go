package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"holdfast/internal/fault"
	"holdfast/measurement"
)

// MoveQuery asks for those who came or went; nil fields ask for everybody.
type MoveQuery struct {
	Kind                           measurement.MoveKind
	From, To                       time.Time // [From, To)
	Reason, Segment, Owner, Cohort *string
	Segments                       []string // only customers of these; none means all
	After                          string   // Cursor of the row that the page follows
	Limit                          int
}

// MovePage is one page of those who came or went, the newest first.
type MovePage struct {
	Rows  []MoveRow
	Total int // 10,001 stands for more than 10,000
}

// MoveRow is one of them.
type MoveRow struct {
	measurement.Move
	Name, Source, Key string
	Cursor            string
}

// movesView is the people in one count.
type movesView struct {
	MovePage
	Title string
	Asked []string // in words, what they have in common
	Lost  bool
	Next  string
}

var moveTitles = map[measurement.MoveKind]string{
	measurement.MoveWon: "Won", measurement.MoveBack: "Came back", measurement.MoveLost: "Lost",
}

const movesShown = 50

// moveQuery reads an address that the attrition page made.
func (s *site) moveQuery(asked url.Values) (MoveQuery, error) {
	q := MoveQuery{Kind: measurement.MoveKind(asked.Get("kind")), After: asked.Get("after"), Limit: movesShown}
	if moveTitles[q.Kind] == "" {
		return q, fault.New(fault.Invalid, "there is no kind %q: choose won, back or lost", q.Kind)
	}
	for name, into := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		day, err := time.ParseInLocation(time.DateOnly, asked.Get(name), s.zone)
		if err != nil {
			return q, fault.New(fault.Invalid, "%s: %q is not a day such as 2026-11-01", name, asked.Get(name))
		}
		*into = day
	}
	for name, into := range map[string]**string{"reason": &q.Reason, "segment": &q.Segment, "owner": &q.Owner, "cohort": &q.Cohort} {
		if asked.Has(name) {
			value := asked.Get(name)
			*into = &value
		}
	}
	return q, nil
}

func (s *site) movesPage(w http.ResponseWriter, r *request) error {
	asked := r.URL.Query()
	q, err := s.moveQuery(asked)
	if err != nil {
		return err
	}
	v := movesView{Title: moveTitles[q.Kind], Lost: q.Kind == measurement.MoveLost}
	if v.MovePage, err = s.movesFor(r, q); err != nil {
		return fmt.Errorf("read who came and went: %w", err)
	}
	v.Asked = append(v.Asked, r.in.Say("from %s to %s", r.in.date(q.From), r.in.date(q.To.AddDate(0, 0, -1))))
	for _, c := range []struct {
		name  string
		value *string
	}{{"segment", q.Segment}, {"owner", q.Owner}, {"reason", q.Reason}, {"with us before", q.Cohort}} {
		if c.value != nil {
			v.Asked = append(v.Asked, r.in.Text(c.name)+": "+r.in.lower(r.in.orNone(*c.value)))
		}
	}
	if n := len(v.Rows); n == movesShown {
		asked.Set("after", v.Rows[n-1].Cursor)
		v.Next = "/attrition/people?" + asked.Encode()
	}
	return s.show(w, r, "moves", v.Title, v)
}
