package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
)

// Thanks reads the work of the thank-you desk. None of it ever returns a ghost.
type Thanks interface {
	// ThankYous returns the thank-yous that wait for their turn until a time,
	// with their cards, the first to come first.
	ThankYous(ctx context.Context, now, until time.Time, limit int) ([]interventions.Task, error)
	// Thanked returns the thank-yous finished since a time, the newest first.
	Thanked(ctx context.Context, since time.Time, limit int) ([]interventions.Task, error)
}

const thanksPath = "/thanks"

// signs says whether thank-you calls are a user's to make.
func signs(u access.User) bool { return u.Role == access.Senior || len(u.Signs) > 0 }

const (
	thanksShown  = 6   // today's few
	thanksRead   = 200 // of all signatories
	thankedShown = 10
	thankedDays  = 14
)

// thanksView is the thank-you desk of who signs.
type thanksView struct {
	Signs   []string
	Held    []interventions.Task
	Today   []thankYou
	More    int // that wait behind them
	Thanked []thanked
	Presets []preset
}

// thankYou is one customer to be thanked.
type thankYou struct {
	Task     interventions.Task
	Mentions []string
	Waits    bool // its hour has not come yet
	Local    string
}

// thanked is one who was thanked, and what they said.
type thanked struct {
	Task interventions.Task
	Last interventions.Attempt
}

func (s *site) thanksPage(w http.ResponseWriter, r *request) error {
	ctx, now := r.Context(), s.Now()
	me := agentOf(r.user)
	v := thanksView{Signs: slices.Compact(slices.Sorted(slices.Values(me.Signs))), Presets: postponements(now, s.zone, r.in)}
	held, err := s.Tasks.TasksHeldBy(ctx, me.Name, now)
	if err != nil {
		return fmt.Errorf("read the tasks held: %w", err)
	}
	v.Held = held
	list, err := s.Tasks.ThankYous(ctx, now, nightly.StartOfDay(now, s.zone, 1), thanksRead)
	if err != nil {
		return fmt.Errorf("read the thank-yous: %w", err)
	}
	if list, err = s.tasksFor(r, list); err != nil {
		return err
	}
	for _, t := range list {
		switch {
		case t.Signatory == "" || me.May(t) != nil || (t.DueKind != "" && t.Owner != "" && t.Owner != me.Name):
		case len(v.Today) == thanksShown:
			v.More++
		default:
			v.Today = append(v.Today, thankYou{
				Task: t, Mentions: mentions(t.Card, now, r.in), Waits: t.NotBefore.After(now), Local: s.Clock(t.NotBefore.In(s.zoneOf(t.Zone))),
			})
		}
	}
	done, err := s.Tasks.Thanked(ctx, now.AddDate(0, 0, -thankedDays), thanksRead)
	if err != nil {
		return fmt.Errorf("read who was thanked: %w", err)
	}
	if done, err = s.tasksFor(r, done); err != nil {
		return err
	}
	for _, t := range done {
		if me.May(t) != nil || len(v.Thanked) == thankedShown {
			continue
		}
		last, err := s.Tasks.LastAttempt(ctx, t.ID)
		if fault.Of(err) == fault.NotFound { // ended because they rang
			continue
		}
		if err != nil {
			return fmt.Errorf("read how task %d ended: %w", t.ID, err)
		}
		v.Thanked = append(v.Thanked, thanked{t, last})
	}
	return s.show(w, r, "thanks", "Thank-yous", v)
}

// postponements are the days that a thank-you can be put off to, in the
// morning of who calls; each customer's own hours hold all the same.
func postponements(now time.Time, zone *time.Location, in *speech) []preset {
	var list []preset
	for _, p := range []struct {
		text string
		days int
	}{{in.Text("tomorrow"), 1}, {in.Text("in three days"), 3}, {in.Text("in a week"), 7}} {
		at := nightly.StartOfDay(now, zone, p.days).Add(9 * time.Hour)
		list = append(list, preset{p.text, at.Format(localTime)})
	}
	return list
}

