package store

import (
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/queue"
)

// ResolveJob is the kind of the jobs that solve the rest of a day again.
const ResolveJob = "resolve"

// ResolveFor is the payload of such a job: what it is for.
type ResolveFor struct {
	Cause interventions.RevisionCause `json:"cause"`
	Why   string                      `json:"why"`
}

// askResolve makes the job that solves the day again, in the transaction that
// changes its hands. Changes within a minute are answered together, when it is
// over.
func (s *Store) askResolve(t *tx, cause interventions.RevisionCause, why string) error {
	now := s.opts.Now()
	at := now.Truncate(time.Minute).Add(time.Minute).UTC()
	job, err := queue.New(ResolveJob, fmt.Sprintf("%s/%s", ResolveJob, at.Format("2006-01-02T15:04")), ResolveFor{cause, why}, now)
	if err != nil {
		return err
	}
	job.RunAfter = at
	_, err = insertJob(t, job)
	return err
}

// askResolveFor is askResolve where a roster said something of a day whose
// shifts may lie in today.
func (s *Store) askResolveFor(t *tx, agent, day string) error {
	if yesterday, today := s.today(); day != yesterday && day != today {
		return nil
	}
	return s.askResolve(t, interventions.RevisedForRoster, agent+", "+day)
}

// askResolveAfter is askResolve where an import brings rosters of today.
func (s *Store) askResolveAfter(t *tx, imp history.ImportID) error {
	var agents []string
	yesterday, today := s.today()
	err := t.list(&agents, `SELECT DISTINCT agent FROM roster_days WHERE import_id = ? AND day IN (?, ?) ORDER BY agent LIMIT 1`, int64(imp), yesterday, today)
	if err != nil || len(agents) == 0 {
		return err
	}
	return s.askResolve(t, interventions.RevisedForRoster, fmt.Sprintf("import %d", imp))
}

// today is the business's date, with the one before: a shift may end the day
// after it began.
func (s *Store) today() (yesterday, today string) {
	now := s.opts.Now().UTC()
	if zone, err := time.LoadLocation(s.fixed.timeZone); err == nil {
		now = now.In(zone)
	}
	return now.AddDate(0, 0, -1).Format(time.DateOnly), now.Format(time.DateOnly)
}
