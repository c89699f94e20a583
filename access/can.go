package access

// Action is something a page does or shows.
type Action string

// The actions.
const (
	WorkTasks      Action = "work tasks"                // Next, cards, wrap-up, customers who ring
	SeeMorning     Action = "see the morning page"      // counts and money of the whole file
	SeeRiskList    Action = "see the risk list"         // and the risk in one customer's file
	SeeFiles       Action = "see customers' files"      // one at a time; without the risk for who may not see the list
	ExportRiskList Action = "export the risk list"      // audited
	SeeProof       Action = "see effects and saves"     // and the model's card
	SeeAgents      Action = "see how agents compare"    // of whom they see every customer
	SeeDecisions   Action = "see decisions"             // counts by reason
	SeeNights      Action = "see the nights"            // stages, imports, jobs
	RunNights      Action = "run the nights"            // resume, retry
	SeeRejections  Action = "see rejected rows"         // personal data of a feed
	SeeAudit       Action = "see the audit"             // who did what, to customers too
	SeeOperation   Action = "see the operation's audit" // of it, what was done to nights, lists, jobs, models, users, rosters
	SeeArms        Action = "see arms"                  // sealed; every reading is audited
	ManageUsers    Action = "manage users"
	AskForWork     Action = "ask for work"       // a treatment for one customer, through the same arms
	SendFacts      Action = "send facts"         // rows of a feed, through the API
	SeePersonal    Action = "see personal data"  // names, contact points, notes; masked without it
	SeeOthersWork  Action = "see others' work"   // tasks of any skill, whoever has them
	SaveViews      Action = "save views"         // filters of the risk list under a name
	TryPolicies    Action = "try policies"       // on a past night, with nothing released
	ReleaseModels  Action = "release models"     // one of the two people it takes where the configuration asks for them
	HoldLists      Action = "hold the next list" // so that it waits for a person to release it
)

// Actions lists all of them.
var Actions = []Action{
	WorkTasks, SeeMorning, SeeRiskList, SeeFiles, ExportRiskList, SeeProof, SeeAgents, SeeDecisions, SeeNights, RunNights, SeeRejections,
	SeeAudit, SeeOperation, SeeArms, ManageUsers, AskForWork, SendFacts,
	SeePersonal, SeeOthersWork, SaveViews, TryPolicies, ReleaseModels, HoldLists,
}

// may is the whole of what each role is allowed.
var may = map[Role]map[Action]bool{
	Agent: set(WorkTasks, SeeFiles, SeePersonal),
	Lead:  set(WorkTasks, SeeMorning, SeeRiskList, SeeFiles, SeeAgents, SeeDecisions, AskForWork, SeePersonal, SeeOthersWork, SaveViews),
	Manager: set(WorkTasks, SeeMorning, SeeRiskList, SeeFiles, ExportRiskList, SeeProof, SeeAgents, SeeDecisions, AskForWork, SeePersonal,
		SeeOthersWork, SaveViews, TryPolicies, ReleaseModels, HoldLists),
	Senior:   set(WorkTasks, SeeRiskList, SeeFiles, AskForWork, SeePersonal, SaveViews),
	Operator: set(SeeNights, RunNights, SeeRejections, SeeDecisions, SeeOperation, SendFacts, ReleaseModels, HoldLists),
	Analyst:  set(SeeMorning, SeeRiskList, SeeFiles, ExportRiskList, SeeProof, SeeAgents, SeeDecisions, SeeNights, SaveViews, TryPolicies, ReleaseModels),
	Admin: set(WorkTasks, SeeMorning, SeeRiskList, SeeFiles, ExportRiskList, SeeProof, SeeAgents, SeeDecisions, SeeNights, RunNights,
		SeeRejections, SeeAudit, SeeOperation, ManageUsers, AskForWork, SendFacts, SeePersonal, SeeOthersWork, SaveViews, TryPolicies,
		ReleaseModels, HoldLists),
	Auditor: set(SeeProof, SeeAgents, SeeDecisions, SeeAudit, SeeOperation, SeeArms),
}

func set(actions ...Action) map[Action]bool {
	m := make(map[Action]bool, len(actions))
	for _, a := range actions {
		m[a] = true
	}
	return m
}

// Can says whether a role is allowed an action. A role that does not exist is
// allowed nothing.
func Can(r Role, a Action) bool { return may[r][a] }
