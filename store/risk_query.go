package store

import (
	"slices"
	"strconv"
	"strings"

	"holdfast/scoring"
)

// filtered says whether the list is passed through a filter that its order
// does not help.
func (f RiskFilter) filtered() bool { return len(f.Segments) > 0 || f.counted() || f.Segment != "" }

// counted says whether who passes has to be counted row by row.
func (f RiskFilter) counted() bool { return f.MinValue > 0 || f.Owner != "" || f.Concept != "" }

func (f RiskFilter) bands() []scoring.Band {
	if f.Band != "" {
		return []scoring.Band{f.Band}
	}
	return []scoring.Band{scoring.BandHigh, scoring.BandMedium, scoring.BandLow}
}

// walk is how customers of a list are come by: along the order o, those of
// whose rows l some things hold.
type walk struct {
	order, rows  string // conditions
	of, filtered []any  // their arguments
}

func (w *walk) filter(condition string, args ...any) {
	w.rows += ` AND ` + condition
	w.filtered = append(w.filtered, args...)
}

// walk chooses the order: the one to sort by, or the one of a segment, an owner
// or a concept, which is by value at risk too; to find few or to count, the one
// that leaves the least to filter.
func (f RiskFilter) walk(few bool) (w walk) {
	kind, facets := sortOrders[f.Sort].kind, []any{""}
	chosen := false
	choose := func(k int, values ...any) { kind, facets, chosen = k, values, true }
	for _, c := range []struct {
		kind          int
		column, value string
	}{{orderOwner, "owner", f.Owner}, {orderConcept, "concept", f.Concept}, {orderSegment, "segment", f.Segment}} {
		switch {
		case c.value == "":
		case !chosen && (few || kind == orderAtRisk):
			choose(c.kind, c.value)
		default:
			w.filter(`l.`+c.column+` = ?`, c.value)
		}
	}
	least := f.MinValue > 0
	if least && few && !chosen {
		choose(orderValue, "")
	}
	if few && !chosen && len(f.Segments) > 0 && !slices.Contains(f.Segments, "") {
		choose(orderSegment, f.ofSegments()...)
	} else if len(f.Segments) > 0 {
		w.filter(`l.segment IN (`+placeholders(len(f.Segments))+`)`, f.ofSegments()...)
	}
	w.order, w.of = ` AND o.kind = ? AND o.facet IN (`+placeholders(len(facets))+`)`, append([]any{kind}, facets...)
	switch {
	case least && kind == orderValue:
		w.order, w.of = w.order+` AND o.position >= ?`, append(w.of, float64(f.MinValue))
	case least:
		w.filter(`l.value_minor >= ?`, f.MinValue)
	}
	return w
}

// joinRows finds the row of each customer of an order.
const joinRows = ` AND l.publication = o.publication AND l.partition = o.partition AND l.customer = o.customer`

// query is the page as a union of one stretch of an order for each band; of few
// rows, all of them, sorted.
func (f RiskFilter) query(pub int64, few bool) (string, []any, error) {
	direction, beyond := "DESC", "<"
	if f.Asc {
		direction, beyond = "ASC", ">"
	}
	column := sortOrders[f.Sort].column
	sorted := ` ORDER BY ` + column + ` ` + direction + `, customer ` + direction
	w := f.walk(few)
	var after []any
	if f.After != "" {
		value, customer, err := parseCursor(f.After)
		if err != nil {
			return "", nil, err
		}
		after = []any{value, customer}
	}
	from := riskColumns(`l.`) + ` FROM list_order o CROSS JOIN listed l WHERE o.publication = ? AND o.band = ?` + w.order
	var part string
	switch {
	case few:
		part = `SELECT * FROM (SELECT ` + from + joinRows + w.rows + ` LIMIT ` + strconv.Itoa(maxRiskTotal) + `) AS few`
		if after != nil {
			part += ` WHERE (` + column + `, customer) ` + beyond + ` (?, ?)`
		}
		part += sorted + ` LIMIT ?`
	default:
		if after != nil {
			from += ` AND (o.position, o.customer) ` + beyond + ` (?, ?)`
		}
		part = `SELECT ` + from + joinRows + w.rows + ` ORDER BY o.position ` + direction + `, o.customer ` + direction + ` LIMIT ?`
	}
	var parts []string
	var args []any
	for _, band := range f.bands() {
		parts = append(parts, `SELECT * FROM (`+part+`) AS `+string(band))
		args = append(append(args, pub, string(band)), w.of...)
		if few {
			args = append(append(args, w.filtered...), after...)
		} else {
			args = append(append(args, after...), w.filtered...)
		}
		args = append(args, f.Limit)
	}
	return `SELECT ` + riskColumns(``) + ` FROM (` + strings.Join(parts, ` UNION ALL `) + `) AS page` + sorted + ` LIMIT ?`, append(args, f.Limit), nil
}

// total counts who passes the filter: from sums, or row by row up to
// maxRiskTotal and one.
func (f RiskFilter) total(t *tx, pub int64) (n int, err error) {
	in := placeholders(len(f.bands()))
	args := []any{pub}
	for _, b := range f.bands() {
		args = append(args, string(b))
	}
	if !f.counted() {
		among := ``
		if len(f.Segments) > 0 {
			among = ` AND segment IN (` + placeholders(len(f.Segments)) + `)`
			args = append(args, f.ofSegments()...)
		}
		err = t.get(&n, `SELECT COALESCE(SUM(customers), 0) FROM list_totals WHERE publication = ? AND band IN (`+in+`)`+among+` AND (? = '' OR segment = ?)`,
			append(args, f.Segment, f.Segment)...)
		return n, err
	}
	w := f.walk(true)
	query := `SELECT 1 FROM list_order o WHERE o.publication = ? AND o.band IN (` + in + `)` + w.order
	if w.rows != "" {
		query = `SELECT 1 FROM list_order o CROSS JOIN listed l WHERE o.publication = ? AND o.band IN (` + in + `)` + w.order + joinRows + w.rows
	}
	err = t.get(&n, `SELECT COUNT(*) FROM (`+query+` LIMIT ?) AS counted`, append(append(append(args, w.of...), w.filtered...), maxRiskTotal+1)...)
	return n, err
}

func (f RiskFilter) ofSegments() []any {
	list := make([]any, len(f.Segments))
	for i, s := range f.Segments {
		list[i] = s
	}
	return list
}
