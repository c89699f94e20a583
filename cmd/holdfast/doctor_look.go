package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/store"
)

// When doctor speaks up.
const (
	clockApart = 5 * time.Second // between this machine and Postgres
	clockBack  = time.Minute     // what was written down is later than now
	leastFree  = 1 << 30         // bytes on the disk
	leastShare = 0.05            // of the disk
)

func (a *app) lookAtDatabase(h store.Health) finding {
	if h.Damage != "" {
		return ill("database", 1, "stop holdfast up, move the file away and holdfast restore the newest backup", "%s is damaged: %s", a.cfg.Store, h.Damage)
	}
	size := ""
	if h.Bytes > 0 {
		size = ", " + inBytes(h.Bytes)
	}
	return well("database", "%s is sound, schema %d%s", a.cfg.Store, h.Schema, size)
}

func (a *app) lookAtClock(h store.Health) finding {
	now := a.p.Now()
	if !h.Clock.IsZero() {
		if apart := now.Sub(h.Clock).Abs(); apart > clockApart {
			return warn("clock", "let both machines follow one time server", "this machine and Postgres are %s apart", apart.Round(time.Second))
		}
	}
	if ahead := h.Latest.Sub(now); ahead > clockBack {
		return ill("clock", 1, "set this machine's clock: facts would be recorded before those there are",
			"what was written last is %s in the future", ahead.Round(time.Second))
	}
	return well("clock", "%s in %s", now.In(a.cfg.Zone).Format("2006-01-02 15:04"), a.cfg.Zone)
}

func lookAtDisk(h store.Health) finding {
	says := fmt.Sprintf("%s of %s free where the database is", inBytes(h.Free), inBytes(h.Disk))
	if h.Free < leastFree || float64(h.Free) < leastShare*float64(h.Disk) || h.Free < h.Bytes/2 {
		return warn("disk", "free some space: an import writes as much again as it reads", "%s", says)
	}
	return well("disk", "%s", says)
}

func (a *app) lookAtNight(ctx context.Context) ([]finding, error) {
	run, err := a.store.RunAt(ctx, time.Time{})
	if fault.Of(err) == fault.NotFound {
		return []finding{warn("night", "holdfast nightly run", "no night has been run yet")}, nil
	}
	if err != nil {
		return nil, err
	}
	date, due := a.date(run.AsOf), a.cfg.Nightly.Due(a.p.Now(), a.cfg.Zone)
	switch {
	case run.State == nightly.Running && !a.attended():
		return []finding{warn("night", "holdfast up, or holdfast nightly resume, goes on with it", "the night of %s was begun and nobody works at it", date)}, nil
	case run.State == nightly.HeldBack:
		return []finding{ill("night", 4, "docs/operations.md has a table; holdfast list fallback works the list before meanwhile",
			"the night of %s is held: %s", date, run.Reason)}, nil
	case run.State == nightly.Failed:
		return []finding{ill("night", 1, "remove the cause, then holdfast nightly resume", "the night of %s failed: %s", date, run.Reason)}, nil
	case due.After(run.AsOf):
		return []finding{warn("night", "holdfast nightly run begins it now, holdfast up at "+a.cfg.Nightly.At,
			"the newest night is that of %s, and that of %s should have begun", date, a.date(due))}, nil
	}
	return []finding{well("night", "the night of %s is %s", date, run.State)}, nil
}

// attended says whether any process has the database for itself, a command or
// the program that does the jobs; on Postgres any number may.
func (a *app) attended() bool {
	if a.cfg.Store.IsPostgres() {
		return true
	}
	_, held, err := store.HolderOf(a.cfg.Store)
	return held || err != nil
}

// lookAtHold says that somebody keeps lists from being released: a hold that is
// forgotten costs every night's work.
func (a *app) lookAtHold(ctx context.Context) ([]finding, error) {
	hold, held, err := a.store.HoldNow(ctx)
	if err != nil || !held {
		return nil, err
	}
	return []finding{warn("list", "holdfast list release publishes what is held; holdfast list hold --end lets the next one go", "%s", a.holdWords(hold))}, nil
}

// lookAtFeeds says which required feeds have brought nothing for tonight.
func (a *app) lookAtFeeds(ctx context.Context) ([]finding, error) {
	arrivals, err := a.store.Arrivals(ctx)
	if err != nil {
		return nil, err
	}
	var found []finding
	for _, name := range a.requiredFeeds() {
		i := slices.IndexFunc(arrivals, func(x nightly.Arrival) bool { return x.Feed == name })
		switch {
		case i < 0:
			found = append(found, warn("feed "+name, "deliver it, or say required: false", "it is required and has never come"))
		case arrivals[i].Missing(a.today()):
			found = append(found, warn("feed "+name, "deliver it by "+a.cfg.Nightly.Deadline+", or the night is held",
				"it is required and has brought nothing since %s", arrivals[i].Published.In(a.cfg.Zone).Format("2006-01-02 15:04")))
		}
	}
	if len(found) == 0 {
		found = append(found, well("feeds", "%d of %d have brought something; no required one is missing", len(arrivals), len(a.cfg.History.Feeds)))
	}
	return found, nil
}

