package catalogue

import (
	"fmt"
	"regexp"
	"strings"
	"text/template/parse"
)

// inline are the tags that stand inside a sentence; any other ends it.
var inline = map[string]bool{
	"a": true, "abbr": true, "b": true, "bdi": true, "code": true, "em": true, "kbd": true, "mark": true, "q": true, "s": true, "small": true,
	"span": true, "strong": true, "sub": true, "sup": true, "time": true, "br": true, "wbr": true,
}

// verbatim are the tags whose text nobody translates: keys and code.
var verbatim = map[string]bool{"kbd": true, "code": true, "script": true, "style": true}

var markupTag = regexp.MustCompile(`<(/?)([!a-zA-Z][a-zA-Z0-9-]*)(?:[^>"]|"[^"]*")*>`)

// item is one piece of a page: characters, an action, or an element with what
// is inside it. A break has a tag and no end.
type item struct {
	text      string // characters
	node      parse.Node
	name      string // of a tag
	open, end string // flattened tags
	inside    []item
}

// token is a piece between two places where a tag begins or ends.
type token struct {
	flat, name  string
	ends, alone bool // a closing tag; one without an end
	boundary    bool // no sentence goes over it
}

// markup writes what stands between tags.
func (r *rewriter) markup(flat string) string {
	tokens := r.tokens(flat)
	boundaries(tokens)
	var b strings.Builder
	var run []token
	flush := func() {
		items, _ := r.items(run)
		b.WriteString(r.phrase(items))
		run = nil
	}
	for _, t := range tokens {
		if !t.boundary {
			run = append(run, t)
			continue
		}
		flush()
		if t.name == "" {
			b.WriteString(r.expand(t.flat, (*rewriter).markup))
		} else {
			b.WriteString(r.tag(t.flat))
		}
	}
	flush()
	return b.String()
}

// tokens cuts a list at its tags and at the actions that hold more than a
// piece of a sentence.
func (r *rewriter) tokens(flat string) []token {
	var list []token
	characters := func(s string) {
		from := 0
		for i, c := range s {
			if n := r.node(c); n != nil && !r.isInline(n) {
				list = append(list, token{flat: s[from:i]}, token{flat: string(c), boundary: true})
				from = i + len(string(c))
			}
		}
		list = append(list, token{flat: s[from:]})
	}
	from := 0
	for _, m := range markupTag.FindAllStringSubmatchIndex(flat, -1) {
		characters(flat[from:m[0]])
		name := flat[m[4]:m[5]]
		list = append(list, token{
			flat: flat[m[0]:m[1]], name: name, ends: m[3] > m[2], alone: name == "br" || name == "wbr", boundary: !inline[name],
		})
		from = m[1]
	}
	characters(flat[from:])
	return list
}

// isInline says whether an action can stand in a sentence: it prints, or what
// it holds has inline tags only.
func (r *rewriter) isInline(n parse.Node) bool {
	if branchOf(n) == nil {
		return n.Type() == parse.NodeAction
	}
	is, known := r.inline[n]
	if !known { // an outer action asks again for all that it holds
		is = r.holdsInline(n)
		r.inline[n] = is
	}
	return is
}

func (r *rewriter) holdsInline(n parse.Node) bool {
	branch := branchOf(n)
	for _, l := range []*parse.ListNode{branch.List, branch.ElseList} {
		if l == nil {
			continue
		}
		tokens := r.tokens(r.flat(l))
		boundaries(tokens)
		for _, t := range tokens {
			if t.boundary {
				return false
			}
		}
	}
	return true
}

// boundaries marks the inline tags whose other half is missing or stands
// beyond a boundary: they end a sentence too.
func boundaries(tokens []token) {
	var open []int
	fail := func() {
		for _, i := range open {
			tokens[i].boundary = true
		}
		open = nil
	}
	for i, t := range tokens {
		switch {
		case t.boundary:
			fail()
		case t.name == "" || t.alone:
		case !t.ends:
			open = append(open, i)
		case len(open) > 0 && tokens[open[len(open)-1]].name == t.name:
			open = open[:len(open)-1]
		default:
			fail()
			tokens[i].boundary = true
		}
	}
	fail()
}

