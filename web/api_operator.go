package web

import (
	"fmt"
	"net/http"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/nightly"
)

type (
	apiNight struct {
		ID            string     `json:"id"`
		AsOf          time.Time  `json:"as_of"`
		State         string     `json:"state"`
		Reason        string     `json:"reason,omitempty" doc:"Why it is held or failed."`
		DryRun        bool       `json:"dry_run"`
		Started       time.Time  `json:"started"`
		Finished      *time.Time `json:"finished,omitempty"`
		WorkedSeconds float64    `json:"worked_seconds" doc:"Of the stages that are done, each in its last run."`
		Again         *time.Time `json:"again,omitempty" doc:"When it was run again from a stage."`
		Stages        []apiStage `json:"stages,omitempty" doc:"Left out of lists."`
	}
	apiStage struct {
		Stage    string           `json:"stage"`
		Shards   int              `json:"shards"`
		Done     int              `json:"done"`
		Started  *time.Time       `json:"started,omitempty"`
		Finished *time.Time       `json:"finished,omitempty"`
		Peak     int64            `json:"peak_bytes,omitempty" doc:"The most memory that a process held while it worked on the stage."`
		Live     int64            `json:"live_bytes,omitempty" doc:"The most that a program had in use when a shard ended."`
		Counts   map[string]int64 `json:"counts,omitempty"`
		Note     string           `json:"note,omitempty"`
		Refused  string           `json:"rerun_refused,omitempty" doc:"Why an ended night cannot be run again from this stage; absent where it can."`
		Failing  *apiFailing      `json:"failing,omitempty"`
	}
	// apiFailing is what of a stage failed and is tried again by itself; absent when
	// nothing is.
	apiFailing struct {
		Shards int        `json:"shards" doc:"That failed and are not done."`
		Tries  int        `json:"tries" doc:"In vain, of the shard that was tried most often."`
		Next   *time.Time `json:"next,omitempty" doc:"The next try of that shard; absent while it is under way."`
		Error  string     `json:"error" doc:"Of its last try."`
	}
	nightsAnswer struct {
		Body struct {
			Nights []apiNight `json:"nights"`
			Alarm  string     `json:"alarm,omitempty" doc:"What endangers the proof, in a sentence: too many overrides, or arms that are not as large as they were drawn."`
			Late   string     `json:"late,omitempty" doc:"A list that was not released by its deadline, in a sentence."`
		}
	}
	nightAnswer struct{ Body apiNight }
	nightRef    struct {
		ID string `path:"id"`
	}
	resumeCall struct {
		ID   string `path:"id"`
		From string `query:"from" doc:"Stage to run again, with what follows it; none: the first unfinished."`
	}
	apiJob struct {
		ID       int64      `json:"id"`
		Kind     string     `json:"kind"`
		State    string     `json:"state" enum:"dead,unknown"`
		Attempts int        `json:"attempts"`
		Error    string     `json:"error"`
		Created  time.Time  `json:"created"`
		Last     *time.Time `json:"last,omitempty" doc:"When it was tried last; absent where that is not known."`
	}
	jobsAnswer struct {
		Body struct {
			Jobs    []apiJob     `json:"jobs"`
			Queues  []apiQueue   `json:"queues" doc:"What is not done, by kind."`
			Retried []apiRetried `json:"retried" doc:"Messages that wait for another try because their receiver did not take them, by channel."`
			Refused []apiRefused `json:"refused" doc:"Messages of seven days that their receiver refused for good, by channel: they are not sent."`
		}
	}
	deadJobs struct {
		Body struct {
			Kind string `json:"kind" minLength:"1" maxLength:"100" doc:"Of the jobs, such as deliver."`
		}
	}
	waitingMessages struct {
		Body struct {
			Channel string `json:"channel" minLength:"1" maxLength:"100" doc:"Of the messages, such as email."`
		}
	}
	triedAnswer struct {
		Body struct {
			Tried int `json:"tried" doc:"How many are due now."`
		}
	}
	retriedAnswer struct {
		Body struct {
			Retried int `json:"retried" doc:"How many are ready again."`
		}
	}
	jobRef struct {
		ID int64 `path:"id" minimum:"1"`
	}
	apiEntry struct {
		ID      int64     `json:"id"`
		At      time.Time `json:"at"`
		Who     string    `json:"who"`
		What    string    `json:"what"`
		Subject string    `json:"subject,omitempty"`
		Detail  string    `json:"detail,omitempty"`
		Address string    `json:"address,omitempty"`
		Hash    string    `json:"hash,omitempty" doc:"It chains the entry to the one before it."`
	}
	auditCall struct {
		Who     string    `query:"who"`
		What    string    `query:"what" doc:"As it is written down, such as sign in."`
		Subject string    `query:"subject"`
		Text    string    `query:"text" doc:"Somewhere in the detail."`
		From    time.Time `query:"from"`
		To      time.Time `query:"to" doc:"Before this."`
		Before  int64     `query:"before" minimum:"0" doc:"The next of the page before."`
	}
	auditAnswer struct {
		Body struct {
			Entries []apiEntry `json:"entries"`
			Next    int64      `json:"next,omitempty" doc:"None at the end."`
		}
	}
	nothing struct{}
)

