package web

import (
	"net/http"
	"strconv"

	"holdfast/interventions"
)

// flushRows is how many rows of an export are sent together.
const flushRows = 1000

var exportColumns = []string{
	"source", "key", "name", "segment", "risk", "band", "value", "value_at_risk", "tenure_days", "reason", "doing", "why_not_contacted",
}

// riskExport streams the whole list of the filters as CSV. Who took it is
// written down before the first row goes out.
func (s *site) riskExport(w http.ResponseWriter, r *request) error {
	q, err := s.riskQuery(r.URL.Query())
	if err != nil {
		return err
	}
	if q, err = scoped(r.user, q); err != nil {
		return err
	}
	if err := s.note(r, "export the risk list", "", r.URL.RawQuery); err != nil {
		return err
	}
	q.After, q.Before, q.Limit = "", "", 0
	return s.stream(w, "risk-list", exportColumns, func(write func(...string) error) error {
		return s.Risk.EachRisk(r.Context(), q, func(row RiskRow) error { return write(s.exportCells(rowFor(r.user, row))...) })
	})
}

func (s *site) exportCells(r RiskRow) []string {
	doing := ""
	if r.Result == interventions.ResultTreat {
		doing = r.Treatment
	}
	return []string{
		r.Source, r.Key, r.Name, r.Segment, strconv.FormatFloat(r.Risk, 'f', 4, 64), string(r.Band), s.Plain(r.ValueMinor),
		s.Plain(r.AtRiskMinor()), strconv.Itoa(r.TenureDays), r.Reason, doing, notContacted(r.Result, r.Why),
	}
}
