package web

import (
	"fmt"
	"slices"

	"holdfast/internal/stats"
	"holdfast/measurement"
)

// keptRow is how the promises of one agent, or to one segment, were kept.
type keptRow struct {
	Name string
	measurement.KeptLine
	Share *stats.Interval // nil of few
}

// keptRows writes lines down that the reader may see, by name; nobody and no
// segment are told by a word.
func (in *speech) keptRows(lines []measurement.KeptLine, sees func(string) bool) []keptRow {
	var rows []keptRow
	for _, line := range lines {
		if !sees(line.Of) {
			continue
		}
		row := keptRow{Name: in.orNone(line.Of), KeptLine: line}
		if iv, known := line.Rate(); known {
			row.Share = &iv
		}
		rows = append(rows, row)
	}
	return rows
}

// keptOf is the row of one name; nil where there is none.
func keptOf(rows []keptRow, of string) *keptRow {
	if i := slices.IndexFunc(rows, func(k keptRow) bool { return k.Of == of }); i >= 0 {
		return &rows[i]
	}
	return nil
}

// keptSegments is how promises to the segments that the user sees were kept, as
// of the newest night; none where nothing tells segments apart.
func (s *site) keptSegments(r *request) ([]keptRow, error) {
	report, err := s.Handled.AgentReport(r.Context())
	if err != nil {
		return nil, fmt.Errorf("read how promises were kept: %w", err)
	}
	if !segmented(report) {
		return nil, nil
	}
	return r.in.keptRows(report.Kept.Segments, r.user.Sees), nil
}

// segmented says whether segments tell promises apart.
func segmented(r measurement.AgentReport) bool {
	lines := r.Kept.Segments
	return len(lines) > 1 || len(lines) == 1 && lines[0].Of != ""
}

type apiKept struct {
	Of     string  `json:"of"`
	Hidden bool    `json:"hidden,omitempty" doc:"Fewer than 20 were settled: nothing is said."`
	Kept   int     `json:"kept,omitempty" doc:"In time, or within the hour."`
	Broken int     `json:"broken,omitempty" doc:"Late or not at all."`
	Rate   float64 `json:"rate,omitempty"`
	Low    float64 `json:"low,omitempty" doc:"95 % interval of the rate."`
	High   float64 `json:"high,omitempty"`
}

func apiKeptsOf(rows []keptRow) []apiKept {
	out := make([]apiKept, len(rows))
	for i, k := range rows {
		out[i] = apiKept{Of: k.Of, Hidden: k.Hidden, Kept: k.Kept, Broken: k.Broken}
		if k.Share != nil {
			out[i].Rate, out[i].Low, out[i].High = k.Share.Estimate, k.Share.Low, k.Share.High
		}
	}
	return out
}
