package tabular

import (
	"strings"

	"holdfast/internal/fault"
)

// nearlyAll is the share of numbers from which a word among them is a mistake
// and not a category.
const nearlyAll = 0.95

// settle refuses a column of words that is one of numbers with something else in
// it. Columns whose type was asked for are taken as they are.
func (t *Table) settle(c *TableColumn, opt TableOptions) error {
	if c.Type != Words || opt.As[c.Name] == Words || t.unit != "line" {
		return nil
	}
	numbers, others, commas := 0, 0, 0
	stray, infinite := int32(-1), int32(-1) // the first of their kind
	for code, n := range c.Count() {
		switch _, why := ParseFloat([]byte(c.Words[code])); {
		case why == OK:
			numbers += n
		case why == NotFinite:
			if infinite < 0 {
				infinite = int32(code)
			}
		case isNotAvailable(c.Words[code]):
		default:
			others += n
			if hasComma(c.Words[code]) {
				commas += n
			}
			if stray < 0 {
				stray = int32(code)
			}
		}
	}
	all := float64(numbers + others)
	switch {
	case infinite >= 0 && others == 0:
		return t.refuse(c, infinite, hinted(NotFinite))
	case stray >= 0 && float64(numbers+commas) >= nearlyAll*all && commas > 0:
		return fault.New(fault.Invalid,
			"%s, column %q: %q has a comma, and %d of the column's %d values are numbers but for one; write them with a decimal point and without thousands separators, or read the column as text with --text %q",
			t.Place(c.first(stray)), c.Name, clip([]byte(c.Words[stray])), commas, numbers+others, c.Name)
	case stray >= 0 && float64(numbers) >= nearlyAll*all:
		return fault.New(fault.Invalid,
			"%s, column %q: %q is not a number, and %d of the column's %d values are; correct it, name it with --missing %q if it means a missing value, or read the column as text with --text %q",
			t.Place(c.first(stray)), c.Name, clip([]byte(c.Words[stray])), numbers, numbers+others, clip([]byte(c.Words[stray])), c.Name)
	}
	return nil
}

// hasComma says that a word is a number once its commas are points or gone.
func hasComma(word string) bool {
	if !strings.Contains(word, ",") {
		return false
	}
	_, decimal := ParseFloat([]byte(strings.Replace(word, ",", ".", 1)))
	_, thousands := ParseFloat([]byte(strings.ReplaceAll(word, ",", "")))
	return decimal == OK || thousands == OK
}

// first gives the first row that holds a word.
func (c *TableColumn) first(code int32) int {
	for row, k := range c.Codes {
		if k == code {
			return row
		}
	}
	return 0
}

func (t *Table) refuse(c *TableColumn, code int32, why Reason) error {
	return fault.New(fault.Invalid, "%s, column %q: %q %s", t.Place(c.first(code)), c.Name, clip([]byte(c.Words[code])), why)
}
