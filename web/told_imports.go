package web

// rejectionFormats are why an import could not use a row, and why it was refused
// as a whole.
var rejectionFormats = []string{
	"is empty", "is not a whole number", "is too large for a 64-bit number", "is not a number", "is not a finite number",
	"is neither true nor false; use true/false, yes/no, t/f, y/n or 1/0",
	"is not an amount", "is not an amount: its thousands are not in groups of three digits",
	"is not an amount: it has an exponent; write it in plain digits", "has more than %d decimals; ask for rounding if that is right",
	"has %s, and no thousands separator is configured; set `thousands: %q`, or `decimal: %q` if it separates the decimals",
	"has %s, but %q separates the decimals and %q the thousands", "a comma", "a point",
	"a quote inside an unquoted cell; put the whole cell in quotes and double the quote",
	"text after the closing quote of a cell; double a quote that is part of the text",
	"has %d cells where the file has %d columns",
	"is not a date in the calendar", "is not a time of day", "is not a date like 2006-01-31 or 2006-01-31 15:04:05", "is not a date like %v",
	"is not an instant between the years 1 and 9999", "is in a column of another type than what is asked of it",
	"is an unknown customer; import the customers first, or write customers: create", "is in the future",
	"is given twice with different values; keep one row, or add columns to the feed's key",
	"is not one of the words the field knows; translate it under the feed's dictionary",
	"is not a severity from 1 (mild) to 5", "is before the issue was opened",
	"is no agent here; add them with holdfast user add, correct the name, or leave the row out with a filter",
	"is not a time of the day; write it as 09:00, in the business's own time zone", "is not a day; write it without an hour",
	"has only one of from and to; give both, or neither for a whole day off", "ends when it begins; give the hour it ends at",
	"overlaps another row of the same agent, day and kind; join them into one",
	"is a shift without hours; give from and to, or write absence for a day off", "is one entry too many for the agent's day; give 24 at most",
	"feed %v: %d of %d rows cannot be used, more than %s; nothing was imported. Most often (%d): %s",
	"more than half of the first %d rows cannot be used; nothing was imported. Most often (%d): %s",
	"feed %v: %v has no rows; check the export that makes it",
	"%v line %d, column %q: %q %s", "%v row %d, column %q: %q %s", "%v line %d: %s: %q", "%v row %d: %s: %q",
}

// gateFormats are what closed a gate.
var gateFormats = []string{
	"%s, open since %s", "withdrawn on %s", "never given", "no valid %s", "begun before in this episode", "already in the queue", "for %d years",
	"due %s", "contacted on %s", "granted on %s", "%d in %d days, at most %d", "until %s", "until %s: %v",
	"Monday %v there", "Tuesday %v there", "Wednesday %v there", "Thursday %v there", "Friday %v there", "Saturday %v there", "Sunday %v there", "the limit is not known", "the limit is %s",
	"says %s",
}

// fitFormats are what a treatment missed before its gates were asked; what stands
// behind the last three is an expression of the configuration.
var fitFormats = []string{
	"customers of the tier %v are not contacted by %s", "its offer is dearer than anybody may give a customer of the tier %v", "not in the customer's language",
	"in no risk episode", "no open service issue", "no tenure milestone reached", "in a risk episode: keeping comes first",
	"not eligible", "not relevant", "not suitable",
}

// jobFormats are why a job was given up.
var jobFormats = []string{
	"gave up after %d attempts", "gave up after %d tries in %d h", "the last", "the job took longer than it may", "the job took longer than it may (%v)", "the lease on the job was lost",
	"it could not be renewed", "the worker is shutting down", "the handler of %s jobs panicked", "this version has no handler for jobs of kind %q",
	"read message %v", "deliver message %v", "record the delivery of message %v", "put off message %v", "tell %v", "tell %v of %v",
	"the message is %s: it is not sent again", "no carrier is configured for channel %s", "the customer's e-mail address is none",
	"the mail server %v cannot be used", "the mail server refused the message with %v", "the mail server does not take the message now (%v)",
	"the address does not exist", "the mail server took the message and did not answer", "the mail server ended the connection before the message was sent",
	"the webhook receiver cannot be reached", "the webhook receiver does not answer", "the webhook receiver answered %v",
	"the webhook receiver refused the message with %v", "write a message to %v", "make the folder for messages",
	"it may have arrived", "look for %v in the receiver's log, and send it again only if it is not there", "the worker stopped answering and its lease ran out",
	"replaced when the night was resumed",
	"channels.subscribers names no %q any more", "web.digest.recipients names nobody: add addresses",
	"channels.carriers.email names no way for e-mail to leave: write smtp or file", "send the digest of %v",
}
