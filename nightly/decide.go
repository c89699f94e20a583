package nightly

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// allocate solves tonight's prices over all candidates, then draws arms.
func (s *Stages) allocate(ctx context.Context, run Run) (Counts, error) {
	pub, err := s.draft(ctx, run)
	if err != nil {
		return nil, err
	}
	joined, err := s.Store.JoinArms(ctx, run.AsOf)
	if err != nil {
		return nil, fmt.Errorf("join the arms of households that became one: %w", err)
	}
	night, err := s.night(ctx, run)
	if err != nil {
		return nil, err
	}
	if night.Customers, err = s.customers(ctx, run); err != nil {
		return nil, err
	}
	if night.Candidates, err = s.Store.Candidates(ctx, pub.ID); err != nil {
		return nil, fmt.Errorf("read the candidates: %w", err)
	}
	policy, err := s.believing(ctx, run)
	if err != nil {
		return nil, err
	}
	a, err := policy.Allocate(night)
	if err != nil {
		return nil, fmt.Errorf("allocate: %w", err)
	}
	if err := s.Store.SaveAllocation(ctx, pub.ID, a); err != nil {
		return nil, fmt.Errorf("save the allocation: %w", err)
	}
	return Counts{"candidates": int64(len(night.Candidates)), "minutes available": int64(a.Capacity), "minutes planned": int64(a.Minutes), "arms joined": int64(joined)}, nil
}

// night gathers what an allocation needs besides candidates.
func (s *Stages) night(ctx context.Context, run Run) (interventions.Night, error) {
	night := interventions.Night{AsOf: run.AsOf}
	var err error
	if night.Arms, err = s.Store.Arms(ctx, run.AsOf); err != nil {
		return night, fmt.Errorf("read the arms: %w", err)
	}
	if night.Requests, err = s.Store.Requests(ctx, run.AsOf); err != nil {
		return night, fmt.Errorf("read what managers asked for: %w", err)
	}
	if night.Committed, err = s.Store.Committed(ctx, run.AsOf); err != nil {
		return night, fmt.Errorf("read what open work will take: %w", err)
	}
	if night.Committed.Roster, err = s.Store.RosterOn(ctx, run.AsOf.In(s.Zone).Format(time.DateOnly)); err != nil {
		return night, fmt.Errorf("read the rosters: %w", err)
	}
	return night, nil
}

// customers counts the file from what the propose stage saw.
func (s *Stages) customers(ctx context.Context, run Run) (int, error) {
	c, err := s.stageCounts(ctx, run, StagePropose)
	return int(c["proposals"]), err
}

func (s *Stages) stageCounts(ctx context.Context, run Run, stage Stage) (Counts, error) {
	stages, err := s.Run.Stages(ctx, run.ID)
	if err != nil {
		return nil, fmt.Errorf("read the stages of run %s: %w", run.ID, err)
	}
	for _, st := range stages {
		if st.Stage == stage {
			return st.Counts, nil
		}
	}
	return nil, fault.New(fault.Internal, "run %s has no stage %s", run.ID, stage)
}

// decide turns a shard's proposals and choices into one decision each, and the
// selected among them into tasks, messages and exposures.
func (s *Stages) decide(ctx context.Context, run Run, partition int) (Counts, error) {
	pub, err := s.draft(ctx, run)
	if err != nil {
		return nil, err
	}
	draft, err := s.Store.LoadDraft(ctx, pub.ID, partition)
	if err != nil {
		return nil, fmt.Errorf("read the proposals of partition %d: %w", partition, err)
	}
	choices, err := s.Store.Choices(ctx, pub.ID, partition)
	if err != nil {
		return nil, fmt.Errorf("read the choices of partition %d: %w", partition, err)
	}
	policy, err := s.believing(ctx, run)
	if err != nil {
		return nil, err
	}
	decisions, err := policy.Decide(&draft, choices)
	if err != nil {
		return nil, fmt.Errorf("decide partition %d: %w", partition, err)
	}
	work, err := s.assign(ctx, run, pub.ID, partition, decisions)
	if err != nil {
		return nil, err
	}
	scores, err := s.scores(ctx, run, partition)
	if err != nil {
		return nil, err
	}
	if err := s.Store.SaveDecisions(ctx, pub.ID, partition, decisions, scores); err != nil {
		return nil, fmt.Errorf("save the decisions of partition %d: %w", partition, err)
	}
	skipped, err := s.Store.SaveWork(ctx, pub.ID, partition, work)
	if err != nil {
		return nil, fmt.Errorf("save the work of partition %d: %w", partition, err)
	}
	var tally interventions.Tally
	tally.Count(decisions)
	c := tallyCounts(tally)
	c["already open"] = int64(skipped)
	countClosed(c, decisions)
	return c, nil
}

