package web

import (
	"fmt"
	"slices"

	"holdfast/history"
	"holdfast/nightly"
)

// Feed is a feed of the configuration, as far as the pages speak of it.
type Feed struct {
	Name     string
	Required bool   // a night without it is held
	Path     string // that is watched for new files; empty where it is imported by hand
}

// feedRow is a feed with what it brought last.
type feedRow struct {
	Feed    Feed
	Came    bool             // it has brought something
	Last    nightly.Arrival  // what it brought last
	Import  history.ImportID // that brought it; 0 where it is not among those shown
	Missing bool             // it is required and brought nothing for the next night
}

// feedRows are the feeds of the configuration with what each brought last, and
// whether one that is required is missing.
func (s *site) feedRows(r *request, shown []history.Import) (rows []feedRow, missing bool, err error) {
	arrivals, err := s.Imports.Arrivals(r.Context())
	if err != nil {
		return nil, false, fmt.Errorf("read what the feeds brought: %w", err)
	}
	today := nightly.StartOfDay(s.Now(), s.Business.Zone, 0)
	for _, f := range s.Business.Feeds {
		row := feedRow{Feed: f, Missing: f.Required}
		if i := slices.IndexFunc(arrivals, func(a nightly.Arrival) bool { return a.Feed == f.Name }); i >= 0 {
			row.Last, row.Came = arrivals[i], true
			row.Missing = f.Required && row.Last.Missing(today)
		}
		if i := slices.IndexFunc(shown, func(m history.Import) bool {
			return row.Came && m.Feed == f.Name && m.Published.Equal(row.Last.Published)
		}); i >= 0 {
			row.Import = shown[i].ID
		}
		rows, missing = append(rows, row), missing || row.Missing
	}
	return rows, missing, nil
}