func apiNightOf(r nightly.Run) apiNight {
	return apiNight{
		ID: r.ID, AsOf: r.AsOf.UTC(), State: string(r.State), Reason: r.Reason, DryRun: r.DryRun, Started: r.Started.UTC(), Finished: instant(r.Finished),
		WorkedSeconds: r.Worked.Seconds(), Again: instant(r.Again),
	}
}

func apiFailingOf(f nightly.Failing) *apiFailing {
	if f.Shards == 0 {
		return nil
	}
	return &apiFailing{f.Shards, f.Tries, instant(f.Next), f.Error}
}

func (a *api) operatorRoutes() {
	see := operation{method: http.MethodGet, tag: "operation", action: access.SeeNights}
	o := see
	o.path, o.id, o.summary, o.text = "/nights", "nights", "The newest nights", "Thirty at most, without their stages."
	add(a, o, func(c *call, _ *struct{}) (*nightsAnswer, error) {
		runs, err := a.Nights.Runs(c.Context(), runsShown)
		out := &nightsAnswer{}
		out.Body.Nights = make([]apiNight, len(runs))
		for i, r := range runs {
			out.Body.Nights[i] = apiNightOf(r)
		}
		if err != nil {
			return nil, err
		}
		if out.Body.Alarm, err = a.proofAlarm(&c.request); err != nil {
			return nil, err
		}
		out.Body.Late, err = a.late(&c.request)
		return out, err
	})
	o = see
	o.path, o.id, o.summary = "/nights/{id}", "night", "One night, stage by stage"
	o.text = "How many shards of each stage are done, when it ran and what it counted."
	add(a, o, a.night)
	o = see
	o.path, o.id, o.summary = "/jobs", "stuck-jobs", "Jobs that wait for a person"
	o.text = "Given up after the last attempt, or of an outcome that is not known, with the last error. Events that a receiver did not take are jobs of kind tell."
	add(a, o, func(c *call, _ *struct{}) (*jobsAnswer, error) {
		jobs, err := a.Jobs.StuckJobs(c.Context(), jobsShown)
		if err != nil {
			return nil, err
		}
		queues, err := a.Jobs.Queues(c.Context())
		if err != nil {
			return nil, err
		}
		retried, err := a.Jobs.Retried(c.Context())
		if err != nil {
			return nil, err
		}
		refused, err := a.Jobs.RefusedMessages(c.Context(), a.Now().AddDate(0, 0, -refusedDays))
		out := &jobsAnswer{}
		out.Body.Queues, out.Body.Retried, out.Body.Refused = apiQueuesOf(queues, a.Now()), apiRetriedOf(retried), apiRefusedOf(refused)
		out.Body.Jobs = make([]apiJob, len(jobs))
		for i, j := range jobs {
			out.Body.Jobs[i] = apiJob{j.ID, j.Kind, j.State, j.Attempts, j.Error, j.Created.UTC(), instant(j.Last)}
		}
		return out, err
	})
	run := operation{method: http.MethodPost, tag: "operation", action: access.RunNights}
	o = run
	o.path, o.id, o.summary = "/nights/{id}/resume", "resume-night", "Set a held or failed night running again"
	o.text = "The first unfinished stage runs again; what is done is not done again, unless from names a stage. 409 for a night that is neither held nor failed."
	add(a, o, a.resumeNight)
	a.jobRoutes(run)
	add(a, operation{
		method: http.MethodGet, path: "/audit", id: "audit", tag: "operation", action: access.SeeOperation, summary: "Who did what, newest first",
		text: "A hundred entries of the filters. Send next back as before for those that are older. A role that may not see the whole audit gets what was done to nights, lists, jobs, imports, models, users, tokens and rosters.",
	}, a.auditLines)
}

