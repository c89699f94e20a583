package web_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/access"
)

// entry says of one route who may do it and what each is answered.
type entry struct {
	who    []access.Role  // allowed
	scopes []access.Scope // of the API: each is good for it by itself
	nobody int            // answer to who is not signed in; 0: 401
	ok     int            // answer to who may
	whose  rows           // of whom is what it names; empty: it names nothing
	others int            // answer to who may, of what is not theirs
	leads  int            // the same to who may see others' work; 0: the same
	task   taskState      // the task is, before
	rings  bool           // others' are shown all the same: whoever rings is served
	at     string         // the address, where it is not the pattern with its holes filled
	body   string         // what is posted; {n} stands for the customer
	kind   string         // of the body, where it is not the usual
}

// rows says whose the rows are that a route names by an id or a value.
type rows string

const (
	nobodys       rows = "nobody's alone"    // nights, jobs, imports, lists, models: of who has the role
	wholeBusiness rows = "the business's"    // not for who sees a part of it
	customers     rows = "a customer's"      // of a segment
	segments      rows = "a segment's"       // named itself
	persons       rows = "a person's"        // own
	holders       rows = "a task's holder's" // and its customer's segment's
)

// named says whose is what an address names, by the word before its hole.
var named = map[string]rows{
	"customers": customers, "tasks": holders, "views": persons,
	"decisions": nobodys, "lists": nobodys, "models": nobodys, "model": nobodys, "nights": nobodys, "jobs": nobodys, "imports": nobodys, "feeds": nobodys,
	"approvals":       customers, // of the task's customer's segment
	"recommendations": nobodys,   // everybody at the desk reads them, who leads answers
	"dry-runs":        wholeBusiness,
	"unsubscribe":     nobodys, // of who has the link
	"GET ":            nobodys, // the first page, written {$}
}

// taskState is how a task has to stand for a route to do something.
type taskState string

const (
	waiting   taskState = "waiting"
	inHand    taskState = "in hand"
	wrappedUp taskState = "wrapped up"
	thankYous taskState = "a thank-you that waits"
)

// answer is want for a role that may, and forbidden for any other.
func (e entry) answer(role access.Role, want int) int {
	if slices.Contains(e.who, role) {
		return want
	}
	return http.StatusForbidden
}

// stranger is the answer to who is not signed in, or not any more.
func (e entry) stranger() int {
	if e.nobody != 0 {
		return e.nobody
	}
	return http.StatusUnauthorized
}

func (e entry) good(s access.Scope) bool { return slices.Contains(e.scopes, s) }

// request is the route's request about a customer.
func (e entry) request(pattern string, n int) (method, path, body string) {
	method, path, _ = strings.Cut(pattern, " ")
	if e.at != "" {
		path = e.at
	}
	segment := map[int]string{5: "trade", 6: "private"}[n]
	fill := strings.NewReplacer(
		"/customers/{id}", "/customers/{n}", "/tasks/{id}", "/tasks/100{n}", "/recommendations/{id}", "/recommendations/7", "/approvals/{id}", "/approvals/70{n}", "/risk/views/{id}", "/risk/views/1",
		"/decisions/{id}/release", "/decisions/1/release", "/lists/{id}/release", "/lists/1/release",
		"/decisions/{id}", "/decisions/2", "/lists/{id}", "/lists/2", "/nights/{id}/resume", "/nights/night-4/resume", "/nights/{id}", "/nights/night-2",
		"/jobs/{id}", "/jobs/11", "/dry-runs/{id}", "/dry-runs/31", "/imports/{id}", "/imports/42", "{feed}", "orders", "/models/{id}", "/models/m1", "/model/{id}", "/model/aa", "{token}", "link", "{$}", "", "{segment}", segment,
	)
	number := strings.NewReplacer("{n}", strconv.Itoa(n), "{segment}", segment)
	return method, number.Replace(fill.Replace(path)), number.Replace(e.body)
}

