package interventions

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
)

func TestGates(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	offer := cfg.Treatments[0].Offer
	offer.HeldAttribute, offer.HeldDays, offer.LimitAttribute, offer.CommitsMinor = "offers", 90, "credit", 12_000
	p := mustPolicy(t, cfg)
	consent := func(at time.Time, purpose, channel string, yes bool) history.ConsentAt {
		return history.ConsentAt{Consent: history.Consent{Purpose: purpose, Channel: channel, Allowed: yes}, At: at}
	}
	ago := func(days int) time.Time { return tuesday.AddDate(0, 0, -days) }
	own := func(at time.Time, work string) OwnContact {
		return OwnContact{Customer: 8, At: at, Channel: ChannelPhone, Purpose: PurposeRetention, Work: work, Reached: true}
	}
	for _, tc := range []struct {
		name      string
		treatment string
		moment    Moment
		known     func(k *Known)
		facts     Facts
		ask       Ask
		want      []Gate
	}{
		{name: "nothing stands in the way", treatment: "retention_call", moment: AtOpen},
		{name: "deceased stops even service", treatment: "service_recovery", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(400), "in", Deceased)) }, want: []Gate{GateDeceased}},
		{name: "left", treatment: "retention_call", known: func(k *Known) { k.Left = "voluntary" }, want: []Gate{GateLeft}},
		{name: "is leaving", treatment: "retention_call", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(30), "out", DeclinedLeave)) }, want: []Gate{GateLeft}},
		{name: "was leaving and began again", treatment: "retention_call", known: func(k *Known) {
			k.Contacts = append(k.Contacts, contact(ago(30), "out", DeclinedLeave))
			k.Subscriptions = []history.SubscriptionState{{Subscription: history.Subscription{Start: ago(20)}}}
		}},
		{name: "was leaving, an episode ago", treatment: "retention_call", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(181), "out", DeclinedLeave)) }},
		{name: "do not call does not stop letters", treatment: "offer_message", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(30), "in", DoNotCall)) }},
		{name: "do not call", treatment: "retention_call", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(30), "in", DoNotCall)) }, want: []Gate{GateDoNotCall}},
		{name: "do not call, later allowed", treatment: "retention_call", known: func(k *Known) {
			k.Contacts = append(k.Contacts, contact(ago(30), "in", DoNotCall))
			k.Consents = append(k.Consents, consent(ago(10), "", "phone", true))
		}},
		{name: "opted out of everything", treatment: "offer_message", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(30), "in", OptOutAll)) }, want: []Gate{GateOptOut}},
		{name: "vulnerable", treatment: "retention_call", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(30), "in", Vulnerable)) }, want: []Gate{GateVulnerable}},
		{name: "vulnerable, service goes", treatment: "service_recovery", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(30), "in", Vulnerable)) }},
		{name: "dispute", treatment: "offer_message", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(30), "in", Dispute)) }, want: []Gate{GateDispute}},
		{name: "no consent for the purpose", treatment: "retention_call", known: func(k *Known) { k.Consents = append(k.Consents, consent(ago(9), "retention", "", false)) }, want: []Gate{GateConsent}},
		{name: "no consent for another purpose", treatment: "retention_call", known: func(k *Known) { k.Consents = append(k.Consents, consent(ago(9), "marketing", "", false)) }},
		{name: "the newest that covers counts", treatment: "retention_call", known: func(k *Known) {
			k.Consents = append(k.Consents, consent(ago(9), "retention", "phone", true), consent(ago(8), "", "", false))
		}, want: []Gate{GateConsent}},
		{name: "at one instant a no counts", treatment: "retention_call", known: func(k *Known) {
			k.Consents = append(k.Consents, consent(ago(9), "", "phone", false), consent(ago(9), "retention", "", true))
		}, want: []Gate{GateConsent}},
		{name: "no phone", treatment: "retention_call", known: func(k *Known) { k.Points = k.Points[1:] }, want: []Gate{GateContactPoint}},
		{name: "a promise is pending", treatment: "retention_call", facts: Facts{Promises: []Promise{{Task: 3, DueAt: ago(-1)}}}, want: []Gate{GatePromise}},
		{name: "a kept promise is not pending", treatment: "retention_call", facts: Facts{Promises: []Promise{{Task: 3, KeptAt: ago(1)}}}},
		{name: "cooling off after an inbound call", treatment: "retention_call", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(6), "in", "")) }, want: []Gate{GateCoolOff}},
		{name: "cooled off", treatment: "retention_call", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(7), "in", "")) }},
		{name: "cooling off after another of the household", treatment: "retention_call", facts: Facts{Contacts: []OwnContact{own(ago(2), "task/9")}}, want: []Gate{GateCoolOff}},
		{name: "its own attempts do not cool", treatment: "retention_call", facts: Facts{Contacts: []OwnContact{own(ago(2), "task/1")}}, ask: Ask{Self: "task/1"}},
		{name: "cap", treatment: "retention_call", facts: Facts{Contacts: []OwnContact{own(ago(20), "task/9"), own(ago(40), "task/8")}}, want: []Gate{GateCap}},
		{name: "attempts of one task are one for a cap", treatment: "retention_call", facts: Facts{Contacts: []OwnContact{own(ago(20), "task/9"), own(ago(21), "task/9")}}},
		{name: "outside the window", treatment: "retention_call", moment: AtOpen, known: func(k *Known) { k.Now = tuesday.Add(11 * time.Hour) }, want: []Gate{GateWindow}},
		{name: "deciding at night", treatment: "retention_call", moment: AtDecide, known: func(k *Known) { k.Now = tuesday.Add(11 * time.Hour) }},
		{name: "the customer's own zone", treatment: "retention_call", moment: AtOpen, known: func(k *Known) { k.Attributes["time_zone"] = "America/New_York" }, want: []Gate{GateWindow}},
		{name: "letters have no hours", treatment: "offer_message", moment: AtSend, known: func(k *Known) { k.Now = tuesday.Add(11 * time.Hour) }},
		{name: "holds the offer", treatment: "retention_call", known: func(k *Known) { k.Attributes["offers"] = "sport, A month free" }, want: []Gate{GateOfferHeld}},
		{name: "holds another offer", treatment: "retention_call", known: func(k *Known) { k.Attributes["offers"] = "a month free of sport" }},
		{name: "was granted one", treatment: "retention_call", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(89), "out", SavedWithOffer)) }, facts: Facts{}, want: []Gate{GateOfferHeld}},
		{name: "was granted one long ago", treatment: "retention_call", known: func(k *Known) { k.Contacts = append(k.Contacts, contact(ago(91), "out", SavedWithOffer)) }},
		{name: "no offer, nothing to hold", treatment: "service_recovery", known: func(k *Known) { k.Attributes["offers"] = "a month free" }},
		{name: "beyond the limit", treatment: "retention_call", known: func(k *Known) { k.Attributes["credit"] = "119.99" }, want: []Gate{GateAfford}},
		{name: "within the limit", treatment: "retention_call", known: func(k *Known) { k.Attributes["credit"] = "120" }},
		{name: "limit not known", treatment: "retention_call", known: func(k *Known) { k.Attributes["credit"] = "good" }, want: []Gate{GateAfford}},
		{name: "left alone", treatment: "retention_call", known: exclude(ago(3), ago(-1)), want: []Gate{GateExcluded}},
		{name: "left alone until today", treatment: "retention_call", known: exclude(ago(3), tuesday)},
		{name: "left alone from tomorrow on", treatment: "retention_call", known: exclude(ago(-1), ago(-9))},
		{name: "left alone, service goes", treatment: "service_recovery", known: exclude(ago(3), ago(-1))},
		{name: "left alone, a promise is kept", treatment: "retention_call", known: exclude(ago(3), ago(-1)), ask: Ask{Promised: true}},
		{name: "all of them are named", treatment: "retention_call", known: func(k *Known) {
			openIssue(k)
			k.Points = nil
			k.Left = "moved"
		}, want: []Gate{GateLeft, GateIssue, GateContactPoint}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			k := ann(tuesday)
			k.Attributes["credit"] = "500"
			if tc.known != nil {
				tc.known(k)
			}
			tc.ask.Treatment, tc.ask.Moment, tc.ask.Key = p.Treatment(tc.treatment), tc.moment, "key"
			if tc.ask.Moment == "" {
				tc.ask.Moment = AtDecide
			}
			passed, failed := p.Gates(tc.ask, k, &tc.facts)
			if diff := cmp.Diff(tc.want, gatesOf(failed)); diff != "" {
				t.Errorf("closed gates (-want +got):\n%s", diff)
			}
			if len(passed.List())+len(failed) != len(Gates) {
				t.Errorf("passed %v and failed %v are not all %d gates", passed.List(), failed, len(Gates))
			}
		})
	}
}

// What was said of a customer is on every card after it, the gravest first, for
// as long as the gates heed it.
func TestACardIsMarkedWithWhatWasSaid(t *testing.T) {
	t.Parallel()
	ago := func(days int) time.Time { return tuesday.AddDate(0, 0, -days) }
	k := ann(tuesday)
	k.Contacts = append(k.Contacts, contact(ago(30), "in", Dispute), contact(ago(20), "in", Vulnerable), contact(ago(9), "in", Vulnerable), contact(ago(3), "in", SavedNoOffer))
	want := []CardMark{{Vulnerable, ago(9)}, {Dispute, ago(30)}}
	if got := mustPolicy(t, testConfig()).CardOf(k, atRisk(tuesday), nil).Marks; !slices.Equal(got, want) {
		t.Errorf("marked %+v, want %+v", got, want)
	}
	k.Contacts = k.Contacts[:0]
	if got := mustPolicy(t, testConfig()).CardOf(k, atRisk(tuesday), nil).Marks; len(got) != 0 {
		t.Errorf("marked %+v of nothing", got)
	}
}
