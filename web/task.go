package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// taskView is a card with what may be done about it.
type taskView struct {
	Task       interventions.Task
	Card       interventions.Card
	Zone       *time.Location
	Local      string // the time where the customer is
	CallsUntil string // until when they may be called, there; empty where not now
	CallsFrom  string // from when they may be called again; empty where now
	Mine       bool   // this agent holds it
	Takeable   bool
	HeldBy     string // somebody else, at the moment
	Lapsed     bool   // somebody had it, and was away from it for too long
	Correcting bool
	Last       *interventions.Attempt // newest, nil without one
	MayCorrect bool
	Promised   *interventions.Promise // it has to keep; nil without one
	NewIssue   bool                   // one was opened since the card was made (R1)
	Thanks     bool                   // sells nothing, shows nothing of risk (R4)
	Doing      presenceView           // what the agent does, where the task is theirs
	Undo       *undo                  // with another task, where this one is theirs
	Mentions   []string               // facts worth mentioning to who is thanked
	Mates      matesView              // who decides with the customer
	Ceiling    int64
	Presets    []preset
	Form       wrapForm
	Offers     offersView
	Leave      []string
	Skips      []string
	Snoozes    []string
	Skills     []string
	Channels   []interventions.Channel

	in   *speech
	fits interventions.Task // what came of it has to fit
}

func (s *site) taskPage(w http.ResponseWriter, r *request) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	v, err := s.taskView(r, id, r.FormValue("correct") != "")
	if err != nil {
		return err
	}
	if err := s.sayAround(r, v); err != nil {
		return err
	}
	if draft := s.sessions.PopString(r.Context(), "draft "+taskPath(id)); draft != "" {
		if values, err := url.ParseQuery(draft); err == nil {
			v.Form = wrapFormOf(values)
		}
	}
	return s.show(w, r, "task", v.title(), v)
}

// sayAround puts on a card who decides with the customer and, where it is theirs,
// what the agent does.
func (s *site) sayAround(r *request, v *taskView) (err error) {
	if v.Mates, err = s.mates(r, v.Task.Customer, v.Card.Household); err != nil {
		return err
	}
	if !v.Mine {
		return nil
	}
	if v.Doing, err = s.presence(r); err != nil {
		return err
	}
	if v.Undo = s.undoOf(r); v.Undo != nil && v.Undo.Task == v.Task.ID {
		v.Undo = nil
	}
	back := taskPath(v.Task.ID)
	v.Doing.Back, v.Doing.Task, v.Doing.Fence = back, back, v.Task.Fence
	return nil
}

func (v *taskView) title() string {
	return v.Card.Called()
}

// taskView reads a task, what is known of the customer now, and what this
// agent may do about it.
func (s *site) taskView(r *request, id interventions.TaskID, correcting bool) (*taskView, error) {
	v, err := s.heldView(r, id, correcting)
	if err != nil {
		return nil, err
	}
	return v, s.refresh(r, v, s.Now())
}

