package holdfast_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/history"
)

// A document is one Markdown file at the root or under docs.
type document struct {
	path, text string
}

// documents reads README, CHANGELOG and everything under docs.
func documents(t *testing.T) []document {
	t.Helper()
	names, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []document
	for _, name := range append([]string{"README.md", "CHANGELOG.md"}, names...) {
		out = append(out, documentAt(t, filepath.ToSlash(name)))
	}
	if len(out) < 9 {
		t.Fatalf("only %d documents found: the test does not see them", len(out))
	}
	return out
}

func documentAt(t *testing.T, name string) document {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("read a document: %v", err)
	}
	return document{name, string(text)}
}

// section is the text under a heading of the second level.
func (d document) section(t *testing.T, heading string) document {
	t.Helper()
	_, rest, ok := strings.Cut(d.text, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("%s has no section %q", d.path, heading)
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return document{d.path + ", " + heading, text}
}

// table gives the cells of every row of the first table whose first heading is
// this one.
func (d document) table(t *testing.T, first string) [][]string {
	t.Helper()
	_, rest, ok := strings.Cut("\n"+d.text, "\n| "+first+" |")
	if !ok {
		t.Fatalf("%s has no table that begins with %q", d.path, first)
	}
	var rows [][]string
	for _, line := range strings.Split(rest, "\n")[2:] {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.ReplaceAll(strings.Trim(line, "| "), `\|`, "¦"), " | ")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		t.Fatalf("%s: the table of %q is empty", d.path, first)
	}
	return rows
}

var (
	fenced = regexp.MustCompile("(?s)```(\\w*)\n(.*?)```")
	span   = regexp.MustCompile("`([^`\n]+)`")
)

// spans lists what stands between backticks outside of code blocks.
func (d document) spans() []string {
	var out []string
	for _, m := range span.FindAllStringSubmatch(fenced.ReplaceAllString(d.text, ""), -1) {
		out = append(out, m[1])
	}
	return out
}

// blocks lists the code blocks of a language.
func (d document) blocks(language string) []string {
	var out []string
	for _, m := range fenced.FindAllStringSubmatch(d.text, -1) {
		if m[1] == language {
			out = append(out, m[2])
		}
	}
	return out
}

func bare(cell string) string { return strings.Trim(cell, "`") }

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, d := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(d.text, ""), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(filepath.Dir(d.path), target)); err != nil {
				t.Errorf("%s links to %s, which is not there", d.path, m[1])
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d relative links found: the test does not see them", seen)
	}
}

// TestTreeIsExplainedInThreeSentences holds the README to the folders there are.
func TestTreeIsExplainedInThreeSentences(t *testing.T) {
	t.Parallel()
	tree := documentAt(t, "README.md").section(t, "The tree")
	if n := len(regexp.MustCompile(`\.(\s|$)`).FindAllString(strings.TrimSpace(tree.text), -1)); n != 3 {
		t.Errorf("the tree is explained in %d sentences, not three", n)
	}
	named := map[string]bool{}
	for _, s := range tree.spans() {
		if info, err := os.Stat(s); err != nil || !info.IsDir() {
			t.Errorf("the README names the folder %s, which is not there", s)
		}
		top, _, _ := strings.Cut(s, "/")
		named[top] = true
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && e.Name()[0] != '.' && e.Name() != "bin" && !named[e.Name()] {
			t.Errorf("the README does not name the folder %s", e.Name())
		}
	}
}

// key gives the type and, where it has one, the default of a key of the
// configuration.
func key(v reflect.Value, path []string) (reflect.Value, bool) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		} else {
			v = reflect.Zero(v.Type().Elem())
		}
	}
	if len(path) == 0 {
		return v, true
	}
	switch v.Kind() {
	case reflect.Map:
		return key(reflect.Zero(v.Type().Elem()), path[1:])
	case reflect.Struct:
		for i := range v.NumField() {
			if tag := v.Type().Field(i).Tag.Get("yaml"); tag == path[0] {
				return key(v.Field(i), path[1:])
			}
		}
	}
	return reflect.Value{}, false
}

// notKeys look like keys of the configuration and are something else.
var notKeys = []string{
	"holdfast.crc32c", "holdfast.yaml", "holdfast.service", "compose.yaml",
	"task.ready", "task.done", "promise.due", "publication.released", "save.claimed", "customer.left", // events
}

