package web

import (
	"context"
	"log/slog"
	"time"

	"github.com/alexedwards/scs/v2"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/locale"
	"holdfast/interventions"
	"holdfast/nightly"
)

// Deps is what the pages are made of. Effects and Models may be nil: their
// pages then say that there is nothing yet; without Mail there are no links of
// messages, and without SSO there is no single sign-on.
type Deps struct {
	Config   Config
	Business Business
	Now      func() time.Time
	Log      *slog.Logger

	Door     *access.Door
	SSO      *access.SSO
	Sessions scs.CtxStore

	Desk         Desk
	Tasks        Tasks
	Policy       Policy
	Requests     Requests
	Boards       Boards
	Steering     Steering
	Rosters      Rosters
	Promises     Promised
	Customers    Customers
	Risk         RiskList
	Owners       Owners
	Views        Views
	Attritions   AttritionReader
	Publications Publications
	Lists        ListSteering
	Policies     PolicyRoom
	Groups       GroupReader
	Handled      Handled
	Staff        Staff
	Effects      EffectsReader
	Models       Models
	Nights       Nights
	// Late says whether a list was not released by its deadline; nil never is.
	Late    func(ctx context.Context) (nightly.Late, bool, error)
	Jobs    Jobs
	Imports Imports
	Sealed  Sealed
	Audits  access.Entries

	Tokens  access.TokenStore // of the API
	Answers access.Answers
	Feeds   Feeds
	Mail    Mail
}

// Business is what the pages say of the business.
type Business struct {
	Name        string
	Writer      locale.Writer // of its locale and currency
	Zone        *time.Location
	HorizonDays int      // until an outcome is final; risk is always said with it
	OwnRhythm   string   // what leaving is where every customer has a window of their own; empty where all have HorizonDays
	Skills      []string // that a task can be handed to
	// ManySources says that customer keys come from several sources: each is
	// then shown with its own.
	ManySources bool
	Feeds       []Feed // that the configuration names, in its order
}

// sourceShown is the name of a source where it tells customers apart.
func (b Business) sourceShown(name string) string {
	if b.ManySources {
		return name
	}
	return ""
}

// Desk hands out work and takes in what came of it; interventions.Desk is one.
type Desk interface {
	Next(ctx context.Context, a interventions.Agent, now time.Time) (interventions.Task, error)
	Take(ctx context.Context, id interventions.TaskID, a interventions.Agent, now time.Time) (interventions.Task, error)
	Begin(ctx context.Context, id interventions.TaskID, a interventions.Agent, fence int64, now time.Time) (interventions.Task, error)
	Heartbeat(ctx context.Context, id interventions.TaskID, a interventions.Agent, fence int64, now time.Time) (interventions.Task, error)
	Snooze(ctx context.Context, id interventions.TaskID, a interventions.Agent, fence int64, reason, note string, until, now time.Time) (interventions.Task, error)
	Postpone(ctx context.Context, id interventions.TaskID, a interventions.Agent, reason string, until, now time.Time) (interventions.Task, error)
	Skip(ctx context.Context, id interventions.TaskID, a interventions.Agent, fence int64, reason, note string, now time.Time) (interventions.Task, error)
	TakeBack(ctx context.Context, id interventions.TaskID, a interventions.Agent, fence int64, skills []string, now time.Time) (interventions.Task, error)
	Handoff(ctx context.Context, id interventions.TaskID, a interventions.Agent, fence int64, skill, note string, now time.Time) (interventions.Task, error)
	Save(ctx context.Context, id interventions.TaskID, a interventions.Agent, fence int64, up interventions.WrapUp, now time.Time) (interventions.Consequences, error)
	Correct(ctx context.Context, id interventions.TaskID, a interventions.Agent, up interventions.WrapUp, now time.Time) (interventions.Consequences, error)
	AskForOffer(ctx context.Context, id interventions.TaskID, a interventions.Agent, fence int64, treatment, why string, now time.Time) (interventions.Approval, error)
	AnswerOffer(ctx context.Context, id int64, by interventions.Agent, granted bool, answer string, now time.Time) (interventions.Approval, error)
	Inbound(ctx context.Context, customer history.CustomerID, card interventions.Card, a interventions.Agent, channel interventions.Channel, now time.Time) (interventions.Task, error)
}

