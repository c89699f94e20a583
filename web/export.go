package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/internal/tabular"
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
	err = s.Door.Audit(r.Context(), access.Entry{
		At: s.Now(), Who: r.user.Name, What: "export the risk list", Detail: r.URL.RawQuery, Address: r.address(),
	})
	if err != nil {
		return err
	}
	q.After, q.Before, q.Limit = "", "", 0
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="risk-list-`+s.Now().In(s.zone).Format(time.DateOnly)+`.csv"`)
	out, err := tabular.NewCSVWriter(w, exportColumns, true)
	if err != nil {
		return fmt.Errorf("export the risk list: %w", err)
	}
	// A long export outlives the server's limit for a page. Where the connection
	// has no deadline to lift, there is none.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	rows := 0
	err = s.Risk.EachRisk(r.Context(), q, func(row RiskRow) error {
		if rows++; rows%flushRows == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		return out.Write(s.exportCells(row)...)
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil { // the status has been sent: cut the answer off, so that half a list is seen as one
		s.Log.Error("export cut off", "rows", rows, "error", err.Error())
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (s *site) exportCells(r RiskRow) []string {
	doing := ""
	if r.Result == interventions.ResultTreat {
		doing = r.Treatment
	}
	amount := func(minor int64) string {
		if s.unit == 1 {
			return strconv.FormatInt(minor, 10)
		}
		return strconv.FormatFloat(float64(minor)/float64(s.unit), 'f', 2, 64)
	}
	return []string{
		r.Source, r.Key, r.Name, r.Segment, strconv.FormatFloat(r.Risk, 'f', 4, 64), string(r.Band), amount(r.ValueMinor),
		amount(r.AtRiskMinor()), strconv.Itoa(r.TenureDays), r.Reason, doing, notContacted(r.Result, r.Why),
	}
}