// mentionsShown is how many facts are worth mentioning at once.
const mentionsShown = 3

// mentions are the facts of a card that are worth mentioning to a customer who
// is thanked: how long, what they have, what they did last, when we last spoke.
// Nothing of them is about risk, money owed, or trouble.
func mentions(c interventions.Card, now time.Time, in *speech) []string {
	var list []string
	if !c.Since.IsZero() {
		list = append(list, in.Say("With us since %s: %s.", in.month(c.Since), in.tenure(c.TenureDays)))
	} else if c.TenureDays > 0 {
		list = append(list, in.Say("%s with us.", in.tenure(c.TenureDays)))
	}
	if held, since := running(c.Plans, now); len(held) == 1 {
		list = append(list, in.Say("Has %s, since %s.", held[0], in.month(since)))
	} else if len(held) > 1 {
		list = append(list, in.Say("Has %s and %s, since %s.", held[0], held[1], in.month(since)))
	}
	for _, kind := range worthCounting {
		if n, last := happened(c.Events, kind, now); n > 1 {
			list = append(list, in.Say("%s in the last year, the last on %s.", in.plural(n, kind), in.date(last)))
			break
		}
	}
	for _, at := range c.Contacts {
		if at.Direction == "in" || at.Purpose == string(interventions.PurposeThanks) {
			list = append(list, lastSpoken(at, in))
			break
		}
	}
	return list[:min(len(list), mentionsShown)]
}

// worthCounting are the kinds of event that are counted for who thanks.
var worthCounting = []string{"purchase", "order", "payment", "visit"}

// lastSpoken says when the customer and we last had to do with each other.
func lastSpoken(c interventions.CardContact, in *speech) string {
	switch theirs := c.Direction == "in"; {
	case theirs && c.By == "":
		return in.Say("They last contacted us on %s.", in.date(c.At))
	case theirs:
		return in.Say("They last contacted us on %s, with %s.", in.date(c.At), c.By)
	case c.By == "":
		return in.Say("Last thanked on %s.", in.date(c.At))
	}
	return in.Say("Last thanked on %s, with %s.", in.date(c.At), c.By)
}

// running is what a customer has now, two at most, and since when.
func running(plans []interventions.CardPlan, now time.Time) (names []string, since time.Time) {
	for _, p := range plans {
		if !p.EndedAt.IsZero() && p.EndedAt.Before(now) {
			continue
		}
		if since.IsZero() || p.Since.Before(since) {
			since = p.Since
		}
		if len(names) < 2 {
			names = append(names, lower(p.Plan))
		}
	}
	return names, since
}

// happened counts a kind of event within a year.
func happened(events []interventions.CardEvent, kind string, now time.Time) (n int, last time.Time) {
	for _, e := range events {
		if e.Kind != kind || e.At.Before(now.AddDate(-1, 0, 0)) {
			continue
		}
		n++
		if e.At.After(last) {
			last = e.At
		}
	}
	return n, last
}

// postpone puts a thank-you off from the list.
func (s *site) postpone(w http.ResponseWriter, r *request) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	until, err := time.ParseInLocation(localTime, r.PostFormValue("until"), s.zone)
	if err != nil {
		return fault.New(fault.Invalid, "choose until when")
	}
	t, err := s.taskFor(r, id)
	if err != nil {
		return err
	}
	if t.Family != interventions.FamilyThanks {
		return fault.New(fault.Invalid, "only a thank-you can be postponed from here")
	}
	if _, err := s.Desk.Postpone(r.Context(), id, agentOf(r.user), "waiting_internal", until, s.Now()); err != nil {
		return fmt.Errorf("postpone task %d: %w", id, err)
	}
	name := t.Card.Called()
	return s.then(w, r, "/thanks", r.in.Say("Postponed: %s, until %s.", name, r.in.date(until)))
}