func TestConfigurationKeysExist(t *testing.T) {
	t.Parallel()
	dotted := regexp.MustCompile(`^[a-z][a-z_0-9]*(\.[a-z_0-9]+)+$`)
	defaults := reflect.ValueOf(config.Default())
	files := map[string]bool{}
	for _, f := range tree(t) {
		files[filepath.Base(f.path)] = true
	}
	seen := 0
	for _, d := range documents(t) {
		for _, s := range d.spans() {
			if !dotted.MatchString(s) || slices.Contains(notKeys, s) || files[s] {
				continue
			}
			seen++
			if _, ok := key(defaults, strings.Split(s, ".")); !ok {
				t.Errorf("%s names %s, which the configuration does not have", d.path, s)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d keys found: the test does not see them", seen)
	}
	for _, bad := range []string{"nightly.att", "nightly.retention.nights", "business.partitions.more", "night.at"} {
		if _, ok := key(defaults, strings.Split(bad, ".")); ok {
			t.Errorf("%s passes for a key: the test sees nothing", bad)
		}
	}
}

// TestDefaultsAreAsTold compares every table of keys and defaults with the code.
func TestDefaultsAreAsTold(t *testing.T) {
	t.Parallel()
	defaults := reflect.ValueOf(config.Default())
	ops := documentAt(t, "docs/operations.md")
	for _, heading := range []string{"What is kept", "Settings an operator changes"} {
		for _, row := range ops.section(t, heading).table(t, "key") {
			v, ok := key(defaults, strings.Split(bare(row[0]), "."))
			if !ok {
				t.Errorf("%s: there is no key %s", heading, row[0])
			} else if got := fmt.Sprint(v.Interface()); got != row[1] {
				t.Errorf("%s: the default of %s is %s, not %s", heading, row[0], got, row[1])
			}
		}
	}
	feed := reflect.ValueOf(history.Feed{})
	for _, row := range documentAt(t, "docs/history-format.md").table(t, "key of a feed") {
		for _, k := range strings.Split(row[0], ", ") {
			if _, ok := key(feed, []string{bare(k)}); !ok {
				t.Errorf("a feed has no key %s", k)
			}
		}
	}
}

// TestExampleConfigurationsAreGood reads every YAML block as check-config would.
func TestExampleConfigurationsAreGood(t *testing.T) {
	t.Parallel()
	kinds := map[history.FeedKind]bool{}
	for _, d := range documents(t) {
		for i, block := range d.blocks("yaml") {
			c, err := config.Parse(fmt.Sprintf("%s, example %d", d.path, i+1), []byte(block))
			if err != nil {
				t.Error(err)
				continue
			}
			for _, f := range c.History.Feeds {
				kinds[f.Kind] = true
			}
		}
	}
	want := []history.FeedKind{
		history.FeedConsents, history.FeedContacts, history.FeedCustomers, history.FeedEvents, history.FeedIssues,
		history.FeedRelations, history.FeedRoster, history.FeedSubscriptions,
	}
	if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, want) {
		t.Errorf("the examples show feeds of %v, not of %v", got, want)
	}
}

// TestEnvironmentIsListed compares the variables that docs/operations.md lists
// with those that the program and its scripts read; tests may have others.
func TestEnvironmentIsListed(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile(`HOLDFAST_[A-Z_]*[A-Z]`)
	must, read, listed := map[string]bool{}, map[string]bool{}, map[string]bool{}
	note := func(text string, in ...map[string]bool) {
		for _, v := range variable.FindAllString(text, -1) {
			for _, m := range in {
				m[v] = true
			}
		}
	}
	for _, name := range []string{"Makefile", "scripts/with-servers", ".ci/run"} {
		note(documentAt(t, name).text, must, read)
	}
	for _, f := range tree(t) {
		switch text := documentAt(t, f.path).text; {
		case f.path == "docs_test.go":
		case f.test:
			note(text, read)
		default:
			note(text, must, read)
		}
	}
	delete(must, "HOLDFAST_TEST_LOG") // of with-servers to itself
	note(documentAt(t, "docs/operations.md").section(t, "Environment").text, listed)
	for v := range must {
		if !listed[v] {
			t.Errorf("docs/operations.md does not list %s", v)
		}
	}
	for v := range listed {
		if !read[v] {
			t.Errorf("docs/operations.md lists %s, which nothing reads", v)
		}
	}
}
