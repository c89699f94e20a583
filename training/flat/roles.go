package flat

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

// Roles say what the columns of a table are for. All other columns are features.
type Roles struct {
	Label    string   // who left
	Positive string   // the value of the label that means leaving; empty when its two values say it themselves
	ID       string   // who a row is about; rows of one stay in one fold; may be empty
	Keep     []string // features although they look like the answer or an identifier
	Drop     []string // no features
}

// check refuses roles for columns that the table does not have.
func (r Roles) check(t *tabular.Table) error {
	for _, c := range []struct {
		flag  string
		names []string
	}{{"label", []string{r.Label}}, {"id", []string{r.ID}}, {"keep", r.Keep}, {"drop", r.Drop}} {
		for _, name := range c.names {
			if (name != "" || c.flag == "label") && t.Column(name) == nil {
				return fault.New(fault.NotFound, "%s has no column %q for --%s; the columns are: %s", t.Path, name, c.flag, columnNames(t))
			}
		}
	}
	if r.ID == r.Label {
		return fault.New(fault.NotFound, "column %q cannot be both --id and --label", r.ID)
	}
	return nil
}

func columnNames(t *tabular.Table) string {
	const shown = 40
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	if len(names) > shown {
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return strings.Join(names, ", ")
}

// label is a column of outcomes, read.
type label struct {
	y        []float64 // 1 left, 0 stayed
	positive string
	others   []string
	left     int
}

// leaving are the values that mean leaving when the other of the two is beside them.
var leaving = [][2]string{{"yes", "no"}, {"true", "false"}, {"1", "0"}, {"y", "n"}, {"t", "f"}, {"1.0", "0.0"}, {"churned", "retained"}}

// readLabel says who left. The column must have been read as words.
func readLabel(t *tabular.Table, name, positive string) (label, error) {
	c := t.Column(name)
	if c.Missing > 0 {
		return label{}, fault.New(fault.Invalid, "%s, column %q: the label is missing here and in %d of %d rows in all; fill it in or leave those rows out",
			t.Place(slices.Index(c.Codes, -1)), name, c.Missing, t.Rows)
	}
	at, err := positiveCode(t, c, positive)
	if err != nil {
		return label{}, err
	}
	l := label{y: make([]float64, t.Rows), positive: c.Words[at]}
	for row, code := range c.Codes {
		if int(code) == at {
			l.y[row] = 1
			l.left++
		}
	}
	for code, word := range c.Words {
		if code != at {
			l.others = append(l.others, word)
		}
	}
	slices.Sort(l.others)
	if len(l.others) == 0 {
		return label{}, fault.New(fault.Invalid, "%s, column %q: all %d rows are %q; a model needs rows of customers who left and of customers who stayed", t.Path, name, t.Rows, l.positive)
	}
	return l, nil
}

// positiveCode finds the value that means leaving.
func positiveCode(t *tabular.Table, c *tabular.TableColumn, positive string) (int, error) {
	words := listed(c.Words)
	if positive != "" {
		if at := slices.Index(c.Words, positive); at >= 0 {
			return at, nil
		}
		for at, word := range c.Words {
			if strings.EqualFold(word, positive) {
				return at, nil
			}
		}
		return 0, fault.New(fault.Invalid, "%s, column %q: no row is %q, so nobody left; its values are %s", t.Path, c.Name, positive, words)
	}
	switch len(c.Words) {
	case 1:
		return 0, fault.New(fault.Invalid, "%s, column %q: all %d rows are %s; a model needs rows of customers who left and of customers who stayed", t.Path, c.Name, t.Rows, words)
	case 2:
		for _, pair := range leaving {
			for at := range 2 {
				if strings.EqualFold(c.Words[at], pair[0]) && strings.EqualFold(c.Words[1-at], pair[1]) {
					return at, nil
				}
			}
		}
		return 0, fault.New(fault.NotFound, "%s, column %q is %s: name the value that means leaving with --positive", t.Path, c.Name, words)
	}
	return 0, fault.New(fault.Invalid, "%s, column %q: the label has %d values (%s) and needs two; name the one that means leaving with --positive, and all others count as staying",
		t.Path, c.Name, len(c.Words), words)
}

// listed quotes the first few of some words.
func listed(words []string) string {
	const shown = 6
	var quoted []string
	for i, w := range words {
		if i == shown {
			quoted = append(quoted, fmt.Sprintf("%d more", len(words)-shown))
			break
		}
		quoted = append(quoted, fmt.Sprintf("%q", w))
	}
	if n := len(quoted); n > 1 {
		return strings.Join(quoted[:n-1], ", ") + " and " + quoted[n-1]
	}
	return strings.Join(quoted, "")
}
