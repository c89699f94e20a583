package web

import (
	"fmt"
	"html/template"
	"iter"
	"strings"

	"holdfast/interventions"
)

// dispositionGroup is a part of the menu of outcomes.
type dispositionGroup struct {
	Name  string
	Codes []dispositionItem
}

// dispositionItem is one outcome with its key and what follows from it.
type dispositionItem struct {
	interventions.Meaning
	Key     string // pressed while the menu has the focus
	Follows string
}

// follows says what a disposition leads to.
var follows = map[interventions.Disposition]string{
	interventions.NoAnswer: "tried again in another part of the day", interventions.Busy: "tried again in another part of the day",
	interventions.VoicemailLeft: "tried again in another part of the day", interventions.CallDropped: "tried again in another part of the day",
	interventions.ThirdParty:    "tried again; nothing was said about why",
	interventions.NumberInvalid: "number marked unusable, put right by others", interventions.WrongParty: "number marked unusable, put right by others",
	interventions.CallbackAgreed: "a call-back: give the time below", interventions.BadTime: "tried again in a day or more",
	interventions.OtherChannel: "moves to the channel chosen below", interventions.Undecided: "called again in three days, or at the time given below",
	interventions.DeclinedLeave: "say why below", interventions.AlreadyLeft: "say why below", interventions.Unavoidable: "say why below",
	interventions.IssueEscalated: "opens a service issue and work for service; no offers until it is closed",
	interventions.SavedWithOffer: "tick the offer below", interventions.Deceased: "stops every contact at once",
}

// ringFollows says what follows where the customer contacts us: nothing is tried
// again by itself.
var ringFollows = map[interventions.Disposition]string{
	interventions.CallDropped: "what was open for them stays open",
	interventions.Undecided:   "nothing follows by itself, unless a time is given below",
}

// dispositionMenu is the outcomes that fit a task. The key of an outcome is the
// same everywhere.
func dispositionMenu(task *interventions.Task, in *speech) []dispositionGroup {
	var groups []dispositionGroup
	for key, m := range fitting(task) {
		text := in.Text(follows[m.Disposition])
		if said, ok := ringFollows[m.Disposition]; ok && task.Rings() {
			text = in.Text(said)
		}
		if text == "" && m.Stops != "" {
			text = in.Say("stops %s, at once", in.Text(m.Stops))
		}
		if n := len(groups); n == 0 || groups[n-1].Name != m.Group {
			groups = append(groups, dispositionGroup{Name: m.Group})
		}
		g := &groups[len(groups)-1]
		m.Text = in.Text(m.Text)
		g.Codes = append(g.Codes, dispositionItem{m, key, text})
	}
	return groups
}

// fitting is the outcomes that fit a task, each with its key.
func fitting(task *interventions.Task) iter.Seq2[string, interventions.Meaning] {
	return func(yield func(string, interventions.Meaning) bool) {
		for i, m := range interventions.Dispositions {
			if m.Fits(task) && !yield(string(rune('a'+i)), m) {
				return
			}
		}
	}
}

// codesView is the menu of outcomes as it is written.
type codesView struct {
	Groups []dispositionGroup
	Chosen string // an outcome; empty none
}

// Menu is the outcomes that fit the task, to choose from.
func (v *taskView) Menu() (template.HTML, error) { return v.in.menu(&v.fits, v.Form.Disposition) }

// menu writes the menu of a task. It is two fifths of what a card costs to write,
// and there are few: those with nothing chosen are written once.
func (in *speech) menu(task *interventions.Task, chosen string) (template.HTML, error) {
	key := menuKey(task)
	if m, ok := in.menus.Load(key); ok && chosen == "" {
		return m.(template.HTML), nil
	}
	var b strings.Builder
	if err := in.pages["task"].ExecuteTemplate(&b, "codes", codesView{dispositionMenu(task, in), chosen}); err != nil {
		return "", fmt.Errorf("write the outcomes: %w", err)
	}
	m := template.HTML(b.String()) //nolint:gosec // a template has escaped it
	if chosen == "" {
		in.menus.Store(key, m)
	}
	return m, nil
}

// menuKey tells menus apart: the outcomes on them, and what follows from them.
func menuKey(task *interventions.Task) string {
	var b strings.Builder
	for key := range fitting(task) {
		b.WriteString(key)
	}
	if task.Rings() {
		b.WriteByte('!')
	}
	return b.String()
}
