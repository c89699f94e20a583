package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/client_golang/prometheus"

	"holdfast/config"
)

// TestDeployFilesAreOfThisProgram: the example configuration is accepted, YAML
// is YAML, and every metric that an alert or the board asks for is served.
func TestDeployFilesAreOfThisProgram(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "deploy")
	if _, err := config.Load(filepath.Join(dir, "holdfast.yaml")); err != nil {
		t.Error(err)
	}
	served := []string{"holdfast_http_request_seconds"}
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