// Who may do what, role by role.
var (
	everybody = []access.Role{"agent", "lead", "manager", "senior", "operator", "analyst", "admin", "auditor"}
	atDesk    = []access.Role{"agent", "lead", "manager", "senior", "admin"}
	leading   = []access.Role{"lead", "manager", "admin"}
	mornings  = []access.Role{"lead", "manager", "analyst", "admin"}
	risks     = []access.Role{"lead", "manager", "senior", "analyst", "admin"}
	exports   = []access.Role{"manager", "analyst", "admin"}
	files     = []access.Role{"agent", "lead", "manager", "senior", "analyst", "admin"}
	asking    = []access.Role{"lead", "manager", "senior", "admin"}
	proofs    = []access.Role{"manager", "analyst", "admin", "auditor"}
	comparing = []access.Role{"lead", "manager", "analyst", "admin", "auditor"}
	lists     = []access.Role{"lead", "manager", "operator", "analyst", "admin", "auditor"}
	nights    = []access.Role{"operator", "analyst", "admin"}
	operating = []access.Role{"operator", "admin"}
	auditing  = []access.Role{"operator", "admin", "auditor"} // operators a part of it
	sealed    = []access.Role{"auditor"}
	holding   = []access.Role{"manager", "operator", "admin"}
)

// seesOthers says who may see others' work.
func seesOthers(r access.Role) bool { return slices.Contains(leading, r) }

const day = "2026-04-01"