// heldView is taskView without what is known of the customer now: no offers that
// an agent may ask for or make.
func (s *site) heldView(r *request, id interventions.TaskID, correcting bool) (*taskView, error) {
	ctx, now := r.Context(), s.Now()
	f, err := s.taskFile(r, id)
	if err != nil {
		return nil, err
	}
	t := f.Task
	v := &taskView{
		Task: t, Last: f.Last, Offers: offersView{Asked: f.Asked}, Card: t.Card, Zone: s.zoneOf(t.Zone), in: r.in, fits: t, Leave: interventions.LeaveReasons,
		Skips: interventions.SkipReasons, Snoozes: interventions.SnoozeReasons, Skills: s.Business.Skills,
		Thanks: t.Purpose == interventions.PurposeThanks,
	}
	if v.Thanks {
		v.Mentions = mentions(t.Card, now, r.in)
		v.Card.Offer = nil
	}
	v.Local = s.Clock(now.In(v.Zone))
	next := anyTime
	if t.Channel == interventions.ChannelPhone {
		next = func(at time.Time) time.Time { return s.Policy.NextCall(at, v.Zone) }
		if !t.Rings() {
			v.callable(s, r.in, now)
		}
	}
	v.Presets = presets(now, v.Zone, r.in, next)
	for _, c := range []interventions.Channel{interventions.ChannelPhone, interventions.ChannelEmail, interventions.ChannelLetter} {
		if c != t.Channel {
			v.Channels = append(v.Channels, c)
		}
	}
	v.MayCorrect = f.Last != nil && (f.Last.By == r.user.Name || access.Can(r.user.Role, access.SeeOthersWork))
	if t.Promise != 0 {
		p, err := s.Tasks.Promise(ctx, t.Promise)
		if err != nil {
			return nil, fmt.Errorf("read the promise of task %d: %w", id, err)
		}
		v.Promised = &p
	}
	s.standing(v, r.user, now)
	if !v.Mine && !v.MayCorrect && !access.Can(r.user.Role, access.SeeRiskList) {
		if err := agentOf(r.user).May(t); err != nil { // R5
			return nil, err
		}
	}
	if correcting && v.MayCorrect && !v.Mine {
		v.Correcting = true
		v.fits.Attempts = f.Last.N - 1 // what came of it has to fit what it was
		v.Form = formOf(f.Last.WrapUp, v.Zone)
	}
	return v, nil
}

// standing says who has the task and whether this agent may take it.
func (s *site) standing(v *taskView, u access.User, now time.Time) {
	t := &v.Task
	held := t.State == interventions.TaskLeased || t.State == interventions.TaskInProgress
	v.Mine = held && t.Owner == u.Name
	if held && !v.Mine && now.Before(t.LeaseUntil) {
		v.HeldBy = t.Owner
	}
	v.Lapsed = held && !v.Mine && v.HeldBy == ""
	waits := []interventions.TaskState{interventions.TaskReady, interventions.TaskSnoozed, interventions.TaskCallback}
	v.Takeable = !v.Mine && v.HeldBy == "" && agentOf(u).May(*t) == nil && (held || slices.Contains(waits, t.State))
}

// refresh brings the card up to what is known now: contacts, issues, ways to
// reach the customer; and takes the offer out while an issue is open (R1).
func (s *site) refresh(r *request, v *taskView, now time.Time) error {
	k, err := s.Tasks.Known(r.Context(), v.Task.Customer, now)
	if err != nil {
		return fmt.Errorf("read what is known of customer %d: %w", v.Task.Customer, err)
	}
	for _, i := range k.Issues {
		if !slices.ContainsFunc(v.Card.Issues, func(o interventions.OpenIssue) bool { return o.Ref == i.Ref }) {
			v.NewIssue = true
		}
	}
	v.Card.Issues, v.Card.Household = k.Issues, k.Household
	if len(k.Issues) > 0 {
		v.Card.Offer = nil
	}
	v.Ceiling = s.Policy.MayGrant(agentOf(r.user), v.Task.Treatment, v.Card.Tier)
	if v.Card.Offer != nil && v.Card.Offer.CostMinor > v.Ceiling { // R5
		v.Card.Offer = nil
	}
	s.offers(r, v, &k)
	v.Card.Points = v.Card.Points[:0:0]
	for _, p := range k.Points {
		v.Card.Points = append(v.Card.Points, interventions.CardPoint{Channel: p.Channel, Value: p.Value})
	}
	v.Card.Contacts = v.Card.Contacts[:0:0]
	for _, c := range slices.Backward(k.Contacts) {
		if len(v.Card.Contacts) == 10 {
			break
		}
		v.Card.Contacts = append(v.Card.Contacts, interventions.CardContact{
			At: c.At, Channel: c.Channel, Direction: c.Direction, Purpose: c.Purpose, By: c.By, Disposition: c.Disposition, Note: c.Note,
		})
	}
	return nil
}

