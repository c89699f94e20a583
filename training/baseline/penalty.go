package baseline

import "context"

// choosePenalty returns the penalty of least held-out loss. The transforms are
// learned anew inside each fold, and a penalty is found on at most MaxCVRows rows:
// it stands against the summed loss, so the best one hardly moves with their number.
func choosePenalty(ctx context.Context, s *sample, opt LogisticOptions) (float64, error) {
	folds, err := s.folds(opt.Folds, opt.MaxCVRows, opt.Seed)
	if err != nil {
		return 0, err
	}
	trials := make([]trial, len(folds))
	for f := range folds {
		train := s.only(without(folds, f))
		d, err := newDesign(train, opt.Spline, opt.Knots)
		if err != nil {
			return 0, err
		}
		solver := newSolver(newLikelihood(train, d))
		trials[f] = trial{solver: solver, beta: solver.start(), held: newLikelihood(s.only(folds[f]), d)}
	}
	best, least, worse := 0.0, 0.0, 0
	for k, l2 := range penalties {
		var loss float64
		for f := range trials {
			t := &trials[f]
			if t.beta, err = t.solver.solve(ctx, t.beta, l2); err != nil {
				return 0, err
			}
			loss += t.held.evaluate(t.beta, nil)
		}
		if k == 0 || loss < least {
			best, least, worse = l2, loss, 0
		} else if worse++; worse == 2 {
			break // the curve has turned
		}
	}
	return best, nil
}

// trial is one fold: fitted on the others, judged on itself, warm from one
// penalty to the next.
type trial struct {
	solver *solver
	beta   []float64
	held   *likelihood
}
