package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"holdfast/interventions"
)

// TestAskingIsAnsweredAlike: whatever arm a household is in, who asks for work
// reads "queued", and the same page (R7).
func TestAskingIsAnsweredAlike(t *testing.T) {
	t.Parallel()
	pages := map[string]string{}
	for name, change := range map[string]func(*world){"with": withGhosts, "without": withoutGhosts} {
		w := newWorld(t, change)
		w.released = 200
		got := w.as(t, "mia").post("/customers/5/ask", url.Values{"treatment": {"retention_call"}})
		got.must(t, http.StatusOK, "Queued.", "Retention call", "queued", "mia")
		pages[name] = got.body
		if len(w.requests) != 1 || w.requests[0].Customer != 5 || w.requests[0].Override {
			t.Errorf("%s: %+v was kept", name, w.requests)
		}
		asked, read := w.audit[len(w.audit)-2], w.audit[len(w.audit)-1]
		if asked.What != "ask for work" || asked.Subject != "C0005" || !strings.Contains(asked.Detail, "retention_call") || read.What != "read a customer's file" {
			t.Errorf("%s: the audit says %+v, %+v", name, asked, read)
		}
	}
	if pages["with"] != pages["without"] {
		t.Error("the answer tells the arm")
	}
}

func TestOnlyADirectorOverridesWithAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	w.released = 200
	ask := func(who string, form url.Values) answer { return w.as(t, who).post("/customers/5/ask", form) }
	form := url.Values{"treatment": {"retention_call"}, "override": {"1"}, "reason": {"The regulator asked us to call."}}
	if got := ask("mia", form); got.status != http.StatusForbidden {
		t.Errorf("a manager who is no director: %d", got.status)
	}
	if got := ask("ann", url.Values{"treatment": {"retention_call"}}); got.status != http.StatusForbidden {
		t.Errorf("an agent: %d", got.status)
	}
	ask("adm", url.Values{"treatment": {"retention_call"}, "override": {"1"}}).must(t, http.StatusUnprocessableEntity, "needs a reason")
	ask("adm", url.Values{"treatment": {"free_lunch"}}).must(t, http.StatusUnprocessableEntity, "There is no treatment")
	if len(w.requests) != 0 {
		t.Fatalf("refused requests were kept: %+v", w.requests)
	}
	mia, oli := w.as(t, "mia"), w.as(t, "oli")
	for i := range 3 {
		for _, page := range []answer{mia.get("/morning"), oli.get("/nights")} {
			if alarm := strings.Contains(page.body, `role="alert"`); alarm != (i > 2) {
				t.Errorf("after %d overrides of 200 releases %s shows an alarm: %v", i, page.path, alarm)
			}
		}
		ask("adm", form).must(t, http.StatusOK, "Queued.")
	}
	for _, page := range []answer{mia.get("/morning"), oli.get("/nights")} {
		page.must(t, http.StatusOK, `role="alert"`, "3 overrides asked for in 30 days, 1.5 %")
	}
	if !w.requests[2].Override || w.requests[2].Reason == "" {
		t.Errorf("kept %+v", w.requests[2])
	}
}

// TestAuditIsSearchedAndExported: with the filters of the page, and the export
// is in the audit itself.
func TestAuditIsSearchedAndExported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	w.as(t, "mia").get("/customers/5")
	b := w.as(t, "aud")
	b.get("/audit?who=mia").must(t, http.StatusOK, "read a customer&#39;s file", "/audit.csv?who=mia")
	got := b.get("/audit.csv?who=mia")
	got.must(t, http.StatusOK, "id,at,who,what,subject,detail,address,hash", "read a customer's file,C0005")
	if strings.Contains(got.body, "aud,") {
		t.Errorf("others' entries are in the export of mia's:\n%s", got.body)
	}
	if last := w.audit[len(w.audit)-1]; last.Who != "aud" || last.What != "export the audit" || last.Detail != "who=mia" {
		t.Errorf("the audit says %+v", last)
	}
	b.get("/audit?from=yesterday").must(t, http.StatusUnprocessableEntity, "is not a day such as")
	b.get("/audit?before=x").must(t, http.StatusUnprocessableEntity, "There is no entry")
}

// TestWhatWasSaidOfACustomerIsSeen on the card of who rings and in the file, and
// by nobody who reads them masked.
func TestWhatWasSaidOfACustomerIsSeen(t *testing.T) {
	t.Parallel()
	const chip = `<span class="chip warn">vulnerable, since 3 Mar 2026</span>`
	w := newWorld(t)
	w.as(t, "mia").get("/customers/1").must(t, http.StatusOK).without(t, "vulnerable, since")
	w.said = map[int][]interventions.CardMark{1: {{Mark: interventions.Vulnerable, Since: tuesday.AddDate(0, 0, -7)}}}
	w.as(t, "mia").get("/customers/1").must(t, http.StatusOK, chip)
	w.as(t, "ann").post("/inbound", url.Values{"customer": {"1"}, "channel": {"phone"}}).must(t, http.StatusOK, chip)
	w.as(t, "lyn").get("/customers/1").must(t, http.StatusOK).without(t, "vulnerable, since")
}
