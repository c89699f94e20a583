package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/store"
)

func (p *program) nightlyCmd() *cobra.Command {
	c := &cobra.Command{Use: "nightly", Short: "run, watch or resume a night"}
	c.AddCommand(p.nightlyRunCmd(), p.nightlyStatusCmd(), p.nightlyResumeCmd(), p.nightlyPoliciesCmd())
	return c
}

func (p *program) nightlyRunCmd() *cobra.Command {
	var asOf, only, from, policy string
	var dry, customers bool
	c := &cobra.Command{
		Use:   "run [--as-of DATE] [--only STAGE | --from STAGE] [--dry-run [--policy FILE]]",
		Short: "run one night; running it twice changes nothing",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if only != "" && from != "" {
				return usageError{errors.New("--only does one stage again and --from a stage and all after it: give one of them")}
			}
			if err := rehearsing(nightly.Stage(only), policy, dry, customers); err != nil {
				return err
			}
			if policy != "" {
				return p.withApp(cmd.Context(), reads, func(a *app) error {
					return a.comparePolicies(cmd.Context(), asOf, policy, customers)
				})
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				at, err := a.asOf(asOf)
				if err != nil {
					return err
				}
				if only != "" {
					return a.runOnly(cmd.Context(), at, nightly.Stage(only))
				}
				if from != "" && !dry {
					if run, err := a.store.RunAt(cmd.Context(), at); err == nil {
						return a.resumeNight(cmd.Context(), run, nightly.Stage(from), "")
					}
				}
				return a.runNight(cmd.Context(), at, nightly.Stage(from), dry)
			})
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "00:00 of this `date` in the business's time zone; today by default")
	c.Flags().StringVar(&only, "only", "", "run one `stage` of a night that has passed it")
	c.Flags().StringVar(&from, "from", "", "run again from this `stage`")
	c.Flags().BoolVar(&dry, "dry-run", false, "decide and count, publish nothing")
	c.Flags().StringVar(&policy, "policy", "", "with --only decide --dry-run: compare the policy in use with the interventions of this configuration `file`")
	c.Flags().BoolVar(&customers, "customers", false, "with --policy: a line for each customer treated differently, too")
	return c
}

func (p *program) nightlyStatusCmd() *cobra.Command {
	var asOf string
	c := &cobra.Command{
		Use: "status [--as-of DATE]", Short: "where a night stands, stage by stage",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				run, err := a.runAt(cmd.Context(), asOf)
				if err != nil {
					return err
				}
				return a.report(cmd.Context(), run)
			})
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "the night of this `date`; the newest by default")
	return c
}

func (p *program) nightlyResumeCmd() *cobra.Command {
	var asOf, from, why string
	c := &cobra.Command{
		Use: "resume [--as-of DATE] [--from STAGE]", Short: "go on with a night that was held or failed",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				run, err := a.runAt(cmd.Context(), asOf)
				if err != nil {
					return err
				}
				if run.State == nightly.Completed && from == "" {
					return a.report(cmd.Context(), run)
				}
				return a.resumeNight(cmd.Context(), run, nightly.Stage(from), why)
			})
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "the night of this `date`; the newest by default")
	c.Flags().StringVar(&from, "from", "", "begin again at this `stage`")
	reasonFlag(c, &why)
	return c
}

// resumeNight goes on with a night by hand, which is in the audit as it is when
// it is done on the night's page.
func (a *app) resumeNight(ctx context.Context, run nightly.Run, from nightly.Stage, why string) error {
	if _, st := a.night(); from != "" {
		if err := knownStage(st, from); err != nil { // before the audit says that it was done
			return err
		}
	}
	what := "resume a night"
	if from != "" {
		what, why = "run a night again", "from "+string(from)+because(why)
	}
	if err := a.auditWhy(ctx, what, run.ID, why); err != nil {
		return err
	}
	return a.runNight(ctx, run.AsOf, from, false)
}

// asOf reads a date as 00:00 in the business's time zone; empty is today.
func (a *app) asOf(text string) (time.Time, error) {
	if text == "" {
		return a.today(), nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, a.cfg.Zone)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("%q is not a date: write it as 2026-03-31", text)}
	}
	return t.UTC(), nil
}

func (a *app) runAt(ctx context.Context, text string) (nightly.Run, error) {
	var at time.Time
	if text != "" {
		var err error
		if at, err = a.asOf(text); err != nil {
			return nightly.Run{}, err
		}
	}
	return a.store.RunAt(ctx, at)
}

