package web_test

import (
	"strings"
	"testing"

	"holdfast/web"
)

// apiOfPages says which operations do what each page does and shows, or after a
// dash why none does. It is written by hand: a page that is not here fails.
var apiOfPages = map[string]string{
	"GET /sign-in": "- people sign in, programs have tokens", "POST /sign-in": "- as above", "GET /sign-in/sso": "- as above",
	"GET /sign-in/answer": "- as above", "POST /sign-out": "- as above",
	"GET /unsubscribe/{token}": "- for customers, open to who has the link", "POST /unsubscribe/{token}": "- as above",
	"GET /{$}": "- sends on to a page", "GET /help": "- the page's own keys", "POST /language": "- of the browser's pages",

	"GET /desk": "GET /tasks/held, GET /tasks/commitments", "POST /desk/next": "POST /tasks/next",
	"GET /tasks/{id}": "GET /tasks/{id}, GET /choices", "POST /tasks/{id}/take": "POST /tasks/{id}/take",
	"POST /tasks/{id}/begin": "POST /tasks/{id}/begin", "POST /tasks/{id}/heartbeat": "POST /tasks/{id}/heartbeat",
	"POST /tasks/{id}/save": "POST /tasks/{id}/save", "POST /tasks/{id}/correct": "POST /tasks/{id}/correct",
	"POST /tasks/{id}/snooze": "POST /tasks/{id}/snooze", "POST /tasks/{id}/skip": "POST /tasks/{id}/skip",
	"POST /desk/state": "GET /desk/state, POST /desk/state", "GET /recommendations": "GET /recommendations",
	"POST /recommendations":             "POST /recommendations",
	"POST /recommendations/{id}/answer": "POST /recommendations/{id}/answer",
	"POST /tasks/{id}/ask":              "POST /tasks/{id}/ask", "GET /approvals": "GET /approvals", "GET /approvals/live": "GET /approvals",
	"POST /approvals/{id}/answer": "POST /approvals/{id}/answer",
	"GET /tasks/{id}/live":        "GET /tasks/{id}", "POST /tasks/{id}/back": "- what one did last is in a person's session; a program takes the task", "POST /tasks/{id}/postpone": "POST /tasks/{id}/take, POST /tasks/{id}/snooze", "GET /thanks": "- for people: a program takes tasks one by one",
	"POST /tasks/{id}/handoff": "POST /tasks/{id}/handoff", "GET /inbound": "GET /customers", "POST /inbound": "POST /inbound",

	"GET /morning": "GET /morning, GET /saves", "GET /board": "GET /board", "GET /board/live": "GET /board", "GET /board/promises": "GET /board/promises", "POST /board/pause": "POST /board/pause",
	"POST /board/resume": "POST /board/resume", "POST /board/reassign": "POST /board/reassign",
	"POST /board/absent": "POST /board/absent", "POST /board/back": "POST /board/back", "POST /board/resolve": "POST /board/resolve",
	"GET /roster": "GET /roster", "GET /roster/day": "GET /roster", "POST /roster/day": "POST /roster", "POST /roster/forget": "POST /roster/forget",
	"GET /executive":   "GET /morning, GET /attrition, GET /effects, GET /promises",
	"POST /risk/views": "GET /risk/views, POST /risk/views", "POST /risk/views/{id}/forget": "POST /risk/views/{id}/forget",
	"GET /attrition": "GET /attrition", "GET /attrition/people": "GET /attrition/people", "GET /attrition/calls": "GET /attrition/calls",
	"GET /decisions/{id}/difference": "GET /lists/{id}/difference", "POST /decisions/{id}/release": "POST /lists/{id}/release",
	"POST /decisions/hold": "POST /lists/hold", "POST /decisions/hold/end": "POST /lists/hold/end",
	"POST /decisions/{id}/withdraw": "POST /lists/{id}/withdraw", "POST /decisions/{id}/fallback": "POST /lists/{id}/fallback",
	"GET /risk": "GET /risk", "GET /risk.csv": "GET /risk.csv",
	"POST /risk/chosen": "- asks once more before the three below", "POST /risk/assign": "POST /owners", "POST /risk/exclude": "POST /exclusions", "POST /risk/send": "POST /requests, GET /treatments",
	"GET /customers/{id}": "GET /customers/{id}", "POST /customers/{id}/ask": "POST /requests", "POST /customers/{id}/exclude": "POST /exclusions",
	"GET /customers/{id}/preview":  "GET /customers/{id}/preview",
	"POST /customers/{id}/readmit": "POST /customers/{id}/readmit", "GET /decisions": "GET /lists", "GET /decisions/{id}": "GET /lists/{id}",
	"GET /desk/day": "GET /desk/day", "GET /agents": "GET /agents", "GET /agents.csv": "GET /agents",
	"GET /groups": "GET /groups", "GET /groups.csv": "GET /groups",
	"GET /policy": "GET /policy, GET /policy/dry-runs", "POST /policy/dry-runs": "POST /policy/dry-runs", "GET /policy/dry-runs/{id}": "GET /policy/dry-runs/{id}",
	"GET /proof": "GET /effects", "GET /model": "GET /models, GET /models/{id}/calibration",
	"GET /model/{id}": "GET /models, GET /models/{id}/calibration", "POST /model/{id}/promote": "- a person answers for it: at the page, or by holdfast model promote",

	"GET /nights": "GET /nights", "GET /nights/{id}": "GET /nights/{id}", "POST /nights/{id}/resume": "POST /nights/{id}/resume",
	"GET /jobs": "GET /jobs", "POST /jobs/{id}/retry": "POST /jobs/{id}/retry", "POST /jobs/{id}/settle": "POST /jobs/{id}/settle", "POST /jobs/retry": "POST /jobs/retry", "POST /jobs/try": "POST /jobs/try", "GET /imports": "GET /imports",
	"GET /imports/{id}": "GET /imports/{id}, GET /imports/{id}/rejections",

	"GET /audit": "GET /audit", "GET /audit.csv": "GET /audit", "GET /arms": "- sealed: read by a person, at the page",
}

// TestTheAPIDoesWhatThePagesDo: every page has its operations, or a reason.
func TestTheAPIDoesWhatThePagesDo(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range web.Routes() {
		does, ok := apiOfPages[r.Pattern]
		seen[r.Pattern] = true
		if !ok {
			t.Errorf("%s: which operation of the API does it?", r.Pattern)
			continue
		}
		if strings.HasPrefix(does, "- ") {
			continue
		}
		for op := range strings.SplitSeq(does, ", ") {
			method, path, _ := strings.Cut(op, " ")
			if _, ok := apiTable[method+" /api/v1"+path]; !ok {
				t.Errorf("%s: there is no operation %s", r.Pattern, op)
			}
		}
	}
	for pattern := range apiOfPages {
		if !seen[pattern] {
			t.Errorf("there is no page %s any more", pattern)
		}
	}
}
