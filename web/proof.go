package web

import (
	"fmt"
	"html/template"
	"net/http"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/picture"
	"holdfast/internal/stats"
	"holdfast/nightly"
)

// proofView is what contact was worth.
type proofView struct {
	Effects
	Ready   bool
	Truths  bool // a simulation's planted effects are shown
	Picture template.HTML
	Funnel  template.HTML
	Steps   []picture.Step // of the funnel
	Claims  claims
}

// claims are the saves that agents claim, and what became of them.
type claims struct {
	Claimed   int
	Kept      int       // still here at day 90
	Undecided int       // day 90 has not come
	From      time.Time // when it comes for the first of those; zero without any
}

func (c *claims) add(e TreatmentEffect) {
	c.Claimed += e.Claimed
	c.Kept += e.Sustained
	c.Undecided += e.Undecided
	if !e.DecidedFrom.IsZero() && (c.From.IsZero() || e.DecidedFrom.Before(c.From)) {
		c.From = e.DecidedFrom
	}
}

// Judged is how many have come to day 90.
func (c claims) Judged() int { return c.Claimed - c.Undecided }

// Unknown says that of none of the claims day 90 has come.
func (c claims) Unknown() bool { return c.Claimed > 0 && c.Judged() <= 0 }

// notBefore says from when on something is known of claims that nothing is known of yet.
func (in *speech) notBefore(c claims) string {
	if c.From.IsZero() {
		return in.Text("not known yet")
	}
	return in.Say("not known before %s", in.date(c.From))
}

func (s *site) proofPage(w http.ResponseWriter, r *request) error {
	v := proofView{}
	if s.Deps.Effects != nil {
		e, err := s.Deps.Effects.Effects(r.Context())
		if err != nil && fault.Of(err) != fault.NotFound {
			return fmt.Errorf("read the effects: %w", err)
		}
		v.Effects, v.Ready = e, err == nil && len(e.Rows) > 0
	}
	for _, e := range v.Rows {
		v.Claims.add(e)
		v.Truths = v.Truths || e.Truth != nil
	}
	v.Picture = r.in.effectsPicture(v.Rows)
	if v.Ready {
		v.fall(r.in)
	}
	return s.show(w, r, "proof", "Proof", v)
}

// effectsPicture is what came of each treatment beside nothing; empty without
// a treatment whose outcomes are final.
func (in *speech) effectsPicture(rows []TreatmentEffect) template.HTML {
	chart := picture.Effects{
		In: in, Title: in.Text("Effect of being selected, by treatment"),
		Description: in.Text("The leaving rate of those assigned to be contacted minus that of those left alone, in percentage points, with 95 % intervals."),
		X:           picture.Axis{Title: in.Text("Difference in leaving"), Unit: in.Text("percentage points")},
		Below:       in.Text("fewer leave"), Above: in.Text("more leave"),
	}
	for _, e := range rows {
		if !e.Matured || e.Outcome != "" { // the picture is of leaving
			continue
		}
		d := e.Difference()
		row := picture.Effect{
			Label: in.words(e.Treatment), Estimate: 100 * d.Estimate, Low: 100 * d.Low, High: 100 * d.High,
			Note: "n = " + in.number(e.Contacted+e.LeftAlone),
		}
		if planted := e.Planted(); planted != nil {
			t := 100 * *planted
			row.Truth = &t
		}
		chart.Rows = append(chart.Rows, row)
	}
	if len(chart.Rows) == 0 {
		return ""
	}
	return chart.HTML()
}

// fall draws how few of those selected came to be kept.
func (v *proofView) fall(in *speech) {
	selected, contacted := 0, 0
	for _, e := range v.Rows {
		selected += e.Contacted + e.LeftAlone
		contacted += e.Contacted
	}
	here := picture.Step{Name: in.Text("Still here at day 90"), Count: float64(v.Claims.Kept)}
	switch c := v.Claims; {
	case c.Unknown():
		here.Later = in.notBefore(c)
	case c.Undecided > 0:
		here.Known = float64(c.Judged())
	}
	v.Steps = []picture.Step{
		{Name: in.Text("Selected"), Count: float64(selected)},
		{Name: in.Text("To be contacted"), Count: float64(contacted)},
		{Name: in.Text("Claimed as saved"), Count: float64(v.Claims.Claimed), Apart: true}, // all so far, those above only with final outcomes
		here,
	}
	v.Funnel = picture.Funnel{
		In: in, Title: in.Text("From selection to staying"),
		Description: in.Text("How many customers were selected, assigned to be contacted, claimed as saved, and still here 90 days after that."),
		Unit:        in.Text("customers"), Steps: v.Steps,
	}.HTML()
}

// keptWords says what became of the claimed saves: first how many cannot be
// judged yet.
func (in *speech) keptWords(c claims) string {
	switch {
	case c.Claimed == 0:
		return ""
	case c.Undecided == 0:
		return in.Say("Of them, %s were still here at day 90.", in.number(c.Kept))
	case c.Unknown():
		return in.Say("Day 90 has not come for any of them: how many stay is %s.", in.notBefore(c))
	}
	return in.Say("Day 90 has not come for %s of them; of the other %s, %s were still here.", in.number(c.Undecided), in.number(c.Judged()), in.number(c.Kept))
}

