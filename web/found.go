package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"holdfast/history"
	"holdfast/internal/fault"
)

// mostFound is how many customers one step takes of all that the filters find.
const mostFound = 5000

// pieceFound is how many customers are done together where a step is for more
// than mostChosen: nobody at the desk waits for all of them.
const pieceFound = 100

// foundShown is how many of the customers of a step its preview names.
const foundShown = 50

// errFull ends the reading of a list that is too long for one step.
var errFull = errors.New("more customers than one step takes")

// everyFound are the customers that the filters of the list behind a form find,
// the most value at risk first: Invalid when they are more than mostFound.
func (s *site) everyFound(r *request) ([]RiskRow, error) {
	_, filters, _ := strings.Cut(riskAddress(r.FormValue("back")), "?")
	asked, err := url.ParseQuery(filters)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the filters of the list cannot be read: open the risk list again")
	}
	q, err := s.riskQuery(placeless(asked))
	if err != nil {
		return nil, err
	}
	if q, err = scoped(r.user, q); err != nil {
		return nil, err
	}
	q.Limit = 0
	var rows []RiskRow
	err = s.Risk.EachRisk(r.Context(), q, func(row RiskRow) error {
		if len(rows) == mostFound {
			return errFull
		}
		rows = append(rows, row)
		return nil
	})
	switch {
	case errors.Is(err, errFull):
		return nil, fault.New(fault.Invalid, "the filters find more than %d customers, too many for one step: narrow them by band, segment, owner, reason or value, and choose again", mostFound)
	case err != nil:
		return nil, fmt.Errorf("read all that the filters find: %w", err)
	case len(rows) == 0:
		return nil, fault.New(fault.Invalid, "the filters find nobody any more: go back and choose again")
	}
	slices.SortStableFunc(rows, func(a, b RiskRow) int {
		return cmp.Or(cmp.Compare(b.AtRiskMinor(), a.AtRiskMinor()), cmp.Compare(a.Customer, b.Customer))
	})
	// A list that is released meanwhile can bring somebody up twice.
	return slices.CompactFunc(rows, func(a, b RiskRow) bool { return a.Customer == b.Customer }), nil
}

// IDs are the customers of a step, for its form: whom it was shown for and
// nobody else.
func (v chosenView) IDs() string {
	ids := make([]string, len(v.Rows))
	for i, row := range v.Rows {
		ids[i] = strconv.FormatInt(int64(row.Customer), 10)
	}
	return strings.Join(ids, " ")
}

// Shown are the rows that the preview names.
func (v chosenView) Shown() []RiskRow { return v.Rows[:min(len(v.Rows), foundShown)] }

// More is how many it does not name.
func (v chosenView) More() int { return len(v.Rows) - len(v.Shown()) }

// standing is how many of the chosen the last list says one thing of.
type standing struct {
	Why       string // why they are not contacted; empty for those with work
	Customers int
}

// standings counts what the last list says of the chosen: those with work, and
// the reasons why the others have none, the most frequent first.
func (in *speech) standings(rows []RiskRow) []standing {
	counts := map[string]int{}
	for _, row := range rows {
		counts[in.notContacted(row.Result, row.Why)]++
	}
	list := make([]standing, 0, len(counts))
	for why, n := range counts {
		list = append(list, standing{why, n})
	}
	slices.SortFunc(list, func(a, b standing) int {
		if (a.Why == "") != (b.Why == "") {
			return cmp.Compare(len(a.Why), len(b.Why))
		}
		return cmp.Or(cmp.Compare(b.Customers, a.Customers), strings.Compare(a.Why, b.Why))
	})
	return list
}

// onceOf names a preview, so that its form does nothing twice.
func (s *site) onceOf(r *request) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d", r.user.Name, s.Now().UnixNano()))
	return hex.EncodeToString(sum[:8])
}

// formKey makes ids of a preview and of what is asked by it: sent again,
// because the answer was lost or a part was not done, nothing is there twice.
func formKey(r *request, asked ...string) idKey {
	once := r.FormValue("once")
	if once == "" {
		return noKey
	}
	return func(what string, of history.CustomerID, _ int64) int64 {
		return idOf("form %q %d %q %q %q", what, of, r.user.Name, once, asked)
	}
}

const someAreDone = "%d of the %d customers are done, the other %d are not: go back and send the same form again; nothing is done twice"

// inPieces does a step for customers, all or none of up to mostChosen, and more
// of them piece by piece. When a piece fails the error says how many are done.
func (s *site) inPieces(ids []history.CustomerID, do func(from int, piece []history.CustomerID) error) error {
	size := pieceFound
	if len(ids) <= mostChosen {
		size = mostChosen
	}
	done := 0
	for piece := range slices.Chunk(ids, size) {
		err := do(done, piece)
		switch {
		case err != nil && done == 0:
			return err
		case err != nil:
			s.Log.Error("a step for many customers ended before all were done", "done", done, "of", len(ids), "error", err.Error())
			return fault.New(fault.Unavailable, someAreDone, done, len(ids), len(ids)-done)
		}
		done += len(piece)
	}
	return nil
}
