package measurement

import (
	"fmt"
	"maps"
	"slices"

	"holdfast/internal/fault"
)

// Config says what attrition is held against.
type Config struct {
	OwnerAttribute string             `yaml:"owner_attribute"`  // profile attribute with who looks after a customer; empty without
	Target         float64            `yaml:"attrition_target"` // share of customers that may be lost in a year; 0 sets none
	Targets        map[string]float64 `yaml:"segment_targets"`  // of single segments
}

// DefaultConfig has no owner and no target.
func DefaultConfig() Config { return Config{Targets: map[string]float64{}} }

// Validate names the first field that cannot be used and says what to do.
func (c Config) Validate() error {
	if err := share("attrition_target", c.Target); err != nil {
		return err
	}
	for _, segment := range slices.Sorted(maps.Keys(c.Targets)) {
		if err := share(fmt.Sprintf("segment_targets.%s", segment), c.Targets[segment]); err != nil {
			return err
		}
	}
	return nil
}

func share(field string, v float64) error {
	if !(v >= 0 && v < 1) {
		return fault.New(fault.Invalid, "%s is %g; give the share of customers that may be lost in a year, such as 0.15, or 0 for none", field, v)
	}
	return nil
}

// TargetOf is the target of a segment, or the one of all; 0 without any.
func (c Config) TargetOf(segment string) float64 {
	if t, ok := c.Targets[segment]; ok {
		return t
	}
	return c.Target
}
