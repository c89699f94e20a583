package web_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/measurement"
)

func (n *numbers) ReasonMarks(context.Context, time.Time) ([]measurement.ReasonMarks, error) {
	return slices.Clone(n.marks), n.broken
}

func (n *numbers) AgentReport(context.Context) (measurement.AgentReport, error) {
	return n.agentReport, n.broken
}

// anAgentReport has four agents: one sure to claim more than their cases give,
// one of whom chance explains it, one whose day 90 has not come, and one of few
// attempts.
func anAgentReport() measurement.AgentReport {
	call := func(agent, band string, attempts, reached, claimed, sustained int) measurement.AgentCell {
		return measurement.AgentCell{
			Agent: agent, Mix: measurement.Mix{Treatment: "retention_call", Band: band}, Attempts: attempts, Reached: reached, Claimed: claimed, Sustained: sustained,
		}
	}
	recent := []measurement.AgentCell{
		call("ann", "high", 820, 430, 96, 0), call("ann", "low", 260, 150, 90, 0),
		call("bob", "high", 300, 140, 18, 0), call("bob", "low", 900, 500, 260, 0),
		call("<b>اسم</b>", "high", 500, 250, 40, 0), call("<b>اسم</b>", "low", 400, 220, 104, 0),
		call("cyd", "high", 12, 6, 2, 0),
	}
	matured := []measurement.AgentCell{
		call("ann", "high", 640, 0, 0, 44), call("ann", "low", 210, 0, 0, 50), call("bob", "high", 280, 0, 0, 15), call("bob", "low", 760, 0, 0, 170),
		call("<b>اسم</b>", "low", 14, 0, 0, 3),
	}
	report := measurement.CompareAgents(nightRun("night-3", 0, "").AsOf, recent, matured, map[string]int{"ann": 700, "bob": 815, "<b>اسم</b>": 610, "cyd": 12})
	report.Kept = measurement.Keep([]measurement.KeptCell{
		{Agent: "ann", Segment: "private", Kept: 61, Broken: 2},
		{Agent: "ann", Segment: "trade", Kept: 33, Broken: 7},
		{Agent: "bob", Segment: "private", Kept: 120, Broken: 0},
		{Agent: "cyd", Segment: "", Kept: 7, Broken: 1},
		{Segment: "private", Kept: 30, Broken: 1},
	})
	return report
}

// TestAgentsAreCompared: on the page, as CSV with an entry in the audit, and by
// the API; nothing of few attempts, and nothing to who sees a part.
func TestAgentsAreCompared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, "mia")
	page := b.get("/agents").body
	for _, want := range []string{
		`>ann</th><td class="num">700<small>1,080 attempts</small></td>`, `likely 1.`, `<span class="chip">more</span>`, "fewer than 20 attempts: nothing is said of them",
		"This judges nobody by itself", "&lt;b&gt;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	csv := strings.Split(strings.TrimSpace(strings.ReplaceAll(b.get("/agents.csv").body, "\r\n", "\n")), "\n")
	if len(csv) != 5 || !strings.HasPrefix(csv[2], "ann,700,1080,580,") || !strings.HasPrefix(csv[4], "cyd,,,,") || !strings.HasSuffix(csv[4], ",,,,,") || !strings.HasSuffix(csv[2], ",850,94,9,0.9126,0.8422,0.9533") {
		t.Errorf("the CSV is %q", csv)
	}
	if last := w.audit[len(w.audit)-1]; last.What != "export how agents compare" || last.Who != "mia" {
		t.Errorf("the audit has %+v", last)
	}
	got := w.call(t, w.token(t, "lyn"), "GET", "/api/v1/agents", "")
	if got.status != 200 || !strings.Contains(got.body, `{"agent":"cyd","hidden":true}`) || !strings.Contains(got.body, `"verdict":"more"`) {
		t.Errorf("the API says %d %s", got.status, got.body)
	}
	if got := w.as(t, "ann").get("/agents"); got.status != 403 || strings.Contains(got.body, "1,080") {
		t.Errorf("an agent: %d", got.status)
	}
	w.as(t, "lee").get("/agents").must(t, 200, "1,080 attempts", ">cyd<")
}

// TestWhoComparesWhichAgents: with segments those alone whose customers one
// sees, on the page, as CSV and by the API.
func TestWhoComparesWhichAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tia, secret := w.as(t, "tia"), w.token(t, "tia")
	tia.get("/agents").must(t, 200, "No agent works in your segments alone").without(t, "1,080", "bob")
	w.users["ann"] = func() access.User { u := w.users["ann"]; u.Segments = []string{"trade"}; return u }()
	w.users["bob"] = access.User{Name: "bob", Role: access.Agent, Segments: []string{"trade", "private"}}
	tia.get("/agents").must(t, 200, "1,080 attempts", "3 agents with customers elsewhere are not shown").without(t, "bob", "cyd")
	if csv := tia.get("/agents.csv").body; !strings.Contains(csv, "ann,700") || strings.Contains(csv, "bob") {
		t.Errorf("the CSV is %q", csv)
	}
	if got := w.call(t, secret, "GET", "/api/v1/agents", ""); got.status != 200 || !strings.Contains(got.body, `"agent":"ann"`) || strings.Contains(got.body, "bob") {
		t.Errorf("the API says %d %s", got.status, got.body)
	}
}
