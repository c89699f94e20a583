package main

import (
	"runtime/metrics"

	"holdfast/nightly"
)

// newMeter reads what stages hold of this process's memory.
func newMeter() *nightly.Meter {
	return &nightly.Meter{Reset: forgetPeak, Read: func() nightly.Memory {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		return nightly.Memory{Peak: peakSince(), Live: int64(live[0].Value.Uint64())}
	}}
}

// mebibytes writes bytes as the operator reads them.
func mebibytes(n int64) int64 { return (n + 1<<19) >> 20 }
