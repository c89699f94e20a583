package holdfast_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/interventions"
	"holdfast/queue"
)

// constants lists the values of a package's string constants of a type, in
// their order.
func constants(t *testing.T, pkg, typ string) []string {
	t.Helper()
	var out []string
	for _, f := range tree(t) {
		if f.pkg != pkg || f.test {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typ && len(spec.Values) == 1 {
				if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
					s, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, s)
				}
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Fatalf("package %s has no constants of type %s", pkg, typ)
	}
	return out
}

// firsts is a table's first column.
func firsts(rows [][]string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = bare(r[0])
	}
	return out
}

// TestTaskStatesAreAsTold asks the code of every pair of states whether one may
// follow the other.
func TestTaskStatesAreAsTold(t *testing.T) {
	t.Parallel()
	states := constants(t, "interventions", "TaskState")
	rows := documentAt(t, "docs/state-machine.md").section(t, "Tasks").table(t, "state")
	told := map[string][]string{}
	for _, r := range rows {
		told[bare(r[0])] = (document{text: r[2]}).spans()
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(states)), slices.Sorted(slices.Values(firsts(rows)))); diff != "" {
		t.Errorf("states in the code (-) and in docs/state-machine.md (+):\n%s", diff)
	}
	for _, from := range states {
		for _, to := range states {
			may, says := interventions.TaskState(from).May(interventions.TaskState(to)), slices.Contains(told[from], to)
			if may != says {
				t.Errorf("%s to %s: the code says %v, docs/state-machine.md %v", from, to, may, says)
			}
		}
	}
}

func TestOtherStatesAreAsTold(t *testing.T) {
	t.Parallel()
	doc := documentAt(t, "docs/state-machine.md")
	jobs := make([]string, len(queue.States))
	for i, s := range queue.States {
		jobs[i] = string(s)
	}
	for _, c := range []struct {
		section, first string
		want           []string
	}{
		{"Messages", "state", constants(t, "interventions", "MessageState")},
		{"Messages", "delivery", constants(t, "channels", "DeliveryState")},
		{"Lists", "list", constants(t, "interventions", "PublicationState")},
		{"Jobs", "job", jobs},
		{"Nights", "night", constants(t, "nightly", "State")},
	} {
		if diff := cmp.Diff(c.want, firsts(doc.section(t, c.section).table(t, c.first))); diff != "" {
			t.Errorf("states of %s in the code (-) and in docs/state-machine.md (+):\n%s", c.first, diff)
		}
	}
}

func TestStagesAreAsTold(t *testing.T) {
	t.Parallel()
	want := constants(t, "nightly", "Stage")
	if diff := cmp.Diff(want, firsts(documentAt(t, "docs/operations.md").section(t, "The night").table(t, "stage"))); diff != "" {
		t.Errorf("stages in the code (-) and in docs/operations.md (+):\n%s", diff)
	}
	said := documentAt(t, "docs/state-machine.md").section(t, "Nights").text
	if all := "`" + strings.Join(want[:len(want)-1], "`, `") + "` and `" + want[len(want)-1] + "`"; !strings.Contains(said, all) {
		t.Errorf("docs/state-machine.md does not list the stages as %s", all)
	}
}

// TestPackagesAreAsTold compares the table of docs/architecture.md with the one
// that is enforced, and its sentences with the packages' own.
func TestPackagesAreAsTold(t *testing.T) {
	t.Parallel()
	files, told := tree(t), map[string]bool{}
	for _, r := range documentAt(t, "docs/architecture.md").section(t, "Packages").table(t, "package") {
		name := bare(r[0])
		told[name] = true
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("docs/architecture.md has the package %s, which arch_test.go does not know", name)
			continue
		}
		if want := inWords(allowed); r[2] != want {
			t.Errorf("docs/architecture.md: %s may import %s, not %s", name, want, r[2])
		}
		if own := ownSentence(files, name); own != "" && own != r[1] {
			t.Errorf("package %s says that it %q, docs/architecture.md that it %q", name, own, r[1])
		}
	}
	for name := range mayImport {
		if name != "." && !told[name] {
			t.Errorf("docs/architecture.md does not have the package %s", name)
		}
	}
}