// refuse shows the task again with what was typed and why it was not taken.
func (s *site) refuse(w http.ResponseWriter, r *request, id interventions.TaskID, correcting bool, why error) error {
	if fault.Of(why) == fault.Internal || fault.Of(why) == fault.Unavailable {
		return why
	}
	v, err := s.taskView(r, id, correcting)
	if err != nil {
		return why // the page of the failure says what was typed
	}
	v.Form = wrapFormOf(r.PostForm)
	if v.Form.Disposition == string(interventions.CallbackAgreed) && v.Form.Due == "" && v.Form.Preset == "" && len(v.Presets) > 0 {
		v.Form.Preset = v.Presets[0].Value
	}
	if fault.Of(why) == fault.Conflict {
		v.Correcting = v.Correcting && correcting
	}
	if err := s.sayAround(r, v); err != nil {
		return why
	}
	f := s.frame(r, v.title(), v)
	f.Error = r.in.say(why)
	return s.render(w, status(why), "task", f)
}

func (s *site) save(w http.ResponseWriter, r *request) error {
	if r.PostFormValue("then") == "enter" {
		return s.entered(w, r)
	}
	return s.wrapUp(w, r, false)
}

// entered takes what Enter sends where no script runs: a snooze where its boxes
// alone are filled in, and what came of the task where they are empty.
func (s *site) entered(w http.ResponseWriter, r *request) error {
	f := wrapFormOf(r.PostForm)
	if f.SnoozeReason+f.Until+f.UntilPreset == "" {
		return s.wrapUp(w, r, false)
	}
	if f.Disposition == "" {
		return s.snooze(w, r)
	}
	id, err := taskID(r)
	if err != nil {
		return err
	}
	return s.refuse(w, r, id, false, fault.New(fault.Invalid, "an outcome is chosen, and a time to snooze until: press the button of what you mean"))
}

func (s *site) correct(w http.ResponseWriter, r *request) error {
	return s.wrapUp(w, r, true)
}

func (s *site) wrapUp(w http.ResponseWriter, r *request, correcting bool) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	v, err := s.heldView(r, id, correcting)
	if err != nil {
		return err
	}
	if correcting && !v.MayCorrect {
		return fault.New(fault.Forbidden, "only who wrapped the task up may correct it")
	}
	form := wrapFormOf(r.PostForm)
	if form.grants() {
		if err := s.refresh(r, v, s.Now()); err != nil {
			return err
		}
	}
	up, err := form.wrapUp(v.Offers.all(), v.Zone)
	var c interventions.Consequences
	switch {
	case !correcting && v.savedBefore(r):
		c.Task, err = v.Task, nil
	case err == nil && correcting:
		c, err = s.Desk.Correct(r.Context(), id, agentOf(r.user), up, s.Now())
	case err == nil:
		c, err = s.Desk.Save(r.Context(), id, agentOf(r.user), fenceOf(r), up, s.Now())
	}
	if err != nil {
		return s.refuse(w, r, id, correcting, err)
	}
	s.remember(r, undo{Task: id, Name: v.title()})
	s.sessions.Put(r.Context(), "saved", strconv.FormatInt(int64(id), 10))
	notice := v.outcome(c, correcting, r.in)
	if v.Thanks { // there are few, and each is chosen
		return s.then(w, r, thanksPath, notice)
	}
	if then := r.PostFormValue("then"); then == "next" || then == "enter" {
		return s.goNext(w, r, notice)
	}
	return s.then(w, r, "/desk", notice)
}

