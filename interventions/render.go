package interventions

import (
	"strings"
	"text/template"
	"time"

	"holdfast/internal/fault"
	"holdfast/scoring"
)

// Letter is what a template may speak of: {{.Name}}, {{.TenureYears}} and so on.
type Letter struct {
	Name        string            // of the customer; "customer" where unknown
	TenureYears int               // completed
	Milestone   int               // of a thank-you, years
	Since       string            // month and year the relationship began; empty when unknown
	Signatory   string            // the named senior manager; empty without one
	Offer       string            // what is offered; empty while an issue is open
	Plan        string            // of the running contract; empty without
	RenewsOn    string            // date it renews; empty without
	Attributes  map[string]string // as the feed gave them
}

// compileLanguages reads a treatment's templates and tries them, so that an
// unknown field is refused now and not in the night.
func compileLanguages(t *Treatment) (l languages, err error) {
	own := Texts{Script: t.Script, Subject: t.Subject, Body: t.Body}
	if l.own, err = compileScripts("", own); err != nil {
		return l, err
	}
	l.others = make(map[string]scripts, len(t.Texts))
	for _, name := range sortedKeys(t.Texts) {
		other := t.Texts[name]
		if name == "" {
			return l, fault.New(fault.Invalid, "texts has a language without a name: write what customers' language attribute says, such as de")
		}
		for _, f := range []struct{ name, own, other string }{
			{"script", own.Script, other.Script}, {"subject", own.Subject, other.Subject}, {"body", own.Body, other.Body},
		} {
			switch {
			case f.own == "" && f.other != "":
				return l, fault.New(fault.Invalid, "texts.%s.%s is set, and the treatment has no %s: give each language what the treatment's own texts have", name, f.name, f.name)
			case f.own != "" && f.other == "":
				return l, fault.New(fault.Invalid, "texts.%s.%s is missing: give each language what the treatment's own texts have", name, f.name)
			}
		}
		if l.others[name], err = compileScripts("texts."+name+".", other); err != nil {
			return l, err
		}
	}
	return l, nil
}

// compileScripts reads the templates of one language; at is where they stand.
func compileScripts(at string, texts Texts) (s scripts, err error) {
	for _, f := range []struct {
		name, text string
		to         **template.Template
	}{{"script", texts.Script, &s.script}, {"subject", texts.Subject, &s.subject}, {"body", texts.Body, &s.body}} {
		if f.text == "" {
			continue
		}
		tpl, err := template.New(f.name).Option("missingkey=zero").Parse(f.text)
		if err == nil {
			err = misnamed(tpl)
		}
		if err == nil {
			err = tpl.Execute(&strings.Builder{}, Letter{})
		}
		if err != nil {
			return s, fault.New(fault.Invalid, "%s%s cannot be filled in: %w; the fields are Name, TenureYears, Milestone, Since, Signatory, Offer, Plan, RenewsOn and Attributes", at, f.name, templateFault(err))
		}
		*f.to = tpl
	}
	return s, nil
}

// speaks finds the language of Texts that a customer's language is served in:
// itself, else what stands before its region; empty is the treatment's own.
func (l *languages) speaks(language string) string {
	if _, ok := l.others[language]; ok {
		return language
	}
	if short, _, cut := strings.Cut(language, "-"); cut {
		if _, ok := l.others[short]; ok {
			return short
		}
	}
	return ""
}

// filled renders a treatment's texts for one customer in their language, and
// says which it is.
func (p *Policy) filled(i int, k *Known, s *scoring.Score, milestone int) (Texts, string, error) {
	all := &p.scripts[i]
	language := all.speaks(k.Attributes[p.cfg.LanguageAttribute])
	chosen := all.own
	if language != "" {
		chosen = all.others[language]
	}
	l := p.letter(&p.cfg.Treatments[i], k, s, milestone, language != "")
	var out Texts
	for _, f := range []struct {
		from *template.Template
		to   *string
	}{{chosen.script, &out.Script}, {chosen.subject, &out.Subject}, {chosen.body, &out.Body}} {
		text, err := fill(f.from, l)
		if err != nil {
			return out, language, err
		}
		*f.to = text
	}
	return out, language, nil
}

// letter is what is known for a customer's texts. In the business's own language
// dates are written as its locale does, in others in plain numbers.
func (p *Policy) letter(t *Treatment, k *Known, s *scoring.Score, milestone int, translated bool) Letter {
	month, day := p.cfg.Writer.Month, p.cfg.Writer.LongDate
	if translated {
		month, day = layout("2006-01"), layout(time.DateOnly)
	}
	l := Letter{
		Name: orElse(k.Customer.Name, "customer"), TenureYears: tenureYears(k, s), Milestone: milestone,
		Signatory: t.Signatory, Attributes: k.Attributes,
	}
	if !k.Since.IsZero() {
		l.Since = month(k.Since.In(p.zoneOf(k)))
	}
	if t.Offer != nil && len(k.Issues) == 0 {
		l.Offer = t.Offer.Name
	}
	if sub := running(k); sub != nil {
		l.Plan = sub.Plan
		if !sub.RenewsAt.IsZero() {
			l.RenewsOn = day(sub.RenewsAt.In(p.zoneOf(k)))
		}
	}
	return l
}

// layout writes times in one way everywhere.
func layout(l string) func(time.Time) string {
	return func(t time.Time) string { return t.Format(l) }
}

// fill renders a template; a treatment without one gives an empty text.
func fill(t *template.Template, l Letter) (string, error) {
	if t == nil {
		return "", nil
	}
	var b strings.Builder
	if err := t.Execute(&b, l); err != nil {
		return "", fault.New(fault.Invalid, "%s cannot be filled in: %w", t.Name(), templateFault(err))
	}
	return b.String(), nil
}

// Preview renders a treatment's texts for one customer as they would leave now,
// and says in which language of its Texts; empty is the treatment's own.
func (p *Policy) Preview(treatment string, k *Known, s *scoring.Score) (texts Texts, language string, err error) {
	i := p.index(treatment)
	if i < 0 {
		return texts, "", fault.New(fault.NotFound, "there is no treatment %q: see treatments in the configuration", treatment)
	}
	return p.filled(i, k, s, milestone(p.cfg.Treatments[i].MilestoneYears, tenureYears(k, s)))
}
