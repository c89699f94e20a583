package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/client_golang/prometheus"

	"holdfast/config"
	"holdfast/internal/holdfasttest"
)

// TestDeployFilesPassTheirLinters: BuildKit has nothing to say of the
// Containerfile, Compose of the compose file, Prometheus of the alerts and
// systemd of the unit, and each finds what is wrong with a worse one.
func TestDeployFilesPassTheirLinters(t *testing.T) {
	t.Parallel()
	holdfasttest.Asked(t, holdfasttest.NeedDeploy, "it fetches and builds BuildKit's, Compose's and Prometheus's own parsers")
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		holdfasttest.Missing(t, holdfasttest.NeedDeploy, "install systemd for systemd-analyze")
	}
	files, worse, lint := filepath.Join("..", "..", "deploy"), t.TempDir(), t.TempDir()
	for name, spoil := range map[string][2]string{
		"Containerfile": {"USER holdfast", "MAINTAINER holdfast"}, "compose.yaml": {"services:", "servises:"}, "alerts.yaml": {"expr: ", "expr: ("},
		"holdfast.service": {"Type=exec", "Type=always"},
	} {
		text, err := os.ReadFile(filepath.Join(files, name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(worse, name), strings.Replace(string(text), spoil[0], spoil[1], 1))
		if name == "holdfast.service" { // systemd asks for the program to be there
			writeFile(t, filepath.Join(lint, name), strings.Replace(string(text), "/usr/local/bin/holdfast", os.Args[0], 1))
		}
	}
	main, err := os.ReadFile(filepath.Join("testdata", "deploy", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(lint, "main.go"), string(main))
	writeFile(t, filepath.Join(lint, "go.mod"), `module lint

go 1.26

require (
	github.com/compose-spec/compose-go/v2 v2.16.2
	github.com/moby/buildkit v0.34.2
	github.com/prometheus/prometheus v0.316.0
)
`)
	run := func(name string, args ...string) string {
		c := exec.CommandContext(t.Context(), name, args...)
		c.Dir = lint
		out, err := c.CombinedOutput()
		if err != nil {
			out = append(out, err.Error()...)
		}
		return string(out)
	}
	run("go", "mod", "tidy")
	if out := run("go", "build", "-o", "lint", "."); out != "" {
		t.Fatal(out)
	}
	here, err := filepath.Abs(files)
	if err != nil {
		t.Fatal(err)
	}
	if out := run("./lint", here) + run(analyze, "verify", "./holdfast.service"); out != "" {
		t.Error(out)
	}
	found := run("./lint", worse) + run(analyze, "verify", filepath.Join(worse, "holdfast.service"))
	for _, want := range []string{"Containerfile: MaintainerDeprecated", "compose.yaml: validating", "alerts.yaml: ", "unclosed left parenthesis", "Failed to parse service type"} {
		if !strings.Contains(found, want) {
			t.Errorf("of worse files nothing is said as %q:\n%s", want, found)
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDeployFilesAreOfThisProgram: the example configuration is accepted, YAML
// is YAML, and every metric that an alert or the board asks for is served.
func TestDeployFilesAreOfThisProgram(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "deploy")
	if _, err := config.Load(filepath.Join(dir, "holdfast.yaml")); err != nil {
		t.Error(err)
	}
	served := []string{"holdfast_http_request_duration_seconds"}
	descs := make(chan *prometheus.Desc, 20)
	gauges{}.Describe(descs)
	close(descs)
	for d := range descs {
		served = append(served, regexp.MustCompile(`fqName: "([a-z_]+)"`).FindStringSubmatch(d.String())[1])
	}
	asked := 0
	for _, name := range []string{"alerts.yaml", "grafana.json", "compose.yaml"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := yaml.Unmarshal(text, &v); err != nil { // JSON is YAML
			t.Errorf("%s: %v", name, err)
		}
		for _, m := range regexp.MustCompile(`holdfast_[a-z_]+`).FindAllString(string(text), -1) {
			m = strings.TrimSuffix(strings.TrimSuffix(m, "_count"), "_bucket")
			if asked++; !slices.Contains(served, m) {
				t.Errorf("%s asks for %s, which is not served: %v", name, m, served)
			}
		}
	}
	if asked < 15 {
		t.Errorf("only %d metrics were found in the files", asked)
	}
}
