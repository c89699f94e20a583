package training

import (
	"context"
	"fmt"
	"math"
	"time"

	"holdfast/internal/fault"
	"holdfast/model"
)

// NameNaive is the family that scores where too few have left for any model: the rule
// that every model is compared with.
const NameNaive = "naive rule"

// model writes the rule as one tree, so that it scores, explains and is kept as
// every other model is. s gives the rows that stand behind each class.
func (r NaiveRule) model(s *Sample) (*model.Model, error) {
	j := s.X.Schema.Index(r.Column)
	cover := make([]float64, len(r.Rates))
	for i := range s.Y {
		cover[r.class(s.X.Row(i)[j])] += s.W[i]
	}
	known := 0.0
	for k := range cover {
		cover[k] += naivePrior
		if k <= len(r.Cuts) {
			known += cover[k]
		}
	}
	t := &model.Trees{Roots: []int32{0}}
	missing := len(r.Rates) - 1
	at := t.AddSplit(j, math.Inf(1), false, known+cover[missing])
	t.Right[at] = t.AddLeaf(r.Rates[missing], cover[missing])
	parent, left := at, true
	hang := func(n int32) {
		if left {
			t.Left[parent] = n
		} else {
			t.Right[parent] = n
		}
	}
	for k, cut := range r.Cuts {
		n := t.AddSplit(j, cut, false, known)
		hang(n)
		t.Left[n] = t.AddLeaf(r.Rates[k], cover[k])
		parent, left = n, false
		known -= cover[k]
	}
	hang(t.AddLeaf(r.Rates[len(r.Cuts)], cover[len(r.Cuts)]))
	return model.NewForest(s.X.Schema, t, model.Card{})
}

// standIn makes a champion of the naive rule and says why no model is one. Another
// model that is in office stays there.
func (c Choose) standIn(ctx context.Context, t trainings, why string) (*Chosen, error) {
	all, train, newest := t.all, t.train, t.newest
	if c.Incumbent != nil && c.Champion != NameNaive && c.Incumbent.Accepts(all.X.Schema) == nil {
		return nil, fault.New(fault.Held, "%s The model in office stays", why)
	}
	if left, _ := train.Positives(); left == 0 || left == train.Rows() {
		return nil, fault.New(fault.Held, "%d of %d customers left before %s, from whom the naive rule learns: wait for more history",
			left, train.Rows(), newest.Format(time.DateOnly))
	}
	judges := c.Judges
	judges.Candidates = nil
	held, err := judges.At(ctx, train, t.test, newest)
	if err != nil {
		return nil, fmt.Errorf("judge the naive rule: %w", err)
	}
	if err := judges.ruleAt(&held); err != nil {
		return nil, err
	}
	rule, err := c.Judges.Naive(all)
	if err != nil {
		return nil, fmt.Errorf("fit the naive rule: %w", err)
	}
	m, err := rule.model(all)
	if err != nil {
		return nil, fmt.Errorf("write the naive rule as a model: %w", err)
	}
	left, _ := all.Positives()
	out := &Chosen{Winner: NameNaive, Held: held, Rows: all.Rows(), Left: left}
	card := c.card(m.Card(), out, all, 0)
	card.Sentences, card.Cells = append(card.Sentences, why, rangeSentence(nil)), cells(all)
	if card.Pictures, err = held.pictures(0); err != nil {
		return nil, err
	}
	out.Model = m.WithCard(card)
	return out, nil
}

// tooFew says why the naive rule scores.
func tooFew(leavers, least int) string {
	return fmt.Sprintf("Only %d customers have left so far and it takes %d (training.min_leavers) to fit a model: until then the risk is the leaving rate of customers alike by the one column of the naive rule.", leavers, least)
}

// notFitted says why the naive rule scores although enough have left for a model of
// few leavers.
func notFitted(why string) string {
	return fmt.Sprintf("A model of %d features could not be fitted (%s), so the naive rule stands in.", smallFeatures, why)
}
