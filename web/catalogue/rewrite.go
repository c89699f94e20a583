package catalogue

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"
	"unicode"
)

// Rewrite writes the source of a file of templates anew with each of its
// visible texts replaced by what say returns for it, markup and actions as
// they were. A text is the smallest piece of a page that reads as one: its
// spaces are single, tags inside it bare (<strong>), actions as they stand.
func Rewrite(name, source string, say func(text string) string) (string, error) {
	trees := map[string]*parse.Tree{}
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	if _, err := t.Parse(source, "", "", trees); err != nil {
		return "", fmt.Errorf("read the template %s: %w", name, err)
	}
	r := &rewriter{say: say, inline: map[parse.Node]bool{}}
	var out strings.Builder
	for _, define := range slices.Sorted(maps.Keys(trees)) {
		if tree := trees[define]; !parse.IsEmptyTree(tree.Root) {
			fmt.Fprintf(&out, "{{define %q}}%s{{end}}\n", define, r.list(tree.Root, (*rewriter).markup))
		}
	}
	if r.err != nil {
		return "", fmt.Errorf("translate the template %s: %w", name, r.err)
	}
	return out.String(), nil
}

// rewriter writes lists of nodes as source. While a list is looked at, each of
// its actions stands in the text as one private rune:
//
//	open since {{date .Opened}}   is   open since \uE000
type rewriter struct {
	say    func(string) string
	nodes  []parse.Node        // node i is rune firstNode + i
	inline map[parse.Node]bool // of branches: whether they can stand in a sentence
	err    error
}

const (
	firstNode = '\uE000'
	lastNode  = '\uF8FF'
)

// place writes the source of a flattened list according to where it stands:
// between tags, inside a tag, in a value.
type place func(r *rewriter, flat string) string

// flat is a list with its actions as runes.
func (r *rewriter) flat(l *parse.ListNode) string {
	var b strings.Builder
	for _, n := range l.Nodes {
		if text, ok := n.(*parse.TextNode); ok {
			b.Write(text.Text)
			continue
		}
		b.WriteRune(firstNode + rune(len(r.nodes)))
		r.nodes = append(r.nodes, n)
	}
	return b.String()
}

func (r *rewriter) list(l *parse.ListNode, at place) string {
	if l == nil {
		return ""
	}
	return at(r, r.flat(l))
}

// node is the action of a rune, nil for any other rune.
func (r *rewriter) node(c rune) parse.Node {
	if c < firstNode || c > lastNode {
		return nil
	}
	return r.nodes[c-firstNode]
}

// expand puts the actions back; lists inside them stand in the same place.
func (r *rewriter) expand(flat string, at place) string {
	var b strings.Builder
	for _, c := range flat {
		if n := r.node(c); n != nil {
			b.WriteString(r.action(n, func(l *parse.ListNode) string { return r.list(l, at) }))
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// as writes a flattened list exactly as it was.
func (r *rewriter) as(flat string) string { return r.expand(flat, (*rewriter).as) }

// action is the source of an action, its lists written by list.
func (r *rewriter) action(n parse.Node, list func(*parse.ListNode) string) string {
	branch := branchOf(n)
	if branch == nil {
		return n.String()
	}
	word := map[parse.NodeType]string{parse.NodeIf: "if", parse.NodeRange: "range", parse.NodeWith: "with"}[n.Type()]
	out := "{{" + word + " " + branch.Pipe.String() + "}}" + list(branch.List)
	if branch.ElseList != nil {
		out += "{{else}}" + list(branch.ElseList)
	}
	return out + "{{end}}"
}

// branchOf is what an if, range or with holds, nil for other nodes.
func branchOf(n parse.Node) *parse.BranchNode {
	switch n := n.(type) {
	case *parse.IfNode:
		return &n.BranchNode
	case *parse.RangeNode:
		return &n.BranchNode
	case *parse.WithNode:
		return &n.BranchNode
	}
	return nil
}

var (
	attribute = regexp.MustCompile(`([a-zA-Z-]+)="([^"]*)"`)
	entity    = regexp.MustCompile(`&#?[a-zA-Z0-9]+;`)
	spaces    = regexp.MustCompile(`\s+`)
	read      = map[string]bool{"title": true, "aria-label": true, "placeholder": true, "alt": true, "data-ended": true, "data-full": true, "data-lost": true, "data-slow": true} // attributes
)

// tag writes the inside of a tag: the attributes that people read are texts.
func (r *rewriter) tag(flat string) string {
	var b strings.Builder
	from := 0
	for _, m := range attribute.FindAllStringSubmatchIndex(flat, -1) {
		b.WriteString(r.expand(flat[from:m[4]], (*rewriter).tag))
		if value := flat[m[4]:m[5]]; read[flat[m[2]:m[3]]] {
			b.WriteString(r.value(value))
		} else {
			b.WriteString(r.as(value))
		}
		from = m[5]
	}
	return b.String() + r.expand(flat[from:], (*rewriter).tag)
}

// value writes the value of an attribute that people read.
func (r *rewriter) value(flat string) string {
	if !lettered(flat) {
		return r.expand(flat, (*rewriter).value)
	}
	text := strings.TrimSpace(spaces.ReplaceAllString(r.as(flat), " "))
	return r.say(text)
}

// lettered says whether there is something to read beside actions.
func lettered(s string) bool {
	return strings.IndexFunc(entity.ReplaceAllString(s, ""), func(c rune) bool { return unicode.IsLetter(c) }) >= 0
}
