package web_test

import (
	"context"
	"strings"
	"testing"

	"holdfast/measurement"
)

func (n *numbers) Groups(context.Context) (measurement.GroupReport, error) {
	return n.grouped, n.broken
}

// aGroupReport has an attribute of two large groups and one of a single one.
func aGroupReport() measurement.GroupReport {
	return measurement.GroupReport{AsOf: nightRun("night-3", 0, "").AsOf, Days: 90, Groups: []measurement.GroupLine{
		{Attribute: "gender", Value: "f", Customers: 2900, High: 160, Listed: 250, Contacted: 410, WorthMinor: 800_000, WorthSquares: 4e9},
		{Attribute: "gender", Value: "m", Customers: 2561, High: 150, Listed: 236, Contacted: 180, WorthMinor: 750_000, WorthSquares: 3.4e9},
		{Attribute: "gender", Customers: 40, High: 2, Listed: 5, Contacted: 3, WorthMinor: 9000, WorthSquares: 2e7},
		{Attribute: "origin", Value: "<b>اسم</b>", Customers: 5490, High: 310, Listed: 491, Contacted: 593, WorthMinor: 1_559_000, WorthSquares: 7.42e9},
		{Attribute: "origin", Hidden: true},
	}}
}

// TestGroupsAreReported: on the page, as CSV with an entry in the audit, and by
// the API; nothing of a small group, and nothing to who sees a part.
func TestGroupsAreReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, "mia")
	page := b.get("/groups").body
	for _, want := range []string{"2,900", "14 %<small>13 % to 15 %", "£32<small>", "fewer than 20 contacts", "nothing is said of them", "&lt;b&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	csv := strings.Split(b.get("/groups.csv").body, "\r\n")
	if len(csv) < 2 {
		csv = strings.Split(csv[0], "\n")
	}
	if len(csv) != 7 || !strings.HasPrefix(csv[1], "gender,f,2900,0.0552,") || !strings.HasSuffix(csv[5], `20 customers",,,,,,,,,,,,,`) {
		t.Errorf("the CSV is %q", csv)
	}
	if last := w.audit[len(w.audit)-1]; last.What != "export contact by group" || last.Who != "mia" {
		t.Errorf("the audit has %+v", last)
	}
	got := w.call(t, w.token(t, "lyn"), "GET", "/api/v1/groups", "")
	if got.status != 200 || !strings.Contains(got.body, `{"attribute":"origin","hidden":true}`) || !strings.Contains(got.body, `"mean_worth_minor":{"share":3200,`) {
		t.Errorf("the API says %d %s", got.status, got.body)
	}
	if got := w.as(t, "tia").get("/groups"); got.status != 403 || strings.Contains(got.body, "2,900") {
		t.Errorf("who sees a segment: %d", got.status)
	}
}
