package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/nightly"
)

// What a person is to do about a run, by its state.
var stateAdvice = map[nightly.State]string{
	nightly.Running:   "It is running. Nothing is to be done.",
	nightly.HeldBack:  "It is held and nothing was published: the desk works on the list before. Its reason says what to look at and what to do then; a list that is made is released on its page under Decisions.",
	nightly.Failed:    "A step gave up. Look at its reason and at Jobs; when the cause is gone, resume: what is done is not done again.",
	nightly.Completed: "It is complete. What became of its list stands under Decisions.",
}

// advice is what a person is to do about a run.
func advice(in *speech, run nightly.Run, failing *nightly.StageRun) string {
	if failing != nil {
		return in.Text("If the cause passes by itself, wait: the night then goes on. If not, such as a full disk, remove it now. After too many tries the night fails and says so here; it can be resumed then.")
	}
	return in.Text(stateAdvice[run.State])
}

// failingOf is the stage that failed and is tried again by itself, nil when none is.
func failingOf(stages []nightly.StageRun) *nightly.StageRun {
	i := slices.IndexFunc(stages, func(s nightly.StageRun) bool { return s.Failing.Shards > 0 })
	if i < 0 {
		return nil
	}
	return &stages[i]
}

type nightsView struct {
	Runs    []nightly.Run
	Latest  *nightly.Run
	Failing *nightly.StageRun // of the latest, what is tried again; nil when nothing is
	Advice  string
	Alarm   string // the proof is in danger; empty without
	Late    string // a list was not released by its deadline; empty without
	Hold    holdView
}

const runsShown = 30

func (s *site) nightsPage(w http.ResponseWriter, r *request) error {
	runs, err := s.Nights.Runs(r.Context(), runsShown)
	if err != nil {
		return fmt.Errorf("read the nights: %w", err)
	}
	v := nightsView{Runs: runs}
	if len(runs) > 0 {
		stages, err := s.Nights.Stages(r.Context(), runs[0].ID)
		if err != nil {
			return fmt.Errorf("read the stages: %w", err)
		}
		v.Latest, v.Failing = &runs[0], failingOf(stages)
		v.Advice = advice(r.in, runs[0], v.Failing)
	}
	if v.Alarm, err = s.proofAlarm(r); err != nil {
		return err
	}
	if v.Late, err = s.late(r); err != nil {
		return err
	}
	if v.Hold, err = s.holdView(r); err != nil {
		return err
	}
	return s.show(w, r, "nights", "Nights", v)
}

// nightView is one night, stage by stage.
type nightView struct {
	Run       nightly.Run
	Failing   *nightly.StageRun // what is tried again; nil when nothing is
	Advice    string
	Stages    []stageRow
	MayResume bool
	Next      nightly.Stage   // that a resumed night begins with; empty where all are done
	MayRerun  bool            // from a stage
	From      []nightly.Stage // to run it again from
	NotFrom   []notFrom
}

// notFrom are stages in a row that a night cannot be run again from.
type notFrom struct {
	Stages []string
	Why    string
}

// stageRow is a stage with its duration beside the usual.
type stageRow struct {
	nightly.StageRun
	State  string // waiting, running, done, stopped, passed_over
	Took   time.Duration
	Usual  time.Duration // median of earlier nights; 0 without any
	Slow   bool
	Counts []countRow
}

const usualOf = 5 // earlier nights

func (s *site) nightPage(w http.ResponseWriter, r *request) error {
	ctx := r.Context()
	run, err := s.Nights.Run(ctx, r.PathValue("id"))
	if err != nil {
		return fmt.Errorf("read the night: %w", err)
	}
	stages, err := s.Nights.Stages(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("read the stages: %w", err)
	}
	usual, err := s.usual(r, run)
	if err != nil {
		return err
	}
	v := nightView{
		Run: run, Failing: failingOf(stages),
		MayResume: (run.State == nightly.HeldBack || run.State == nightly.Failed) && access.Can(r.user.Role, access.RunNights),
	}
	v.Advice = advice(r.in, run, v.Failing)
	v.MayRerun = run.State.Ended() && !run.DryRun && access.Can(r.user.Role, access.RunNights)
	for _, st := range stages {
		v.Stages = append(v.Stages, r.in.stageRowOf(st, run, usual[st.Stage], s.Now()))
		v.mayBegin(r.in, st)
		if v.Next == "" && st.Done < st.Shards {
			v.Next = st.Stage
		}
	}
	return s.show(w, r, "night", r.in.Say("Night of %s", r.in.date(run.AsOf)), v)
}

// mayBegin puts a stage where the page says from which the night can be run again.
func (v *nightView) mayBegin(in *speech, st nightly.StageRun) {
	last := len(v.NotFrom) - 1
	switch {
	case st.Refused == "":
		v.From = append(v.From, st.Stage)
	case last >= 0 && v.NotFrom[last].Why == st.Refused:
		v.NotFrom[last].Stages = append(v.NotFrom[last].Stages, in.words(st.Stage))
	default:
		v.NotFrom = append(v.NotFrom, notFrom{[]string{in.words(st.Stage)}, st.Refused})
	}
}

