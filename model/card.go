package model

import (
	"time"

	"holdfast/internal/stats"
	"holdfast/value"
)

// Card says what a model is, what it was trained on and how good it is, for the
// people who must decide whether to trust it.
type Card struct {
	Name      string     // logistic regression, forest of golearn trees …
	Version   string     // the program that trained it
	TrainedAt time.Time  // UTC, as passed in
	Seed      uint64     // of every random choice in training
	Data      Training   // what it learned from
	Settings  []Setting  // the choices that made it what it is, in a fixed order
	Metrics   []Metric   // on held-out later dates, with the naive rule's
	Sentences []string   // limits and remarks, each a full sentence
	Profile   []Quantile `json:",omitempty"` // distribution of its scores in training, for drift
	// Cells are those over which the drift of its features is measured.
	Cells []ColumnCells `json:",omitempty"`
	Range *Range        `json:",omitempty"` // the interval around a risk; nil when not known
	// Stake is the model of the margin at stake fitted with it; nil where none
	// was proven better than the margin of the last twelve months.
	Stake      *value.StakeModel `json:",omitempty"`
	Pictures   *Pictures         `json:",omitempty"` // what the model page draws; nil when nothing was kept
	Importance []Importance      `json:",omitempty"` // boosted trees: of the columns they split on, the greatest gain first
}

// Importance says how much a column did for a model of trees.
type Importance struct {
	Column string
	Gain   float64 // by how much its splits lowered the training loss, twice, as the trees saw it
	Splits int
}

// Training describes the rows a model learned from.
type Training struct {
	Description string      // where the rows come from, in words
	AsOfs       []time.Time // the snapshots, UTC
	Rows        int
	Leavers     int     // rows whose outcome was leaving
	Weight      float64 // effective number of rows after weighting
}

// Setting is one choice made in training, such as the strength of the penalty.
type Setting struct {
	Name  string
	Value string
}

// Metric is one line of the card's table. Low and High bound a 95 % interval of
// Value and are equal if none was computed.
type Metric struct {
	Name   string // AUC, log loss, Brier …
	Sample string // which rows it was measured on
	Value  float64
	Naive  float64 // the naive rule's on the same rows
	Low    float64
	High   float64
}

// Quantile says that the share P of the training rows scored at most Score.
type Quantile struct {
	P     float64
	Score float64
}

// Pictures keeps what is drawn of a model's predictions of its held-out date.
type Pictures struct {
	Sample    string // which customers, a full sentence
	Curve     []stats.ReliabilityBin
	Histogram []stats.ReliabilityBin
	CORP      stats.Isotonic
	Lift      []float64 // in the riskiest 1, 5 and 10 %
	NaiveLift []float64 // the naive rule's
}
