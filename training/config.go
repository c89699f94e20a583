package training

import (
	"slices"
	"strings"

	"holdfast/internal/fault"
)

// Config says how models are trained and compared.
type Config struct {
	Candidates   []string `yaml:"candidates"`    // logistic, forest, boosted; hazard where contracts end; bgnbd, mbgnbd and paretonbd where customers fall silent
	Snapshots    int      `yaml:"snapshots"`     // as-of dates to train on, at most
	EveryDays    int      `yaml:"every_days"`    // days between them
	RowBudget    int      `yaml:"row_budget"`    // labelled rows kept at most
	RetrainDays  int      `yaml:"retrain_days"`  // a champion older than this is due
	MinLeavers   int      `yaml:"min_leavers"`   // distinct leavers below which the naive rule scores
	Seed         uint64   `yaml:"seed"`          // of every random choice
	ForestRows   int      `yaml:"forest_rows"`   // rows the forest may see, at most 50,000
	ForestTrees  int      `yaml:"forest_trees"`  // trees in the forest
	ForestBudget int      `yaml:"forest_budget"` // seconds the forest may take
	SizesBudget  int      `yaml:"sizes_budget"`  // seconds of processor time that choosing the boosted trees' sizes may take, once a training
	Stakes       Stakes   `yaml:"stakes"`        // what the measures in money assume

	TwoPersonRelease bool `yaml:"two_person_release"` // no model goes live before two people have released it
}

// The families a configuration may name.
const (
	NameLogistic = "logistic"
	NameForest   = "forest"
	NameBoosted  = "boosted"
	NameHazard   = "hazard" // competes only where contracts end
)

// familyNames lists every candidate there is.
var familyNames = append([]string{NameLogistic, NameForest, NameBoosted, NameHazard}, buyingNames...)

// Default returns the configuration used where nothing is said.
func Default() Config {
	return Config{
		Candidates: []string{NameLogistic, NameBoosted, NameForest}, Snapshots: 12, EveryDays: 30, RowBudget: 200_000,
		RetrainDays: 28, MinLeavers: 50, Seed: 1, ForestRows: 20_000, ForestTrees: 30, ForestBudget: 60, SizesBudget: 600,
		Stakes: DefaultStakes(),
	}
}

// Validate refuses what cannot work, naming the field.
func (c Config) Validate() error {
	if len(c.Candidates) == 0 {
		return fault.New(fault.Invalid, "candidates: name at least one of %s", strings.Join(familyNames, ", "))
	}
	for _, n := range c.Candidates {
		if !slices.Contains(familyNames, n) {
			return fault.New(fault.Invalid, "candidates: there is no candidate %q; choose from %s", n, strings.Join(familyNames, ", "))
		}
	}
	for _, f := range []struct {
		name         string
		v, low, high int
	}{
		{"snapshots", c.Snapshots, 1, 120},
		{"every_days", c.EveryDays, 1, 366},
		{"row_budget", c.RowBudget, 100, 10_000_000},
		{"retrain_days", c.RetrainDays, 1, 3660},
		{"min_leavers", c.MinLeavers, 10, 1_000_000},
		{"forest_rows", c.ForestRows, 100, 50_000},
		{"forest_trees", c.ForestTrees, 1, 1000},
		{"forest_budget", c.ForestBudget, 1, 3600},
		{"sizes_budget", c.SizesBudget, 1, 86_400},
	} {
		if f.v < f.low || f.v > f.high {
			return fault.New(fault.Invalid, "%s: %d is outside %d to %d", f.name, f.v, f.low, f.high)
		}
	}
	return c.Stakes.Validate()
}