func (in *speech) stageRowOf(st nightly.StageRun, run nightly.Run, usual time.Duration, now time.Time) stageRow {
	row := stageRow{StageRun: st, State: "waiting", Usual: usual}
	switch {
	case !st.Finished.IsZero():
		row.State, row.Took = "done", st.Finished.Sub(st.Started)
	case st.Passed():
		row.State = "passed_over"
	case !st.Started.IsZero() && run.State == nightly.Running:
		row.State, row.Took = "running", now.Sub(st.Started)
	case !st.Started.IsZero():
		row.State = "stopped"
	}
	row.Slow = usual > 0 && row.Took > 2*usual && row.Took > time.Minute
	for key, n := range st.Counts.Public() {
		row.Counts = append(row.Counts, countRow{in.counted(key), int(n)})
	}
	slices.SortFunc(row.Counts, func(a, b countRow) int { return strings.Compare(a.Text, b.Text) })
	return row
}

// counted names what a stage counted: one thing, or a result with its reason.
func (in *speech) counted(key string) string {
	if in.own() {
		return in.lower(key)
	}
	if result, reason, ok := strings.Cut(key, ": "); ok {
		return in.lower(result) + ": " + in.unlisted(reason)
	}
	if treatment, ok := strings.CutPrefix(key, "released "); ok {
		return in.lower("released") + ": " + in.words(treatment)
	}
	return in.lower(key)
}

// usual is the median duration of each stage over the completed nights before.
func (s *site) usual(r *request, run nightly.Run) (map[nightly.Stage]time.Duration, error) {
	runs, err := s.Nights.Runs(r.Context(), runsShown)
	if err != nil {
		return nil, fmt.Errorf("read the nights: %w", err)
	}
	took, nights := map[nightly.Stage][]time.Duration{}, 0
	for _, before := range runs {
		if nights == usualOf || before.State != nightly.Completed || before.DryRun || !before.AsOf.Before(run.AsOf) {
			continue
		}
		nights++
		stages, err := s.Nights.Stages(r.Context(), before.ID)
		if err != nil {
			return nil, fmt.Errorf("read the stages: %w", err)
		}
		for _, st := range stages {
			if !st.Finished.IsZero() {
				took[st.Stage] = append(took[st.Stage], st.Finished.Sub(st.Started))
			}
		}
	}
	usual := map[nightly.Stage]time.Duration{}
	for stage, list := range took {
		slices.Sort(list)
		usual[stage] = list[len(list)/2]
	}
	return usual, nil
}

func (s *site) resume(w http.ResponseWriter, r *request) error {
	from := nightly.Stage(r.FormValue("from"))
	run, err := s.Nights.ResumeRun(r.Context(), r.PathValue("id"), from, s.Now())
	if err != nil {
		return fmt.Errorf("resume the night: %w", err)
	}
	if from != "" {
		if err := s.note(r, "run a night again", run.ID, "from "+string(from)); err != nil {
			return err
		}
		return s.then(w, r, "/nights/"+run.ID, r.in.Say("%s and what follows it run again.", r.in.words(from)))
	}
	if err := s.note(r, "resume a night", run.ID, ""); err != nil {
		return err
	}
	return s.then(w, r, "/nights/"+run.ID, r.in.Text("Resumed: the first unfinished stage runs again."))
}

type jobsView struct {
	Jobs     []Job
	Queues   []Queue
	Retried  []Retried
	Refused  []Refused
	MayRetry bool
	Dead     map[string]int // that gave up, by kind
	More     int            // that wait for a person and are not among Jobs
}

const (
	jobsShown   = 200
	refusedDays = 7 // that messages refused for good are shown
)

func (s *site) jobsPage(w http.ResponseWriter, r *request) error {
	jobs, err := s.Jobs.StuckJobs(r.Context(), jobsShown)
	if err != nil {
		return fmt.Errorf("read the stuck jobs: %w", err)
	}
	queues, err := s.Jobs.Queues(r.Context())
	if err != nil {
		return fmt.Errorf("count the jobs: %w", err)
	}
	retried, err := s.Jobs.Retried(r.Context())
	if err != nil {
		return fmt.Errorf("count the messages that wait for another try: %w", err)
	}
	refused, err := s.Jobs.RefusedMessages(r.Context(), s.Now().AddDate(0, 0, -refusedDays))
	if err != nil {
		return fmt.Errorf("count the messages that were refused: %w", err)
	}
	v := jobsView{Jobs: jobs, Queues: queues, Retried: retried, Refused: refused, MayRetry: access.Can(r.user.Role, access.RunNights), Dead: map[string]int{}}
	for _, q := range queues {
		if v.More += q.Stuck; q.Dead > 0 {
			v.Dead[q.Kind] = q.Dead
		}
	}
	v.More -= len(jobs)
	return s.show(w, r, "jobs", "Jobs", v)
}