// runNight runs or resumes the night of an as-of to its end and reports it.
func (a *app) runNight(ctx context.Context, asOf time.Time, from nightly.Stage, dry bool) error {
	n, st := a.night()
	if err := knownStage(st, from); err != nil {
		return err
	}
	run, created, err := n.Start(ctx, a.newRun(asOf, dry))
	if err != nil {
		return err
	}
	if !created && from == "" && run.State == nightly.Completed {
		a.p.tell("the night of %s was completed before: nothing was done. --from STAGE runs it again from a stage.", run.AsOf.In(a.cfg.Zone).Format(time.DateOnly))
	}
	if !created && (from != "" || run.State == nightly.HeldBack || run.State == nightly.Failed) {
		if run, err = a.store.ResumeRun(ctx, run.ID, from, a.p.Now()); err != nil {
			return err
		}
	}
	if run, err = a.finish(ctx, n, st, run); err != nil {
		return err
	}
	return a.report(ctx, run)
}

// finish works until the run has ended and the messages that are due have left.
// As a job it leaves that to the other jobs, and to who follows.
func (a *app) finish(ctx context.Context, n *nightly.Night, st *nightly.Stages, run nightly.Run) (nightly.Run, error) {
	if run.State.Ended() {
		return run, nil
	}
	if a.p.host != nil {
		return run, followNight(run.ID)
	}
	show := a.progress(len(st.Steps()))
	err := a.work(ctx, a.handlers(n, st), func(ctx context.Context) (done bool, err error) {
		run, done, err = a.nightOver(ctx, run.ID, show)
		return done, err
	})
	return run, err
}

// nightOver says whether a run has ended and the messages that are due have left.
func (a *app) nightOver(ctx context.Context, id string, show func(context.Context, nightly.Run)) (nightly.Run, bool, error) {
	run, err := a.store.Run(ctx, id)
	if err != nil {
		return run, false, err
	}
	show(ctx, run)
	if !run.State.Ended() {
		return run, false, nil
	}
	due, err := a.messagesDue(ctx)
	return run, !due, err
}

// messagesDue says whether a delivery waits or runs now. One that was put off,
// or that failed and waits for another try, is left to up.
func (a *app) messagesDue(ctx context.Context) (bool, error) {
	for _, state := range []queue.State{queue.Running, queue.Dispatched, queue.Ready} {
		list, err := a.store.Jobs(ctx, store.JobFilter{Kind: jobDeliver, State: state})
		if err != nil {
			return false, err
		}
		for _, j := range list {
			if !j.RunAfter.After(a.p.Now()) {
				return true, nil
			}
		}
	}
	return false, nil
}

func knownStage(st *nightly.Stages, name nightly.Stage) error {
	if name == "" {
		return nil
	}
	var names []string
	for _, s := range st.Steps() {
		if s.Stage == name {
			return nil
		}
		names = append(names, string(s.Stage))
	}
	return usageError{fmt.Errorf("there is no stage %q; the stages are %s", name, strings.Join(names, ", "))}
}

// runOnly does one stage of a night again, and nothing after it.
func (a *app) runOnly(ctx context.Context, asOf time.Time, stage nightly.Stage) error {
	_, st := a.night()
	if err := knownStage(st, stage); err != nil {
		return err
	}
	run, err := a.store.RunAt(ctx, asOf)
	if err != nil {
		return err
	}
	counts := nightly.Counts{}
	for _, s := range st.Steps() {
		if s.Stage != stage {
			continue
		}
		shards := 1
		if s.PerPartition {
			shards = a.store.Partitions()
		}
		for k := range shards {
			c, err := s.Do(ctx, run, k)
			if err != nil {
				return fmt.Errorf("%s: %w", stage, err)
			}
			counts.Add(c)
		}
	}
	return a.p.print(counts.Public(), func() {
		for _, line := range countLines(counts.Public()) {
			a.p.say("%s", line)
		}
	})
}

// nightReport is what `nightly run` and `nightly status` print as JSON.
type nightReport struct {
	Run    string        `json:"run"`
	AsOf   string        `json:"as_of"`
	State  nightly.State `json:"state"`
	Reason string        `json:"reason,omitempty"`
	Model  string        `json:"model,omitempty"`
	Stages []stageReport `json:"stages"`
}