// pagesMatrix is who may do what at which page.
var pagesMatrix = map[string]entry{
	"GET /sign-in":             {who: everybody, ok: 303, nobody: 200},
	"POST /sign-in":            {who: everybody, ok: 303, nobody: 303, whose: nobodys, body: "name=holder&password=correct+horse+battery"},
	"GET /sign-in/sso":         {who: everybody, ok: 404, nobody: 404}, // there is none here
	"GET /sign-in/answer":      {who: everybody, ok: 404, nobody: 404},
	"POST /sign-out":           {who: everybody, ok: 303, nobody: 303, whose: nobodys},
	"GET /unsubscribe/{token}": {who: everybody, ok: 200, nobody: 200, whose: nobodys}, // of who has the link
	"POST /unsubscribe/{token}": {
		who: everybody, ok: 200, nobody: 200, whose: nobodys,
	},
	"GET /{$}":  {who: everybody, ok: 303, whose: nobodys},
	"GET /help": {who: everybody, ok: 200},

	"POST /language": {who: everybody, ok: 303, whose: nobodys, body: "language=en"},

	"GET /desk":                         {who: atDesk, ok: 200},
	"POST /desk/state":                  {who: atDesk, ok: 303, whose: nobodys, body: "state=break"},
	"GET /recommendations":              {who: atDesk, ok: 200},
	"POST /recommendations":             {who: atDesk, ok: 303, whose: nobodys, body: "words=Ring+later+on+Mondays"},
	"POST /recommendations/{id}/answer": {who: leading, ok: 303, whose: nobodys, body: "verdict=no&answer=it+was+tried"},
	"POST /desk/next":                   {who: atDesk, ok: 303, whose: nobodys, task: waiting},
	"GET /tasks/{id}":                   {who: atDesk, ok: 200, whose: holders, task: waiting, others: 200},
	"POST /tasks/{id}/take":             {who: atDesk, ok: 303, whose: holders, task: waiting, others: 409},
	"GET /tasks/{id}/live":              {who: atDesk, ok: 200, whose: holders, task: inHand, others: 200},
	"POST /tasks/{id}/begin":            {who: atDesk, ok: 303, whose: holders, task: inHand, others: 409, body: "fence=1"},
	"POST /tasks/{id}/heartbeat":        {who: atDesk, ok: 204, whose: holders, task: inHand, others: 409, body: "fence=1"},
	"POST /tasks/{id}/save":             {who: atDesk, ok: 303, whose: holders, task: inHand, others: 409, body: "fence=1&disposition=no_risk_found"},
	"POST /tasks/{id}/correct":          {who: atDesk, ok: 303, whose: holders, task: wrappedUp, others: 403, leads: 303, body: "disposition=saved_no_offer"},
	"POST /tasks/{id}/snooze":           {who: atDesk, ok: 303, whose: holders, task: inHand, others: 409, body: "fence=1&snooze_reason=customer_away&until=2026-03-12T09:00"},
	"POST /tasks/{id}/skip":             {who: atDesk, ok: 303, whose: holders, task: inHand, others: 409, body: "fence=1&skip_reason=language"},
	"POST /tasks/{id}/ask":              {who: atDesk, ok: 303, whose: holders, task: inHand, others: 409, body: "fence=1&treatment=offer_message&why=they+would+stay"},
	"GET /approvals":                    {who: leading, ok: 200},
	"GET /approvals/live":               {who: leading, ok: 200},
	"POST /approvals/{id}/answer":       {who: leading, ok: 303, whose: customers, others: 404, body: "do=approve&answer=worth+it"},
	"POST /tasks/{id}/handoff":          {who: atDesk, ok: 303, whose: holders, task: inHand, others: 409, body: "fence=1&skill=data&handoff_note=asks+for+data"},
	"POST /tasks/{id}/back":             {who: atDesk, ok: 409, whose: holders, task: waiting, others: 409}, // nothing was laid down
	"POST /tasks/{id}/postpone":         {who: atDesk, ok: 303, whose: holders, task: thankYous, others: 409, body: "until=2026-03-12T09:00"},
	"GET /desk/day":                     {who: atDesk, ok: 200},
	"GET /thanks":                       {who: atDesk, ok: 200},
	"GET /inbound":                      {who: atDesk, ok: 200, whose: customers, others: 200, rings: true, at: "/inbound?phone=0207946000{n}"},
	"POST /inbound":                     {who: atDesk, ok: 303, whose: customers, others: 303, rings: true, body: "customer={n}&channel=phone"},

	"GET /morning":                 {who: mornings, ok: 200},
	"GET /executive":               {who: proofs, ok: 200, whose: wholeBusiness, others: 303}, // on to what is theirs
	"GET /board":                   {who: mornings, ok: 200},
	"GET /board/live":              {who: mornings, ok: 200},
	"GET /board/promises":          {who: mornings, ok: 200},
	"POST /board/pause":            {who: asking, ok: 303, whose: nobodys, body: "treatment=retention_call&reason=out+of+stock"},
	"POST /board/resume":           {who: asking, ok: 303, whose: nobodys, body: "treatment=service_recovery"},
	"POST /board/absent":           {who: asking, ok: 303, whose: nobodys, body: "name=ann&reason=off+sick"},
	"POST /board/resolve":          {who: asking, ok: 303, whose: nobodys, body: "reason=two+came+late"},
	"POST /board/back":             {who: asking, ok: 303, whose: nobodys, body: "name=zoe"},
	"GET /roster":                  {who: mornings, ok: 200},
	"GET /roster/day":              {who: asking, ok: 200, whose: nobodys, at: "/roster/day?agent=ann&day=2026-03-11"},
	"POST /roster/day":             {who: asking, ok: 303, whose: nobodys, body: "agent=ann&day=2026-03-12&kind=shift&from=09:00&to=12:00&reason=swapped"},
	"POST /roster/forget":          {who: asking, ok: 303, whose: nobodys, body: "agent=ann&day=2026-03-11"},
	"POST /board/reassign":         {who: asking, ok: 303, whose: nobodys, body: "from=holder&to=agent"},
	"GET /risk":                    {who: risks, ok: 200, whose: segments, others: 403, at: "/risk?segment={segment}"},
	"POST /risk/views":             {who: risks, ok: 303, whose: nobodys, body: "name=mine&query=band%3Dhigh"},
	"POST /risk/views/{id}/forget": {who: risks, ok: 303, whose: persons},
	"GET /risk.csv":                {who: exports, ok: 200, whose: segments, others: 403, at: "/risk.csv?segment={segment}"},
	"POST /risk/chosen":            {who: asking, ok: 200, whose: customers, others: 200, body: "customer={n}"}, // and it is left out
	"POST /risk/exclude":           {who: asking, ok: 303, whose: customers, others: 404, body: "customer=5&customer={n}&reason=moving+house&until=" + day},
	"POST /risk/send":              {who: asking, ok: 303, whose: customers, others: 404, body: "customer=5&customer={n}&treatment=retention_call&reason=prices"},
	"POST /risk/assign":            {who: asking, ok: 303, whose: customers, others: 404, body: "customer=5&customer={n}&owner=ann&reason=moves"},
	"GET /attrition":               {who: mornings, ok: 200},
	"GET /attrition/calls":         {who: risks, ok: 200},
	"GET /attrition/people": {
		who: risks, ok: 200, whose: segments, others: 403, at: "/attrition/people?kind=lost&from=2025-03-01&to=2026-03-01&segment={segment}",
	},
	"GET /customers/{id}":            {who: files, ok: 200, whose: customers, others: 404},
	"GET /customers/{id}/preview":    {who: asking, ok: 200, whose: customers, others: 404},
	"POST /customers/{id}/ask":       {who: asking, ok: 303, whose: customers, others: 404, body: "treatment=retention_call"},
	"POST /customers/{id}/exclude":   {who: asking, ok: 303, whose: customers, others: 404, body: "reason=moving+house&until=" + day},
	"POST /customers/{id}/readmit":   {who: asking, ok: 303, whose: customers, others: 404},
	"GET /decisions":                 {who: lists, ok: 200},
	"GET /decisions/{id}":            {who: lists, ok: 200, whose: nobodys},
	"GET /decisions/{id}/difference": {who: lists, ok: 200, whose: nobodys},
	"POST /decisions/hold":           {who: holding, ok: 303, whose: nobodys, body: "reason=look+at+it+first"},
	"POST /decisions/hold/end":       {who: holding, ok: 303, whose: nobodys},
	"POST /decisions/{id}/release":   {who: operating, ok: 303, whose: nobodys, body: "reason=looked+at+it"},
	"POST /decisions/{id}/withdraw":  {who: operating, ok: 303, whose: nobodys, body: "reason=wrong+prices"},
	"POST /decisions/{id}/fallback":  {who: operating, ok: 303, whose: nobodys, body: "reason=wrong+prices"},
	"GET /proof":                     {who: proofs, ok: 200},
	"GET /model":                     {who: proofs, ok: 200},
	"GET /model/{id}":                {who: proofs, ok: 200, whose: nobodys},
	"POST /model/{id}/promote":       {who: []access.Role{"manager", "operator", "analyst", "admin"}, ok: 303, whose: nobodys, body: "reason=better+on+later+customers"},
	"GET /agents":                    {who: comparing, ok: 200},
	"GET /agents.csv":                {who: comparing, ok: 200},
	"GET /groups":                    {who: proofs, ok: 200, whose: wholeBusiness, others: 403},
	"GET /groups.csv":                {who: proofs, ok: 200, whose: wholeBusiness, others: 403},
	"GET /policy":                    {who: proofs, ok: 200},
	"POST /policy/dry-runs":          {who: exports, ok: 303, whose: wholeBusiness, others: 403, body: "policy=interventions%3A+%7B%7D"},
	"GET /policy/dry-runs/{id}":      {who: proofs, ok: 200, whose: wholeBusiness, others: 403},

	"GET /nights":              {who: nights, ok: 200},
	"GET /nights/{id}":         {who: nights, ok: 200, whose: nobodys},
	"POST /nights/{id}/resume": {who: operating, ok: 303, whose: nobodys},
	"GET /jobs":                {who: nights, ok: 200},
	"POST /jobs/retry":         {who: operating, ok: 303, whose: nobodys, body: "kind=night"},
	"POST /jobs/try":           {who: operating, ok: 303, whose: nobodys, body: "channel=email"},
	"POST /jobs/{id}/retry":    {who: operating, ok: 303, whose: nobodys},
	"POST /jobs/{id}/settle":   {who: operating, ok: 303, whose: nobodys},
	"GET /imports":             {who: nights, ok: 200},
	"GET /imports/{id}":        {who: operating, ok: 200, whose: nobodys},

	"GET /audit":     {who: auditing, ok: 200},
	"GET /audit.csv": {who: auditing, ok: 200},
	"GET /arms":      {who: sealed, ok: 200},
}

