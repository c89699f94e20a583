package queuetest_test

import (
	"testing"

	"holdfast/queue/queuetest"
)

func TestTwin(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, func(*testing.T) queuetest.Store { return queuetest.NewTwin() })
}
