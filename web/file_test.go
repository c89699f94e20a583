package web_test

import (
	"slices"
	"strings"
	"testing"

	"holdfast/access"
	"holdfast/history"
	"holdfast/interventions"
	"holdfast/web"
)

// atHome is a desk whose customers 1, 5 and 6 live together, 6 having left, with
// consents of 1, and contracts that began and renew.
func atHome(w *world) {
	busy(w)
	member := func(n int) web.Member {
		return web.Member{Customer: customer(n), Segment: segmentOf(n), Since: tuesday.AddDate(-n, 0, 0)}
	}
	gone := member(6)
	gone.Left = "moved"
	w.household = map[int][]web.Member{1: {member(5), gone}, 5: {member(1), gone}}
	consent := func(purpose, channel string, allowed bool, days int) history.ConsentAt {
		return history.ConsentAt{Consent: history.Consent{Purpose: purpose, Channel: channel, Allowed: allowed}, At: tuesday.AddDate(0, 0, -days)}
	}
	w.consents = map[int][]history.ConsentAt{1: {
		consent("marketing", "email", true, 400), consent("marketing", "email", false, 30), consent("", "post", true, 90),
	}}
	w.addPromise(1, interventions.Promise{Kind: interventions.DuePromise, What: "send the meter reading", DueAt: tuesday.AddDate(0, 0, 2), Owner: "ann", MadeBy: "ben"}, "Europe/London")
}

// TestAnAgentReadsAFileWithoutTheRisk: who the customer is, with whom they live,
// what they hold, allowed and were promised; and no number of the risk, no band
// and nothing of how the list was made.
func TestAnAgentReadsAFileWithoutTheRisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, atHome)
	ann := w.as(t, "ann")
	ann.get("/inbound?q=C0001").must(t, 200, `href="/customers/1"`)
	page := ann.get("/customers/1").must(t, 200,
		"Ann Smith", "7 years with us", "They ring", "No purchase for 74 days", `href="/customers/5"`, "left: moved",
		"Marketing by email", "refused", "Every purpose by post", "To come", "send the meter reading", "Asks why the last bill is higher.", "Time line",
	)
	page.without(t, "58 %", "band-high", "in an episode", "Considered", "Ask for work", "Leave alone", "/risk", "C0006</span> · since 10 Mar 2025", "Marketing by email · allowed")
	if strings.Index(page.body, "send the meter reading") > strings.Index(page.body, "So far") {
		t.Error("what is to come does not come first")
	}
	w.as(t, "mia").get("/customers/1").must(t, 200, "58 %", "band-high", "Considered", `href="/customers/5"`)
	last := w.audit[len(w.audit)-1]
	if i := slices.IndexFunc(w.audit, func(e access.Entry) bool { return e.Who == "ann" && e.What == "read a customer's file" }); i < 0 || last.Who != "mia" {
		t.Errorf("the audit says %+v", w.audit)
	}
}

// TestAFileListsNobodyElses: of the household only who is of one's segments, and
// no names for who may not see personal data.
func TestAFileListsNobodyElses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, atHome)
	mine, others := segmentOf(5), 0
	for _, m := range w.household[5] {
		if m.Segment != mine {
			others++
		}
	}
	if mine != "trade" || others == 0 {
		t.Fatal("nobody is of another segment")
	}
	page := w.as(t, "tia").get("/customers/5")
	page.must(t, 200, "not of your segments").without(t, "C0006", customer(6).Name)
	w.as(t, "lyn").get("/customers/1").must(t, 200, "C0005").without(t, `HYPERLINK`)
}

// TestAnAgentOpensOnlyTheirWork: a task that needs what one is not trained for is
// named in the file, and not linked.
func TestAnAgentOpensOnlyTheirWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.addTask(1)
		w.addTask(2, func(t *interventions.Task) { t.Skills = []string{"fraud"} })
	})
	ann := w.as(t, "ann")
	ann.get("/customers/1").must(t, 200, `href="/tasks/1001"`)
	ann.get("/customers/2").must(t, 200, "Work: ", "retention call").without(t, "/tasks/1002")
}

// TestAFileIsTheSameForEveryArm: what an agent reads of a ghost is what they read
// of a customer below the line (R7).
func TestAFileIsTheSameForEveryArm(t *testing.T) {
	t.Parallel()
	pages := map[string]string{}
	for name, change := range map[string]func(*world){"with": withGhosts, "without": withoutGhosts} {
		w := newWorld(t, change)
		pages[name] = w.as(t, "ann").get("/customers/5").must(t, 200, "not on this list").body
	}
	if pages["with"] != pages["without"] {
		t.Error("the file tells the arm")
	}
}
