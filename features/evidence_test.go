package features_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/history"
)

// crowded is a customer to whom everything happens all the time, at half days.
func crowded(t *testing.T) history.View {
	t.Helper()
	parts := history.Parts{Customers: []history.Customer{{ID: 1}}, Vocab: benchVocab}
	ref := int64(0)
	fact := func(days int, kind history.FactKind, body any) {
		ref++
		at := asOf.Add(-time.Duration(days)*24*time.Hour - 12*time.Hour)
		parts.Facts = append(parts.Facts, history.Fact{Stamp: history.Stamp{Customer: 1, Ref: ref, Occurred: at, Recorded: at}, Kind: kind, Body: body})
	}
	for days := 900; days > 0; days -= 7 {
		ref++
		kind := uint16(1 + days%4)
		parts.Singles = append(parts.Singles, daysAgo(ref, float64(days)+.5, kind, 100))
		fact(days, history.FactContact, history.Contact{Channel: []string{"phone", "email", "chat"}[days%3], Direction: []string{"in", "out"}[days%2], Reached: true})
		fact(days, history.FactIssue, history.Issue{Category: "billing"})
		if days > 40 {
			issue := ref
			fact(days-20, history.FactIssueClosed, history.IssueClosed{})
			parts.Facts[len(parts.Facts)-1].Ref = issue
		}
	}
	s, err := history.AssembleShard(parts)
	if err != nil {
		t.Fatal(err)
	}
	return s.View(0, asOf, nil)
}

var (
	evidenceDate = regexp.MustCompile(`\d+ [A-Z][a-z]{2} \d{4}`)
	closedPart   = regexp.MustCompile(`closed (\d+ [A-Z][a-z]{2} \d{4})`)
	lastDays     = regexp.MustCompile(`_(\d+)d$`)
	daysBefore   = regexp.MustCompile(`_before_(\d+)d$`)
	contactName  = regexp.MustCompile(`^contact_(in|out)_(phone|email|chat|letter)_`)
)

// saidContacts are the words for the contacts that crowded has columns of.
var saidContacts = map[string]string{
	"phone in": "call from the customer", "phone out": "call to the customer",
	"email in": "e-mail from the customer", "email out": "e-mail to the customer",
}

// The rule of evidence, read from the names of the columns: every fact that is
// shown lies in the window that the column counts and is of its kind, and none
// is missing up to three.
func TestEvidenceIsWhatIsCounted(t *testing.T) {
	t.Parallel()
	e, v := mustEngine(t, full()), crowded(t)
	row := make([]float64, len(e.Schema().Columns))
	e.Row(v, row)
	windows := 0
	for i, c := range e.Schema().Columns {
		text := e.Evidence(v, i)
		after, until := 0, 1<<20
		if m := lastDays.FindStringSubmatch(c.Name); m != nil {
			windows++
			until, _ = strconv.Atoi(m[1])
			switch {
			case daysBefore.MatchString(c.Name):
				after, until = until, 2*until
			case strings.Contains(c.Name, "_trend_"):
				until *= 2
			}
		}
		if m := contactName.FindStringSubmatch(c.Name); m != nil && strings.Count(text, "("+saidContacts[m[2]+" "+m[1]]+")") != strings.Count(text, "(") {
			t.Errorf("%s: %s", c.Name, text)
		}
		shown := closedPart.ReplaceAllString(text, "closed")
		if strings.HasPrefix(c.Name, "issue_close_") { // these count when they are closed
			shown = strings.Join(closedPart.FindAllString(text, -1), ", ")
		}
		dates := evidenceDate.FindAllString(shown, -1)
		for _, date := range dates {
			at, err := time.Parse("2 Jan 2006", date)
			if age := int(asOf.Sub(at).Hours() / 24); err != nil || age <= after || age > until {
				t.Errorf("%s shows %s, %d days old, outside %d to %d: %s", c.Name, date, age, after, until, text)
			}
		}
		if counts := strings.Contains(c.Name, "_count_") || contactName.MatchString(c.Name); counts && len(dates) != min(3, int(row[i])) {
			t.Errorf("%s is %v and shows %d facts: %s", c.Name, row[i], len(dates), text)
		}
	}
	if windows < 40 {
		t.Errorf("only %d columns have windows", windows)
	}
}
