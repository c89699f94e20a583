// Package measurement compares those assigned to be contacted with their
// held-back controls and says what contact was worth.
//
// What: the rows of each household's first selection for a treatment, the
// leaving rates of both arms, their difference with an interval clustered by
// household, and beside it what the agents claimed. Why: a save that nobody
// would have lost is no save; only the difference between arms assigned by
// chance can tell. Rejected: comparing the reached with the unreached (who
// answers the phone stays anyway), counting dispositions, and analysis by what
// was done instead of by what was assigned.
package measurement