// Difference is the leaving rate of the contacted minus that of those left
// alone, a share; below zero, contact kept customers.
func (e TreatmentEffect) Difference() stats.Interval {
	return stats.Interval{Estimate: -e.Effect, Low: -e.High, High: -e.Low}
}

// Planted is the difference that a simulation planted; nil when there is none.
func (e TreatmentEffect) Planted() *float64 {
	if e.Truth == nil {
		return nil
	}
	d := -*e.Truth
	return &d
}

// rate is a share; 0 of nobody.
func rate(left, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(left) / float64(all)
}

// ContactedRate is the share that left of those assigned to contact.
func (e TreatmentEffect) ContactedRate() float64 { return rate(e.ContactedLeft, e.Contacted) }

// LeftAloneRate is the share that left of those left alone.
func (e TreatmentEffect) LeftAloneRate() float64 { return rate(e.LeftAloneLeft, e.LeftAlone) }

// Verdict says what the interval allows to be said.
func (e TreatmentEffect) Verdict() string {
	switch {
	case !e.Matured:
		return "too early to say"
	case e.Low > 0:
		return "works"
	case e.High < 0:
		return "does harm"
	}
	return "no effect shown"
}

// modelView is the champion's card, whether it has drifted, and the others.
type modelView struct {
	Champion *modelCard
	Watch    *nightly.Watch // nil before a night looked at the champion
	Others   []nightly.ModelRecord
	Agreed   []agreedModel // that wait for another person's word
	Marks    marksView
}

// agreedModel is one that some of the people it takes want to be the champion.
type agreedModel struct {
	nightly.ModelRecord
	By []string
}

const modelsShown = 12

func (s *site) modelPage(w http.ResponseWriter, r *request) error {
	v := modelView{}
	if s.Deps.Models == nil {
		return s.show(w, r, "model", "Model", v)
	}
	list, err := s.Deps.Models.Models(r.Context(), modelsShown)
	if err != nil {
		return fmt.Errorf("read the models: %w", err)
	}
	for _, m := range list {
		if !m.Champion || v.Champion != nil {
			v.Others = append(v.Others, m)
			continue
		}
		if v.Champion, err = s.modelCard(r, m); err != nil {
			return err
		}
		if v.Watch, err = watchOf(r.Context(), s.Deps.Models, m.ID); err != nil {
			return err
		}
	}
	if v.Agreed, err = s.agreed(r, v.Others); err != nil {
		return err
	}
	if v.Marks, err = s.marks(r); err != nil {
		return err
	}
	return s.show(w, r, "model", "Model", v)
}

// agreed are those of the models that one person has agreed to, where it takes two.
func (s *site) agreed(r *request, list []nightly.ModelRecord) (waiting []agreedModel, err error) {
	for _, m := range list {
		by, two, err := s.Deps.Models.Consents(r.Context(), m.ID)
		if err != nil {
			return nil, fmt.Errorf("read who agreed: %w", err)
		}
		if !two {
			return nil, nil
		}
		if len(by) > 0 {
			waiting = append(waiting, agreedModel{m, by})
		}
	}
	return waiting, nil
}

// liftNames are what a lift is of.
var liftNames = []string{"riskiest 1 %", "riskiest 5 %", "riskiest 10 %"}

// calibrationPicture is how often it came true that somebody leaves.
func (in *speech) calibrationPicture(c Calibration) template.HTML {
	return picture.Calibration{
		In: in, Title: in.Text("Of 100 customers given a risk, how many left"),
		Description: in.Text("Predicted risk against the share that left, on customers the model had not seen."),
		X:           picture.Axis{Title: in.Text("Predicted risk")}, Y: picture.Axis{Title: in.Text("Left"), Unit: in.Text("% of customers")},
		Bins: c.Bins, CORP: c.CORP, Histogram: c.Histogram,
	}.HTML()
}

// liftPicture is how many times as often the riskiest left as everybody.
func (in *speech) liftPicture(c Calibration) template.HTML {
	if len(c.Lift) != len(liftNames) {
		return ""
	}
	names := make([]string, len(liftNames))
	for i, name := range liftNames {
		names[i] = in.Text(name)
	}
	p := picture.Bars{
		In: in, Title: in.Text("How many times as often the riskiest left"),
		Description: in.Text("The leaving rate among the riskiest, divided by that of everybody, on customers the model had not seen."),
		Y:           picture.Axis{Title: in.Text("Lift"), Unit: in.Text("times everybody’s rate")}, Categories: names,
		Series: []picture.BarSeries{{Name: in.Text("model"), Values: c.Lift}},
	}
	if len(c.NaiveLift) == len(liftNames) {
		p.Series = append(p.Series, picture.BarSeries{Name: in.Text("naive rule"), Values: c.NaiveLift})
	}
	return p.HTML()
}
