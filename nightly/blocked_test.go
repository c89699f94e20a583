package nightly

import (
	"strings"
	"testing"

	"holdfast/interventions"
)

// A policy that blocks everyone is held, with the gate that did it, and nothing
// is released; a day without capacity is an empty list and no fault.
func TestAPolicyThatBlocksEveryone(t *testing.T) {
	t.Parallel()
	d, b := newDesk(town(t, 400, 2)...), newBooks()
	st := stages(t, d, b)
	st.Policy = otherPolicy(t, func(c *interventions.Config) {
		c.Policy.Consent.Required = []interventions.ConsentKey{{}}
	})
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	if run.State != HeldBack || !strings.Contains(run.Reason, "gates block all ") || !strings.Contains(run.Reason, " of them no_consent: ") ||
		d.published != 0 || d.pub.State != interventions.PublicationHeld {
		t.Errorf("everyone is blocked: %s %q, published %d, the list is %s", run.State, run.Reason, d.published, d.pub.State)
	}
	d, b = newDesk(town(t, 400, 2)...), newBooks()
	st = stages(t, d, b)
	st.Policy = otherPolicy(t, func(c *interventions.Config) {
		c.Roster.Agents = 0
		c.Limits.Channels = map[interventions.Channel]int{interventions.ChannelLetter: 0}
	})
	if run = work(t, st, b, Run{ID: "n1", AsOf: asOf}); run.State != Completed || d.pub.Tally.ByResult[interventions.ResultTreat] != 0 || d.pub.Tally.ByResult[interventions.ResultNotSelected] == 0 {
		t.Errorf("without capacity: %s %q, %+v", run.State, run.Reason, d.pub.Tally.ByResult)
	}
}
