package web

import "slices"

// toldFormats are the sentences that are kept in English, each argument %d for
// a number, %s for words, %q for what is quoted and %v for what is named: these
// two stay as they are.
func toldFormats() []string {
	return slices.Concat(reasonFormats, evidenceFormats, populationFormats, dayFormats, nightFormats, rejectionFormats, gateFormats, fitFormats, cardFormats, jobFormats, rehearsalFormats)
}

// reasonFormats are those of package features, part by part, with what an event
// is called for an argument.
var reasonFormats = []string{
	"%s within the last day", "No %s for 1 day", "No %s for %d days", "usually every %d", "usually every day", "Latest %s today", "Latest %s yesterday", "Latest %s %d days ago",
	"First %s %d days ago", "No %s in %d days", "One %s in %d days", "%d %s in %d days", "%d in the %d before", "%d since",
	"No %s between %d and %d days ago", "One %s between %d and %d days ago", "%d %s between %d and %d days ago",
	"No %s between %d and %d years ago", "One %s between %d and %d years ago", "%d %s between %d and %d years ago",
	"%d %s in %d days against %d before", "No %s ever", "One %s ever", "%d %s ever", "%s worth %s in %d days", "%s per %s over %d days", "%s over all time",
	"change %s on the %d before", "%s worth %s over all time", "%s per %s over all time", "Latest %s worth %s", "%s on average", "%s add up to %s over %d days",
	"%s add up to %s over all time", "%s took back %s of spending in %d days", "%s took back %s of spending over all time", "A %s every day on average", "A %s every %d days on average",
	"A %s every day, give or take %d", "A %s every %d days, give or take %d", "Longest time without a %s before: %d days", "Silent as long as usual", "Silent %d times as long as usual", "%d days against %d",
	"never longer than %d before", "No day with a %s in the last %d", "One day with a %s in the last %d", "%d days with a %s in the last %d",
	"No day with a %s ever", "One day with a %s ever", "%d days with a %s ever", "A %s in none of the last %d months", "A %s in %d of the last %d months",
	"A %s in no month", "A %s in 1 month", "A %s in %d months", "Active within the last day", "No activity for 1 day", "No activity for %d days",
	"Active every day on average", "Active every %d days on average", "Active every day, give or take %d", "Active every %d days, give or take %d", "Longest time without activity before: %d days", "Margin of %s in %d days",
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
	"call from the customer", "call to the customer", "e-mail from the customer", "e-mail to the customer", "letter from the customer", "letter to the customer",
	"text message from the customer", "text message to the customer", "message from the customer", "message to the customer",
	"contact from the customer on the website", "contact to the customer on the website", "contact from the customer in the app", "contact to the customer in the app",
	"contact from the customer in a store", "contact to the customer in a store", "contact from the customer by %s", "contact to the customer by %s",
	"contact from the customer", "contact to the customer",
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
	"%s is absent", "%s is back",
}

// rehearsalFormats are why a dry run of a policy could not be made.
var rehearsalFormats = []string{
	"compare two policies", "read partition %d", "load shard %d", "read the scores of partition %d", "weigh partition %d", "allocate",
	"history segment %d was let go by retention", "it was begun %d times and never came to an end: ask the operator, who sees why at the jobs",
}

// cardFormats are sentences of a model's card on sizes, margin at stake and what
// came late, and what stands in them.
var cardFormats = []string{
	"Sizes were chosen by %d-fold cross-validation inside %d training rows (mean loss %d)",
	"The margin at stake is what customers of the same forecast who stayed brought in within a year, foreseen from %s: on %d customers held out from %s its error was %d times that of the last twelve months' margin, 95 % interval %d to %d",
	"how often customers buy and what a purchase earns",
	"what the contracts cost",
	"what the contracts cost, of which %d % is margin",
	"what the contracts cost, and how many of such contracts are renewed",
	"what the contracts cost, of which %d % is margin, and how many of such contracts are renewed",
	"Recomputed with today's knowledge, no feature of %d customers on %s differs from what was known then",
	"Recomputed with today's knowledge, %d features of %d customers on %s differ from what was known then, which is what was learned from: %s",
	"%d % of customers",
	"and for less than 1 % of customers each %s",
}

