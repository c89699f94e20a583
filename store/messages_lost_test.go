package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/queue"
	"holdfast/store"
)

// Messages of unknown outcome whose job ended as done, as jobs did before, get
// one that waits for a person, who settles it or has it sent again. Those that
// have one get no other.
func TestNoMessageOfUnknownOutcomeIsUnseen(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "migrations", "0126_unknown_messages.sql"))
	must(t, err)
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		pub, _ := draftNight(t, s, "a", noon, 200)
		publish(t, s, "a", pub.ID, noon)
		now := noon.Add(time.Hour)
		settled, settledJob := unclear(t, s, now, interventions.MessageUnknown)
		again, againJob := unclear(t, s, now, interventions.MessageUnknown)
		ended, endedJob := unclear(t, s, now, interventions.MessageReady)
		blocked := ended
		blocked.State = interventions.MessageBlocked
		must(t, s.SaveMessage(ctx, ended.State, blocked, nil, nil))
		_, seenJob := unclear(t, s, now, interventions.MessageUnknown)
		must(t, s.Raw(ctx, fmt.Sprintf(`UPDATE jobs SET state = 'done', done_at = 1 WHERE id = %d`, settledJob.ID)))
		must(t, s.Raw(ctx, fmt.Sprintf(`DELETE FROM jobs WHERE id IN (%d, %d)`, againJob.ID, endedJob.ID)))

		waiting := func() map[string]int64 {
			jobs, err := s.Jobs(ctx, store.JobFilter{State: queue.Unknown})
			must(t, err)
			found := map[string]int64{}
			for _, j := range jobs {
				found[j.Key] = j.ID
				m, err := s.Message(ctx, interventions.MessageID(j.ID))
				if j.Key == seenJob.Key {
					continue
				}
				said := fmt.Sprintf("deliver message %d: it may have arrived: look for %s in the receiver's log, and send it again only if it is not there", j.ID, m.IdempotencyKey)
				if err != nil || j.LastError != said || !j.CreatedAt.Equal(now) {
					t.Errorf("it says %q, made %v (%v)", j.LastError, j.CreatedAt, err)
				}
			}
			return found
		}
		key := func(m interventions.Message) string { return fmt.Sprintf("deliver/%d/unknown", m.ID) }
		want := map[string]int64{key(settled): int64(settled.ID), key(again): int64(again.ID), key(ended): int64(ended.ID), seenJob.Key: seenJob.ID}
		for range 2 {
			must(t, s.Raw(ctx, string(text)))
			if diff := cmp.Diff(want, waiting()); diff != "" {
				t.Error(diff)
			}
		}
		leave := func(m interventions.Message, at time.Time) (interventions.Message, []history.Fact, interventions.ExposureStamp) {
			m.State, m.SentAt = interventions.MessageSent, at
			return m, nil, interventions.ExposureStamp{Customer: m.Customer, Treatment: m.Treatment, At: at, Contacted: true}
		}
		must(t, s.SettleJob(ctx, int64(settled.ID), now, leave))
		must(t, s.SettleJob(ctx, int64(ended.ID), now, leave))
		must(t, s.RetryJob(ctx, int64(again.ID), now))
		states := []interventions.MessageState{}
		for _, m := range []interventions.Message{settled, ended, again} {
			got, err := s.Message(ctx, m.ID)
			must(t, err)
			states = append(states, got.State)
		}
		if !slices.Equal(states, []interventions.MessageState{interventions.MessageSent, interventions.MessageSent, interventions.MessageReady}) {
			t.Errorf("settled, settled and sent again they are %v", states)
		}
		if begun, err := s.BeginJob(ctx, int64(again.ID), 0, now, time.Minute); err != nil || begun.Attempt != 1 {
			t.Errorf("its job begins as %+v (%v)", begun, err)
		}
	})
}
