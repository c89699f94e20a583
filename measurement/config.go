package measurement

import (
	"maps"
	"slices"
	"strings"

	"holdfast/internal/fault"
)

// Config says what attrition is held against.
type Config struct {
	OwnerAttribute string             `yaml:"owner_attribute"`  // profile attribute with who looks after a customer; empty without
	Target         float64            `yaml:"attrition_target"` // share of customers that may be lost in a year; 0 sets none
	Targets        map[string]float64 `yaml:"segment_targets"`  // of single segments
	CohortTargets  map[string]float64 `yaml:"cohort_targets"`   // of tenure cohorts, by their names; one without has none
	OwnerTargets   map[string]float64 `yaml:"owner_targets"`    // of single owners
}

// DefaultConfig has no owner and no target.
func DefaultConfig() Config {
	return Config{Targets: map[string]float64{}, CohortTargets: map[string]float64{}, OwnerTargets: map[string]float64{}}
}

// Validate names the first field that cannot be used and says what to do.
func (c Config) Validate() error {
	if err := share("attrition_target", c.Target); err != nil {
		return err
	}
	for _, of := range []struct {
		field   string
		targets map[string]float64
	}{{"segment_targets", c.Targets}, {"cohort_targets", c.CohortTargets}, {"owner_targets", c.OwnerTargets}} {
		for _, name := range slices.Sorted(maps.Keys(of.targets)) {
			if err := share(of.field+"."+name, of.targets[name]); err != nil {
				return err
			}
		}
	}
	for _, cohort := range slices.Sorted(maps.Keys(c.CohortTargets)) {
		if !slices.Contains(cohortNames, cohort) {
			return fault.New(fault.Invalid, "cohort_targets has %q, which is no tenure cohort with customers at the beginning of a year; write %s", cohort, strings.Join(cohortNames, ", "))
		}
	}
	if len(c.OwnerTargets) > 0 && c.OwnerAttribute == "" {
		return fault.New(fault.Invalid, "owner_targets names owners and owner_attribute is empty; write the profile attribute that says who looks after a customer")
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

// TargetOfCohort is the target of a tenure cohort, 0 without one: that of all is
// not for each, since those who have stayed long leave less.
func (c Config) TargetOfCohort(cohort string) float64 { return c.CohortTargets[cohort] }

// TargetOfOwner is the target of an owner, or the one of all; 0 without any.
func (c Config) TargetOfOwner(owner string) float64 {
	if t, ok := c.OwnerTargets[owner]; ok {
		return t
	}
	return c.Target
}
