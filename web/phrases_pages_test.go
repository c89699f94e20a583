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

// fewRefusals are the refusals that people read on pages of files whose others
// nobody does: those of a configuration, of the command line, of programs.
var fewRefusals = []string{
	"the answer of the identity provider does not belong to this sign-in: begin again at the sign-in page",
	"the identity provider did not let you in: ask whoever looks after it",
	"the identity provider does not answer: %w",
	"the identity provider does not answer as one: %w",
	"the identity provider does not say who you are: %w",
	"the identity provider's clock and this machine's are too far apart: let both follow one time server",
	"what the identity provider says of you cannot be read: %w",
	"none of your groups may use Holdfast: ask whoever looks after the groups",
	"%s belongs to another account, or may not sign in: ask whoever looks after Holdfast",
	"%s has %d entries on %s: give %d at most",
	"the entry from %q to %q of %s on %s: %s",
	"the %ss from %s and from %s of %s on %s overlap: join them, or move one",
	"there is work for %s already: open that",
	"nothing says which attribute holds who looks after a customer: set measurement.owner_attribute in the configuration",
	"%s: it has changed meanwhile (%d rows matched); read it again",
	"there is no page here",
	"no messages leave by e-mail here",
	"there is no page %q",
	"run %s has no score of customer %d",
	"run %s has no scores of partition %d: they were not made, or retention let them go",
	"customer %d was treated with probability %v and would be with %v: the first must be above 0, both at most 1",
	"import %d is not a draft any more: it was published or abandoned",
}

// pagePhrases are the texts of the managers' and operators' pages that are
// looked up by a variable.
func pagePhrases() []string {
	list := []string{
		"too early to say", "works", "does harm", "no effect shown", "more than that", "fewer than that", groupTogether,
		"withdraw a list", "release a list", "fall back to a list", "begins", "renews", "ended", "merged", "Leave alone", "Give to somebody", "Queue work",
		"New on the list", "not in the file", "Not on it any more", "Treated otherwise", "PSI", "log-odds", "log ratio",
		"offers, while a service issue is open", "segment", "owner", "reason", "with us before",
		"silence", "volume", "spend", "trend", "rhythm", "from the customer", "to the customer", "still open",
		"lift in the top tenth", "log loss against the naive rule", "mean risk ÷ leaving rate", "Share of rows", "Share of columns", "Rows to a side",
	}
	for _, o := range sorts {
		list = append(list, o.Text)
	}
	list = append(append(list, liftNames...), fewRefusals...)
	list = slices.AppendSeq(list, maps.Values(resultWords))
	list = slices.AppendSeq(list, maps.Values(moveTitles))
	list = slices.AppendSeq(list, maps.Values(lateWords))
	return slices.AppendSeq(list, maps.Values(stateAdvice))
}

// pageCodes are the codes of those pages.
func pageCodes() []string {
	list := []string{
		"waiting", "stopped", "passed_over", "dead", "unknown", "sent", "blocked", "failed", "deliver", "night", "feeds-due", "list-due", "command", "audit", "digest",
		"tenure", "contract", "price", "service", "contact", "profile", "household", "season", "margin", "activity", "none",
		string(interventions.PublicationDraft), string(interventions.PublicationHeld), string(interventions.PublicationReleased), string(interventions.PublicationWithdrawn),
		"candidates", "minutes available", "minutes planned", "arms joined", "would be released", "proposals", "feeds", "customers", "tasks", "messages",
		"scores", "features", "calibration", "leaving rate", "champion kept", "models waiting for release", nightly.CountRefused, "single events folded", "jobs removed", "history removed",
		"drafts removed", "imports removed", "rejections removed", "roster days removed", "rows removed", "segments removed", "moves changed", "outcomes",
		"treatments", "population", "already open", "no treatment", "band high", "band medium", "band low",
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
