package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/scoring"
)

// RiskSort names what a risk list is sorted by.
type RiskSort string

// The orders of a risk list.
const (
	SortAtRisk RiskSort = "at_risk" // value at risk: risk × value
	SortRisk   RiskSort = "risk"
	SortValue  RiskSort = "value"
	SortTenure RiskSort = "tenure"
)

// sortOrders are the orders that a list is kept in, and the columns they are of.
var sortOrders = map[RiskSort]struct {
	kind   int
	column string
}{
	"": {orderAtRisk, "at_risk"}, SortAtRisk: {orderAtRisk, "at_risk"}, SortRisk: {orderRisk, "risk"},
	SortValue: {orderValue, "value_minor"}, SortTenure: {orderTenure, "tenure_days"},
}

// RiskFilter chooses customers of the list that is shown; a zero field
// chooses all.
type RiskFilter struct {
	Band     scoring.Band
	MinValue int64    // minor units of the trailing twelve months
	Segment  string   // see Options.SegmentAttribute
	Segments []string // only customers of these; none means all
	Owner    string   // who looks after them; see Options.OwnerAttribute
	Concept  string   // what the strongest reason is about
	Text     string   // key, name, phone or e-mail, as FindCustomers reads it
	Sort     RiskSort
	Asc      bool   // the largest first otherwise
	Limit    int    // 50 when 0, at most 500
	After    string // RiskRow.Cursor of the last row seen; empty begins
}

// RiskRow is one customer of the risk list. It says nothing that differs
// between a ghost, a holdout and a customer below the line.
type RiskRow struct {
	history.Customer
	Household    history.HouseholdID
	Band         scoring.Band
	Risk         float64
	ValueMinor   int64
	AtRiskMinor  int64
	TenureDays   int
	Episode      int64
	EpisodeStart int64 `json:"-"` // microseconds; 0 outside an episode
	Segment      string
	Why          string // the strongest reason, in words
	Result       interventions.Result
	Reason       string
	Treatment    string
	RiskBefore   float64 // on the list before; 0 when not on it
	Owner        string  // see Options.OwnerAttribute
	Concept      string  // what Why is about
	Cursor       string  // for RiskFilter.After
}

// maxRiskTotal bounds a count that has to read rows.
const maxRiskTotal = 10_000

// riskColumns are what readRisk reads, of the table that the prefix names.
func riskColumns(of string) string {
	return of + strings.ReplaceAll(`customer, partition, household, band, risk, value_minor, at_risk, tenure_days, episode, since, segment, why, result, reason, treatment, owner, concept`,
		`, `, `, `+of)
}

// RiskList returns a page of the customers in the population and how many
// there are: exactly, from sums kept with the list; but with MinValue, Owner
// or Concept it counts to 10,000 and returns 10,001 for more. A page is read along
// its order, one range for each band, so that nothing but it is read, except
// the rows that a filter passes over: no more than a filter that lets few
// through has, because those are read by the filter and sorted.
func (s *Store) RiskList(ctx context.Context, f RiskFilter) (rows []RiskRow, total int, err error) {
	if _, known := sortOrders[f.Sort]; !known {
		return nil, 0, fault.New(fault.Invalid, "a risk list cannot be sorted by %q: use at_risk, risk, value or tenure", f.Sort)
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, chunkRows)
	if strings.TrimSpace(f.Text) != "" {
		return s.riskOfText(ctx, f)
	}
	err = s.read(ctx, "read the risk list", func(t *tx) error {
		pub, err := shownList(t)
		if err != nil || pub == 0 {
			return err
		}
		if total, err = f.total(t, pub); err != nil {
			return err
		}
		query, args, err := f.query(pub, f.filtered() && total <= s.fewRisk)
		if err != nil {
			return err
		}
		if rows, err = readRisk(t, query, args); err != nil {
			return err
		}
		if err := nameRows(t, rows, f.Sort); err != nil {
			return err
		}
		return addTrend(t, rows)
	})
	return rows, total, err
}

// defaultFewRisk is up to how many rows that a filter lets through are found by the
// filter and sorted. To look for a page of more of them in the order of the
// list passes over fewer of a million others than that.
const defaultFewRisk = 5000

// RiskOf returns the rows of some customers on the list that is shown, the
// most value at risk first, without those who are not on it.
func (s *Store) RiskOf(ctx context.Context, ids []history.CustomerID) (rows []RiskRow, err error) {
	err = s.read(ctx, "read some customers of the risk list", func(t *tx) error {
		rows = nil
		pub, err := shownList(t)
		if err != nil || pub == 0 {
			return err
		}
		for _, id := range ids {
			some, err := readRisk(t, `SELECT `+riskColumns(``)+` FROM listed WHERE publication = ? AND customer = ?
				AND partition = (SELECT partition FROM customers WHERE id = ?)`, []any{pub, int64(id), int64(id)})
			if err != nil {
				return err
			}
			rows = append(rows, some...)
		}
		slices.SortStableFunc(rows, func(a, b RiskRow) int { return cmp.Compare(b.AtRiskMinor, a.AtRiskMinor) })
		return nameRows(t, rows, SortAtRisk)
	})
	return rows, err
}

