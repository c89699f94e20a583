package web

import (
	"fmt"
	"math"
	"strings"

	"holdfast/internal/fault"
	"holdfast/measurement"
)

// Planned are the treatments of which something is known to plan with.
func (v proofView) Planned() (out []TreatmentEffect) {
	for _, e := range v.Rows {
		if e.Plan.Base > 0 {
			out = append(out, e)
		}
	}
	return out
}

// farOff is how many weeks are not worth telling apart.
const farOff = 104

// until says when an answer is there.
func (in *speech) until(a measurement.Answer) string {
	switch {
	case a.Weeks == measurement.Never:
		return in.Text("never: nobody is selected")
	case a.Weeks == 0:
		return in.Text("it is there")
	case a.Weeks > farOff:
		return in.Text("more than two years")
	}
	return in.plural(int(math.Ceil(a.Weeks)), "week")
}

// skewed says that a treatment's arms are not as large as they were drawn;
// empty while they are.
func (in *speech) skewed(e TreatmentEffect) string {
	r := e.Ratio
	if !r.Broken {
		return ""
	}
	return in.Say("Of %s households selected for %s, %s are left alone where %s were drawn to be: customers of one arm are lost on the way. Its effect is not to be believed until it is known why.",
		in.number(r.Households), in.lower(e.Treatment), in.Decimal(1, 100*r.Found)+" %", in.Decimal(1, 100*r.Expected)+" %")
}

// proofAlarm says that the proof is in danger, by overrides or by arms that are
// not as large as they were drawn; empty while it is not.
func (s *site) proofAlarm(r *request) (string, error) {
	alarm, err := s.overrideAlarm(r)
	if err != nil || s.Deps.Effects == nil {
		return alarm, err
	}
	effects, err := s.Deps.Effects.Effects(r.Context())
	if err != nil && fault.Of(err) != fault.NotFound {
		return "", fmt.Errorf("read the effects: %w", err)
	}
	all := []string{alarm}
	for _, e := range effects.Rows {
		all = append(all, r.in.skewed(e))
	}
	return strings.TrimSpace(strings.Join(all, " ")), nil
}
