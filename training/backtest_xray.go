package training

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// LeakXRay is what the search for leaks found on the newest test date of a
// back-test: the same that decides over promotion in a night.
type LeakXRay struct {
	AsOf  time.Time `json:"as_of"`
	Leaks []Leak    `json:"leaks"` // each would block promotion
	// Unjudged says why nothing can be said of leaks; empty where it can.
	Unjudged string `json:"unjudged,omitempty"`
	// Late says in words which features of the date are others with today's
	// knowledge, and for how many facts it is assumed when they became known.
	Late string `json:"late_knowledge"`
}

// Verdict says in a sentence whether the features know the outcome; the leaks
// themselves are sentences of their own.
func (x *LeakXRay) Verdict() string {
	at := x.AsOf.Format(time.DateOnly)
	switch n := len(x.Leaks); {
	case n == 1:
		return fmt.Sprintf("Leak X-ray of %s: one sign that the features know the outcome; no night would make what learned from them its champion.", at)
	case n > 1:
		return fmt.Sprintf("Leak X-ray of %s: %d signs that the features know the outcome; no night would make what learned from them its champion.", at, n)
	case x.Unjudged != "":
		return fmt.Sprintf("Leak X-ray of %s: %s", at, x.Unjudged)
	}
	return fmt.Sprintf("Leak X-ray of %s: no sign that a feature knows the outcome.", at)
}

// xray looks for leaks in the rows of a test date and the rows that its models
// learned from, in features that are known better today, and in whether its
// champion is good only while the features are new.
func (b Backtest) xray(ctx context.Context, train, test *Sample, d TestDate) (*LeakXRay, error) {
	x := &LeakXRay{AsOf: d.AsOf, Leaks: []Leak{}}
	if !test.holds(leakLeavers) {
		left, _ := test.Positives()
		x.Unjudged = fmt.Sprintf("%d of %d customers left, and with fewer than %d who left or stayed nothing can be said.", left, test.Rows(), leakLeavers)
	}
	leaks, err := XRay(ctx, train, test, b.Seed)
	if err != nil {
		return nil, fmt.Errorf("look for leaks: %w", err)
	}
	back := b.snapshots(d.AsOf, b.KnownAt)
	late, err := back.LookBack(ctx)
	if err != nil {
		return nil, fmt.Errorf("look back: %w", err)
	}
	x.Late = late.sentence(d.AsOf)
	x.Leaks = append(append(x.Leaks, leaks...), late.leaks()...)
	k := slices.IndexFunc(d.Trials, func(t Trial) bool { return t.Candidate == d.Champion && t.model != nil })
	if k < 0 {
		return x, nil // the naive rule knows next to nothing
	}
	jumped, err := jumps(train, test, d.Trials[k].model)
	if err != nil {
		return nil, fmt.Errorf("score older rows: %w", err)
	}
	x.Leaks = append(x.Leaks, jumped...)
	return x, nil
}