// parseCursor reads value:customer.
func parseCursor(cursor string) (value float64, customer int64, err error) {
	v, c, _ := strings.Cut(cursor, ":")
	if value, err = strconv.ParseFloat(v, 64); err == nil {
		customer, err = strconv.ParseInt(c, 10, 64)
	}
	if err != nil {
		return 0, 0, fault.New(fault.Invalid, "the page to go on from is not one of a risk list: begin again at the first page")
	}
	return value, customer, nil
}

func readRisk(t *tx, query string, args []any) (rows []RiskRow, err error) {
	err = t.each(query, args, func(r scanner) error {
		var x RiskRow
		err := r.Scan(&x.ID, &x.Partition, &x.Household, &x.Band, &x.Risk, &x.ValueMinor, &x.AtRiskMinor, &x.TenureDays, &x.Episode,
			&x.EpisodeStart, &x.Segment, &x.Why, &x.Result, &x.Reason, &x.Treatment, &x.Owner, &x.Concept)
		rows = append(rows, x)
		return err
	})
	return rows, err
}

// nameRows fills in who the customers are, and the cursors.
func nameRows(t *tx, rows []RiskRow, sort RiskSort) error {
	if len(rows) == 0 {
		return nil
	}
	version, err := manifestVersion(t)
	if err != nil {
		return err
	}
	ids := make([]history.CustomerID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	customers, err := readCustomers(t, version, ids)
	if err != nil {
		return err
	}
	by := make(map[history.CustomerID]history.Customer, len(customers))
	for _, c := range customers {
		by[c.ID] = c
	}
	for i := range rows {
		if c, ok := by[rows[i].ID]; ok {
			rows[i].Customer = c
		}
		rows[i].Cursor = rows[i].cursor(sort)
	}
	return nil
}

func (r *RiskRow) cursor(sort RiskSort) string {
	value := float64(r.AtRiskMinor)
	switch sort {
	case SortRisk:
		value = r.Risk
	case SortValue:
		value = float64(r.ValueMinor)
	case SortTenure:
		value = float64(r.TenureDays)
	case SortAtRisk:
	}
	return strconv.FormatFloat(value, 'g', -1, 64) + ":" + strconv.FormatInt(int64(r.ID), 10)
}

// riskOfText is the risk list of the customers that a search finds.
func (s *Store) riskOfText(ctx context.Context, f RiskFilter) (rows []RiskRow, total int, err error) {
	found, err := s.FindCustomers(ctx, f.Text, chunkRows)
	if err != nil || len(found) == 0 {
		return nil, 0, err
	}
	err = s.read(ctx, "read the risk list", func(t *tx) error {
		pub, err := shownList(t)
		if err != nil || pub == 0 {
			return err
		}
		rows = rows[:0]
		for _, c := range found {
			some, err := readRisk(t, `SELECT `+riskColumns(``)+` FROM listed WHERE publication = ? AND partition = ? AND customer = ?`,
				[]any{pub, c.Partition, int64(c.ID)})
			if err != nil {
				return err
			}
			for _, r := range some {
				r.Customer = c.Customer
				r.Cursor = r.cursor(f.Sort)
				if f.accepts(&r) {
					rows = append(rows, r)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortStableFunc(rows, func(a, b RiskRow) int { return f.compare(a.Cursor, b.Cursor) })
	total = len(rows)
	if f.After != "" {
		if _, _, err := parseCursor(f.After); err != nil {
			return nil, 0, err
		}
		rows = slices.DeleteFunc(rows, func(r RiskRow) bool { return f.compare(r.Cursor, f.After) <= 0 })
	}
	return rows[:min(len(rows), f.Limit)], total, nil
}

func (f RiskFilter) accepts(r *RiskRow) bool {
	return r.Band != "" && (f.Band == "" || r.Band == f.Band) && r.ValueMinor >= f.MinValue && (f.Segment == "" || r.Segment == f.Segment) &&
		(f.Owner == "" || r.Owner == f.Owner) && (f.Concept == "" || r.Concept == f.Concept) &&
		(len(f.Segments) == 0 || slices.Contains(f.Segments, r.Segment))
}

// compare orders two cursors as the list is ordered.
func (f RiskFilter) compare(a, b string) int {
	va, ca, _ := parseCursor(a)
	vb, cb, _ := parseCursor(b)
	n := compare(ca, cb)
	if va < vb {
		n = -1
	} else if va > vb {
		n = 1
	}
	if f.Asc {
		return n
	}
	return -n
}

// rootCustomer returns the customer that an id is read as.
func rootCustomer(t *tx, id history.CustomerID) (history.Customer, error) {
	version, err := manifestVersion(t)
	if err != nil {
		return history.Customer{}, err
	}
	l, err := linksAround(t, version, []history.CustomerID{id})
	if err != nil {
		return history.Customer{}, err
	}
	root, _ := l.root(id)
	found, err := readCustomers(t, version, []history.CustomerID{root})
	if err == nil && len(found) == 0 {
		return history.Customer{}, fault.New(fault.NotFound, "there is no customer %d", id)
	}
	if err != nil {
		return history.Customer{}, err
	}
	return found[0], nil
}