type stageReport struct {
	Stage   nightly.Stage   `json:"stage"`
	Shards  int             `json:"shards"`
	Done    int             `json:"done"`
	Passed  bool            `json:"passed_over,omitempty"`
	Note    string          `json:"note,omitempty"`
	Seconds float64         `json:"seconds"`
	Memory  nightly.Memory  `json:"memory_bytes,omitzero"`
	Counts  nightly.Counts  `json:"counts,omitempty"`
	Failing nightly.Failing `json:"failing,omitzero"`
}

// state is how far a stage is, in ten letters or a little more.
func (s stageReport) state() string {
	if s.Passed {
		return "passed over"
	}
	return fmt.Sprintf("%3d of %3d ", s.Done, s.Shards)
}

// notes are what is said below a stage's line, with instants where zone is.
func (s stageReport) notes(zone *time.Location) (lines []string) {
	if f := s.Failing; f.Shards > 0 {
		next := "is being tried again"
		if !f.Next.IsZero() {
			next = "is tried again by itself at " + f.Next.In(zone).Format(time.TimeOnly)
		}
		lines = append(lines, fmt.Sprintf("failed and %s (tries in vain: %d; shards that failed: %d): %s", next, f.Tries, f.Shards, f.Error))
	}
	if s.Note != "" {
		lines = append(lines, s.Note)
	}
	return lines
}

func (a *app) nightReport(ctx context.Context, run nightly.Run) (nightReport, error) {
	stages, err := a.store.Stages(ctx, run.ID)
	if err != nil {
		return nightReport{}, err
	}
	r := nightReport{
		Run: run.ID, AsOf: run.AsOf.In(a.cfg.Zone).Format(time.DateOnly), State: run.State, Reason: run.Reason, Model: run.Model,
	}
	for _, s := range stages {
		line := stageReport{Stage: s.Stage, Shards: s.Shards, Done: s.Done, Passed: s.Passed(), Note: s.Note, Memory: s.Memory, Counts: s.Counts.Public(), Failing: s.Failing}
		if !s.Finished.IsZero() {
			line.Seconds = s.Finished.Sub(s.Started).Seconds()
		}
		r.Stages = append(r.Stages, line)
	}
	return r, nil
}

// report prints a night, and turns a held or failed one into its exit code.
func (a *app) report(ctx context.Context, run nightly.Run) error {
	r, err := a.nightReport(ctx, run)
	if err != nil {
		return err
	}
	err = a.p.print(r, func() {
		a.p.say("night of %s: %s", r.AsOf, r.State)
		if r.State == nightly.Running && !a.attended() {
			a.p.say("  it was begun and nobody works at it: holdfast up, or holdfast nightly resume, goes on with it")
		}
		for _, s := range r.Stages {
			lines := wrapped(countLines(s.Counts), countsWidth)
			a.p.say("  %-9s %s %7.2f s  %5d MiB  %s", s.Stage, s.state(), s.Seconds, mebibytes(s.Memory.Peak), lines[0])
			for _, more := range append(lines[1:], s.notes(a.cfg.Zone)...) {
				a.p.say("%45s%s", "", more)
			}
			if n, ok := s.Counts["minutes available"]; ok && n == 0 {
				a.p.say("%45sno agent has minutes on %s (rosters, or interventions.roster for who has none), so agents get no new calls; thank-yous, which their signatories make, and messages go on", "", run.AsOf.In(a.cfg.Zone).Format("Monday 2 January"))
			}
		}
	})
	if err != nil {
		return err
	}
	switch run.State {
	case nightly.HeldBack:
		return fault.New(fault.Held, "the night of %s is held: %s", r.AsOf, run.Reason)
	case nightly.Failed:
		return fault.New(fault.Internal, "the night of %s failed: %s; remove the cause, then `holdfast nightly resume`", r.AsOf, run.Reason)
	}
	return nil
}

// countsWidth is how wide a line of counts may be.
const countsWidth = 100

// wrapped joins texts with commas into lines of a width, at least one.
func wrapped(texts []string, width int) []string {
	lines := []string{""}
	for i, t := range texts {
		last := &lines[len(lines)-1]
		if i > 0 {
			*last += ","
		}
		if *last != "" && utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(t) > width {
			lines = append(lines, t)
			continue
		}
		*last = strings.TrimPrefix(*last+" "+t, " ")
	}
	return lines
}

func countLines(c nightly.Counts) []string {
	var out []string
	for k, n := range c {
		out = append(out, fmt.Sprintf("%s %d", k, n))
	}
	slices.Sort(out)
	return out
}
