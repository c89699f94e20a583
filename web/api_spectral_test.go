package web_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/holdfasttest"
)

// TestTheDescriptionPassesTheLinter: spectral, by its own rules for OpenAPI,
// has nothing to say of what is served, in 3.1 and in 3.0; it finds what is
// wrong with a description that lacks something.
func TestTheDescriptionPassesTheLinter(t *testing.T) {
	t.Parallel()
	spectral := holdfasttest.NPM(t, holdfasttest.NeedSpectral, ".bin/spectral")
	w := newWorld(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	rules := write("rules.yaml", `extends: ["spectral:oas"]`)
	served := w.call(t, "", "GET", "/api/v1/openapi.json", "").must(t, 200).body
	poorer := strings.Replace(served, `"operationId":"next-task"`, `"operationId":"save-task"`, 1)
	if poorer == served {
		t.Fatal("there is no operation to spoil")
	}
	c := exec.CommandContext(t.Context(), spectral, "lint", "--quiet", "--fail-severity", "hint", "-f", "json", "-r", rules,
		write("3.1.json", served), write("3.0.json", w.call(t, "", "GET", "/api/v1/openapi-3.0.json", "").must(t, 200).body),
		write("spoilt.json", poorer))
	c.Dir = dir
	out, failed := c.Output()
	var findings []struct {
		Source, Code, Message string
		Path                  []any
	}
	if err := json.Unmarshal(out, &findings); err != nil {
		t.Fatalf("spectral says %v, %v: %s", failed, err, out)
	}
	spoilt := 0
	for _, f := range findings {
		if name := filepath.Base(f.Source); name != "spoilt.json" {
			t.Errorf("%s: %s: %s at %v", name, f.Code, f.Message, f.Path)
		} else if f.Code == "operation-operationId-unique" {
			spoilt++
		}
	}
	if spoilt == 0 || failed == nil {
		t.Errorf("an operation id that stands twice is not found: %v", failed)
	}
}