// inWords writes a list of imports as the document does.
func inWords(allowed []string) string {
	var out []string
	if slices.Contains(allowed, anything) {
		return "everything"
	}
	if len(allowed) >= len(stages) && slices.Equal(allowed[:len(stages)], stages) {
		out, allowed = append(out, "the stages"), allowed[len(stages):]
	}
	for _, a := range allowed {
		out = append(out, "`"+a+"`")
	}
	if len(out) == 0 {
		return "–"
	}
	return strings.Join(out, ", ")
}

// ownSentence is the first sentence of a package's comment without its
// beginning; empty while the package has none.
func ownSentence(files []goFile, pkg string) string {
	for _, f := range files {
		if f.pkg != pkg || f.test || f.syntax.Doc == nil {
			continue
		}
		text, _, _ := strings.Cut(f.syntax.Doc.Text(), "\n\n")
		text = strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".")
		text, _, _ = strings.Cut(text, ". ")
		_, rest, ok := strings.Cut(strings.TrimPrefix(text, "Command "), " ")
		if strings.HasPrefix(text, "Package ") {
			_, rest, ok = strings.Cut(rest, " ")
		}
		if ok {
			return rest
		}
	}
	return ""
}

func TestRolesAreAsTold(t *testing.T) {
	t.Parallel()
	var roles []string
	for _, r := range access.Roles {
		roles = append(roles, string(r))
	}
	rows := documentAt(t, "docs/security.md").table(t, "role")
	if diff := cmp.Diff(roles, firsts(rows)); diff != "" {
		t.Errorf("roles in the code (-) and in docs/security.md (+):\n%s", diff)
	}
	for _, r := range rows {
		var want []string
		for _, a := range access.Actions {
			if access.Can(access.Role(bare(r[0])), a) {
				want = append(want, string(a))
			}
		}
		if diff := cmp.Diff(want, strings.Split(r[1], ", ")); diff != "" {
			t.Errorf("what %s may in the code (-) and in docs/security.md (+):\n%s", r[0], diff)
		}
	}
}

// TestPagesAreAsTold compares the pages of the guide with the menu.
func TestPagesAreAsTold(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join("web", "menu.go"))
	if err != nil {
		t.Fatal(err)
	}
	var menu, told []string
	for _, m := range regexp.MustCompile(`\{"(/[a-z]+)", "[^"]+", "[^"]*", access\.`).FindAllStringSubmatch(string(source), -1) {
		menu = append(menu, m[1])
	}
	guide := documentAt(t, "docs/guide.md")
	for _, role := range []string{"Agent", "Manager", "Operator", "Auditor"} {
		told = append(told, firsts(guide.section(t, role).table(t, "page"))...)
	}
	if diff := cmp.Diff(menu, told); diff != "" {
		t.Errorf("pages in the menu (-) and in docs/guide.md (+):\n%s", diff)
	}
}

// TestExpressionsAreAsTold compares the names of the guide with those that an
// expression may use.
func TestExpressionsAreAsTold(t *testing.T) {
	t.Parallel()
	var names []string
	for field := range reflect.TypeFor[interventions.Fields]().Fields() {
		names = append(names, field.Tag.Get("expr"))
	}
	if diff := cmp.Diff(names, firsts(documentAt(t, "docs/guide.md").section(t, "Expressions").table(t, "name"))); diff != "" {
		t.Errorf("names in the code (-) and in docs/guide.md (+):\n%s", diff)
	}
}

// TestKeysAreAsTold compares the keys of the guide with those of the help page.
func TestKeysAreAsTold(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("web", "templates", "help.html"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), `<dl class="keys">`)
	list, _, _ = strings.Cut(list, "</dl>")
	var keys []string
	for _, m := range regexp.MustCompile(`<dt[^>]*>(.*?)</dt>`).FindAllStringSubmatch(list, -1) {
		keys = append(keys, strings.NewReplacer("<kbd>", "", "</kbd>", "").Replace(m[1]))
	}
	if diff := cmp.Diff(keys, firsts(documentAt(t, "docs/guide.md").section(t, "Agent").table(t, "key"))); diff != "" {
		t.Errorf("keys on the help page (-) and in docs/guide.md (+):\n%s", diff)
	}
}