// Tasks reads work for the desk. None of it ever returns a ghost.
type Tasks interface {
	Floor
	Approvals
	Thanks
	// TaskFile returns one task with what was done about it; NotFound for ghosts and
	// unknown ids alike.
	TaskFile(ctx context.Context, id interventions.TaskID) (interventions.TaskFile, error)
	// LastAttempt returns the newest attempt that was not undone; NotFound without one.
	LastAttempt(ctx context.Context, id interventions.TaskID) (interventions.Attempt, error)
	// Known returns what is known now of a customer.
	Known(ctx context.Context, customer history.CustomerID, now time.Time) (interventions.Known, error)
	// TasksHeldBy returns the tasks whose running lease the agent has.
	TasksHeldBy(ctx context.Context, agent string, now time.Time) ([]interventions.Task, error)
	// Commitments returns tasks that wait for a promise or call-back due by
	// until: the agent's own, nobody's, and those about to break, by due time.
	Commitments(ctx context.Context, agent string, until time.Time, limit int) ([]interventions.Task, error)
	// Promise returns one promise; NotFound when there is none.
	Promise(ctx context.Context, id interventions.PromiseID) (interventions.Promise, error)
}

// Policy says what a manager may ask for; interventions.Policy is one.
type Policy interface {
	Treatments() []interventions.Treatment
	IsDirector(user string) bool
	// MayGrant is the dearest grant of a treatment's offer by an agent to a customer
	// of a value tier, minor units.
	MayGrant(a interventions.Agent, treatment, tier string) int64
	// NextCall is the first instant at or after t when a customer in zone may be
	// called; zero when there is none.
	NextCall(t time.Time, zone *time.Location) time.Time
	// CallsUntil is when the window closes in which t lies; zero where nobody may be
	// called at t.
	CallsUntil(t time.Time, zone *time.Location) time.Time
	// Grants returns the offers that nothing stands against for a task's customer,
	// and which of them the agent may grant.
	Grants(k *interventions.Known, t interventions.Task, a interventions.Agent, asked []interventions.Approval) []interventions.Grant
	NewExclusion(customer history.CustomerID, by, reason string, until, now time.Time) (interventions.Exclusion, error)
	NewPause(treatment, by, reason string, now time.Time) (interventions.Pause, error)
	// HoursToday returns the minutes of a day's agents, and what is left of them.
	HoursToday(now time.Time, c interventions.Committed) (rostered, left float64)
	NewRequest(customer history.CustomerID, treatment, by string, override bool, reason string, now time.Time) (interventions.Request, error)
}

// Requests keeps what managers ask to be sent, and whom they want left alone.
type Requests interface {
	// SaveRequests and SaveExclusions keep all or none.
	SaveRequests(ctx context.Context, list []interventions.Request) error
	SaveExclusions(ctx context.Context, list []interventions.Exclusion) error
	// EndExclusion ends what holds of a customer's exclusions and returns how many.
	EndExclusion(ctx context.Context, id history.CustomerID, now time.Time) (int64, error)
	// Exclusion returns what holds now of a customer's exclusions, nil without.
	Exclusion(ctx context.Context, id history.CustomerID, now time.Time) (*interventions.Exclusion, error)
	// RequestsFor returns what was asked for one customer, the newest first.
	RequestsFor(ctx context.Context, id history.CustomerID, limit int) ([]interventions.Request, error)
	// Overrides counts overrides asked for, and contacts released, since a time.
	Overrides(ctx context.Context, since time.Time) (interventions.Overrides, error)
}

// Customers finds customers and opens their files.
type Customers interface {
	// Find returns customers by key, phone, e-mail or name, the surest first.
	Find(ctx context.Context, query string, limit int) ([]Found, error)
	// Card makes the card of a customer who rings: NotFound when unknown.
	Card(ctx context.Context, id history.CustomerID, now time.Time) (interventions.Card, error)
	// File returns what pages show of one customer.
	File(ctx context.Context, id history.CustomerID, now time.Time) (File, error)
	// Housemates returns the other members of a customer's household, by id, at most
	// so many, and nothing of since when.
	Housemates(ctx context.Context, id history.CustomerID, of history.HouseholdID, now time.Time, limit int) ([]Member, error)
	// Preview renders a treatment's texts for a customer, in one of its languages
	// or, without one, in theirs: NotFound for texts there are not.
	Preview(ctx context.Context, id history.CustomerID, treatment, language string, now time.Time) (Preview, error)
}

// Found is a customer who answers a search, with what matched.
type Found struct {
	history.Customer
	Match string // key, phone, email or name
}

// File is one customer's file.
type File struct {
	Card     interventions.Card      // as of now
	Segment  string                  // the customer's, empty without one
	Excluded string                  // why the customer is not in the population; empty when it is
	Episode  time.Time               // start of the risk episode; zero outside one
	Decision *interventions.Decision // of the last night; nil before the first
	Tasks    []interventions.Task    // newest first, without ghosts
	Promises []interventions.Promise // newest first

	Household []Member            // who decides with the customer, by id; empty for one who decides alone
	Consents  []history.ConsentAt // every one that was recorded
	Left      string              // how the customer left; empty while here
	Elsewhere int                 // members whom the reader may not see
}

// Member is another customer of a household.
type Member struct {
	history.Customer
	Segment string
	Since   time.Time // the relationship began; zero when unknown
	Left    string    // how they left; empty while here
}

