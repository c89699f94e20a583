package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"holdfast/internal/holdfasttest"
	"holdfast/web"
)

// apiDocument is what the API says of itself.
var apiDocument = sync.OnceValues(func() (*huma.OpenAPI, error) {
	w := &world{people: newPeople(), work: newWork(), numbers: newNumbers(), config: web.DefaultConfig()}
	w.drawer = newDrawer(w.people)
	policy, err := newPolicy(time.UTC)
	if err != nil {
		return nil, err
	}
	w.policy, w.clock = policy, holdfasttest.NewClock(tuesday)
	return web.APIDocument(w.deps(time.UTC))
})

// described holds an answer of the API against its description: the address, the
// status, the kind of content, and every field of it.
func described(t testing.TB, method, path string, got answer) {
	t.Helper()
	doc, err := apiDocument()
	if err != nil {
		t.Fatal(err)
	}
	op := operationOf(doc, method, strings.TrimPrefix(path, "/api/v1"))
	if op == nil {
		return // there is none: the answer is the 404 that says so
	}
	response := op.Responses[strconv.Itoa(got.status)]
	if response == nil {
		if got.status != http.StatusRequestEntityTooLarge && got.status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s answers %d, which is not described", method, path, got.status)
		}
		return
	}
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	content := response.Content[kind]
	switch {
	case got.body == "" && len(response.Content) == 0:
		return
	case content == nil:
		t.Errorf("%s %s answers %d as %q, which is not described: %s", method, path, got.status, kind, got.body)
		return
	case kind == "text/csv":
		return
	}
	var v any
	if err := json.Unmarshal([]byte(got.body), &v); err != nil {
		t.Errorf("%s %s answers %d with %v", method, path, got.status, err)
		return
	}
	for _, fault := range faults(doc, content.Schema, v) {
		t.Errorf("%s %s answers %d, not as described: %v\n%s", method, path, got.status, fault, got.body)
	}
}

func faults(doc *huma.OpenAPI, schema *huma.Schema, v any) []error {
	res := &huma.ValidateResult{}
	huma.Validate(doc.Components.Schemas, schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, v, res)
	return res.Errors
}

func operationOf(doc *huma.OpenAPI, method, path string) *huma.Operation {
	path, _, _ = strings.Cut(path, "?")
	asked := strings.Split(path, "/")
	var found *huma.Operation
	most := -1
	for pattern, item := range doc.Paths {
		parts, exact := strings.Split(pattern, "/"), 0
		fits := len(parts) == len(asked)
		for i := 0; fits && i < len(parts); i++ {
			if parts[i] == asked[i] {
				exact++
			} else {
				fits = strings.HasPrefix(parts[i], "{")
			}
		}
		op := map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post}[method]
		if fits && op != nil && exact > most {
			found, most = op, exact
		}
	}
	return found
}

// TestTheDescriptionIsHeldTo: the check of answers finds what it should.
func TestTheDescriptionIsHeldTo(t *testing.T) {
	t.Parallel()
	doc, err := apiDocument()
	if err != nil {
		t.Fatal(err)
	}
	op := operationOf(doc, http.MethodGet, "/audit?who=ann")
	if op == nil || op.OperationID != "audit" || operationOf(doc, http.MethodPost, "/tasks/next").OperationID != "next-task" ||
		operationOf(doc, http.MethodGet, "/arms") != nil {
		t.Fatal("operations are not found")
	}
	schema := op.Responses["200"].Content["application/json"].Schema
	for text, wrong := range map[string]bool{
		`{"entries": []}`:                false,
		`{"entries": [{"id": "seven"}]}`: true,
		`{}`:                             true,
		`{"entries": [], "arms": [1]}`:   true,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if got := faults(doc, schema, v); (len(got) > 0) != wrong {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// FuzzAPI sends anything to every address of the API, with a token that may do
// all: nothing breaks, and every answer is described.
func FuzzAPI(f *testing.F) {
	w := newWorld(f, busy)
	secret := w.token(f, "adm")
	var patterns []string
	for p := range apiTable {
		patterns = append(patterns, p)
	}
	for i, p := range patterns {
		method, path, body := filledAPI(p)
		f.Add(i, strings.TrimPrefix(path, "/api/v1"), body, "key", `W/"1"`)
		f.Add(i, path+"?"+method, `{"rows": [{"a": 1}], "disposition": null}`, "\x00", "")
	}
	f.Add(0, "/%2e%2e/%00?cursor=%ff&before=-1&band=\x80", "[[[[[", strings.Repeat("k", 300), "x")
	h := w.server.Config.Handler
	f.Fuzz(func(t *testing.T, i int, path, body, key, match string) {
		w.clock.Advance(time.Minute) // the limit of a minute is not what is looked for
		method, _, _ := strings.Cut(patterns[uint(i)%uint(len(patterns))], " ")
		r, err := http.NewRequest(method, w.server.URL+"/api/v1/"+strings.TrimLeft(path, "/"), strings.NewReader(body))
		if err != nil {
			t.Skip("no address")
		}
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		r.Header.Set("If-Match", match)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if rec.Code >= http.StatusInternalServerError {
			t.Errorf("%s %q with %q: %d %s", method, path, body, rec.Code, rec.Body)
		}
	})
}

// FuzzPages sends anything to every page as an admin.
func FuzzPages(f *testing.F) {
	w := newWorld(f, busy)
	b := w.as(f, "adm")
	routes := web.Routes()
	for i, r := range routes {
		_, path := filled(r.Pattern)
		f.Add(i, path, "disposition=no_answer&promise=x&until=2026-13-99&min_value=-1")
	}
	f.Add(0, "/risk?after=%ff&above=-9&min_value=99999999999999999999", "name=%zz&=&&")
	f.Fuzz(func(t *testing.T, i int, path, form string) {
		method, fixed := filled(routes[uint(i)%uint(len(routes))].Pattern)
		if fixed == "/sign-out" || strings.Contains(path, "sign-out") {
			t.Skip("it would end the session")
		}
		_, query, _ := strings.Cut(path, "?")
		for _, p := range []string{path, fixed + "?" + query} {
			r, err := http.NewRequest(method, w.server.URL+"/"+strings.TrimLeft(p, "/"), strings.NewReader(form))
			if err != nil {
				continue
			}
			r.RemoteAddr = "127.0.0.1:1"
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, c := range b.http.Jar.Cookies(r.URL) {
				r.AddCookie(c)
			}
			rec := httptest.NewRecorder()
			func() {
				defer func() {
					if x := recover(); x != nil && fmt.Sprint(x) != http.ErrAbortHandler.Error() {
						t.Errorf("%s %q with %q: panic %v", method, p, form, x)
					}
				}()
				w.server.Config.Handler.ServeHTTP(rec, r)
			}()
			if rec.Code >= http.StatusInternalServerError {
				t.Errorf("%s %q with %q: %d", method, p, form, rec.Code)
			}
		}
	})
}
