package interventions

import "holdfast/history"

// Choice is what allocation chose for one customer: at most one a household.
// It tells arms and is sealed.
type Choice struct {
	Customer   history.CustomerID
	Household  history.HouseholdID
	Partition  int
	Treatment  int    // index into Config.Treatments
	Result     Result // ResultTreat, ResultGhost, ResultHoldout or ResultNotSelected
	Explored   bool
	Propensity float64 // of being released, exact; 0 outside the bands
	Reason     string
	Override   bool   // a director asked for it whatever the arm
	Assigned   Result // ghost or holdout where an override released it; else empty
}

// Allocation is the night's allocation: a choice for every household that had a
// candidate of positive worth, the arms drawn for it, and the prices it was
// made at.
type Allocation struct {
	Choices  []Choice // sorted by customer
	NewArms  []Arm    // sorted by household and layer
	Prices   Prices
	Capacity float64        // minutes there were
	Minutes  float64        // expected minutes of the released
	Selected map[string]int // before arms, by treatment
	Released map[string]int
}
