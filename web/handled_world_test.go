package web_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/interventions"
	"holdfast/measurement"
)

// HandledBy reads from the same plain values as BestSaves.
func (n *numbers) HandledBy(_ context.Context, who string, from, to time.Time) (list []measurement.Handled, err error) {
	for _, h := range n.handled {
		if h.Agent == who && !h.At.Before(from) && h.At.Before(to) {
			list = append(list, h)
		}
	}
	return list, n.broken
}

func (n *numbers) BestSaves(_ context.Context, from, to time.Time, sustained bool, segments []string, limit int) (list []measurement.Handled, err error) {
	for _, h := range n.handled {
		if h.Claimed && !h.At.Before(from) && h.At.Before(to) && (!sustained || h.Here == measurement.StillHere) &&
			(len(segments) == 0 || slices.Contains(segments, h.Segment)) {
			list = append(list, h)
		}
	}
	slices.SortStableFunc(list, func(a, b measurement.Handled) int { return int(b.ValueMinor - a.ValueMinor) })
	return list[:min(len(list), limit)], n.broken
}

func (n *numbers) lostOf(q measurement.LostQuery) (list []measurement.Handled) {
	fits := func(want *string, is string) bool { return want == nil || *want == is }
	for _, h := range n.handled {
		if h.Reason != "" && !h.At.Before(q.From) && h.At.Before(q.To) && fits(q.Agent, h.Agent) && fits(q.Treatment, h.Treatment) && fits(q.Reason, h.Reason) &&
			(len(q.Segments) == 0 || slices.Contains(q.Segments, h.Segment)) && (q.Publication == nil || (*q.Publication == 0) == h.List.IsZero()) {
			list = append(list, h)
		}
	}
	return list
}

func (n *numbers) LostCounts(_ context.Context, q measurement.LostQuery) (list []measurement.LostCount, err error) {
	for _, h := range n.lostOf(q) {
		c := measurement.LostCount{Agent: h.Agent, Treatment: h.Treatment, List: h.List, Reason: h.Reason, Calls: 1}
		if !h.List.IsZero() {
			c.Publication = 3
		}
		list = append(list, c)
	}
	return list, n.broken
}

func (n *numbers) LostCalls(_ context.Context, q measurement.LostQuery) ([]measurement.Handled, error) {
	list := n.lostOf(q)
	return list[:min(len(list), q.Limit)], n.broken
}

