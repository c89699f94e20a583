package gbdt

import (
	"sync"
	"sync/atomic"
)

// blockRows is how many rows are added up at a time. Sums of floats are taken
// block by block and the blocks added in order, so that they do not depend on
// the number of workers.
const blockRows = 8192

// each calls work(i) for 0 ≤ i < n on at most so many goroutines.
func each(workers, n int, work func(i int)) {
	if workers = min(workers, n); workers <= 1 {
		for i := range n {
			work(i)
		}
		return
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	all.Wait()
}

// blocks returns how many blocks n rows make.
func blocks(n int) int { return (n + blockRows - 1) / blockRows }

// eachBlock calls work for every block of n rows.
func eachBlock(workers, n int, work func(block, from, to int)) {
	each(workers, blocks(n), func(b int) {
		work(b, b*blockRows, min(n, (b+1)*blockRows))
	})
}

// sharesOf returns how many goroutines a node's rows are worth.
func sharesOf(workers, rows int) int {
	return max(1, min(workers, rows/smallNode))
}

// smallNode is the number of rows below which a node is one goroutine's work.
const smallNode = 2048
