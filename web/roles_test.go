package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/nightly"
)

// filled gives a pattern's address with something in its holes.
func filled(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	for what, id := range map[string]string{
		"/tasks/{id}": "/tasks/1001", "/recommendations/{id}": "/recommendations/7", "/approvals/{id}": "/approvals/701", "/customers/{id}": "/customers/1", "/decisions/{id}": "/decisions/2", "/nights/{id}": "/nights/night-3",
		"/risk/views/{id}": "/risk/views/1", "/dry-runs/{id}": "/dry-runs/31", "/jobs/{id}": "/jobs/11", "/imports/{id}": "/imports/42", "/{$}": "/",
	} {
		path = strings.Replace(path, what, id, 1)
	}
	return method, path
}

var links = regexp.MustCompile(`(?:href|action)="(/[^"#]*)"`)

// crawl reads every page that links and forms lead to from the first one, and
// returns them by path with what changes from one sign-in to the next removed.
func crawl(b *browser) map[string]string {
	seen, queue := map[string]string{}, []string{"/", "/risk.csv?", "/risk?after=3&above=4", "/risk?sort=tenure", "/inbound?q=smith", "/inbound?q=C0005"}
	for i := 1; i <= customersKnown; i++ {
		queue = append(queue, "/customers/"+strconv.Itoa(i), "/tasks/"+strconv.Itoa(1000+i))
	}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if _, ok := seen[path]; ok || strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/sign-") {
			continue
		}
		got := b.get(path)
		seen[path] = got.body
		for _, m := range links.FindAllStringSubmatch(got.body, -1) {
			queue = append(queue, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	return seen
}

// withGhosts and withoutGhosts are one business, in the second of which those
// held back were simply below the line.
func withGhosts(w *world) {
	busy(w)
	for _, n := range []int{5, 8} {
		w.addTask(n, func(t *interventions.Task) { t.Ghost, t.State = true, interventions.TaskGhost })
		w.risk[n-1].Result, w.risk[n-1].Why, w.risk[n-1].Treatment, w.risk[n-1].Task = interventions.ResultGhost, interventions.ReasonHeldBack, "retention_call", interventions.TaskGhost
	}
	w.decisionsAre(interventions.ResultGhost)
	w.risk[8].Result, w.risk[8].Why = interventions.ResultHoldout, interventions.ReasonHeldBack
}

func withoutGhosts(w *world) {
	busy(w)
	for _, n := range []int{5, 8} {
		delete(w.tasks, interventions.TaskID(1000+n))
		w.risk[n-1].Result, w.risk[n-1].Why, w.risk[n-1].Treatment, w.risk[n-1].Task = interventions.ResultNotSelected, interventions.ReasonBelowLine, "", ""
	}
	w.decisionsAre(interventions.ResultNotSelected)
	w.risk[8].Result, w.risk[8].Why = interventions.ResultNotSelected, interventions.ReasonBelowLine
	for i := range w.publications {
		t := &w.publications[i].Tally
		t.ByResult = map[interventions.Result]int{}
		for r, n := range publication(1, 0).Tally.ByResult {
			if r == interventions.ResultGhost {
				r = interventions.ResultNotSelected
			}
			t.ByResult[r] += n
		}
	}
	w.counts = nightly.Counts{}
	for k, n := range newNumbers().counts {
		if strings.HasPrefix(k, "sealed ghost") {
			k = "sealed not_selected: below the line"
		}
		w.counts[k] += n
	}
	w.arms = nil
}

// decisionsAre gives customers 5 and 8 that decision.
func (w *world) decisionsAre(r interventions.Result) {
	all := w.decision
	w.decision = func(id history.CustomerID) *interventions.Decision {
		if id != 5 && id != 8 {
			return all(id)
		}
		d := decisionOf(id, r)
		return &d
	}
}

// TestNoPageTellsAnArm (R7) crawls everything that an agent, a manager, an
// operator and an admin can reach and finds no difference between a business
// with ghosts and one without, and none of the words.
func TestNoPageTellsAnArm(t *testing.T) {
	t.Parallel()
	telling := regexp.MustCompile(`(?i)\bghost|holdout|held (back|out)|propensity|\barms?\b|explor|sealed|below the line`)
	for _, name := range []string{"ann", "mia", "oli", "adm"} {
		with, without := crawl(newWorld(t, withGhosts).as(t, name)), crawl(newWorld(t, withoutGhosts).as(t, name))
		if len(with) != len(without) {
			t.Errorf("%s: %d pages with ghosts, %d without", name, len(with), len(without))
		}
		if least := map[string]int{"ann": 30, "mia": 60, "oli": 8, "adm": 70}[name]; len(with) < least {
			t.Errorf("%s: only %d pages crawled, want at least %d", name, len(with), least)
		}
		var paths []string
		for p := range with {
			paths = append(paths, p)
		}
		slices.Sort(paths)
		for _, p := range paths {
			if with[p] != without[p] {
				t.Errorf("%s: %s differs between a business with ghosts and one without", name, p)
			}
			if word := telling.FindString(with[p]); word != "" {
				t.Errorf("%s: %s says %q", name, p, word)
			}
		}
	}
}

func TestOnlyTheAuditorReadsArmsAndItIsWrittenDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.as(t, "aud").get("/arms")
	if got.status != http.StatusOK || !strings.Contains(got.body, "held out") {
		t.Errorf("the auditor reads %d\n%s", got.status, got.body)
	}
	if last := w.audit[len(w.audit)-1]; last.Who != "aud" || last.What != "read arms" {
		t.Errorf("the audit says %v", last)
	}
}
