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

func TestWordsOfAnErrorItself(t *testing.T) {
	t.Parallel()
	made := fault.New(fault.Held, "feed %s is late", "crm")
	if format, args := fault.Words(made); format != "feed %s is late" || len(args) != 1 || args[0] != "crm" {
		t.Errorf("Words = %q, %v", format, args)
	}
	for _, err := range []error{nil, errors.New("x"), fmt.Errorf("night: %w", made), fault.As(fault.Held, errors.New("x"))} {
		if format, args := fault.Words(err); format != "" || args != nil {
			t.Errorf("Words(%v) = %q, %v", err, format, args)
		}
	}
}