// Models is the model registry.
type Models interface {
	Releasing
	// Models returns the newest records, the champion first.
	Models(ctx context.Context, limit int) ([]nightly.ModelRecord, error)
	// Calibration returns what came true of a model's risks: NotFound without data.
	Calibration(ctx context.Context, id string) (Calibration, error)
	// Watch returns what the newest night saw of a model in office: NotFound before
	// any looked at it.
	Watch(ctx context.Context, id string) (nightly.Watch, error)
}

// Nights reads the runs and brings one back.
type Nights interface {
	Runs(ctx context.Context, limit int) ([]nightly.Run, error)
	Run(ctx context.Context, id string) (nightly.Run, error)
	Stages(ctx context.Context, run string) ([]nightly.StageRun, error)
	// ResumeRun sets a held or failed run running again; from restarts at that
	// stage when it is not empty.
	ResumeRun(ctx context.Context, run string, from nightly.Stage, now time.Time) (nightly.Run, error)
}

// Jobs shows the jobs that wait for a person.
type Jobs interface {
	// StuckJobs returns unknown jobs and then dead ones, the newest of each first:
	// of the unknown ones none is left out for dead ones.
	StuckJobs(ctx context.Context, limit int) ([]Job, error)
	// Queues counts what is not done, by kind.
	Queues(ctx context.Context) ([]Queue, error)
	// Retried counts the messages that wait for another try, by channel.
	Retried(ctx context.Context) ([]Retried, error)
	// TryNow makes the next try of a channel's messages that wait for one due, and
	// returns their number.
	TryNow(ctx context.Context, channel string, now time.Time) (int, error)
	// RefusedMessages counts the messages tried since an instant that were refused for
	// good, by channel.
	RefusedMessages(ctx context.Context, since time.Time) ([]Refused, error)
	// JobNamed says which job it is: its kind and its key. NotFound without such.
	JobNamed(ctx context.Context, id int64) (string, error)
	// RetryJob makes a stuck job ready again.
	RetryJob(ctx context.Context, id int64, now time.Time) error
	// SettleJob ends a job of unknown outcome, because its effect took place.
	SettleJob(ctx context.Context, id int64, now time.Time) error
	// RetryDead makes all jobs of a kind that gave up ready again, and returns
	// their number.
	RetryDead(ctx context.Context, kind string, now time.Time) (int, error)
}

// Job is a piece of the system's work that was given up.
type Job struct {
	ID       int64
	Kind     string
	Key      string
	State    string // dead, or unknown: an outside effect may have happened
	Attempts int
	Error    string
	Created  time.Time
	Last     time.Time // that it was tried; zero where that is not known
}

// Imports shows what feeds brought.
type Imports interface {
	Imports(ctx context.Context, limit int) ([]history.Import, error)
	Import(ctx context.Context, id history.ImportID) (history.Import, error)
	Rejections(ctx context.Context, imp history.ImportID, after, limit int) ([]history.Rejection, error)
	// Arrivals returns what each feed that ever brought something brought last.
	Arrivals(ctx context.Context) ([]nightly.Arrival, error)
}

// Sealed reads what only the auditor may.
type Sealed interface {
	Arms(ctx context.Context, asOf time.Time) ([]interventions.Arm, error)
}

func (d Deps) validate() error {
	for _, p := range []struct {
		name  string
		given bool
	}{
		{"Now", d.Now != nil},
		{"Log", d.Log != nil},
		{"Business.Zone", d.Business.Zone != nil},
		{"Door", d.Door != nil},
		{"Sessions", d.Sessions != nil},
		{"Desk", d.Desk != nil},
		{"Tasks", d.Tasks != nil},
		{"Policy", d.Policy != nil},
		{"Requests", d.Requests != nil},
		{"Boards", d.Boards != nil},
		{"Steering", d.Steering != nil},
		{"Staff", d.Staff != nil},
		{"Promises", d.Promises != nil},
		{"Customers", d.Customers != nil},
		{"Risk", d.Risk != nil},
		{"Owners", d.Owners != nil},
		{"Views", d.Views != nil},
		{"Attritions", d.Attritions != nil},
		{"Publications", d.Publications != nil},
		{"Lists", d.Lists != nil},
		{"Policies", d.Policies != nil},
		{"Groups", d.Groups != nil},
		{"Handled", d.Handled != nil},
		{"Nights", d.Nights != nil},
		{"Jobs", d.Jobs != nil},
		{"Imports", d.Imports != nil},
		{"Sealed", d.Sealed != nil},
		{"Audits", d.Audits != nil},
		{"Tokens", d.Tokens != nil},
		{"Answers", d.Answers != nil},
		{"Feeds", d.Feeds != nil},
	} {
		if !p.given {
			return fault.New(fault.Invalid, "the pages were made without %s", p.name)
		}
	}
	return d.Config.Validate()
}
