package access

// ofOperation are the kinds of entries that an operator reads: what was done to
// nights, lists, jobs, imports, models, rosters and the staff's own access. What
// concerns a customer, who was looked up, and who read arms are not among them,
// nor is anything that is not named here.
var ofOperation = map[string]bool{
	"sign in": true, "sign-in refused": true,
	"add a user": true, "change a user": true, "change a role": true, "disable a user": true,
	"add a token": true, "revoke a token": true,
	"resume a night": true, "run a night again": true, "retry a job": true, "settle a job": true, "undo an import": true,
	"hold the next list": true, "end the hold": true, "release a list": true, "release a held list": true,
	"release a list again": true, "withdraw a list": true, "fall back to a list": true, "plan the day again": true, "a list is late": true,
	"pause a treatment": true, "resume a treatment": true,
	"promote a model": true, "roll back to a model": true, "import a model": true, "consent to a model": true,
	"change the roster": true, "take back a change of the roster": true,
}

// OfOperation says whether an entry of this kind concerns how the system is run,
// and no customer.
func (e Entry) OfOperation() bool { return ofOperation[e.What] }

// OperationKinds lists the kinds that OfOperation is true of, in no order.
func OperationKinds() []string {
	var kinds []string
	for k := range ofOperation {
		kinds = append(kinds, k)
	}
	return kinds
}

// Within narrows a search to what a role may read of the audit: all of it, or
// what concerns how the system is run.
func (q Search) Within(r Role) Search {
	q.Operation = q.Operation || !Can(r, SeeAudit)
	return q
}
