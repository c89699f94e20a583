package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"holdfast/internal/holdfasttest"
)

// alertRules is what of deploy/alerts.yaml is looked at here.
type alertRules struct {
	Groups []struct {
		Rules []struct {
			Alert, Expr         string
			Labels, Annotations map[string]string
		}
	}
}

// alertTests is what of the tests of promtool is looked at here.
type alertTests struct {
	Tests []struct {
		Rules []struct {
			Alert string `yaml:"alertname"`
			Fires []any  `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	}
}

// TestEachAlertIsTestedAndSaysWhatToDo: promtool's tests have a case in which
// each alert fires and one in which it does not, and its words have the labels
// that its expression leaves.
func TestEachAlertIsTestedAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	var rules alertRules
	var tests alertTests
	for file, into := range map[string]any{
		filepath.Join("..", "..", "deploy", "alerts.yaml"):      &rules,
		filepath.Join("testdata", "deploy", "alerts.test.yaml"): &tests,
	} {
		text, err := os.ReadFile(file)
		if err == nil {
			err = yaml.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	fires, silent := map[string]int{}, map[string]int{}
	for _, test := range tests.Tests {
		for _, r := range test.Rules {
			if len(r.Fires) > 0 {
				fires[r.Alert]++
			} else {
				silent[r.Alert]++
			}
		}
	}
	grouped := regexp.MustCompile(`by \((\w+)\)`)
	named := regexp.MustCompile(`\$labels\.(\w+)`)
	for _, r := range rules.Groups[0].Rules {
		says := r.Annotations["summary"]
		if fires[r.Alert] == 0 || silent[r.Alert] == 0 {
			t.Errorf("%s: %d tests in which it fires and %d in which it does not", r.Alert, fires[r.Alert], silent[r.Alert])
		}
		if !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) || strings.Count(says, ".") < 2 {
			t.Errorf("%s: severity %q, %q", r.Alert, r.Labels["severity"], says)
		}
		for _, label := range named.FindAllStringSubmatch(says, -1) {
			kept := grouped.FindStringSubmatch(r.Expr)
			if aggregated := strings.Contains(r.Expr, "max"); aggregated && (kept == nil || kept[1] != label[1]) {
				t.Errorf("%s says %s, which %s does not leave", r.Alert, label[0], r.Expr)
			}
		}
	}
}

// TestAlertsFireWhenTheyShould as promtool evaluates them, and promtool finds
// an alert that has lost a label.
func TestAlertsFireWhenTheyShould(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		holdfasttest.Missing(t, holdfasttest.NeedDeploy, "install promtool (Debian's package prometheus) to test the alert rules")
	}
	rules, err := os.ReadFile(filepath.Join("..", "..", "deploy", "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile(filepath.Join("testdata", "deploy", "alerts.test.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(rules string) (string, error) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "alerts.yaml"), rules)
		writeFile(t, filepath.Join(dir, "alerts.test.yaml"), string(tests))
		c := exec.CommandContext(t.Context(), promtool, "test", "rules", "alerts.test.yaml")
		c.Dir = dir
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := run(string(rules)); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := run(strings.ReplaceAll(string(rules), "max by (state)", "max")); err == nil || !strings.Contains(out, "The newest night is .") {
		t.Errorf("of alerts without their label promtool says %v: %s", err, out)
	}
}

// board is what of the Grafana board is looked at here.
type board struct {
	UID, Title    string
	SchemaVersion int
	Annotations   struct{ List []any }
	Templating    struct {
		List []struct{ Name, Type, Query string }
	}
	Panels []struct {
		ID          int
		Title, Type string
		Description string
		Datasource  struct{ Type, UID string }
		GridPos     struct{ X, Y, W, H int }
		FieldConfig struct{ Defaults struct{ Unit string } }
		Options     map[string]any
		Targets     []struct {
			RefID, Expr string
			Instant     bool
		}
	}
}

// statOptions are those that Grafana's schema requires of a stat that has any.
var statOptions = []string{"colorMode", "graphMode", "justifyMode", "orientation", "percentChangeColorMode", "reduceOptions", "showPercentChange", "textMode", "wideLayout"}

// TestBoardIsOneThatGrafanaOpens: every panel reads the data source that the
// board asks for, has a unit, a word and a place of its own on the grid of 24
// columns, and no id twice; a state is asked for as of now.
func TestBoardIsOneThatGrafanaOpens(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "grafana.json"))
	if err != nil {
		t.Fatal(err)
	}
	var b board
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if b.Annotations.List == nil || b.UID == "" || b.Title == "" || b.SchemaVersion < 36 || len(b.Templating.List) != 1 || b.Templating.List[0].Type != "datasource" || b.Templating.List[0].Query != "prometheus" {
		t.Errorf("the board itself: %+v", b)
	}
	source := "${" + b.Templating.List[0].Name + "}"
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range b.Panels {
		if p.ID == 0 || ids[p.ID] || p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
			t.Errorf("a panel lacks something, or its id is another's: %+v", p)
		}
		ids[p.ID] = true
		if p.Datasource.Type != "prometheus" || p.Datasource.UID != source || !slices.Contains([]string{"stat", "timeseries"}, p.Type) {
			t.Errorf("%s is a %s of %+v, want one of %s", p.Title, p.Type, p.Datasource, source)
		}
		for i, target := range p.Targets {
			if target.Expr == "" || target.RefID != string(rune('A'+i)) {
				t.Errorf("%s asks %+v", p.Title, target)
			}
			if p.Type == "stat" && strings.Contains(target.Expr, "==") && !target.Instant {
				t.Errorf("%s would show whatever was so in the time shown, not what is", p.Title)
			}
		}
		if options := slices.Sorted(maps.Keys(p.Options)); p.Type == "stat" && p.Options != nil && !slices.Equal(options, statOptions) {
			t.Errorf("%s has the options %q, not %q", p.Title, options, statOptions)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x > 23 {
					t.Fatalf("%s stands at %d, %d, where %q is, or beside the grid", p.Title, x, y, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}
