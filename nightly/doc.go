// Package nightly runs the stages of one night in order, each at most once per
// as-of.
//
// What: a Run is one night; a stage is cut into shards (one per customer
// partition, or a single one); each shard is one job with a checkpoint, and the
// last shard of a stage makes the next stage's jobs in its own transaction.
// Why: any process may die at any moment, and what is left to do must be a
// query, not a memory. Rejected: a coordinator that waits for its workers (it
// is the one process whose death stops the night), and one job for the whole
// night (it cannot be shared, resumed or watched).
//
//	import → check → train → score → propose → allocate → decide → publish → measure → clean
//	                         ├ shard 0 ┐          │ one
//	                         ├ shard 1 ┼ last one → next stage
//	                         └ shard n ┘
package nightly
