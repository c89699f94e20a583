package nightly

import (
	"context"
	"time"
)

// Store is what a night needs of the database to keep its own books.
type Store interface {
	// StartRun records the run with its stages' shard counts and makes the
	// jobs of the first stage, unless a run of that as-of exists: then it
	// returns the one there is and false.
	StartRun(ctx context.Context, run Run, stages []StageRun, first []Work) (Run, bool, error)
	// Run returns a run by id: NotFound when there is none.
	Run(ctx context.Context, id string) (Run, error)
	// RunAt returns the run of an as-of; the newest when asOf is zero.
	RunAt(ctx context.Context, asOf time.Time) (Run, error)
	// Stages returns the run's stages in order.
	Stages(ctx context.Context, run string) ([]StageRun, error)
	// PinRun sets manifest version and model, once; later calls change nothing.
	PinRun(ctx context.Context, run string, version int64, model string) (Run, error)
	// FinishShard, in one transaction under the ticket: records the shard as
	// done (once), adds its counts to the stage, decrements what remains, and
	// when nothing remains makes the next stage's jobs, or completes the run
	// when next is empty. A ticket that lost its fence is a Conflict.
	FinishShard(ctx context.Context, t Ticket, w Work, now time.Time, d Done, next []Work) error
	// HoldRun stops the run at this stage for a person, and finishes the job.
	HoldRun(ctx context.Context, t Ticket, w Work, now time.Time, reason string) error
	// FailRun says that a shard gave up, and why.
	FailRun(ctx context.Context, run string, now time.Time, reason string) error
	// ResumeRun sets a held or failed run running and makes jobs for the
	// shards of its first unfinished stage; from restarts at that stage when
	// it is not empty.
	ResumeRun(ctx context.Context, run string, from Stage, now time.Time) (Run, error)
}
