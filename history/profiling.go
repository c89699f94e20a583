package history

import "time"

// PurposeProfiling is the purpose of a consent that is about being profiled
// and not about a contact: a feed brings it as consent_profiling.
const PurposeProfiling = "profiling"

// ProfilingObjection says whether the newest word on profiling is a no, and
// since when. At one instant a no counts.
func ProfilingObjection(consents []ConsentAt) (since time.Time, objects bool) {
	for _, c := range consents {
		if c.Purpose != PurposeProfiling || c.At.Before(since) || c.At.Equal(since) && objects {
			continue
		}
		since, objects = c.At, !c.Allowed
	}
	return since, objects
}
