package web

import (
	"strings"
	"time"

	"holdfast/web/catalogue"
)

// told are the formats of the sentences that the nights write down in English
// where they are made: what is kept is read by programs too, and later in
// whatever language.
var told = catalogue.NewFormats(toldFormats()...)

// told says a sentence that was written down: in English as it stands, else by
// its format. Several that were put together are taken one by one.
func (in *speech) told(english string) string {
	if !in.own() {
		english, _ = in.toldParts(english)
	}
	return in.dated(english)
}

// toldParts looks for the text as a whole, else for the longest end of it that
// is known, and for what stands before that.
func (in *speech) toldParts(english string) (string, bool) {
	if english == "" {
		return "", false
	}
	if said, ok := in.Retell(told, english, in.toldWords); ok {
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
			if rest, ok := in.Retell(told, english[from:], in.toldWords); ok {
				before, _ := in.toldParts(english[:at])
				return before + sign + rest, true
			}
			if before, ok := in.Retell(told, english[:at], in.toldWords); ok {
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
	if said, ok := in.Retell(told, english, in.toldWords); ok && said != english {
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