// nightFormats are what a night says of itself, of its list and of its model: why
// it is held, why a model was due, what stands on the model's card.
var nightFormats = []string{
	"the required feed %s has never arrived: import it with `holdfast import %s FILE` and run `holdfast nightly resume`, or say required: false of it in the configuration",
	"the required feed %s has brought nothing since %s, when it brought %d rows: deliver the file of the day and run `holdfast nightly resume --from import`; a file that was imported before counts as nothing, whatever its name",
	"the required feed %s brought %d rows and every one of them was known already, where usually %d say something new: deliver the file of the day and run `holdfast nightly resume --from import`; `holdfast nightly resume --from train` goes on without it",
	"the risks lie elsewhere than the night before: PSI %d, more than %d: look at the feed behind it; `holdfast list release` publishes the list as it is",
	"the risks lie elsewhere than the night before: PSI %d, more than %d, most of all the feature %s (PSI %d): look at the feed behind it; `holdfast list release` publishes the list as it is",
	"%d customers of %s, none of them seen in training with that date's outcome",
	"passed over by hand",
	"%d days of silence",
	"%d of %d customers left after %s, the date that candidates are judged on: wait for more history",
	"%d of %d customers left before %s, from whom the naive rule learns: wait for more history",
	"%d rows are of %d dates whose outcome is not final: they tell of the periods that are over, and of no later one",
	"%d signs that the features know the outcome: %s Leave such features out",
	"%d snapshots of the customers in the population, %d days apart",
	"%d weights were cut at %d: the risk of the kinds of customers who are nearly always contacted is uncertain",
	"%d, 95 % interval %d to %d, times in days",
	"%s alone ranks leavers with AUC %d: it knows the outcome",
	"%s had a log loss smaller by %d (%d to %d), which does not prove it better than %s, the family in office",
	"%s left of the customers of %s, the newest date it learned from, and %s of those of %s",
	"%s moved farthest of all features between its first night and its newest",
	"%s, but what was trained on %s did not replace it: the next attempt is on %s",
	"%s, fitted to %d of the newest final outcomes, of which %d left",
	"%s of the recorded times are assumed, and what came late under these cannot be seen",
	"A model of %d features could not be fitted (%s), so the naive rule stands in",
	"Against the model in office before it, on the same rows, its log loss differs by %d (%d to %d; below zero it is better)",
	"Customers' time ends when we contact them: %d rows were over before their date and %d were cut before their outcome; %d rows left alone stand for them, and all %d tell as much as %d equal ones would",
	"In %d times repeated %d-fold cross-validation by household its log loss less the naive rule's was %d (95 % interval %d to %d); it would stand back for the rule if that were surely above zero",
	"Its risks are calibrated on the global holdout alone, whom nobody contacted: %d rows, %d of them and %d customers left",
	"It is not proven to predict better than the naive rule: the interval of the difference holds zero",
	"Only %d customers have left so far and it takes %d (training.min_leavers) to fit a model: until then the risk is the leaving rate of customers alike by the one column of the naive rule",
	"Only %d customers have left so far and it takes %d for the configured families to compete: this model looks at the %d features that tell most, with a strong prior, and its ranges are wide",
	"Risk under current practice: the global holdout does not hold the %d leavers yet that it takes to calibrate on it alone",
	"The candidate %s could not be fitted: %s",
	"The candidate %s had AUC %d and log loss %d on the same date",
	"The margin at stake is that of the last twelve months: %s",
	"The range on a risk holds the leaving rate of customers scored alike nine times in ten: from drawing households again and from %d past dates",
	"The range on a risk is wide: %d past dates with outcomes of their own could be tested and it takes %d to see how much the leaving rate moves between dates, so a spread was assumed",
	"The range on a risk is wide: 1 past date with outcomes of its own could be tested and it takes %d to see how much the leaving rate moves between dates, so a spread was assumed",
	"Tried on %d %s with what was known by then, the range held the leaving rate of %d of %d groups of customers scored alike (%d %); it should hold nine in ten",
	"gates block all %d customers whom a treatment is relevant for, and %s of them: look at that setting and its feed; `holdfast list release` publishes the list as it is",
	"%s alone blocks %d",
	"it scored %d on its newest night and %d on its first",
	"it scores %d customers and %d on its first night: the population is another one",
	"it was the first",
	"the new %s is not proven to predict %s as well as the model in office does (log loss less that model's %d, 95 % interval %d to %d, which must end below %d, a hundredth of the naive rule's): that model stays",
	"its list has been released, so the night cannot be decided again: withdraw the list and run the next night",
	"its risks on its newest night against those on its first",
	"its scores have drifted: PSI %d, above %d",
	"model %s is trained and training.two_person_release is on: two people release it, each with holdfast model promote %s --by NAME",
	"model %s waits to be released by two people",
	"no candidate could be trained: %s",
	"no date after those it learned from is final, or fewer than %d left on it",
	"no two of its nights are to be compared yet",
	"none moved beyond chance between its first night and its newest",
	"no treatment's eligibility lets in any of the %d customers there are: look at interventions.treatments and at the feeds that say what it asks for; `holdfast list release` publishes the list as it is",
	"of %d customers of %s, whose outcome it had not learned from, it expected %s to leave and %s did",
	"the best candidate, %s, predicts %s worse than the naive rule does (log loss %d against %d): look at the features and the feeds",
	"the champion is %d days old and its scores have not drifted",
	"the champion is %d days old and retrain_days is %d",
	"the feature %s has drifted: PSI %d, above %d",
	"the features have changed since the champion was trained",
	"the feed %s brought %d rows where %d are usual: look at the file; `holdfast nightly resume --from train` goes on without it",
	"the history from %s to %s is too short to train and test a model: an outcome takes %d days to become final and two are needed one after the other",
	"the leaving rate has moved from %s of the customers of %s, the newest date it learned from, to %s of those of %s",
	"the list grew from %d to %d contacts: look at `holdfast list show`; `holdfast list release` publishes it as it is",
	"the night has not done its stage %s: resume it from there, or without a stage",
	"the population fell from %d to %d customers: look at the feeds; `holdfast list release` publishes the list as it is",
	"the required feed %s has brought nothing since %s: deliver it and run `holdfast nightly resume`",
	"the required feed %s has never arrived: import it, or mark it as not required",
	"there is no champion yet",
	"there is no history to learn from: import a feed first",
	"%s, shard %d",
	"Released again: %d tasks and %d messages are back.",
	"Released as it is; the night goes on.",
	"It is worked again: %d tasks and %d messages are back; %d contacts are blocked since it was made.",
	"withdrawn: %s",
	"fallen back to the list of %s",
	"below the line",
	"worth nothing",
	"another of the household",
	"eligible for no treatment",
	"no relevant treatment",
	"no suitable treatment",
}
