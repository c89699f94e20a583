package training

import "slices"

// Between is the paired difference in log loss of two candidates, pooled over the
// dates of a report: below zero, a predicts better.
func (r *Report) Between(a, b string, seed uint64) (Paired, error) {
	all, p, q := &Sample{}, []float64(nil), []float64(nil)
	all.X.Schema = r.Dates[0].test.X.Schema
	for _, d := range r.Dates {
		of := func(name string) []float64 {
			return d.Trials[slices.IndexFunc(d.Trials, func(t Trial) bool { return t.Candidate == name })].probabilities
		}
		all.append(d.test)
		p, q = append(p, of(a)...), append(q, of(b)...)
	}
	return pairedLogLoss(all, p, q, seed)
}
