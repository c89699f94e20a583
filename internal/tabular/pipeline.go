package tabular

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// job is a block on its way; done is closed when out or err is set.
type job[T any] struct {
	block *Block
	out   T
	err   error
	done  chan struct{}
}

// Each reads the whole file. parse is called for each block by `workers`
// goroutines at once; use gets the results in the order of the file, one at a
// time, on the caller's goroutine. A result may refer to its block until use
// returns. The error returned is that of the earliest block that has one,
// whatever the number of workers.
//
//	split ──► parse ×workers ──► use
//	   └────── order of the file ──┘
func Each[T any](ctx context.Context, r *Reader, workers int, parse func(*Block) (T, error), use func(T) error) error {
	if r.started {
		return fmt.Errorf("%s has been read already; open it again", r.path)
	}
	r.started = true
	workers = max(workers, 1)
	inner, stop := context.WithCancel(ctx)
	work := make(chan *job[T], workers)
	order := make(chan *job[T], 2*workers)
	var running sync.WaitGroup
	running.Go(func() { split(inner, r, work, order) })
	for range workers {
		running.Go(func() {
			for j := range work {
				j.run(r, parse)
			}
		})
	}
	err := deliver(inner, r, order, use)
	stop()
	running.Wait()
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	return nil
}

// Blocks reads the whole file and calls f with each block in order, on the
// caller's goroutine, while other goroutines find the cells of later blocks.
func (r *Reader) Blocks(ctx context.Context, workers int, f func(*Block) error) error {
	return Each(ctx, r, workers, func(b *Block) (*Block, error) { return b, nil }, f)
}

func (j *job[T]) run(r *Reader, parse func(*Block) (T, error)) {
	defer close(j.done)
	if j.err = r.origin.parse(j.block); j.err == nil {
		j.out, j.err = parse(j.block)
	}
}

// split cuts the file into blocks until its end, an error, or ctx is done.
func split[T any](ctx context.Context, r *Reader, work, order chan<- *job[T]) {
	defer close(work)
	defer close(order)
	for seq := int64(0); ; seq++ {
		j := &job[T]{block: r.blocks.Get().(*Block), done: make(chan struct{})}
		j.block.Seq = seq
		err := r.origin.next(j.block)
		if err == io.EOF { //nolint:errorlint // the end comes bare; an EOF inside another error is damage
			return
		}
		if j.err = err; err != nil {
			close(j.done)
		}
		select {
		case order <- j:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		select {
		case work <- j:
		case <-ctx.Done():
			return
		}
	}
}

// deliver hands results on in the order of the file.
func deliver[T any](ctx context.Context, r *Reader, order <-chan *job[T], use func(T) error) error {
	for {
		var j *job[T]
		select {
		case <-ctx.Done():
			return ctx.Err()
		case next, more := <-order:
			if !more {
				return ctx.Err()
			}
			j = next
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-j.done:
		}
		if j.err != nil {
			return j.err
		}
		if err := use(j.out); err != nil {
			return err
		}
		r.blocks.Put(j.block)
	}
}
