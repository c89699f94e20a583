package nightly

import (
	"strings"
	"testing"

	"holdfast/internal/fault"
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
	if run.State != HeldBack || !strings.Contains(run.Reason, "gates block all ") || !strings.Contains(run.Reason, " and no_consent alone blocks ") ||
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

// A policy by which nobody may have any treatment is held too, and says so; one
// whose treatments suit nobody tonight is a quiet night.
func TestAPolicyThatLetsNobodyIn(t *testing.T) {
	t.Parallel()
	for part, held := range map[interventions.Part]bool{interventions.PartEligibility: true, interventions.PartRelevance: false, interventions.PartSuitability: false} {
		d, b := newDesk(town(t, 400, 2)...), newBooks()
		st := stages(t, d, b)
		st.Policy = otherPolicy(t, func(c *interventions.Config) {
			for i := range c.Treatments {
				of := map[interventions.Part]*string{
					interventions.PartEligibility: &c.Treatments[i].Eligibility, interventions.PartRelevance: &c.Treatments[i].Relevance,
					interventions.PartSuitability: &c.Treatments[i].Suitability,
				}
				*of[part] = "risk > 2"
			}
		})
		run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
		if held != (run.State == HeldBack) || held != strings.HasPrefix(run.Reason, "no treatment's eligibility lets in any of the ") || held != (d.published == 0) {
			t.Errorf("%s of nobody: %s %q, published %d", part, run.State, run.Reason, d.published)
		}
	}
}

// The gate that is named is the one that keeps most by itself, not the one that
// is the first of most: of a hundred, whom a cap keeps all, sixty lack consent
// and forty of these a number too.
func TestTheGateThatBlocksEveryoneIsNamed(t *testing.T) {
	t.Parallel()
	var decisions []interventions.Decision
	for i := range 100 {
		failed := []interventions.Stop{{Gate: interventions.GateCap}}
		if i < 60 {
			failed = append([]interventions.Stop{{Gate: interventions.GateConsent}}, failed...)
		}
		d := interventions.Decision{Result: interventions.ResultBlocked, Reason: string(failed[0].Gate)}
		d.Trace.Considered = []interventions.Considered{
			{Treatment: "call", Relevant: true, Failed: failed},
			{Treatment: "letter", Relevant: true, Failed: []interventions.Stop{{Gate: interventions.GateCap}}},
			{Treatment: "thanks", Why: "no tenure milestone reached"},
		}
		if i < 40 {
			d.Trace.Considered[1].Failed = append(d.Trace.Considered[1].Failed, interventions.Stop{Gate: interventions.GateHousehold, Sealed: true})
			d.Trace.Considered[0].Failed = append(d.Trace.Considered[0].Failed, interventions.Stop{Gate: interventions.GateHousehold, Sealed: true})
		}
		decisions = append(decisions, d)
	}
	var tally interventions.Tally
	tally.Count(decisions)
	c := tallyCounts(tally)
	countClosed(c, decisions)
	err := checkBlocked(tally, c)
	if fault.Of(err) != fault.Held || !strings.Contains(err.Error(), "gates block all 100 customers whom a treatment is relevant for, and contact_cap alone blocks 100 of them: ") {
		t.Errorf("everybody is kept by a cap: %v", err)
	}
	for key := range c.Public() {
		if strings.HasPrefix(key, closedPrefix) {
			t.Errorf("the night shows %q", key)
		}
	}
	if _, told := c[closedPrefix+string(interventions.GateHousehold)]; told {
		t.Error("what ghosts closed is counted")
	}
	if tallyOf(c).Customers != 100 || len(tallyOf(c).ByReason[interventions.ResultBlocked]) != 2 {
		t.Errorf("the tally is read back as %+v", tallyOf(c))
	}
}