func (a *app) lookAtModel(ctx context.Context) ([]finding, error) {
	rec, _, err := a.store.Champion(ctx)
	if fault.Of(err) == fault.NotFound {
		return []finding{warn("model", "holdfast nightly run trains one", "there is no champion yet")}, nil
	}
	if err != nil {
		return nil, err
	}
	days := int(a.p.Now().Sub(rec.TrainedAt).Hours() / 24)
	if due := a.cfg.Training.RetrainDays; due > 0 && days > due+1 {
		return []finding{warn("model", "holdfast model show "+rec.ID+" says why a night that trained kept it",
			"%s was trained %d days ago and training.retrain_days is %d", rec.ID, days, due)}, nil
	}
	return []finding{well("model", "%s (%s), trained %d days ago", rec.ID, rec.Name, days)}, nil
}

func (a *app) lookAtUsers(ctx context.Context) ([]finding, error) {
	users, err := a.store.Users(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		if !u.Disabled {
			return nil, nil
		}
	}
	return []finding{warn("users", "holdfast user add NAME --role agent", "nobody can sign in")}, nil
}

func (a *app) lookAtAudit(ctx context.Context) ([]finding, error) {
	c, err := a.store.CheckAudit(ctx)
	if err != nil {
		return nil, err
	}
	if c.Broken != 0 {
		return []finding{ill("audit", 1, "keep the database as it is, compare it with a backup, and ask who can write to it",
			"entry %d is not what was written down: %s; the %d before it hold", c.Broken, c.Why, c.Entries)}, nil
	}
	says := fmt.Sprintf("%d entries hold", c.Entries)
	if c.Entries > 0 {
		says += ", the newest is " + c.Head
	}
	if c.Erased > 0 {
		says += fmt.Sprintf("; %d were of people who were erased", c.Erased)
	}
	if c.Old > 0 {
		says += fmt.Sprintf("; %d are from before they were chained", c.Old)
	}
	return []finding{well("audit", "%s", says)}, nil
}

// awayLong is how long a receiver may take nothing before somebody should look.
const awayLong = 15 * time.Minute

// lookAtMessages says which messages wait because their receiver does not take
// them, and where one refused most of a day.
func (a *app) lookAtMessages(ctx context.Context) ([]finding, error) {
	found, err := a.lookAtRefused(ctx)
	if err != nil {
		return nil, err
	}
	list, err := a.store.Retried(ctx)
	for _, r := range list {
		what, say := "channel "+string(r.Channel), "messages that wait for another try: %d, the longest since %s: %s"
		since := a.cfg.Writer.DateClock(r.Since.In(a.cfg.Zone))
		if r.For(a.p.Now()) < awayLong {
			found = append(found, well(what, say, r.Messages, since, r.Error))
			continue
		}
		found = append(found, warn(what, "look whether the receiver is there: when it is, they leave by themselves within the hour",
			"nothing was taken since %s; "+say, a.cfg.Writer.DateClock(r.Away.In(a.cfg.Zone)), r.Messages, since, r.Error))
	}
	return found, err
}

func (a *app) lookAtRefused(ctx context.Context) (found []finding, err error) {
	list, err := a.store.RefusedMessages(ctx, a.p.Now().AddDate(0, 0, -1))
	for _, r := range list {
		if r.Most() {
			found = append(found, warn("channel "+string(r.Channel), "ask the receiver what it wants of who sends: what was refused is not sent again",
				"refused for good in a day: %d of %d messages, the last %s: %s", r.Messages, r.Tried, a.cfg.Writer.DateClock(r.Last.In(a.cfg.Zone)), r.Error))
		}
	}
	return found, err
}

func lookAtJobs(h store.Health, works bool) finding {
	switch {
	case h.Unknown > 0:
		return warn("jobs", "holdfast job list --state unknown: ask the receiver; if it arrived holdfast job settle ID, else holdfast job retry ID",
			"%d may or may not have had their effect, %d gave up", h.Unknown, h.Dead)
	case h.Dead > 0:
		return warn("jobs", "holdfast job list says why; holdfast job retry ID tries one again, holdfast job retry --all all of them", "%d gave up", h.Dead)
	case h.Overdue > 0 && works:
		return warn("jobs", "is the process that works busy or silent? look at its log", "%d were due over ten minutes ago", h.Overdue)
	case h.Overdue > 0:
		return warn("jobs", "holdfast up does them", "%d were due over ten minutes ago, and nobody works", h.Overdue)
	}
	return well("jobs", "none gave up, none is late")
}

// inBytes puts a number of bytes into words.
func inBytes(n uint64) string {
	v, units := float64(n), []string{"B", "kB", "MB", "GB", "TB", "PB"}
	for v >= 1000 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	return fmt.Sprintf("%.3g %s", v, units[0])
}
