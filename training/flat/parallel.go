package flat

import (
	"runtime"

	"golang.org/x/sync/errgroup"
)

// eachRun cuts so many rows into runs and calls f with each, in as many
// goroutines as there are workers. The first error counts.
func eachRun(rows, workers int, f func(from, to int) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	const least = 256 // rows that are worth a goroutine
	runs := max(1, min(4*workers, rows/least))
	var g errgroup.Group
	g.SetLimit(workers)
	for k := range runs {
		g.Go(func() error { return f(k*rows/runs, (k+1)*rows/runs) })
	}
	return g.Wait()
}
