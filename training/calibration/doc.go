// Package calibration chooses how raw scores become probabilities, by the number of
// leavers, and fits that.
//
// What: a line on the log-odds, a curve that bends both ends, or steps, fitted to
// outcomes beside scores of a model that has seen none of them. Why: a risk is
// multiplied by money, so its level counts as much as its order. Rejected: always the
// freest one, which ties customers whom the model tells apart and follows chance
// where few have left; and always the line, which many leavers prove wrong.
package calibration
