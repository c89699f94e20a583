package interventions

import "cmp"

// enforce changes the picks that lose least by it until every limit holds.
// Prices leave little to do: households whose candidates tie, and limits whose
// price was found before that of another.
func (pr *problem) enforce(s *solution, t *tariff) {
	for k := range pr.limits {
		if !over(s.used[k], pr.limits[k].Amount) {
			continue
		}
		var moves []move
		for h := range s.pick {
			if c := s.pick[h]; c >= 0 && pr.use(c, k) > 0 {
				to, loss := pr.without(h, k, s, t)
				moves = append(moves, move{int32(h), to, loss})
			}
		}
		pr.byLoss(moves)
		for _, m := range moves {
			if !over(s.used[k], pr.limits[k].Amount) {
				break
			}
			if !pr.fits(s, s.pick[m.household], m.to) {
				m.to = -1
			}
			pr.change(s, m.household, m.to)
		}
	}
}

// without is a household's best choice that takes nothing of a limit, and what
// is lost by it.
func (pr *problem) without(h, limit int, s *solution, t *tariff) (int32, float64) {
	to, most := int32(-1), 0.0
	for c := pr.first[h]; c < pr.first[h+1]; c++ {
		if v := pr.reduced(c, t); v > most && pr.use(c, limit) == 0 {
			to, most = c, v
		}
	}
	return to, pr.reduced(s.pick[h], t) - most
}

// fillUp gives what the prices left over to the changes that add worth and
// lose least at the prices, until none fits.
func (pr *problem) fillUp(s *solution, t *tariff) {
	moves := make([]move, 0, pr.households())
	for range 8 {
		moves = moves[:0]
		for h := range s.pick {
			if to, loss := pr.upgrade(s, h, t); to >= 0 {
				moves = append(moves, move{int32(h), to, loss})
			}
		}
		pr.byLoss(moves)
		changed := false
		for _, m := range moves {
			if pr.fits(s, s.pick[m.household], m.to) {
				pr.change(s, m.household, m.to)
				changed = true
			}
		}
		if !changed {
			return
		}
	}
}

// upgrade is the household's change to more worth that fits and loses least
// at the prices; -1 without one.
func (pr *problem) upgrade(s *solution, h int, t *tariff) (to int32, loss float64) {
	now, worth := 0.0, float32(0)
	if c := s.pick[h]; c >= 0 {
		now, worth = pr.reduced(c, t), pr.cands[c].Worth
	}
	to = -1
	for c := pr.first[h]; c < pr.first[h+1]; c++ {
		if pr.cands[c].Worth <= worth || !pr.fits(s, s.pick[h], c) {
			continue
		}
		if l := now - pr.reduced(c, t); to < 0 || cmp.Compare(l, loss) < 0 {
			to, loss = c, l
		}
	}
	return to, loss
}

// total is the worth of the picks.
func (pr *problem) total(s *solution) float64 {
	sum := 0.0
	for _, c := range s.pick {
		if c >= 0 {
			sum += float64(pr.cands[c].Worth)
		}
	}
	return sum
}
