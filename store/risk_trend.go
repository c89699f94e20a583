package store

// trendRows is up to how many rows the trend is looked up for: a page.
const trendRows = 100

// addTrend fills in what the list before said of the rows of a page; larger
// readings, such as exports, go without.
func addTrend(t *tx, rows []RiskRow) error {
	if len(rows) > trendRows {
		return nil
	}
	var previous []int64
	if err := t.list(&previous, `SELECT previous FROM current_list`); err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		if len(previous) == 1 && previous[0] != 0 {
			var risk []float64
			if err := t.list(&risk, `SELECT risk FROM listed WHERE publication = ? AND partition = ? AND customer = ? AND band <> ''`,
				previous[0], r.Partition, int64(r.ID)); err != nil {
				return err
			}
			if len(risk) == 1 {
				r.RiskBefore = risk[0]
			}
		}
	}
	return nil
}
