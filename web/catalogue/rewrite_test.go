package catalogue_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/google/go-cmp/cmp"

	"holdfast/web/catalogue"
)

func TestTextsOfATemplate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source string
		texts  []string
		out    string // with every text in brackets
	}{
		{`<h1>Desk</h1>`, []string{"Desk"}, `<h1>[Desk]</h1>`},
		{`<p class="lead">  Two
			lines. </p>`, []string{"Two lines."}, `<p class="lead">  [Two lines.] </p>`},
		{`<p>{{.Name}} · {{.At}}</p>`, nil, `<p>{{.Name}} · {{.At}}</p>`},
		{
			`<button class="main" data-key="n">Next <kbd class="k">n</kbd></button>`,
			[]string{"Next <kbd>n</kbd>"},
			`<button class="main" data-key="n">[Next <kbd class="k">n</kbd>]</button>`,
		},
		{`<p><kbd>n</kbd>&nbsp;</p>`, nil, `<p><kbd>n</kbd>&nbsp;</p>`},
		{
			`<p>You have {{if eq (len .Held) 1}}one{{else}}<b id="x">{{len .Held}}</b> tasks{{end}} open.</p>`,
			[]string{`You have {{if eq (len .Held) 1}}one{{else}}<b>{{len .Held}}</b> tasks{{end}} open.`},
			`<p>[You have {{if eq (len .Held) 1}}one{{else}}<b id="x">{{len .Held}}</b> tasks{{end}} open.]</p>`,
		},
		{`<p><a href="/a">One</a><a href="/b">Two</a></p>`, []string{"One", "Two"}, `<p><a href="/a">[One]</a><a href="/b">[Two]</a></p>`},
		{`<p>{{if .X}}{{.Y}}{{else}} · never{{end}}</p>`, []string{"never"}, `<p>{{if .X}}{{.Y}}{{else}} · [never]{{end}}</p>`},
		{
			`<p>Before{{if .X}}<ul><li>Inside</li></ul>{{end}}after</p>`,
			[]string{"Before", "Inside", "after"},
			`<p>[Before]{{if .X}}<ul><li>[Inside]</li></ul>{{end}}[after]</p>`,
		},
		{
			`<input placeholder="say why" value="not this" {{if .X}}title="Look {{.Y}}"{{end}}>`,
			[]string{"say why", "Look {{.Y}}"},
			`<input placeholder="[say why]" value="not this" {{if .X}}title="[Look {{.Y}}]"{{end}}>`,
		},
		{`<i class="a{{if eq .X "b>c"}} late{{end}}">x</i>`, []string{"x"}, `<i class="a{{if eq .X "b>c"}} late{{end}}">[x]</i>`},
		{`<span title="{{if .X}}yes{{else}}no{{end}}"></span>`, []string{"yes", "no"}, `<span title="{{if .X}}[yes]{{else}}[no]{{end}}"></span>`},
		{`{{with .X}}<a href="/x">{{end}}Open{{with .X}}</a>{{end}}`, []string{"Open"}, `{{with .X}}<a href="/x">{{end}}[Open]{{with .X}}</a>{{end}}`},
		{`<a href="/"><svg><path d="M12 3v15"/></svg> Home</a>`, []string{"Home"}, `<a href="/"><svg><path d="M12 3v15"/></svg> [Home]</a>`},
		{`<p>{{range $i, $s := .Signs}}{{if $i}} and {{end}}{{$s}}{{end}}</p>`, []string{"and"}, `<p>{{range $i, $s := .Signs}}{{if $i}} [and] {{end}}{{$s}}{{end}}</p>`},
	} {
		var texts []string
		out, err := catalogue.Rewrite("page", `{{define "content"}}`+c.source+`{{end}}`, func(text string) string {
			texts = append(texts, text)
			return "[" + text + "]"
		})
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		if d := cmp.Diff(c.texts, texts); d != "" {
			t.Errorf("texts of %s: %s", c.source, d)
		}
		if d := cmp.Diff(`{{define "content"}}`+c.out+"{{end}}\n", out); d != "" {
			t.Errorf("%s: %s", c.source, d)
		}
	}
}

func TestRewriteRefusesBrokenTags(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"Wichtig":                           "0 tags strong instead of 1",
		"<strong>Wichtig</strong> <b>x</b>": "a tag b that the text has not",
		"<strong>Wichtig</strong> <strong>mehr</strong>": "2 tags strong instead of 1",
	} {
		_, err := catalogue.Rewrite("page", `<p><strong class="x">Important</strong> news</p>`, func(string) string { return said })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", said, err, want)
		}
	}
	if _, err := catalogue.Rewrite("page", `{{if .X}}`, func(s string) string { return s }); err == nil {
		t.Error("a template without its end is taken")
	}
}

// TestTemplatesSurvive: with every text left as it is, a template says what it
// said; only runs of spaces inside a text shrink.
func TestTemplatesSurvive(t *testing.T) {
	t.Parallel()
	files := os.DirFS("../templates")
	names, err := fs.Glob(files, "*.html")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d templates, %v", len(names), err)
	}
	for _, name := range names {
		source, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		out, err := catalogue.Rewrite(name, string(source), func(text string) string { return text })
		if err != nil {
			t.Error(err)
			continue
		}
		if d := cmp.Diff(trees(t, string(source)), trees(t, out)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// trees is what each template of a source says, with single spaces.
func trees(t *testing.T, source string) map[string]string {
	t.Helper()
	set := map[string]*parse.Tree{}
	p := parse.New("page")
	p.Mode = parse.SkipFuncCheck
	if _, err := p.Parse(source, "", "", set); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for name, tree := range set {
		if !parse.IsEmptyTree(tree.Root) {
			said[name] = strings.Join(strings.Fields(tree.Root.String()), " ")
		}
	}
	return said
}