// The scopes that are good for something.
var (
	toWork    = []access.Scope{"tasks"}
	toRead    = []access.Scope{"read"}
	toExport  = []access.Scope{"export"}
	toSend    = []access.Scope{"facts"}
	toSee     = []access.Scope{"read", "operate"} // the nights
	toOperate = []access.Scope{"operate"}
	toAudit   = []access.Scope{"audit"}
	toAsk     = []access.Scope{"ask"}
)

// apiMatrix is who may do what by which operation.
var apiMatrix = map[string]entry{
	"POST /api/v1/tasks/next":           {who: atDesk, scopes: toWork, ok: 200, whose: nobodys, task: waiting},
	"GET /api/v1/tasks/held":            {who: atDesk, scopes: toWork, ok: 200},
	"GET /api/v1/tasks/commitments":     {who: atDesk, scopes: toWork, ok: 200},
	"GET /api/v1/tasks/{id}":            {who: atDesk, scopes: toWork, ok: 200, whose: holders, task: waiting, others: 200},
	"POST /api/v1/tasks/{id}/take":      {who: atDesk, scopes: toWork, ok: 200, whose: holders, task: waiting, others: 409},
	"POST /api/v1/tasks/{id}/begin":     {who: atDesk, scopes: toWork, ok: 200, whose: holders, task: inHand, others: 409},
	"POST /api/v1/tasks/{id}/heartbeat": {who: atDesk, scopes: toWork, ok: 200, whose: holders, task: inHand, others: 409},
	"POST /api/v1/tasks/{id}/snooze": {
		who: atDesk, scopes: toWork, ok: 200, whose: holders, task: inHand, others: 409, body: `{"reason": "customer_away", "until": "2026-03-12T09:00:00Z"}`,
	},
	"POST /api/v1/tasks/{id}/skip":    {who: atDesk, scopes: toWork, ok: 200, whose: holders, task: inHand, others: 409, body: `{"reason": "language"}`},
	"POST /api/v1/tasks/{id}/handoff": {who: atDesk, scopes: toWork, ok: 200, whose: holders, task: inHand, others: 409, body: `{"skill": "data", "note": "asks for data"}`},
	"POST /api/v1/tasks/{id}/save":    {who: atDesk, scopes: toWork, ok: 200, whose: holders, task: inHand, others: 409, body: `{"disposition": "no_risk_found"}`},
	"POST /api/v1/tasks/{id}/ask": {
		who: atDesk, scopes: toWork, ok: 200, whose: holders, task: inHand, others: 409, body: `{"treatment": "offer_message", "why": "they would stay"}`,
	},
	"GET /api/v1/approvals": {who: leading, scopes: toAsk, ok: 200},
	"POST /api/v1/approvals/{id}/answer": {
		who: leading, scopes: toAsk, ok: 200, whose: customers, others: 404, body: `{"granted": true, "answer": "worth it"}`,
	},
	"POST /api/v1/tasks/{id}/correct": {
		who: atDesk, scopes: toWork, ok: 200, whose: holders, task: wrappedUp, others: 403, leads: 200, body: `{"disposition": "saved_no_offer"}`,
	},
	"POST /api/v1/inbound":                     {who: atDesk, scopes: toWork, ok: 200, whose: customers, others: 200, rings: true, body: `{"customer": {n}, "channel": "phone"}`},
	"GET /api/v1/customers":                    {who: atDesk, scopes: toWork, ok: 200, whose: customers, others: 200, rings: true, at: "/api/v1/customers?q=0207946000{n}"},
	"GET /api/v1/desk/state":                   {who: atDesk, scopes: toWork, ok: 200},
	"POST /api/v1/desk/state":                  {who: atDesk, scopes: toWork, ok: 200, whose: nobodys, body: `{"state": "break"}`}, // the caller's, whoever it is
	"GET /api/v1/recommendations":              {who: atDesk, scopes: toWork, ok: 200},
	"POST /api/v1/recommendations":             {who: atDesk, scopes: toWork, ok: 200, whose: nobodys, body: `{"words": "Ring later on Mondays."}`},
	"POST /api/v1/recommendations/{id}/answer": {who: leading, scopes: toAsk, ok: 200, whose: nobodys, body: `{"verdict": "no", "answer": "It was tried."}`},
	"GET /api/v1/choices":                      {who: atDesk, scopes: toWork, ok: 200},

	"GET /api/v1/customers/{id}":  {who: risks, scopes: toRead, ok: 200, whose: customers, others: 404},
	"GET /api/v1/morning":         {who: mornings, scopes: toRead, ok: 200},
	"GET /api/v1/board/promises":  {who: mornings, scopes: toRead, ok: 200},
	"GET /api/v1/board":           {who: mornings, scopes: toRead, ok: 200},
	"GET /api/v1/attrition":       {who: mornings, scopes: toRead, ok: 200},
	"GET /api/v1/attrition/calls": {who: risks, scopes: toRead, ok: 200},
	"GET /api/v1/attrition/people": {
		who: risks, scopes: toRead, ok: 200, whose: segments, others: 403, at: "/api/v1/attrition/people?kind=lost&from=2025-03-01&to=2026-03-01&segment={segment}",
	},
	"GET /api/v1/risk":                    {who: risks, scopes: toRead, ok: 200, whose: segments, others: 403, at: "/api/v1/risk?segment={segment}"},
	"GET /api/v1/risk/views":              {who: risks, scopes: toRead, ok: 200},
	"POST /api/v1/risk/views":             {who: risks, scopes: toAsk, ok: 200, whose: nobodys, body: `{"name": "mine", "filters": {"band": "high"}}`},
	"POST /api/v1/risk/views/{id}/forget": {who: risks, scopes: toAsk, ok: 204, whose: persons},
	"GET /api/v1/risk.csv":                {who: exports, scopes: toExport, ok: 200, whose: segments, others: 403, at: "/api/v1/risk.csv?segment={segment}"},

	"GET /api/v1/lists":                   {who: lists, scopes: toRead, ok: 200},
	"GET /api/v1/lists/{id}":              {who: lists, scopes: toRead, ok: 200, whose: nobodys},
	"GET /api/v1/lists/{id}/difference":   {who: lists, scopes: toRead, ok: 200, whose: nobodys},
	"POST /api/v1/lists/hold":             {who: holding, scopes: toOperate, ok: 204, whose: nobodys, body: `{"reason": "look at it first"}`},
	"POST /api/v1/lists/hold/end":         {who: holding, scopes: toOperate, ok: 204, whose: nobodys},
	"POST /api/v1/lists/{id}/release":     {who: operating, scopes: toOperate, ok: 200, whose: nobodys, body: `{"reason": "looked at it"}`},
	"POST /api/v1/lists/{id}/withdraw":    {who: operating, scopes: toOperate, ok: 200, whose: nobodys, body: `{"reason": "wrong prices"}`},
	"POST /api/v1/lists/{id}/fallback":    {who: operating, scopes: toOperate, ok: 200, whose: nobodys, body: `{"reason": "wrong prices"}`},
	"GET /api/v1/effects":                 {who: proofs, scopes: toRead, ok: 200},
	"GET /api/v1/models":                  {who: proofs, scopes: toRead, ok: 200},
	"GET /api/v1/models/{id}/calibration": {who: proofs, scopes: toRead, ok: 200, whose: nobodys},
	"GET /api/v1/desk/day":                {who: atDesk, scopes: toWork, ok: 200},
	"GET /api/v1/saves":                   {who: mornings, scopes: toRead, ok: 200},
	"GET /api/v1/agents":                  {who: comparing, scopes: toRead, ok: 200},
	"GET /api/v1/groups":                  {who: proofs, scopes: toRead, ok: 200, whose: wholeBusiness, others: 403},
	"GET /api/v1/policy":                  {who: proofs, scopes: toRead, ok: 200},
	"POST /api/v1/policy/dry-runs":        {who: exports, scopes: toAsk, ok: 200, whose: wholeBusiness, others: 403, body: `{"policy": "interventions: {}"}`},
	"GET /api/v1/policy/dry-runs":         {who: proofs, scopes: toRead, ok: 200, whose: wholeBusiness, others: 403},
	"GET /api/v1/policy/dry-runs/{id}":    {who: proofs, scopes: toRead, ok: 200, whose: wholeBusiness, others: 403},
	"GET /api/v1/promises":                {who: proofs, scopes: toRead, ok: 200, whose: wholeBusiness, others: 403},

	"GET /api/v1/nights":                  {who: nights, scopes: toSee, ok: 200},
	"GET /api/v1/nights/{id}":             {who: nights, scopes: toSee, ok: 200, whose: nobodys},
	"POST /api/v1/nights/{id}/resume":     {who: operating, scopes: toOperate, ok: 200, whose: nobodys},
	"GET /api/v1/jobs":                    {who: nights, scopes: toSee, ok: 200},
	"POST /api/v1/jobs/retry":             {who: operating, scopes: toOperate, ok: 200, whose: nobodys, body: `{"kind": "night"}`},
	"POST /api/v1/jobs/try":               {who: operating, scopes: toOperate, ok: 200, whose: nobodys, body: `{"channel": "email"}`},
	"POST /api/v1/jobs/{id}/retry":        {who: operating, scopes: toOperate, ok: 204, whose: nobodys},
	"POST /api/v1/jobs/{id}/settle":       {who: operating, scopes: toOperate, ok: 204, whose: nobodys},
	"GET /api/v1/imports":                 {who: nights, scopes: toSee, ok: 200},
	"GET /api/v1/imports/{id}":            {who: nights, scopes: toSee, ok: 200, whose: nobodys},
	"GET /api/v1/imports/{id}/rejections": {who: operating, scopes: toOperate, ok: 200, whose: nobodys},
	"GET /api/v1/audit":                   {who: auditing, scopes: toAudit, ok: 200},
	"POST /api/v1/feeds/{feed}/rows":      {who: operating, scopes: toSend, ok: 200, whose: nobodys, body: `{"rows": [{"order": "1", "customer": "a"}]}`},
	"POST /api/v1/returned":               {who: operating, scopes: toSend, ok: 200, whose: nobodys, body: "From: mailer-daemon", kind: "message/rfc822"},

	"GET /api/v1/treatments": {who: asking, scopes: toAsk, ok: 200},
	"POST /api/v1/requests":  {who: asking, scopes: toAsk, ok: 200, whose: customers, others: 404, body: `{"customers": [5, {n}], "treatment": "retention_call", "reason": "prices"}`},
	"POST /api/v1/owners":    {who: asking, scopes: toAsk, ok: 200, whose: customers, others: 404, body: `{"customers": [5, {n}], "owner": "ann", "reason": "moves"}`},
	"POST /api/v1/exclusions": {
		who: asking, scopes: toAsk, ok: 200, whose: customers, others: 404, body: `{"customers": [5, {n}], "reason": "moving house", "until": "` + day + `"}`,
	},
	"GET /api/v1/customers/{id}/preview":  {who: asking, scopes: toAsk, ok: 200, whose: customers, others: 404, at: "/api/v1/customers/{n}/preview?treatment=retention_call"},
	"POST /api/v1/customers/{id}/readmit": {who: asking, scopes: toAsk, ok: 204, whose: customers, others: 404},
	"POST /api/v1/board/pause":            {who: asking, scopes: toAsk, ok: 204, whose: nobodys, body: `{"treatment": "retention_call", "reason": "out of stock"}`},
	"POST /api/v1/board/resume":           {who: asking, scopes: toAsk, ok: 204, whose: nobodys, body: `{"treatment": "service_recovery"}`},
	"POST /api/v1/board/absent":           {who: asking, scopes: toAsk, ok: 204, whose: nobodys, body: `{"name": "ann", "reason": "off sick"}`},
	"POST /api/v1/board/resolve":          {who: asking, scopes: toAsk, ok: 200, whose: nobodys, body: `{"reason": "two came late"}`},
	"POST /api/v1/board/back":             {who: asking, scopes: toAsk, ok: 204, whose: nobodys, body: `{"name": "zoe"}`},
	"GET /api/v1/roster":                  {who: mornings, scopes: toRead, ok: 200},
	"POST /api/v1/roster":                 {who: asking, scopes: toAsk, ok: 204, whose: nobodys, body: `{"agent": "ann", "day": "2026-03-12", "shifts": [{"kind": "shift", "from": "09:00", "to": "12:00"}], "reason": "swapped"}`},
	"POST /api/v1/roster/forget":          {who: asking, scopes: toAsk, ok: 204, whose: nobodys, body: `{"agent": "ann", "day": "2026-03-11"}`},
	"POST /api/v1/board/reassign":         {who: asking, scopes: toAsk, ok: 200, whose: nobodys, body: `{"from": "holder", "to": "agent"}`},
}

// post is mail that knows every link.
type post struct{}

func (post) Known(context.Context, string) error                  { return nil }
func (post) Unsubscribe(context.Context, string, time.Time) error { return nil }
func (post) Returned(context.Context, []byte, time.Time) (string, error) {
	return "the message has failed", nil
}
