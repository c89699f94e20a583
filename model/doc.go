// Package model is the trained artefact: trees, weights or a probability model,
// its calibration and the schema it expects, with the one function from a row
// to a probability and its contributions.
//
// What: a Model that can only be made whole, scores rows of one schema, and
// explains each score by amounts that add up to it. Why: the thing that scores
// tonight must not need, or know, the thing that trained it last month.
//
// Rows: NaN is missing and goes the way that each split of a tree names; infinities
// are numbers beyond all others; a level that the schema does not have is level 0,
// "other". There is no other path and no default: rows of another schema are
// refused. Trees are scored on rows whose columns are binned once, eight rows or
// eight trees at a time (bins.go, scorer.go), to the same bits as a walk from node
// to node; contributions come from tables of the same bins (shapley.go).
//
// LightGBM: its text models are read and written (lightgbm.go). A model of its own
// brings its schema along: the names of its columns and, of categorical columns,
// the level "other" and the categories by name; it scores tables of those columns
// and refuses all others. ReadLightGBMAs instead ties it to a schema that the caller
// has, such as that of the nightly features. The mapping is in docs/model-format.md.
//
// Rejected: gob and protocol buffers (neither lets a person read the header of a
// file written years ago), and one type per family behind an interface (the file,
// the calibration and the refusals would be written once per family).
package model
