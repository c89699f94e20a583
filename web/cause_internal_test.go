package web

import (
	"fmt"
	"testing"

	"holdfast/internal/fault"
)

func TestARefusalKeepsItsPlace(t *testing.T) {
	t.Parallel()
	inner := fault.New(fault.Invalid, "treatments[1].cost_minor is -1: give a number from 0")
	placed := fault.New(fault.Invalid, "policy:%d:%d: %w", 12, 3, inner)
	for want, err := range map[string]error{
		"Policy:12:3: treatments[1].cost_minor is -1: give a number from 0.": fmt.Errorf("compare two policies: %w", placed),
		"Treatments[1].cost_minor is -1: give a number from 0.":              fmt.Errorf("read it: %w", fmt.Errorf("again: %w", inner)),
		"No such file.": fault.As(fault.NotFound, fmt.Errorf("no such file")),
	} {
		if got := say(err); got != want {
			t.Errorf("%v is said as %q, want %q", err, got, want)
		}
	}
}
