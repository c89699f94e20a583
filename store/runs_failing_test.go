package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/store"
)

// TestAStageThatIsTriedAgainSaysSo with the error and the next try of the shard
// that failed most often, until it is done or gave up.
func TestAStageThatIsTriedAgainSaysSo(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		startNight(t, s, "a", noon)
		for ticket, w := range beginJobs(t, s, "a") {
			must(t, s.FinishShard(ctx, ticket, w, noon, nightly.Done{}, nextOf(w)))
		}
		says := func(when string, want nightly.Failing) {
			t.Helper()
			stages, err := s.Stages(ctx, "a")
			must(t, err)
			if d := cmp.Diff([]nightly.Failing{{}, want, {}}, []nightly.Failing{stages[0].Failing, stages[1].Failing, stages[2].Failing}); d != "" {
				t.Errorf("%s: %s", when, d)
			}
		}
		jobs, err := s.Jobs(ctx, store.JobFilter{Run: "a", Kind: "night.score"})
		must(t, err)
		begin := func(at time.Time) queue.Lease {
			t.Helper()
			j, err := s.BeginJob(ctx, jobs[0].ID, 0, at, time.Minute)
			must(t, err)
			return j.Lease()
		}
		fails := func(job int, at time.Time, end queue.Ending) {
			t.Helper()
			j, err := s.BeginJob(ctx, jobs[job].ID, 0, at, time.Minute)
			must(t, err)
			must(t, s.EndJob(ctx, j.Lease(), at, end))
		}
		says("nothing has failed", nightly.Failing{})
		fails(1, noon, queue.Ending{State: queue.Ready, Refund: true, Message: "the worker is shutting down"})
		says("a worker was shut down", nightly.Failing{})
		fails(0, noon, queue.Ending{State: queue.Ready, Delay: time.Second, Message: "score, shard 0: away"})
		fails(0, noon.Add(time.Second), queue.Ending{State: queue.Ready, Delay: time.Minute, Message: "score, shard 0: the disk is full"})
		fails(2, noon, queue.Ending{State: queue.Ready, Delay: time.Hour, Message: "score, shard 2: away"})
		says("two shards failed", nightly.Failing{Shards: 2, Tries: 2, Next: noon.Add(61 * time.Second), Error: "score, shard 0: the disk is full"})
		l := begin(noon.Add(2 * time.Minute))
		says("it is tried again", nightly.Failing{Shards: 2, Tries: 2, Error: "score, shard 0: the disk is full"})
		must(t, s.EndJob(ctx, l, noon.Add(2*time.Minute), queue.Ending{State: queue.Done}))
		says("it is done", nightly.Failing{Shards: 1, Tries: 1, Next: noon.Add(time.Hour), Error: "score, shard 2: away"})
		must(t, s.FailRun(ctx, "a", noon.Add(3*time.Minute), "score, shard 3: gave up"))
		says("the night failed", nightly.Failing{})
	})
}
