package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"holdfast/access"
	"holdfast/internal/fault"
)

// apiPath is where the API stands. What is behind it only ever grows: a field or
// an address that is there stays until the path has another number.
const apiPath = "/api/v1"

// api is the REST API over the same dependencies as the pages. Its description
// is made from the same types that serve it.
type api struct {
	*site
	huma.API
	mux    *http.ServeMux
	limits *limits
	busy   *busy
	table  []apiRoute
}

// apiTags are the groups of operations.
var apiTags = []*huma.Tag{
	{Name: "tasks", Description: "Work at the desk, from the next task to its outcome."},
	{Name: "desk", Description: "The people who work tasks: what they are doing, what they recommend."},
	{Name: "customers", Description: "Customers and their files."},
	{Name: "lists", Description: "What nights decided and what came of it."},
	{Name: "models", Description: "What gives the risks, and how it came true."},
	{Name: "operation", Description: "Nights, jobs and the audit."},
	{Name: "feeds", Description: "Facts coming in."},
	{Name: "messages", Description: "What comes back from messages that left."},
}

// apiRoute is one operation with what it takes to be allowed it.
type apiRoute struct {
	method, path string
	action       access.Action // empty: any good token
}

// newAPI makes the API's handler.
func (s *site) newAPI() *api {
	c := huma.DefaultConfig("Holdfast", "1")
	c.Info.Description = "What the desk, the managers' and the operator's pages do, for programs. " +
		"A token (holdfast token add) acts for its owner, within its scopes. Money is in minor units of the business's " +
		"currency, times are RFC 3339 in UTC. No answer tells whether a customer was held back."
	c.Info.Contact = &huma.Contact{Name: "Whoever runs this installation", URL: s.Config.PublicURL}
	c.Tags = apiTags
	c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", nil // no page that loads from elsewhere, no $schema in answers
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "The secret that holdfast token add printed."},
	}
	mux := http.NewServeMux()
	a := &api{site: s, API: humago.NewWithPrefix(mux, apiPath, c), mux: mux, limits: newLimits(), busy: newBusy()}
	a.taskRoutes()
	a.customerRoutes()
	a.listRoutes()
	a.operatorRoutes()
	a.feedRoutes()
	a.mailRoutes()
	a.askingRoutes()
	a.modelRoutes()
	a.boardRoutes()
	a.steeringRoutes()
	a.rosterRoutes()
	a.attritionRoutes()
	a.promiseRoutes()
	a.dueRoutes()
	a.floorRoutes()
	a.approvalRoutes()
	a.viewRoutes()
	a.policyRoutes()
	a.groupRoutes()
	a.handledRoutes()
	a.dayRoutes()
	a.savesRoutes()
	a.lostRoutes()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.problem(w, http.StatusNotFound, "There is no "+r.Method+" "+r.URL.Path+" here: "+apiPath+"/openapi.json lists what there is.")
	})
	return a
}

// ServeHTTP lets in who has a good token, as often as the limit allows, and
// answers a repeated write as it was answered before.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, apiPath+"/openapi") {
		a.mux.ServeHTTP(w, r)
		return
	}
	secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="holdfast"`)
		a.problem(w, http.StatusUnauthorized, "Send a token in the Authorization header, as Bearer and the secret.")
		return
	}
	c, err := access.BearerOf(r.Context(), a.Tokens, secret, a.Now())
	if fault.Of(err) == fault.Forbidden {
		w.Header().Set("WWW-Authenticate", `Bearer realm="holdfast", error="invalid_token"`)
		a.problem(w, http.StatusUnauthorized, say(err))
		return
	}
	if err != nil {
		a.refuse(w, &request{Request: r, in: a.english()}, err)
		return
	}
	if !a.limits.allow(w.Header(), c.Token.ID, a.Config.APIPerMinute, a.Now()) {
		a.problem(w, http.StatusTooManyRequests, "More requests than this token may make in a minute: wait as long as Retry-After says.")
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, &call{request{Request: r, user: c.User, in: a.english()}, c}))
	a.once(w, r, c.Token.ID, a.mux)
}

// call is one request to the API: the request of its owner, and the token.
type call struct {
	request
	caller access.Caller
}

type callKey struct{}

// callOf returns the call that a context carries.
func callOf(ctx context.Context) *call {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		panic("the API was reached past its door")
	}
	return c
}

// operation describes one address. errors are the statuses beyond those that
// every operation has.
type operation struct {
	method, path, id, tag, summary, text string
	action                               access.Action
	status                               int
	none                                 string // when 204 is answered; empty: never
	csv                                  bool   // it answers with a CSV file
}

// add registers an operation: allowed before anything of the request is read,
// failures as problems of one sentence.
func add[I, O any](a *api, o operation, do func(c *call, in *I) (*O, error)) {
	a.table = append(a.table, apiRoute{o.method, apiPath + o.path, o.action})
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag}, Summary: o.summary, Description: o.text,
		DefaultStatus: o.status, Security: []map[string][]string{{"token": {}}}, MaxBodyBytes: maxBody,
		Errors: []int{
			http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
			http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable,
		},
	}
	if o.none != "" {
		op.Responses = map[string]*huma.Response{"204": {Description: o.none}}
	}
	if o.csv {
		file := map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}
		op.Responses = map[string]*huma.Response{"200": {Description: "The file.", Content: file}}
	}
	if o.method == http.MethodPost {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(maxKey)},
			Description: "The same key with the same request is answered once more as the first time, for a day.",
		})
	}
	op.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		c := callOf(ctx.Context())
		if o.action != "" && !c.caller.Can(o.action) {
			_ = huma.WriteErr(a.API, ctx, http.StatusForbidden, "This token may not "+string(o.action)+".")
			return
		}
		next(ctx)
	}}
	huma.Register(a.API, op, func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		out, err := do(c, in)
		if err != nil {
			return nil, a.asProblem(&c.request, err)
		}
		return out, nil
	})
}

// asProblem is an error as the API says it.
func (a *api) asProblem(r *request, err error) error {
	code := a.code(r.Request, err)
	if stale(err) {
		code = http.StatusPreconditionFailed
	}
	return huma.NewError(code, r.sayTo(err))
}

// code is the status of an error, which is logged when it is ours.
func (a *api) code(r *http.Request, err error) int {
	code := status(err)
	if code >= http.StatusInternalServerError {
		a.Log.Error("API call failed", "method", r.Method, "path", r.URL.Path, "error", err.Error())
	}
	return code
}

// refuse answers with an error from outside an operation.
func (a *api) refuse(w http.ResponseWriter, r *request, err error) {
	a.problem(w, a.code(r.Request, err), r.sayTo(err))
}

// problem answers in the form of RFC 9457.
func (a *api) problem(w http.ResponseWriter, code int, detail string) {
	body, err := json.Marshal(huma.NewError(code, detail))
	if err != nil {
		panic(err) // strings and a number
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	if _, err := w.Write(body); err != nil {
		a.Log.Debug("answer not sent", "error", err.Error())
	}
}