// TestLostAtTheDesk: by agent, treatment and list, each count leading to the
// calls in it, of the customers one may see.
func TestLostAtTheDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, "mia")
	page := b.get("/attrition").body
	for _, want := range []string{"Lost at the desk, by reason", `price <a href="/attrition/calls?agent=ann&amp;reason=price">1</a>`, "Customers who rang", `href="/attrition/calls?list=3"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	calls := b.get("/attrition/calls?agent=ann&reason=price").body
	if !strings.Contains(calls, "&lt;script&gt;alert(1)") || strings.Contains(calls, "Otto Falk") {
		t.Error("the calls of the count are not those")
	}
	if page := w.as(t, "tia").get("/attrition/calls").body; strings.Contains(page, "Otto Falk") || !strings.Contains(page, "&lt;script&gt;") {
		t.Error("who sees trade sees private customers")
	}
	if got := b.get("/attrition/calls?list=x"); got.status != 422 && got.status != 400 {
		t.Errorf("a list that is none: %d", got.status)
	}
	got := w.call(t, w.token(t, "lyn"), "GET", "/api/v1/attrition/calls?treatment=", "")
	if got.status != 200 || !strings.Contains(got.body, `"reason":"competitor"`) || strings.Contains(got.body, "Otto Falk") || strings.Count(got.body, `"task":`) != 1 {
		t.Errorf("the API says %d %s", got.status, got.body)
	}
}

// someHandled is a day of ann's, saves of others, and one of a hostile name.
func someHandled() []measurement.Handled {
	at := func(hour, minute int) time.Time {
		return tuesday.Truncate(24 * time.Hour).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	call := func(task interventions.TaskID, who, name string, at time.Time, d interventions.Disposition, value int64) measurement.Handled {
		return measurement.Handled{
			Task: task, N: 1, At: at, Took: at.Add(-6 * time.Minute), Agent: who, List: tuesday.Truncate(24 * time.Hour), Treatment: "retention_call", Family: "retention",
			Disposition: d, Reached: d != interventions.NoAnswer, Claimed: slices.Contains(interventions.Claims, d), Customer: 5, Segment: "trade", Source: "crm",
			Key: "C-1005", Name: name, ValueMinor: value,
		}
	}
	list := []measurement.Handled{
		call(1021, "ann", "Mara Quist", at(9, 40), interventions.SavedWithOffer, 84_000),
		call(1022, "ann", "Oren Vale", at(9, 25), interventions.NoAnswer, 31_000),
		call(1023, "ann", "<script>alert(1)</script>", at(9, 10), interventions.DeclinedLeave, 52_000),
		call(1024, "ann", "سارة الحسن", at(8, 50), interventions.CallbackAgreed, 12_000),
		call(1025, "ann", "Ida Brandt", at(8, 30), interventions.Thanked, 90_000),
		call(1026, "bob", "Nils Aho", tuesday.AddDate(0, 0, -2), interventions.SavedNoOffer, 120_000),
		call(1027, "<b>bo</b>", "A customer with quite an uncommonly long name, of a street nobody has heard of", tuesday.AddDate(0, 0, -3), interventions.PartialSave, 640_000),
		call(1028, "ann", "Lotte Verkerk", tuesday.AddDate(0, 0, -93), interventions.SavedNoOffer, 77_000),
		call(1030, "bob", "Otto Falk", tuesday.AddDate(0, 0, -4), interventions.AlreadyLeft, 20_000),
		call(1029, "bob", "Gone Again", tuesday.AddDate(0, 0, -94), interventions.SavedNoOffer, 99_000),
	}
	list[0].Note = "Wants the bill by post from now on, =cmd|' /C calc'!A0"
	list[2].Reason, list[3].KeptPromise = "price", true
	list[4].Family, list[4].Treatment, list[4].Note = interventions.FamilyThanks, "tenure_thanks", "Was moved that somebody rang only to say thank you."
	list[5].Segment, list[5].Treatment, list[5].List = "private", "", time.Time{}
	list[8].Segment, list[8].Treatment, list[8].List, list[8].Reason = "private", "", time.Time{}, "competitor"
	list[7].Here, list[9].Here = measurement.StillHere, measurement.GoneBy90
	return list
}

// TestOwnDay: an agent's own numbers and nobody else's, on the page and by the
// API; a day of the last month, and no other.
func TestOwnDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.as(t, "ann")
	page := ann.get("/desk/day").body
	for _, want := range []string{
		"<strong>5</strong><small>5 attempts</small>", "customers worth £840 a year", "Mara Quist", "&lt;script&gt;", "Was moved that somebody rang", "You beside the team",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "Nils Aho") || strings.Contains(page, "815") {
		t.Error("it shows others' work")
	}
	if page := ann.get("/desk/day?ago=1").body; !strings.Contains(page, "Nothing on this day.") || !strings.Contains(page, `href="/desk/day?ago=2"`) {
		t.Error("yesterday is not empty")
	}
	for _, bad := range []string{"32", "-1", "x", "1e3"} {
		if got := ann.get("/desk/day?ago=" + bad); got.status != 422 && got.status != 400 {
			t.Errorf("ago=%s: %d", bad, got.status)
		}
	}
	got := w.call(t, w.token(t, "ann", "tasks"), "GET", "/api/v1/desk/day", "")
	if got.status != 200 || !strings.Contains(got.body, `"claimed_saves":1`) || !strings.Contains(got.body, `"promises_kept":1`) || strings.Contains(got.body, "bob") {
		t.Errorf("the API says %d %s", got.status, got.body)
	}
}

// TestBestSaves: worth most first, of the customers one may see, and without
// names and notes for who may not read them.
func TestBestSaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.as(t, "mia").get("/morning").body
	long, nils := strings.Index(page, "A customer with quite"), strings.Index(page, "Nils Aho")
	if long < 0 || nils < long || !strings.Contains(page, "£6,400</strong> a year") || !strings.Contains(page, "Lotte Verkerk") || strings.Contains(page, "Gone Again") {
		t.Error("the best saves are not there in their order")
	}
	if page := w.as(t, "tia").get("/morning").body; strings.Contains(page, "Nils Aho") || !strings.Contains(page, "Mara Quist") {
		t.Error("who sees trade sees private customers")
	}
	if page := w.as(t, "lyn").get("/morning").body; strings.Contains(page, "Mara Quist") || strings.Contains(page, "bill by post") || !strings.Contains(page, "C-1005") {
		t.Error("an analyst reads names or notes")
	}
	got := w.call(t, w.token(t, "lyn"), "GET", "/api/v1/saves", "")
	if got.status != 200 || !strings.Contains(got.body, `"value_minor":640000`) || strings.Contains(got.body, "Mara") {
		t.Errorf("the API says %d %s", got.status, got.body)
	}
}
