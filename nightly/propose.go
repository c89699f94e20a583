package nightly

import (
	"context"
	"fmt"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/scoring"
)

// draft returns the run's draft publication, making it the first time.
func (s *Stages) draft(ctx context.Context, run Run) (interventions.Publication, error) {
	pub, err := s.Store.Draft(ctx, run.ID, interventions.Publication{
		AsOf: run.AsOf, State: interventions.PublicationDraft, CreatedAt: s.Now(), Policy: run.Config,
	})
	if err != nil {
		return pub, fmt.Errorf("make the draft list: %w", err)
	}
	return pub, nil
}

// propose finds, for every customer of a shard, what may and could be done.
func (s *Stages) propose(ctx context.Context, run Run, partition int) (Counts, error) {
	pub, err := s.draft(ctx, run)
	if err != nil {
		return nil, err
	}
	shard, scores, err := s.scored(ctx, run, partition)
	if err != nil {
		return nil, err
	}
	facts, err := s.Store.HouseholdFacts(ctx, partition, run.AsOf)
	if err != nil {
		return nil, fmt.Errorf("read our own work of partition %d: %w", partition, err)
	}
	excluded, err := s.Store.Exclusions(ctx, partition, run.AsOf)
	if err != nil {
		return nil, fmt.Errorf("read whom to leave alone in partition %d: %w", partition, err)
	}
	policy, err := s.believing(ctx, run)
	if err != nil {
		return nil, err
	}
	draft := interventions.Draft{Publication: pub.ID, Partition: partition, AsOf: run.AsOf}
	var scratch history.Scratch
	for i := range scores {
		known := interventions.Know(shard.View(i, run.AsOf, &scratch))
		known.Excluded = excluded[known.Customer.ID]
		f := facts[known.Household]
		p, candidates, err := policy.Propose(&known, &scores[i], &f, partition)
		if err != nil {
			return nil, err
		}
		draft.Proposals = append(draft.Proposals, p)
		draft.Candidates = append(draft.Candidates, candidates...)
	}
	if err := s.Store.SaveDraft(ctx, draft); err != nil {
		return nil, fmt.Errorf("save the proposals of partition %d: %w", partition, err)
	}
	return Counts{"proposals": int64(len(draft.Proposals)), "candidates": int64(len(draft.Candidates))}, nil
}

// scored returns a shard with the scores this run gave it, in one order.
func (s *Stages) scored(ctx context.Context, run Run, partition int) (*history.Shard, []scoring.Score, error) {
	shard, err := s.shard(ctx, run, partition)
	if err != nil {
		return nil, nil, err
	}
	scores, err := s.scores(ctx, run, partition)
	if err != nil {
		return nil, nil, err
	}
	return shard, scores, shardScores(shard, scores)
}

// scores returns the scores that this run gave a shard, sorted by customer.
func (s *Stages) scores(ctx context.Context, run Run, partition int) ([]scoring.Score, error) {
	if kept := s.shards.scores(cacheKey(run), partition); kept != nil {
		return kept, nil
	}
	scores, err := s.Store.LoadScores(ctx, run.ID, partition)
	if err != nil {
		return nil, fmt.Errorf("read the scores of partition %d: %w", partition, err)
	}
	return scores, nil
}

// believing is the policy with what proof has taught before this night.
func (s *Stages) believing(ctx context.Context, run Run) (*interventions.Policy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Learned == nil {
		return s.Policy, nil
	}
	if s.taught == nil || s.taughtFor != run.ID {
		l, err := s.Learned(ctx, run)
		if err != nil {
			return nil, err
		}
		s.taught, s.taughtFor = s.Policy.Learn(l), run.ID
	}
	return s.taught, nil
}
