// Package interventions decides who is contacted, who is deliberately left
// alone, and follows each contact to its outcome.
//
// What: treatments and their gates, one decision a night for every customer,
// the arms that make effects measurable, and the task from its release to its
// last disposition. Why: what may be done, what is worth doing and what was
// done must be said in one place and checked by the same code at decide, at
// open and at send. Rejected: a ranked list by risk (it contacts those whom
// contact cannot help, and nothing can be learnt from it), and a rules engine
// or workflow product (the rules are ten, and must be provable).
//
// A night, stage by stage, for one draft publication:
//
//	propose (per shard)  Policy.Propose for each customer  → Draft{Proposals}
//	plan    (once)       Policy.Allocate over all candidates       → Allocation, arms
//	decide  (per shard)  Policy.Decide, then Policy.Assign → Decisions, tasks, messages, exposures
//
// A day: Desk.Next leases a task and runs the gates, Desk.Save applies its
// disposition, Policy.Tend looks after the queue every minute, and
// Policy.BeforeSend runs the gates for a message on its way out.
//
// Everything but Desk and Tend is pure: what is known comes in as values, what follows
// goes out as values, and the store only persists.
package interventions