// assign makes the work of the selected customers of a shard.
func (s *Stages) assign(ctx context.Context, run Run, pub interventions.PublicationID, partition int, decisions []interventions.Decision) (interventions.Assignment, error) {
	var work interventions.Assignment
	if !slices.ContainsFunc(decisions, func(d interventions.Decision) bool { return d.Treatment != "" }) {
		return work, nil // nobody of this shard was selected: its history need not be read
	}
	shard, scores, err := s.scored(ctx, run, partition)
	if err != nil {
		return work, err
	}
	if len(decisions) != len(scores) {
		return work, fault.New(fault.Internal, "partition %d has %d scores and %d decisions", partition, len(scores), len(decisions))
	}
	var scratch history.Scratch
	for i := range decisions {
		d := &decisions[i]
		if d.Treatment == "" {
			continue
		}
		v := shard.View(i, run.AsOf, &scratch)
		known := interventions.Know(v)
		subject := interventions.Subject{
			Decision: d, Partition: partition, Known: &known, Score: &scores[i],
			Events: interventions.LastEvents(v, shard.Vocab),
		}
		if err := s.Policy.Assign(pub, subject, &work); err != nil {
			return work, fmt.Errorf("make the work for customer %d: %w", d.Customer, err)
		}
	}
	return work, nil
}

// order writes the orders that the list will be read in, which nobody does of a
// dry run.
func (s *Stages) order(ctx context.Context, run Run, pub interventions.PublicationID) error {
	if run.DryRun {
		return nil
	}
	if err := s.Store.OrderList(ctx, pub); err != nil {
		return fmt.Errorf("order the list: %w", err)
	}
	return nil
}

// publish checks that the counts add up to the file and that the list is like
// the one before, and makes it visible.
func (s *Stages) publish(ctx context.Context, run Run) (Counts, error) {
	pub, err := s.draft(ctx, run)
	if err != nil {
		return nil, err
	}
	counts, err := s.stageCounts(ctx, run, StageDecide)
	if err != nil {
		return nil, err
	}
	tally := tallyOf(counts)
	customers, err := s.customers(ctx, run)
	if err != nil {
		return nil, err
	}
	if err := tally.Check(customers); err != nil {
		return nil, fmt.Errorf("the decisions of %s: %w", run.AsOf.Format("2006-01-02"), err)
	}
	if err := s.Store.SaveTally(ctx, pub.ID, tally); err != nil {
		return nil, fmt.Errorf("save the night's totals: %w", err)
	}
	population := int64(customers - tally.ByResult[interventions.ResultOut])
	released := int64(tally.ByResult[interventions.ResultTreat])
	if pub.State == interventions.PublicationDraft || pub.State == interventions.PublicationHeld {
		if err := s.order(ctx, run, pub.ID); err != nil {
			return nil, err
		}
		if err := s.mayPublish(ctx, run, pub.ID, tally, counts); err != nil {
			return nil, err
		}
	}
	if run.DryRun {
		return Counts{"would be released": released}, nil
	}
	hash, body, err := s.Policy.Text()
	if err == nil {
		err = s.Store.SavePolicy(ctx, run.AsOf, hash, body)
	}
	if err != nil {
		return nil, fmt.Errorf("record the policy: %w", err)
	}
	done, err := s.Store.Publish(ctx, run.ID, pub.ID, s.Now())
	if fault.Of(err) == fault.Held {
		return nil, s.hold(ctx, pub.ID, err)
	}
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	done["customers"], done["population"], done["released"] = int64(customers), population, released
	return done, nil
}

// mayPublish marks a list that its check holds, so that it can be looked at
// and released as it is.
func (s *Stages) mayPublish(ctx context.Context, run Run, pub interventions.PublicationID, tally interventions.Tally, decided Counts) error {
	population := int64(tally.Customers - tally.ByResult[interventions.ResultOut])
	err := checkBlocked(tally, decided)
	if err == nil {
		err = s.checkList(ctx, run, population, int64(tally.ByResult[interventions.ResultTreat]))
	}
	if err == nil {
		err = s.checkShift(ctx, run)
	}
	if fault.Of(err) != fault.Held || run.DryRun {
		return err
	}
	return s.hold(ctx, pub, err)
}

// hold marks the list as held and returns why.
func (s *Stages) hold(ctx context.Context, pub interventions.PublicationID, why error) error {
	if err := s.Store.Hold(ctx, pub, why.Error()); err != nil {
		return fmt.Errorf("hold the list: %w", err)
	}
	return why
}

func (s *Stages) measure(ctx context.Context, run Run) (Counts, error) {
	if s.Measure == nil || run.DryRun {
		return Counts{}, nil
	}
	return s.Measure(ctx, run, func(partition int) (*history.Shard, error) { return s.shard(ctx, run, partition) })
}

func (s *Stages) clean(ctx context.Context, run Run) (Counts, error) {
	s.shards.drop()
	if run.DryRun {
		return Counts{}, nil
	}
	c, err := s.Store.Clean(ctx, s.Now(), s.Config.Retention)
	if err != nil {
		return nil, fmt.Errorf("clean up: %w", err)
	}
	return c, nil
}
