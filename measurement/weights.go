package measurement

// weighted puts into every row how much it stands for in its arm: one over the
// probability of the arm that its household drew,
//
//	contacted 1/(1 − share)   left alone 1/share
//
// so that both arms stand for all who were selected, in whatever season and at
// whatever share (Horvitz and Thompson 1952). Where the share never changed all
// rows of an arm weigh the same, and rates are those of plain counting. Rows
// whose share is not known stand together, at the share found among them.
func weighted(rows []Row) {
	held, unknown := 0, 0
	for _, r := range rows {
		if r.Share == 0 {
			unknown++
			held += count1(r.Held)
		}
	}
	for i := range rows {
		r := &rows[i]
		share := r.Share
		if share == 0 {
			share = float64(held) / float64(unknown)
		}
		if r.Held {
			r.Weight = 1 / share
		} else {
			r.Weight = 1 / (1 - share)
		}
	}
}

// levelled brings weights to 1 in the mean; equal ones are exactly 1.
func levelled(weights []float64) []float64 {
	sum, least, most := 0.0, weights[0], weights[0]
	for _, w := range weights {
		sum += w
		least, most = min(least, w), max(most, w)
	}
	mean := sum / float64(len(weights))
	for i := range weights {
		if weights[i] /= mean; least == most {
			weights[i] = 1
		}
	}
	return weights
}
