package picture

import (
	"fmt"
	"strconv"
	"strings"
)

// Voice says in a reader's language what a picture says by itself, and writes
// its numbers: a chart without one is in English.
type Voice interface {
	// Text is a whole English text in the language.
	Text(english string) string
	// Say fills an English format in, in the language.
	Say(format string, args ...any) string
	// Decimal writes a number with so many decimals.
	Decimal(decimals int, v float64) string
}

// english is the voice of charts that name none.
type english struct{}

func (english) Text(text string) string { return text }

func (english) Say(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// Decimal puts commas between thousands and a true minus sign.
func (english) Decimal(decimals int, v float64) string {
	digits, negative := strings.CutPrefix(strconv.FormatFloat(v, 'f', decimals, 64), "-")
	whole, rest, fraction := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction {
		whole += "." + rest
	}
	if negative && strings.Trim(whole, "0.,") != "" {
		return "−" + whole
	}
	return whole
}

// voice is the one a chart has.
func voice(v Voice) Voice {
	if v == nil {
		return english{}
	}
	return v
}

// entitled puts the name of a series before what is said of it.
func entitled(name, words string) string {
	if name == "" {
		return words
	}
	return name + ", " + words
}

// between says an interval after an estimate, in brackets.
func (c *canvas) between(low, high string) string {
	return " (" + c.in.Say("%s to %s", low, high) + ")"
}
