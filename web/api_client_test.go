package web_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/access"
	"holdfast/internal/holdfasttest"
)

// clientProgram drives a task from next to done with nothing but the generated
// client.
const clientProgram = `package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"client/api"
)

func main() {
	bearer := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+os.Args[2])
		return nil
	}
	c, err := api.NewClientWithResponses(os.Args[1], api.WithRequestEditorFn(bearer))
	check(err)
	ctx := context.Background()
	next, err := c.NextTaskWithResponse(ctx, nil)
	check(err)
	if next.JSON200 == nil {
		panic(next.Status())
	}
	id, tag := next.JSON200.Id, next.HTTPResponse.Header.Get("Etag")
	begun, err := c.BeginTaskWithResponse(ctx, id, &api.BeginTaskParams{IfMatch: &tag})
	check(err)
	if begun.JSON200 == nil {
		panic(begun.Status())
	}
	tag = begun.HTTPResponse.Header.Get("Etag")
	done, err := c.SaveTaskWithResponse(ctx, id, &api.SaveTaskParams{IfMatch: &tag}, api.SaveTaskJSONRequestBody{Disposition: "saved_no_offer"})
	check(err)
	if done.JSON200 == nil {
		panic(done.Status() + string(done.Body))
	}
	fmt.Println(id, done.JSON200.Task.State)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
`

// TestAGeneratedClientWorksATask: oapi-codegen makes a client of the
// description, in 3.0 because it does not read 3.1; it compiles, and works.
func TestAGeneratedClientWorksATask(t *testing.T) {
	t.Parallel()
	holdfasttest.Asked(t, holdfasttest.NeedClient, "it fetches a generator of clients")
	w := newWorld(t, func(w *world) { w.addTask(1) })
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		c := exec.CommandContext(t.Context(), "go", args...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	write("openapi.json", w.call(t, "", "GET", "/api/v1/openapi-3.0.json", "").must(t, 200).body)
	write("go.mod", "module client\n\ngo 1.26\n")
	write("main.go", clientProgram)
	write("api/.keep", "")
	run("run", "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.5.0", "-generate", "types,client", "-package", "api", "-o", "api/api.go", "openapi.json")
	run("mod", "tidy")
	out := run("run", ".", w.server.URL+"/api/v1", w.token(t, "ann", access.ScopeTasks))
	if strings.TrimSpace(out) != "1001 done" || len(w.attempts[1001]) != 1 {
		t.Errorf("the client says %q, and there are %d attempts", out, len(w.attempts[1001]))
	}
}
