package nightly

import (
	"context"
	"fmt"
	"sync"

	"holdfast/history"
	"holdfast/scoring"
)

// shardCache keeps the shards of one run that the next stage will want again,
// as long as they fit a fixed budget: small bases are read once a night, large
// ones once a stage, and memory is bounded either way. Facts that arrive while
// the night runs are recorded after its as-of, so a kept shard shows the night
// the same as a fresh one.
type shardCache struct {
	mu   sync.Mutex
	run  string // and manifest version: a re-run may pin a newer one
	kept map[int]*keptShard
	cost int
}

// keptShard is a shard with the scores this run gave it, nil where they are
// not known here.
type keptShard struct {
	shard  *history.Shard
	scores []scoring.Score
}

// cacheBudget bounds what is kept, in events; a small fact counts as eight and
// a score as sixteen. It is about 256 MiB.
const cacheBudget = 4_000_000

const scoreCost = 16

func cacheKey(run Run) string { return fmt.Sprintf("%s@%d", run.ID, run.Version) }

func cost(s *history.Shard) int { return s.Events.Len() + 8*len(s.Facts) }

// shard returns a partition's history as the run sees it.
func (s *Stages) shard(ctx context.Context, run Run, partition int) (*history.Shard, error) {
	if kept := s.shards.get(cacheKey(run), partition); kept != nil {
		return kept, nil
	}
	shard, err := s.Store.LoadShard(ctx, partition, run.Version)
	if err != nil {
		return nil, fmt.Errorf("read partition %d: %w", partition, err)
	}
	s.Engine.Prepare(shard)
	s.shards.put(cacheKey(run), shard)
	return shard, nil
}

// cachedShards lets training read the shards that the run will want again.
type cachedShards struct {
	s   *Stages
	run Run
}

// Partitions implements history.ShardReader.
func (c cachedShards) Partitions() int { return c.s.Store.Partitions() }

// LoadShard implements history.ShardReader.
func (c cachedShards) LoadShard(ctx context.Context, partition int, version int64) (*history.Shard, error) {
	run := c.run
	run.Version = version
	return c.s.shard(ctx, run, partition)
}

func (c *shardCache) get(run string, partition int) *history.Shard {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run != run {
		c.run, c.kept, c.cost = run, map[int]*keptShard{}, 0
	}
	if k := c.kept[partition]; k != nil {
		return k.shard
	}
	return nil
}

func (c *shardCache) put(run string, s *history.Shard) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run != run || c.kept[s.Partition] != nil || c.cost+cost(s) > cacheBudget {
		return
	}
	c.kept[s.Partition] = &keptShard{shard: s}
	c.cost += cost(s)
}

// scores returns the scores kept with a shard, nil without any.
func (c *shardCache) scores(run string, partition int) []scoring.Score {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.kept[partition]; c.run == run && k != nil {
		return k.scores
	}
	return nil
}

// putScores keeps saved scores as they would be read back, beside their shard.
// The caller gives them up.
func (c *shardCache) putScores(run string, partition int, scores []scoring.Score) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kept[partition]
	if c.run != run || k == nil || k.scores == nil && c.cost+scoreCost*len(scores) > cacheBudget {
		return
	}
	if k.scores == nil {
		c.cost += scoreCost * len(scores)
	}
	for i := range scores {
		scores[i].AsOf, scores[i].EpisodeStart = scores[i].AsOf.UTC(), scores[i].EpisodeStart.UTC()
	}
	k.scores = scores
}

// drop forgets what was kept.
func (c *shardCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run, c.kept, c.cost = "", nil, 0
}

// Forget lets go of the histories that are kept for the next stage: somebody
// was erased from them.
func (s *Stages) Forget() { s.shards.drop() }
