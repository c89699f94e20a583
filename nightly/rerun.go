package nightly

import (
	"slices"

	"holdfast/internal/fault"
)

// MayRerun says whether a night that has ended or is held can be run again from
// one of its stages, given in their order: NotFound for a stage it does not
// have, Conflict with what to do instead where it may not. released says that
// the release of its list has begun, on which the stages up to it then stand.
//
// A person may go past an import or a check that held the night; the other
// stages make what the later ones need.
func MayRerun(from Stage, stages []StageRun, released bool) error {
	at := func(name Stage) int {
		return slices.IndexFunc(stages, func(s StageRun) bool { return s.Stage == name })
	}
	i := at(from)
	if i < 0 {
		return fault.New(fault.NotFound, "a night has no stage %q", from)
	}
	if released && i < at(StagePublish) {
		return fault.New(fault.Conflict, "its list has been released, so the night cannot be decided again: withdraw the list and run the next night")
	}
	for _, s := range stages[:i] {
		if s.Done < s.Shards && s.Stage != StageImport && s.Stage != StageCheck {
			return fault.New(fault.Conflict, "the night has not done its stage %s: resume it from there, or without a stage", s.Stage)
		}
	}
	return nil
}
