package interventions

import (
	"time"

	"holdfast/history"
)

// Layer names what an arm holds a household out of: LayerGlobal, or the name
// of a treatment.
type Layer string

// LayerGlobal holds a household out of every proactive contact for its year.
const LayerGlobal Layer = "*"

// Arm is a household's assignment in one layer, written once, when the
// household is first selected, and kept for its holdout year. Arms live in a
// sealed table that only measurement and the auditor read.
type Arm struct {
	Household history.HouseholdID
	Layer     Layer
	Held      bool      // deliberately left alone
	Share     float64   // probability of Held when it was drawn
	From      time.Time // first selection
	Until     time.Time // end of the holdout year; afterwards a new arm is drawn
	Draw      int       // 0 for the first year, then counts up
	Flagged   string    // why it is not what was drawn, such as a merge or an override; empty
}

// ArmKey identifies a stored arm.
type ArmKey struct {
	Household history.HouseholdID
	Layer     Layer
}
