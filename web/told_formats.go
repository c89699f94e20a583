package web

import "slices"

// toldFormats are the sentences that are kept in English, each argument %d for
// a number and %s for anything else.
func toldFormats() []string {
	return slices.Concat(reasonFormats, evidenceFormats, populationFormats, dayFormats)
}

// reasonFormats are those of package features, part by part, with what an event
// is called for an argument.
var reasonFormats = []string{
	"%s within the last day", "No %s for 1 day", "No %s for %d days", "usually every %d", "Latest %s today", "Latest %s yesterday", "Latest %s %d days ago",
	"First %s %d days ago", "No %s in %d days", "One %s in %d days", "%d %s in %d days", "%d in the %d before", "%d %s in the %d days before the last %d",
	"%d %s in %d days against %d before", "No %s ever", "One %s ever", "%d %s ever", "%s worth %s in %d days", "%s per %s over %d days", "%s over all time",
	"change %s on the %d before", "%s worth %s over all time", "%s per %s over all time", "Latest %s worth %s", "%s on average", "%s add up to %s over %d days",
	"%s add up to %s over all time", "%s took back %s of spending in %d days", "%s took back %s of spending over all time", "A %s every %d days on average",
	"A %s every %d days, give or take %d", "Longest time without a %s before: %d days", "Silent %d times as long as usual", "%d days against %d",
	"never longer than %d before", "No day with a %s in the last %d", "One day with a %s in the last %d", "%d days with a %s in the last %d",
	"No day with a %s ever", "One day with a %s ever", "%d days with a %s ever", "A %s in none of the last %d months", "A %s in %d of the last %d months",
	"A %s in no month", "A %s in 1 month", "A %s in %d months", "Active within the last day", "No activity for 1 day", "No activity for %d days",
	"Active every %d days on average", "Active every %d days, give or take %d", "Longest time without activity before: %d days", "Margin of %s in %d days",
	"Margin of %s over all time", "Latest %s: %s", "%s of %s on average", "Latest %s %s", "change %s on the one before", "With us for %d days",
	"No contract running", "One contract running", "%d contracts running", "No contract ended before", "One contract ended before", "%d contracts ended before",
	"Renewal is today", "Renewal in 1 day", "Renewal in %d days", "Renewal was due %d days ago", "Contract has run for %d days", "Price is for no month",
	"Contract by the month", "Contract by periods of %d months", "Pays %s a month", "Never renewed yet", "Renewed once", "Renewed %d times",
	"Never changed plan", "Changed plan once", "Changed plan %d times", "Price never changed", "Price changed once", "Price changed %d times",
	"Latest price change: %s", "%d days ago", "Price changed %d days ago, by %s", "On plan %s", "No open service issue", "One open service issue",
	"for %d days", "%d open service issues", "the oldest for %d days", "A service issue has been open for %d days", "Open service issue of severity %d",
	"Latest service issue %d days ago", "No service issue in %d days", "One service issue in %d days", "%d service issues in %d days",
	"Service issues of the last year took %d days to close", "No contact %s by %s in %d days", "One contact %s by %s in %d days", "%d contacts %s by %s in %d days",
	"Customer got in touch within the last day", "Customer last got in touch yesterday", "Customer last got in touch %d days ago",
	"Last contact to the customer %d days ago", "%s of the contacts to the customer in %d days reached them", "Not known to share a household",
	"Shares a household", "The time of year", "Day %d of the year", "%s is not known",
}

// evidenceFormats are the facts behind the reasons.
var evidenceFormats = []string{
	"Latest of these: %s", "First %s: %s", "Latest service issues: %s", "Latest contacts: %s", "since %s", "%s since %s", "ended %s", "renews %s", "closed %s",
}

// populationFormats are why somebody is not in the population.
var populationFormats = []string{
	"nothing known of them yet", "no contract", "contract has ended", "with us for less than %d days", "%s fewer than %d times",
	"no %s for %d times as long as usual", "no %s in %d days",
}

// dayFormats are how and why the rest of a day was planned again.
var dayFormats = []string{
	"of %d waiting, 1 call goes behind the others for want of room", "of %d waiting, %d calls go behind the others for want of room", "1 ends sooner", "%d end sooner",
	"1 call has room again", "%d calls have room again", "nothing moves: what waits has the room that it had", "by hand", "on schedule", "roster changed", "absence",
	"%s is absent", "%s is back", "%s on %s",
}
