package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"holdfast/internal/fault"
)

func TestKindSurvivesWrapping(t *testing.T) {
	t.Parallel()
	cause := errors.New("no such row")
	err := fmt.Errorf("load champion: %w", fault.As(fault.NotFound, cause))
	if got := fault.Of(err); got != fault.NotFound {
		t.Errorf("Of = %v, want not found", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if got := fault.Of(cause); got != fault.Internal {
		t.Errorf("Of(plain) = %v, want internal", got)
	}
	if fault.As(fault.Invalid, nil) != nil {
		t.Error("As(nil) must be nil")
	}
	if got := fault.New(fault.Held, "feed %s is late", "crm").Error(); got != "feed crm is late" {
		t.Errorf("text = %q", got)
	}
}
