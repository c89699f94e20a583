package interventions

import (
	"errors"
	"strings"
	"text/template"

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

// compileScripts reads a treatment's templates and tries them, so that an
// unknown field is refused now and not in the night.
func compileScripts(t *Treatment) (scripts, error) {
	var s scripts
	for _, f := range []struct {
		name, text string
		to         **template.Template
	}{{"script", t.Script, &s.script}, {"subject", t.Subject, &s.subject}, {"body", t.Body, &s.body}} {
		if f.text == "" {
			continue
		}
		tpl, err := template.New(f.name).Option("missingkey=zero").Parse(f.text)
		if err == nil {
			err = tpl.Execute(&strings.Builder{}, Letter{})
		}
		if err != nil {
			return s, fault.New(fault.Invalid, "%s cannot be filled in: %s; the fields are Name, TenureYears, Milestone, Since, Signatory, Offer, Plan, RenewsOn and Attributes", f.name, templateFault(err))
		}
		*f.to = tpl
	}
	return s, nil
}

// templateFault is the error without the package's own prefix.
func templateFault(err error) string {
	var exec template.ExecError
	if errors.As(err, &exec) {
		err = exec.Err
	}
	return strings.TrimPrefix(err.Error(), "template: ")
}

func (p *Policy) letter(t *Treatment, k *Known, s *scoring.Score, milestone int) Letter {
	l := Letter{
		Name: orElse(k.Customer.Name, "customer"), TenureYears: tenureYears(k, s), Milestone: milestone,
		Signatory: t.Signatory, Attributes: k.Attributes,
	}
	if !k.Since.IsZero() {
		l.Since = k.Since.In(p.zoneOf(k)).Format("January 2006")
	}
	if t.Offer != nil && len(k.Issues) == 0 {
		l.Offer = t.Offer.Name
	}
	if sub := running(k); sub != nil {
		l.Plan = sub.Plan
		if !sub.RenewsAt.IsZero() {
			l.RenewsOn = sub.RenewsAt.In(p.zoneOf(k)).Format("2 January 2006")
		}
	}
	return l
}

// fill renders a template; a treatment without one gives an empty text.
func fill(t *template.Template, l Letter) (string, error) {
	if t == nil {
		return "", nil
	}
	var b strings.Builder
	if err := t.Execute(&b, l); err != nil {
		return "", fault.New(fault.Invalid, "%s cannot be filled in: %s", t.Name(), templateFault(err))
	}
	return b.String(), nil
}

// Preview renders a treatment's texts for one customer as they would leave now.
func (p *Policy) Preview(treatment string, k *Known, s *scoring.Score) (script, subject, body string, err error) {
	for i := range p.cfg.Treatments {
		t := &p.cfg.Treatments[i]
		if t.Name != treatment {
			continue
		}
		l := p.letter(t, k, s, milestone(t.MilestoneYears, tenureYears(k, s)))
		if script, err = fill(p.scripts[i].script, l); err == nil {
			if subject, err = fill(p.scripts[i].subject, l); err == nil {
				body, err = fill(p.scripts[i].body, l)
			}
		}
		return script, subject, body, err
	}
	return "", "", "", fault.New(fault.NotFound, "there is no treatment %q: see treatments in the configuration", treatment)
}
