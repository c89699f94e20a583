package web

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"holdfast/internal/tabular"
	"holdfast/interventions"
)

// flushRows is how many rows of an export are sent together.
const flushRows = 1000

var exportColumns = []string{
	"source", "key", "name", "segment", "risk", "band", "value", "value_at_risk", "tenure_days", "reason", "doing", "why_not_contacted",
}

// byteOrderMark begins what people download: without it Excel takes UTF-8 for
// the computer's old code page and breaks every name with an accent.
const byteOrderMark = "\ufeff"

func (s *site) riskExport(w http.ResponseWriter, r *request) error {
	return s.riskFile(w, r, byteOrderMark)
}

// riskFile streams the whole list of the filters as CSV. Who took it is written
// down before the first row goes out.
func (s *site) riskFile(w http.ResponseWriter, r *request, mark string) error {
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
	return s.stream(w, mark, "risk-list", exportColumns, func(write func(...string) error) error {
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

// download sends rows as a CSV file for people, who open it in a spreadsheet.
func (s *site) download(w http.ResponseWriter, name string, columns []string, each func(write func(...string) error) error) error {
	return s.stream(w, byteOrderMark, name, columns, each)
}

// stream sends rows as a CSV file while they are read, behind a mark or none.
func (s *site) stream(w http.ResponseWriter, mark, name string, columns []string, each func(write func(...string) error) error) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`-`+s.Now().In(s.zone).Format(time.DateOnly)+`.csv"`)
	if _, err := io.WriteString(w, mark); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	out, err := tabular.NewCSVWriter(w, columns, true)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	// A long export outlives the server's limit for a page. Where the connection
	// has no deadline to lift, there is none.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	rows := 0
	err = each(func(cells ...string) error {
		if rows++; rows%flushRows == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		return out.Write(cells...)
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