// jobAsked is the job that a request is about, and which it is.
func (s *site) jobAsked(r *request) (id int64, name string, err error) {
	if id, err = strconv.ParseInt(r.PathValue("id"), 10, 64); err != nil {
		return 0, "", fault.New(fault.NotFound, "there is no such job")
	}
	if name, err = s.Jobs.JobNamed(r.Context(), id); err != nil {
		return 0, "", fmt.Errorf("read job %d: %w", id, err)
	}
	return id, name, nil
}

func (s *site) retry(w http.ResponseWriter, r *request) error {
	id, name, err := s.jobAsked(r)
	if err != nil {
		return err
	}
	if err := s.Jobs.RetryJob(r.Context(), id, s.Now()); err != nil {
		return fmt.Errorf("retry job %d: %w", id, err)
	}
	if err := s.note(r, "retry a job", name, ""); err != nil {
		return err
	}
	return s.then(w, r, "/jobs", r.in.Text("The job is ready again."))
}

// settle ends a job of unknown outcome: what it was to do has happened.
func (s *site) settle(w http.ResponseWriter, r *request) error {
	id, name, err := s.jobAsked(r)
	if err != nil {
		return err
	}
	if err := s.Jobs.SettleJob(r.Context(), id, s.Now()); err != nil {
		return fmt.Errorf("settle job %d: %w", id, err)
	}
	if err := s.note(r, "settle a job", name, ""); err != nil {
		return err
	}
	return s.then(w, r, "/jobs", r.in.Text("The job is done: nothing more is sent."))
}

// retryDead makes all jobs of a kind that gave up ready again; unknown ones are
// looked at one by one.
func (s *site) retryDead(w http.ResponseWriter, r *request) error {
	kind := r.FormValue("kind")
	if kind == "" {
		return fault.New(fault.Invalid, "say of which kind")
	}
	n, err := s.Jobs.RetryDead(r.Context(), kind, s.Now())
	if err != nil {
		return fmt.Errorf("retry the %s jobs that gave up: %w", kind, err)
	}
	if err := s.note(r, "retry a job", kind, fmt.Sprintf("%d that gave up", n)); err != nil {
		return err
	}
	return s.then(w, r, "/jobs", r.in.Say("Jobs that are ready again: %d.", n))
}

// tryNow makes the next try of messages whose receiver was away due.
func (s *site) tryNow(w http.ResponseWriter, r *request) error {
	channel := r.FormValue("channel")
	if channel == "" {
		return fault.New(fault.Invalid, "say of which channel")
	}
	n, err := s.Jobs.TryNow(r.Context(), channel, s.Now())
	if err != nil {
		return fmt.Errorf("try the messages by %s now: %w", channel, err)
	}
	if err := s.note(r, "retry a job", channel, fmt.Sprintf("%d that waited for another try", n)); err != nil {
		return err
	}
	return s.then(w, r, "/jobs", r.in.Say("Messages that are tried now: %s.", r.in.number(n)))
}

type importsView struct {
	Feeds   []feedRow
	Missing bool // a required feed has brought nothing for the next night
	Imports []history.Import
	MayOpen bool // see what was rejected
}

const importsShown = 100

func (s *site) importsPage(w http.ResponseWriter, r *request) error {
	list, err := s.Imports.Imports(r.Context(), importsShown)
	if err != nil {
		return fmt.Errorf("read the imports: %w", err)
	}
	v := importsView{Imports: list, MayOpen: access.Can(r.user.Role, access.SeeRejections)}
	if v.Feeds, v.Missing, err = s.feedRows(r, list); err != nil {
		return err
	}
	return s.show(w, r, "imports", "Imports", v)
}

// importView is one import with a page of the rows it could not use.
type importView struct {
	Import   history.Import
	Rejected []history.Rejection
	After    int
	Next     int // where the next page begins; 0 at the end
}

const rejectionsShown = 100

func (s *site) importPage(w http.ResponseWriter, r *request) error {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "there is no such import")
	}
	after := 0
	if t := r.FormValue("after"); t != "" {
		if after, err = strconv.Atoi(t); err != nil || after < 0 {
			return fault.New(fault.Invalid, "there is no page after %q", t)
		}
	}
	imp, err := s.Imports.Import(r.Context(), history.ImportID(n))
	if err != nil {
		return fmt.Errorf("read import %d: %w", n, err)
	}
	v := importView{Import: imp, After: after}
	if v.Rejected, err = s.Imports.Rejections(r.Context(), imp.ID, after, rejectionsShown); err != nil {
		return fmt.Errorf("read the rejections of import %d: %w", n, err)
	}
	if len(v.Rejected) == rejectionsShown {
		v.Next = after + rejectionsShown
	}
	return s.show(w, r, "import", r.in.Say("Import %d", n), v)
}
