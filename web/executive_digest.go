package web

import (
	"strings"
)

// DigestText is the executive page as a plain text of a few lines, with its
// subject, in the language of the business. address is where the pages are.
func (e Executive) DigestText(c Config, b Business, address string) (subject, text string, err error) {
	in, err := newSpeech(c.Language, newFormat(b))
	if err != nil {
		return "", "", err
	}
	out := []string{in.Text("No list has been released yet.")}
	if e.Ready {
		out[0] = in.Say("%s customers, %s in a risk episode, %s margin at stake.", in.number(e.Morning.Customers), in.number(e.Morning.Episodes), in.money(e.Morning.AtStakeMinor))
	}
	if !e.YearTo.IsZero() {
		out = append(out, in.attritionLines(e)...)
	}
	for _, t := range e.Effects {
		d := t.Difference()
		out = append(out, in.Say("%s: %s proven saves (%s to %s); %s points of leaving (%s to %s): %s.", in.words(t.Treatment), in.whole(t.Proven),
			in.whole(t.ProvenLow), in.whole(t.ProvenHigh), in.points(d.Estimate), in.points(d.Low), in.points(d.High), in.Text(t.Verdict())))
	}
	if len(e.Effects) == 0 {
		out = append(out, in.Text("Nothing is proven yet."))
	}
	out = append(out, strings.TrimSpace(in.Say("Agents claim %s. %s", in.plural(e.Saves.Claimed, "save"), in.keptWords(e.Saves))))
	if e.Kept+e.Broken > 0 {
		out = append(out, in.Say("Promises of the seven days: %s kept in time, %s late or broken (%s kept).", in.number(e.Kept), in.number(e.Broken), in.percent(e.KeptRate())))
	} else {
		out = append(out, in.Text("No promise fell due in the seven days."))
	}
	out = append(out, "", in.Say("All of it: %s", strings.TrimSuffix(address, "/")+"/executive"))
	return in.Say("%s: retention, week %s", b.Name, e.Week), strings.Join(out, "\n") + "\n", nil
}

// attritionLines are who was lost in the year and in the last month.
func (in *speech) attritionLines(e Executive) []string {
	row := e.Lost()
	line := in.Say("Attrition: %s of the customers were lost in the twelve months to %s (%s + %s won and back − %s lost = %s)", in.percent(row.Rate()),
		in.date(e.YearTo), in.number(e.Year.Opening), in.number(e.Year.Won+e.Year.Back), in.number(e.Year.Lost), in.number(e.Year.Closing()))
	if e.Target > 0 {
		line += in.Say("; the target is %s", in.percent(e.Target))
	}
	if e.Curve {
		line += in.Say("; selection alone would lose %s", in.percent(row.ExpectedRate()))
	}
	out := []string{line + "."}
	if e.Worth {
		out = append(out, in.Say("Value lost: %s of the margin.", in.percent(row.ValueRate())))
	}
	return append(out, in.Say("Last month %s were lost, %s the month before.", in.number(e.Month.Lost), in.number(e.Before.Lost)))
}
