package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// decisionsView is one night's decisions as a waterfall from the file to the
// released.
type decisionsView struct {
	Lists []interventions.Publication
	List  *interventions.Publication
	Tally interventions.Tally // the public one
	Steps []waterfallStep
	Sum   int
	Adds  bool // the steps add up to the file (R2)
	Work  []countRow
}

// waterfallStep is one result with its reasons.
type waterfallStep struct {
	Text      string
	Customers int
	Share     float64 // of the file
	Released  bool
	Reasons   []countRow
}

type countRow struct {
	Text  string
	Count int
}

var resultWords = map[interventions.Result]string{
	interventions.ResultOut:         "out of the population",
	interventions.ResultNoTreatment: "no treatment fits",
	interventions.ResultBlocked:     "not now, for a reason",
	interventions.ResultRest:        interventions.NoWork,
	interventions.ResultNotSelected: interventions.NotOnList,
	interventions.ResultTreat:       "on tonight's list",
}

const listsShown = 30

func (s *site) decisionsPage(w http.ResponseWriter, r *request) error {
	ctx := r.Context()
	v := decisionsView{}
	var err error
	if v.Lists, err = s.Publications.Publications(ctx, listsShown); err != nil {
		return fmt.Errorf("read the lists: %w", err)
	}
	if id := r.PathValue("id"); id != "" {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return fault.New(fault.NotFound, "there is no such list")
		}
		p, err := s.Publications.Publication(ctx, interventions.PublicationID(n))
		if err != nil {
			return fmt.Errorf("read list %d: %w", n, err)
		}
		v.List = &p
	} else if len(v.Lists) > 0 {
		v.List = &v.Lists[0]
	}
	if v.List != nil {
		v.fill(v.List.Tally.Public())
	}
	return s.show(w, r, "decisions", "Decisions", v)
}

// fill makes the steps from the public tally, in which nothing tells an arm.
func (v *decisionsView) fill(t interventions.Tally) {
	v.Tally = t
	for _, result := range interventions.PublicResults {
		n := t.ByResult[result]
		if n == 0 {
			continue
		}
		step := waterfallStep{Text: resultWords[result], Customers: n, Released: result == interventions.ResultTreat}
		if t.Customers > 0 {
			step.Share = float64(n) / float64(t.Customers)
		}
		if result == interventions.ResultOut || result == interventions.ResultBlocked {
			for reason, count := range t.ByReason[result] {
				text := lower(reason)
				if result == interventions.ResultBlocked {
					text = gate(interventions.Gate(reason))
				}
				step.Reasons = append(step.Reasons, countRow{text, count})
			}
			slices.SortFunc(step.Reasons, byCount)
		}
		v.Steps = append(v.Steps, step)
		v.Sum += n
	}
	v.Adds = v.Sum == t.Customers
	for name, n := range t.Released {
		v.Work = append(v.Work, countRow{words(name), n})
	}
	slices.SortFunc(v.Work, byCount)
}

func byCount(a, b countRow) int {
	if a.Count != b.Count {
		return b.Count - a.Count
	}
	return strings.Compare(a.Text, b.Text)
}
