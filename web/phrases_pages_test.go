package web

import (
	"maps"
	"slices"

	"holdfast/churn"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/nightly"
	"holdfast/scoring"
)

// pagePhrases are the texts of the managers' and operators' pages that are
// looked up by a variable.
func pagePhrases() []string {
	list := []string{
		"too early to say", "works", "does harm", "no effect shown", "more than that", "fewer than that", groupTogether,
		"withdraw a list", "release a list", "fall back to a list", "begins", "renews", "ended", "merged", "Leave alone", "Give to somebody", "Queue work",
		"New on the list", "not in the file", "Not on it any more", "Treated otherwise", "PSI", "log-odds", "log ratio",
		"offers, while a service issue is open", "segment", "owner", "reason", "with us before",
		"silence", "volume", "spend", "trend", "rhythm",
	}
	for _, o := range sorts {
		list = append(list, o.Text)
	}
	list = append(list, liftNames...)
	list = slices.AppendSeq(list, maps.Values(resultWords))
	list = slices.AppendSeq(list, maps.Values(moveTitles))
	list = slices.AppendSeq(list, maps.Values(lateWords))
	return slices.AppendSeq(list, maps.Values(stateAdvice))
}

// pageCodes are the codes of those pages.
func pageCodes() []string {
	list := []string{
		"waiting", "stopped", "dead", "unknown", "sent", "blocked", "failed", "deliver", "night", "feeds-due", "list-due", "command", "audit", "digest",
		"tenure", "contract", "price", "service", "contact", "profile", "household", "season", "margin", "activity", "none",
		string(interventions.PublicationDraft), string(interventions.PublicationHeld), string(interventions.PublicationReleased), string(interventions.PublicationWithdrawn),
		"candidates", "minutes available", "minutes planned", "arms joined", "would be released", "proposals", "feeds", "customers", "tasks", "messages",
		"scores", "features", "calibration", "leaving rate", "champion kept", "models waiting for release", nightly.CountRefused, "single events folded", "jobs removed", "history removed",
	}
	for _, b := range []scoring.Band{scoring.BandLow, scoring.BandMedium, scoring.BandHigh} {
		list = append(list, string(b))
	}
	for _, s := range []nightly.State{nightly.Running, nightly.HeldBack, nightly.Failed, nightly.Completed} {
		list = append(list, string(s))
	}
	for _, s := range []nightly.Stage{
		nightly.StageImport, nightly.StageCheck, nightly.StageTrain, nightly.StageScore, nightly.StagePropose,
		nightly.StageAllocate, nightly.StageDecide, nightly.StagePublish, nightly.StageMeasure, nightly.StageClean,
	} {
		list = append(list, string(s))
	}
	for _, k := range []churn.Kind{churn.Contract, churn.Lapse} {
		list = append(list, string(k))
	}
	return append(list, measurement.Cohorts()...)
}
