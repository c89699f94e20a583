package store_test

import (
	"testing"

	"holdfast/queue/queuetest"
)

func TestQueueSuite(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		queuetest.Run(t, func(t *testing.T) queuetest.Store {
			return open(t, newConfig(t, dialect), options())
		})
	})
}
