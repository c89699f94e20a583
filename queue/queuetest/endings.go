package queuetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"holdfast/internal/fault"
	"holdfast/queue"
)

func fenced(b *bench) {
	old := b.begin("fenced")
	b.now = b.now.Add(lease)
	b.sweep(queue.Swept{Running: 1}, b.now)
	b.claim(1)
	next, err := b.s.BeginJob(b.ctx, old.ID, 2, b.now, lease)
	b.must(err)
	if next.Fence <= old.Fence {
		b.Errorf("fence %d after %d", next.Fence, old.Fence)
	}
	for _, state := range []queue.State{queue.Done, queue.Ready, queue.Dead, queue.Unknown} {
		b.kind(fault.Conflict, b.s.EndJob(b.ctx, old.Lease(), b.now, queue.Ending{State: state, Message: "late"}))
	}
	b.kind(fault.Conflict, b.s.RenewJob(b.ctx, old.Lease(), b.now, lease))
	b.is(next)
	b.must(b.s.EndJob(b.ctx, next.Lease(), b.now, queue.Ending{State: queue.Done}))
	b.kind(fault.Conflict, b.s.EndJob(b.ctx, old.Lease(), b.now, queue.Ending{State: queue.Done}))
}

func doneTwice(b *bench) {
	job := b.begin("twice")
	b.must(b.s.EndJob(b.ctx, job.Lease(), b.now, queue.Ending{State: queue.Done}))
	at := b.now
	b.now = b.now.Add(time.Minute)
	b.must(b.s.EndJob(b.ctx, job.Lease(), b.now, queue.Ending{State: queue.Done}))
	b.kind(fault.Conflict, b.s.EndJob(b.ctx, job.Lease(), b.now, queue.Ending{State: queue.Ready}))
	b.kind(fault.Conflict, b.s.RenewJob(b.ctx, job.Lease(), b.now, lease))
	job.State, job.DoneAt = queue.Done, at
	b.is(job)
}

func endings(b *bench) {
	at := b.now.Add(time.Second)
	for _, c := range []struct {
		end    queue.Ending
		change func(*queue.Job)
	}{
		{queue.Ending{State: queue.Ready, Delay: time.Minute, Message: "later"}, func(j *queue.Job) { j.RunAfter = at.Add(time.Minute) }},
		{queue.Ending{State: queue.Ready, Refund: true, Message: "shut down"}, func(j *queue.Job) { j.RunAfter, j.Attempt = at, 0 }},
		{queue.Ending{State: queue.Ready, Excuse: true, Delay: time.Hour, Message: "away"}, func(j *queue.Job) {
			j.RunAfter, j.Excused, j.Priority = at.Add(time.Hour), 1, queue.Bulk
		}},
		{queue.Ending{State: queue.Dead, Message: "bad input"}, func(j *queue.Job) { j.DoneAt = at }},
		{queue.Ending{State: queue.Unknown, Message: "sent or not?"}, func(*queue.Job) {}},
	} {
		job := b.begin(fmt.Sprint(c.end))
		b.must(b.s.EndJob(b.ctx, job.Lease(), at, c.end))
		job.State, job.LastError = c.end.State, c.end.Message
		c.change(&job)
		b.is(job)
	}
}

func retried(b *bench) {
	for _, state := range []queue.State{queue.Dead, queue.Unknown} {
		job := b.begin(string(state))
		b.must(b.s.EndJob(b.ctx, job.Lease(), b.now, queue.Ending{State: state, Message: "why"}))
		b.now = b.now.Add(24 * time.Hour)
		b.sweep(queue.Swept{}, b.now)
		if n := len(b.claim(10)); n != 0 {
			b.Errorf("a %s job was claimed", state)
		}
		_, err := b.s.BeginJob(b.ctx, job.ID, 1, b.now, lease)
		b.kind(fault.Conflict, err)

		b.must(b.s.RetryJob(b.ctx, job.ID, b.now))
		job.State, job.Attempt, job.RunAfter, job.LastError = queue.Ready, 0, b.now, "why"
		b.is(job)
		b.kind(fault.Conflict, b.s.RetryJob(b.ctx, job.ID, b.now))
		b.claim(1)
		again, err := b.s.BeginJob(b.ctx, job.ID, 2, b.now, lease)
		b.must(err)
		if again.Fence != 2 || again.Attempt != 1 {
			b.Errorf("fence %d, attempt %d after a person's retry, want 2 and 1", again.Fence, again.Attempt)
		}
		b.must(b.s.EndJob(b.ctx, again.Lease(), b.now, queue.Ending{State: queue.Done}))
	}
}

func absent(b *bench) {
	const id = 42
	_, err := b.s.Job(b.ctx, id)
	b.kind(fault.NotFound, err)
	_, err = b.s.BeginJob(b.ctx, id, 1, b.now, lease)
	b.kind(fault.NotFound, err)
	b.kind(fault.NotFound, b.s.RetryJob(b.ctx, id, b.now))
	for _, err := range []error{
		b.s.RenewJob(b.ctx, queue.Lease{JobID: id, Fence: 1}, b.now, lease),
		b.s.EndJob(b.ctx, queue.Lease{JobID: id, Fence: 1}, b.now, queue.Ending{State: queue.Done}),
	} {
		if k := fault.Of(err); k != fault.NotFound && k != fault.Conflict {
			b.Errorf("error = %v, want not found or conflict", err)
		}
	}
}

// storm lets relays, workers and sweepers with wild clocks loose on one job
// after another and counts who may call a job done.
func storm(b *bench) {
	const jobs = 12
	var ids []int64
	for i := range jobs {
		ids = append(ids, b.insert(fmt.Sprint("job ", i)).ID)
	}
	var (
		wg   sync.WaitGroup
		done [jobs]atomic.Int32
	)
	for worker := range 4 {
		wg.Go(func() {
			now := b.now
			for round := range 60 {
				now = now.Add(time.Duration(worker+round%7) * 5 * time.Second)
				if _, err := b.s.SweepJobs(b.ctx, now); err != nil {
					b.Error(err)
				}
				if _, err := b.s.ClaimReadyJobs(b.ctx, now, 3, hold); err != nil {
					b.Error(err)
				}
				i := (worker*5 + round) % jobs
				stored, err := b.s.Job(b.ctx, ids[i])
				if err != nil {
					b.Error(err)
				}
				job, err := b.s.BeginJob(b.ctx, ids[i], stored.Dispatch, now, lease)
				if err != nil || round%3 == 0 { // every third worker dies
					continue
				}
				if b.s.EndJob(b.ctx, job.Lease(), now, queue.Ending{State: queue.Done}) == nil {
					done[i].Add(1)
				}
			}
		})
	}
	wg.Wait()
	for i := range done {
		if n := done[i].Load(); n > 1 {
			b.Errorf("job %d was done %d times", i, n)
		}
	}
}
