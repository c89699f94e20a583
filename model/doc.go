// Package model is the trained artefact: trees, weights or a probability model,
// its calibration and the schema it expects, with the one function from a row
// to a probability and its contributions.
//
// What: a Model that can only be made whole, scores rows of one schema, and
// explains each score by amounts that add up to it. Why: the thing that scores
// tonight must not need, or know, the thing that trained it last month.
// Rejected: gob and protocol buffers (neither lets a person read the header of a
// file written years ago), and one type per family behind an interface (the file,
// the calibration and the refusals would be written once per family).
package model
