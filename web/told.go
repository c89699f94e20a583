package web

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"holdfast/web/catalogue"
)

// told are the formats of the sentences that the nights write down in English
// where they are made: what is kept is read by programs too, and later in
// whatever language.
var told = catalogue.NewFormats(toldFormats()...)

// told says a sentence that was written down: in English as it stands but for
// its numbers, else by its format. Several that were put together are taken one
// by one.
func (in *speech) told(english string) string {
	if !in.own() || longNumber.MatchString(english) {
		english, _ = in.toldParts(english)
	}
	return in.dated(english)
}

// longNumber is one that is grouped.
var longNumber = regexp.MustCompile(`\d{4}`)

// retold says a kept sentence by its format.
func (in *speech) retold(english string) (string, bool) {
	if in.own() {
		return told.Figures(english, in.toldNumber)
	}
	return in.Retell(told, english, in.toldNumber, in.toldWords)
}

// toldNumber writes a number of a sentence: a whole one was kept in plain digits.
func (in *speech) toldNumber(kept string) string {
	if n, err := strconv.Atoi(kept); err == nil && !strings.HasPrefix(kept, "+") {
		return in.number(n)
	}
	if in.own() {
		return kept
	}
	return in.toldFigures(kept)
}

// toldParts looks for the text as a whole, else for the longest end of it that
// is known, and for what stands before that.
func (in *speech) toldParts(english string) (string, bool) {
	if english == "" {
		return "", false
	}
	if bare, ended := strings.CutSuffix(english, "."); ended {
		if said, ok := in.retold(bare); ok {
			return said + ".", true
		}
	}
	if said, ok := in.retold(english); ok {
		return said, true
	}
	if bare, ended := strings.CutSuffix(english, "."); ended {
		if said, ok := in.toldParts(bare); ok {
			return said + ".", true
		}
	}
	for _, sign := range []string{"; ", ". ", ": ", ", "} {
		for from := 0; ; {
			at := strings.Index(english[from:], sign)
			if at < 0 {
				break
			}
			at += from
			from = at + len(sign)
			if rest, ok := in.retold(english[from:]); ok {
				before, _ := in.toldParts(english[:at])
				return before + sign + rest, true
			}
			if before, ok := in.retold(english[:at]); ok {
				rest, _ := in.toldParts(english[from:])
				return before + sign + rest, true
			}
		}
	}
	return english, false
}

// toldWords says what stood for an argument of a sentence: words, dates and
// numbers as the business's locale writes them, and lists of these.
func (in *speech) toldWords(english string) string {
	if said := in.noun(english); said != english {
		return said
	}
	if said, ok := in.retold(english); ok && said != english {
		return said
	}
	for _, sign := range []string{"; ", ", ", " ("} {
		if parts := strings.Split(english, sign); len(parts) > 1 {
			for i, part := range parts {
				bare, closed := strings.CutSuffix(part, ")")
				parts[i] = in.toldWords(bare)
				if closed {
					parts[i] += ")"
				}
			}
			return strings.Join(parts, sign)
		}
	}
	return in.toldFigures(english)
}

// toldFigures writes dates, numbers and amounts of the business's locale as the
// language does.
func (in *speech) toldFigures(english string) string {
	days := false
	said := in.home.Dates(english, func(day time.Time) string {
		days = true
		return in.Time(day, "2 Jan 2006")
	})
	if days {
		return said
	}
	return in.home.Numbers(said, func(number string, amount bool) string {
		if !amount {
			return in.Figures(number)
		}
		minus, digits := "", number
		if strings.HasPrefix(number, "−") {
			minus, digits = "−", strings.TrimPrefix(number, "−")
		}
		return in.amount(minus + in.Symbol() + digits)
	})
}

// noun is a word of a sentence, one or several of it.
func (in *speech) noun(english string) string {
	if said := in.Text(english); said != english {
		return said
	}
	if said := in.Text(capital(english)); said != capital(english) {
		return said
	}
	if one, several := strings.CutSuffix(english, "s"); several && in.Has("%s "+strings.ToLower(one)) {
		return strings.TrimSpace(in.Count(2, "", "%s "+strings.ToLower(one)))
	}
	return english
}

// concept names what a reason is about: a word, or one of an event's kind such
// as purchase silence.
func (in *speech) concept(code string) string {
	kind, about, ok := strings.Cut(code, " ")
	if in.own() || !ok {
		return in.words(code)
	}
	return in.Say("%s: %s", in.words(kind), in.Text(about))
}
