package store_test

import (
	"testing"
	"time"

	"holdfast/queue"
	"holdfast/store"
)

func TestGaugesCountWhatIsSeen(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		if g, err := s.Gauges(t.Context(), noon); err != nil || !g.Night.IsZero() || len(g.Jobs)+len(g.Tasks) != 0 {
			t.Errorf("an empty database: %+v, %v", g, err)
		}
		releasedNight(t, s, 60)
		now := noon.Add(time.Hour)
		open := agentTasks(t, s, now)
		held := begin(t, s, open[0], now)
		must(t, s.SaveStep(t.Context(), held, wrapUp(held, now)))
		g, err := s.Gauges(t.Context(), now.AddDate(0, 0, 3))
		must(t, err)
		if !g.Night.Equal(noon) || g.NightState == "" || g.Tasks["ready"] != len(open)-1 || g.Tasks["callback"] != 1 || g.Tasks["ghost"] != 0 || g.PromisesDue != 1 {
			t.Errorf("%d tasks: %+v", len(open), g)
		}
		job, err := queue.New("late", "late/1", nil, now)
		must(t, err)
		_, err = s.InsertJob(t.Context(), job)
		must(t, err)
		if g, err = s.Gauges(t.Context(), now.AddDate(0, 0, 3)); err != nil || g.Jobs[queue.Ready] < 1 || g.Overdue < 1 {
			t.Errorf("%+v, %v", g, err)
		}
	})
}
