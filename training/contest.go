package training

import (
	"context"
	"fmt"
)

// contest is who may be live, told from the rows that had matured. A night and a
// back-test of it ask alike, by how many distinct customers left in them:
//
//	fewer than training.min_leavers   nobody: the naive rule is live
//	fewer than smallBase              the model of few leavers, unless it is surely worse than the rule
//	otherwise                         the configured families
type contest struct {
	candidates []Candidate // none where the naive rule is live
	short      bool        // fewer left than any model needs
	says       []string    // why it is not the configured families that compete
}

// few says whether it is the model of few leavers that may be live.
func (c contest) few() bool { return len(c.candidates) == 1 && c.candidates[0].Name == nameSmall }

// contest says who may be live after these rows, and nothing later, were seen. Least
// is how many leavers any model needs.
func (j Judges) contest(ctx context.Context, all *Sample, least int, seed uint64) (contest, error) {
	if all.Leavers < least {
		return contest{short: true, says: []string{tooFew(all.Leavers, least)}}, nil
	}
	if all.Leavers >= smallBase {
		return contest{candidates: j.Candidates}, nil
	}
	five := small(j.Stakes.Segments)
	beside, err := j.crossed(ctx, five, all, seed)
	if err != nil {
		return contest{}, err
	}
	if beside.worse() {
		return contest{says: []string{beside.sentence()}}, nil
	}
	return contest{candidates: []Candidate{five}, says: []string{fewSentence(all.Leavers), beside.sentence()}}, nil
}

// ruleAt judges the naive rule on test as if it were a candidate.
func (j Judges) ruleAt(d *TestDate) error {
	trial := Trial{Candidate: NameNaive}
	if err := d.judge(&trial, d.naive, j.Seed); err != nil {
		return fmt.Errorf("judge the naive rule: %w", err)
	}
	d.Trials = append(d.Trials, trial)
	return nil
}
