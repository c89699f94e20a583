package web

import (
	"fmt"
	"maps"
	"slices"

	"holdfast/access"
	"holdfast/history"
	"holdfast/interventions"
	"holdfast/web/catalogue"
)

// Phrases are the texts that pages look up by a variable: codes in words,
// tables of words, how times and numbers are written.
func Phrases() []string {
	list := append(catalogue.Written(), currencyPlace, ourSide, away, someAreDone, "its time ran out", otherFailure, "today", "tomorrow", "yesterday",
		"2 Jan 2006", "2 Jan 2006, 15:04", "January 2006", "Mon 2 Jan", "Mon 2 Jan, 15:04", interventions.NotOnList)
	for _, n := range navigation {
		list = append(list, n.text, n.group)
	}
	for _, unit := range slices.Concat([]string{"day", "month", "year"}, worthCounting) {
		list = append(list, "%s "+unit)
	}
	list = slices.AppendSeq(list, maps.Values(failureTitles))
	list = slices.AppendSeq(list, maps.Values(follows))
	list = slices.AppendSeq(list, maps.Values(ringFollows))
	list = slices.AppendSeq(list, maps.Values(gateWords))
	list = slices.AppendSeq(list, maps.Values(languages))
	for _, m := range interventions.Dispositions {
		list = append(list, m.Text, words(m.Group), m.Stops, disposition(m.Disposition))
	}
	list = slices.Concat(list, pagePhrases(), toldFormats())
	return slices.DeleteFunc(append(list, codes()...), func(text string) bool { return text == "" })
}

// codes are the codes that pages at the desk write in words, as a title and,
// where they stand in a sentence too, in lower case.
func codes() []string {
	list := []string{
		"email", "found", "key", "name", "phone", "post", "letter", "webhook", "note", "promise", "handoff_note", "words", "answer", "reason",
		"complaint", "escalated", "delivery", "billing", "service", "sales", "retention", "voluntary", "involuntary", "unavoidable",
	}
	add := func(more ...any) {
		for _, m := range more {
			list = append(list, fmt.Sprint(m))
		}
	}
	for _, r := range access.Roles {
		add(r)
	}
	for _, s := range access.PresenceStates {
		add(s)
	}
	for _, t := range interventions.DefaultConfig().Treatments {
		add(t.Name, t.Family, t.Channel, t.Purpose)
	}
	add(interventions.FamilyInbound, interventions.TaskReady, interventions.TaskLeased, interventions.TaskInProgress, interventions.TaskDone, interventions.TaskSnoozed,
		interventions.TaskCallback, interventions.TaskBlocked, interventions.TaskExpired, interventions.TaskRecalled)
	for _, more := range [][]string{
		interventions.LeaveReasons, interventions.SkipReasons, interventions.SnoozeReasons, interventions.Verdicts, history.DefaultConfig().EventKinds,
	} {
		list = append(list, more...)
	}
	list = append(list, pageCodes()...)
	var all []string
	for _, code := range list {
		all = append(all, words(code))
		if slices.Contains(inSentences, code) || slices.Contains(pageCodes(), code) {
			all = append(all, lower(code))
		}
	}
	for _, r := range (&site{}).routes() {
		all = append(all, string(r.action))
	}
	return all
}

// inSentences are the codes that stand inside sentences.
var inSentences = []string{
	"agent", "lead", "manager", "senior", "analyst", "operator", "auditor", "admin", "phone", "email", "letter", "post", "key", "name",
	"ready", "leased", "done", "snoozed", "callback", "blocked", "expired", "recalled", "voluntary", "involuntary", "unavoidable",
}