// outcome says in a sentence what a wrap-up led to.
func (v *taskView) outcome(c interventions.Consequences, correcting bool, in *speech) string {
	t := &c.Task
	what := in.Text("the task is finished.")
	switch m, err := interventions.MeaningOf(interventions.Disposition(t.Reason)); {
	case t.State == interventions.TaskCallback && t.DueKind == interventions.DueCallback:
		what = in.Say("to be called back on %s where they are.", in.inZone(t.DueAt, v.Zone))
	case t.State == interventions.TaskCallback:
		what = in.Say("promised by %s where they are.", in.inZone(t.DueAt, v.Zone))
	case t.State == interventions.TaskReady || t.State == interventions.TaskSnoozed:
		what = in.Say("comes back from %s where they are.", in.inZone(t.NotBefore, v.Zone))
	case t.State == interventions.TaskExpired:
		what = in.Say("not tried again, because it was %s.", in.Text(t.Reason))
	case err == nil:
		what = in.Say("%s. The task is finished.", in.Text(m.Text))
	}
	if correcting {
		return in.Say("Corrected for %s: %s", v.title(), what)
	}
	return in.Say("Saved for %s: %s", v.title(), what)
}

func (s *site) snooze(w http.ResponseWriter, r *request) error {
	return s.lay(w, r, r.in.Text("Snoozed"), func(id interventions.TaskID, t interventions.Task, f wrapForm) error {
		at, err := time.ParseInLocation(localTime, cmp.Or(f.Until, f.UntilPreset), s.zoneOf(t.Zone))
		if err != nil {
			return fault.New(fault.Invalid, "say until when")
		}
		_, err = s.Desk.Snooze(r.Context(), id, agentOf(r.user), fenceOf(r), f.SnoozeReason, f.Note, at, s.Now())
		return err
	})
}

func (s *site) skip(w http.ResponseWriter, r *request) error {
	return s.lay(w, r, r.in.Text("Skipped"), func(id interventions.TaskID, _ interventions.Task, f wrapForm) error {
		_, err := s.Desk.Skip(r.Context(), id, agentOf(r.user), fenceOf(r), f.SkipReason, f.Note, s.Now())
		return err
	})
}

func (s *site) handoff(w http.ResponseWriter, r *request) error {
	return s.lay(w, r, r.in.Text("Handed off"), func(id interventions.TaskID, _ interventions.Task, f wrapForm) error {
		note := strings.TrimSpace(strings.TrimSpace(f.Note) + "\n" + f.HandoffNote)
		_, err := s.handTo(r, id, fenceOf(r), f.Skill, note)
		return err
	})
}

// handTo passes a task to the people with a skill, which a treatment asks for or
// somebody has: nobody would see it otherwise.
func (s *site) handTo(r *request, id interventions.TaskID, fence int64, skill, note string) (interventions.Task, error) {
	if skill != "" && !slices.Contains(s.Business.Skills, skill) {
		users, err := s.Staff.Users(r.Context())
		if err != nil {
			return interventions.Task{}, fmt.Errorf("read who has which skill: %w", err)
		}
		if !slices.ContainsFunc(users, func(u access.User) bool { return slices.Contains(u.Skills, skill) }) {
			return interventions.Task{}, fault.New(fault.Invalid, "nobody has the skill %q: say which one the task is handed to", skill)
		}
	}
	return s.Desk.Handoff(r.Context(), id, agentOf(r.user), fence, skill, note, s.Now())
}

// lay puts a task out of the agent's hands without an outcome, with the note
// that was typed on the card.
func (s *site) lay(w http.ResponseWriter, r *request, did string, do func(interventions.TaskID, interventions.Task, wrapForm) error) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	t, err := s.taskFor(r, id)
	if err != nil {
		return err
	}
	f := wrapFormOf(r.PostForm)
	if err = f.tooLong(); err == nil {
		err = do(id, t, f)
	}
	if err != nil {
		return s.refuse(w, r, id, false, err)
	}
	s.sessions.Put(r.Context(), "saved", strconv.FormatInt(int64(id), 10))
	name := t.Card.Called()
	switch {
	case t.Family == interventions.FamilyThanks:
		return s.then(w, r, thanksPath, did+": "+name+".")
	case t.Rings() && f.SkipReason == interventions.OpenedByMistake:
		return s.then(w, r, "/inbound", r.in.Say("Closed: nothing was recorded for %s.", name))
	}
	s.remember(r, undo{Task: id, Name: name, Laid: true, fence: t.Fence, skills: t.Skills})
	return s.goNext(w, r, did+": "+name+".")
}