// jobRoutes are what whoever runs the nights does with jobs.
func (a *api) jobRoutes(run operation) {
	o := run
	o.path, o.id, o.summary, o.status = "/jobs/{id}/retry", "retry-job", "Make a stuck job ready again", http.StatusNoContent
	o.text = "It is tried from the beginning, under the same key. 404 for a job that is not stuck."
	add(a, o, func(c *call, in *jobRef) (*nothing, error) {
		name, err := a.Jobs.JobNamed(c.Context(), in.ID)
		if err != nil {
			return nil, err
		}
		if err := a.Jobs.RetryJob(c.Context(), in.ID, a.Now()); err != nil {
			return nil, err
		}
		return &nothing{}, a.note(c, "retry a job", name)
	})
	o = run
	o.path, o.id, o.summary, o.status = "/jobs/{id}/settle", "settle-job", "Say that what an unknown job was to do has happened", http.StatusNoContent
	o.text = "It is done, and nothing is sent: a message has left as of its call. 409 for a job whose outcome is known."
	add(a, o, func(c *call, in *jobRef) (*nothing, error) {
		name, err := a.Jobs.JobNamed(c.Context(), in.ID)
		if err != nil {
			return nil, err
		}
		if err := a.Jobs.SettleJob(c.Context(), in.ID, a.Now()); err != nil {
			return nil, err
		}
		return &nothing{}, a.note(c, "settle a job", name)
	})
	o = run
	o.path, o.id, o.summary = "/jobs/retry", "retry-dead-jobs", "Make all jobs of a kind that gave up ready again"
	o.text = "For when the cause is gone, such as a receiver that was away. Jobs whose outcome is not known are not among them."
	add(a, o, func(c *call, in *deadJobs) (*retriedAnswer, error) {
		n, err := a.Jobs.RetryDead(c.Context(), in.Body.Kind, a.Now())
		if err != nil {
			return nil, err
		}
		out := &retriedAnswer{}
		out.Body.Retried = n
		return out, a.note(c, "retry a job", fmt.Sprintf("%s, %d that gave up", in.Body.Kind, n))
	})
	o = run
	o.path, o.id, o.summary = "/jobs/try", "try-messages-now", "Try the messages that wait for their receiver now"
	o.text = "Those of a channel that retried of /jobs counts, for when the receiver is back: they would be tried by themselves within the hour. What a gate or a rate limit holds back stays so."
	add(a, o, func(c *call, in *waitingMessages) (*triedAnswer, error) {
		n, err := a.Jobs.TryNow(c.Context(), in.Body.Channel, a.Now())
		if err != nil {
			return nil, err
		}
		out := &triedAnswer{}
		out.Body.Tried = n
		return out, a.note(c, "retry a job", fmt.Sprintf("%s, %d that waited for another try", in.Body.Channel, n))
	})
}

// note writes what a token did into the audit.
func (a *api) note(c *call, what, subject string) error {
	return a.Door.Audit(c.Context(), access.Entry{
		At: a.Now(), Who: c.user.Name, What: what, Subject: subject, Detail: "by token " + c.caller.Token.Name, Address: c.address(),
	})
}

func (a *api) night(c *call, in *nightRef) (*nightAnswer, error) {
	run, err := a.Nights.Run(c.Context(), in.ID)
	if err != nil {
		return nil, err
	}
	stages, err := a.Nights.Stages(c.Context(), run.ID)
	out := &nightAnswer{apiNightOf(run)}
	for _, s := range stages {
		out.Body.Stages = append(out.Body.Stages, apiStage{
			string(s.Stage), s.Shards, s.Done, instant(s.Started), instant(s.Finished), s.Memory.Peak, s.Memory.Live, s.Counts.Public(), s.Note, s.Refused,
			apiFailingOf(s.Failing),
		})
	}
	return out, err
}

func (a *api) resumeNight(c *call, in *resumeCall) (*nightAnswer, error) {
	run, err := a.Nights.ResumeRun(c.Context(), in.ID, nightly.Stage(in.From), a.Now())
	if err != nil {
		return nil, err
	}
	what := "resume a night"
	if in.From != "" {
		what = "run a night again"
	}
	return &nightAnswer{apiNightOf(run)}, a.note(c, what, run.ID)
}

const auditPage = 100

func (a *api) auditLines(c *call, in *auditCall) (*auditAnswer, error) {
	q := access.Search{Who: in.Who, What: in.What, Subject: in.Subject, Text: in.Text, From: in.From, To: in.To, Before: in.Before, Limit: auditPage}
	list, err := a.Audits.AuditEntries(c.Context(), q.Within(c.user.Role))
	out := &auditAnswer{}
	out.Body.Entries = make([]apiEntry, len(list))
	for i, e := range list {
		out.Body.Entries[i] = apiEntry{e.ID, e.At.UTC(), e.Who, e.What, e.Subject, e.Detail, e.Address, e.Hash}
	}
	if len(list) == auditPage {
		out.Body.Next = list[len(list)-1].ID
	}
	return out, err
}

type (
	apiImport struct {
		ID        int64      `json:"id"`
		Feed      string     `json:"feed"`
		Started   time.Time  `json:"started"`
		Published *time.Time `json:"published,omitempty"`
		Undone    *time.Time `json:"undone,omitempty"`
		Read      int64      `json:"read" doc:"Rows."`
		Added     int64      `json:"added"`
		Corrected int64      `json:"corrected"`
		Retracted int64      `json:"retracted"`
		Unchanged int64      `json:"unchanged"`
		Rejected  int64      `json:"rejected"`
		Customers int64      `json:"customers" doc:"Created."`
		Note      string     `json:"note,omitempty"`
		Refused   bool       `json:"refused,omitempty" doc:"Too many rows could not be used: nothing of it is in the history, and note says why."`
	}
	importAnswer  struct{ Body apiImport }
	importsAnswer struct {
		Body struct {
			Imports []apiImport `json:"imports"`
		}
	}
)

func apiImportOf(i history.Import) apiImport {
	return apiImport{
		int64(i.ID), i.Feed, i.Started.UTC(), instant(i.Published), instant(i.Undone), i.Read, i.Added, i.Corrected, i.Retracted,
		i.Unchanged, i.Rejected, i.Customers, i.Note, i.Refused,
	}
}