// items is the run of tokens as a tree, and what is left behind the end of the
// element that it is inside of.
func (r *rewriter) items(run []token) ([]item, []token) {
	var list []item
	for len(run) > 0 {
		t := run[0]
		run = run[1:]
		switch {
		case t.ends:
			return list, append([]token{t}, run...)
		case t.alone:
			list = append(list, item{name: t.name, open: t.flat})
		case t.name != "":
			e := item{name: t.name, open: t.flat}
			e.inside, run = r.items(run)
			e.end, run = run[0].flat, run[1:]
			list = append(list, e)
		default:
			list = append(list, r.characters(t.flat)...)
		}
	}
	return list, nil
}

func (r *rewriter) characters(flat string) []item {
	var list []item
	from := 0
	for i, c := range flat {
		if n := r.node(c); n != nil {
			list = append(list, item{text: flat[from:i]}, item{node: n})
			from = i + len(string(c))
		}
	}
	return append(list, item{text: flat[from:]})
}

// phrase writes the pieces between two boundaries. With letters among them
// they are one text; else each element and each branch is looked at alone.
func (r *rewriter) phrase(items []item) string {
	for _, it := range items {
		if it.name == "" && it.node == nil && lettered(it.text) {
			return r.sentence(items)
		}
	}
	var b strings.Builder
	for _, it := range items {
		switch {
		case it.node != nil:
			b.WriteString(r.action(it.node, func(l *parse.ListNode) string { return r.list(l, (*rewriter).markup) }))
		case verbatim[it.name]:
			b.WriteString(r.source(it))
		case it.name != "":
			b.WriteString(r.tag(it.open) + r.phrase(it.inside) + r.tag(it.end))
		default:
			b.WriteString(it.text)
		}
	}
	return b.String()
}

// source is an item with its attributes translated and its text as it was.
func (r *rewriter) source(it item) string {
	out := r.tag(it.open)
	for _, in := range it.inside {
		out += in.text
		if in.node != nil {
			out += in.node.String()
		} else if in.name != "" {
			out += r.source(in)
		}
	}
	return out + r.tag(it.end)
}

const edges = " \t\r\n·"

// sentence looks one text up and puts its tags' attributes back.
func (r *rewriter) sentence(items []item) string {
	bare := &stripped{rewriter: r}
	text := bare.key(items)
	core := strings.Trim(text, edges)
	at := strings.Index(text, core)
	said, err := bare.dress(r.say(spaces.ReplaceAllString(core, " ")))
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%q: %w", core, err)
	}
	return text[:at] + said + text[at+len(core):]
}

// stripped takes the attributes off the tags of a text and puts them back.
type stripped struct {
	*rewriter
	tags map[string][]string // name → its tags as they were, in order
}

// key is the text with bare tags.
func (s *stripped) key(items []item) string {
	var b strings.Builder
	for _, it := range items {
		switch {
		case it.node != nil:
			b.WriteString(s.action(it.node, func(l *parse.ListNode) string {
				inside, _ := s.items(s.tokens(s.flat(l)))
				return s.key(inside)
			}))
		case it.name != "":
			if s.tags == nil {
				s.tags = map[string][]string{}
			}
			s.tags[it.name] = append(s.tags[it.name], s.tag(it.open))
			b.WriteString("<" + it.name + ">" + s.key(it.inside) + it.end)
		default:
			b.WriteString(it.text)
		}
	}
	return b.String()
}

var bareTag = regexp.MustCompile(`<([a-z]+)>`)

// dress puts the attributes back: the n-th tag of a name has those of the n-th.
func (s *stripped) dress(text string) (string, error) {
	used := map[string]int{}
	text = bareTag.ReplaceAllStringFunc(text, func(tag string) string {
		name := tag[1 : len(tag)-1]
		n := used[name]
		used[name]++
		if n < len(s.tags[name]) {
			return s.tags[name][n]
		}
		return tag
	})
	for name, tags := range s.tags {
		if used[name] != len(tags) {
			return "", fmt.Errorf("the translation has %d tags %s instead of %d", used[name], name, len(tags))
		}
		delete(used, name)
	}
	for name := range used {
		return "", fmt.Errorf("the translation has a tag %s that the text has not", name)
	}
	return text, nil
}
