package interventions

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/history"
)

// hindrance is a situation that closes one gate: for a call that is decided on
// and opened, and for a message that is sent. An empty treatment says that the
// gate has nothing to say of it then.
type hindrance struct {
	call, message string // treatments; those of "" are not asked
	late          bool   // the night does not look at it: only open and send
	known         func(k *Known)
	facts         Facts
}

func said(d Disposition) func(*Known) {
	return func(k *Known) { k.Contacts = append(k.Contacts, contact(k.Now.AddDate(0, 0, -30), "in", d)) }
}

func hindrances() map[Gate]hindrance {
	own := func(hoursAgo int) OwnContact {
		at := tuesday.Add(time.Duration(-hoursAgo) * time.Hour)
		return OwnContact{Customer: 8, At: at, Channel: ChannelPhone, Purpose: PurposeRetention, Work: "task/9", Reached: hoursAgo > 24}
	}
	other := own(24 * 40)
	other.Work = "task/8"
	call, letter := "retention_call", "offer_message"
	return map[Gate]hindrance{
		GateDeceased:     {call: call, message: letter, known: said(Deceased)},
		GateLeft:         {call: call, message: letter, known: func(k *Known) { k.Left = "voluntary" }},
		GateOptOut:       {call: call, message: letter, known: said(OptOutAll)},
		GateDoNotCall:    {call: call, known: said(DoNotCall)},
		GateVulnerable:   {call: call, message: letter, known: said(Vulnerable)},
		GateDispute:      {call: call, message: letter, known: said(Dispute)},
		GateConsent:      {call: call, message: letter, known: func(k *Known) { k.Consents = []history.ConsentAt{{At: tuesday.AddDate(0, 0, -9)}} }},
		GateIssue:        {call: call, message: letter, known: func(k *Known) { openIssue(k) }},
		GateContactPoint: {call: call, message: letter, known: func(k *Known) { k.Points = nil }},
		GateOpenWork:     {call: call, message: letter, facts: Facts{Works: []Work{{Key: "key", Open: true, Task: 3}}}},
		GateThanked:      {call: "tenure_thanks_call", message: "tenure_thanks_letter", facts: Facts{Works: []Work{thankedFor(10)}}},
		GatePromise:      {call: call, message: letter, facts: Facts{Promises: []Promise{{Task: 3, DueAt: tuesday.AddDate(0, 0, 1)}}}},
		GateHousehold: {call: call, message: letter, known: func(k *Known) {
			k.Contacts = append(k.Contacts, history.ContactAt{Contact: history.Contact{Channel: "phone", Purpose: "service", Direction: "out"}, At: k.Now.Add(-time.Hour)})
		}},
		GateCoolOff:   {call: call, message: letter, known: func(k *Known) { k.Contacts = append(k.Contacts, contact(k.Now.AddDate(0, 0, -6), "in", "")) }},
		GateCap:       {call: call, message: letter, facts: Facts{Contacts: []OwnContact{own(24 * 20), other}}},
		GateWindow:    {call: call, message: letter, late: true, known: func(k *Known) { k.Attributes["time_zone"] = "America/New_York" }},
		GateHoldout:   {call: call, message: letter, late: true, facts: Facts{Held: []Layer{LayerGlobal}}},
		GateOfferHeld: {call: call, message: letter, known: func(k *Known) { k.Attributes["offers"] = "sport, A month free" }},
		GateAfford:    {call: call, message: letter, known: func(k *Known) { k.Attributes["credit"] = "119.99" }},
		GateExcluded:  {call: call, message: letter, known: exclude(tuesday.AddDate(0, 0, -3), tuesday.AddDate(0, 0, 1))},
		GateProfiling: {call: call, message: letter, known: func(k *Known) {
			k.Consents = []history.ConsentAt{{Consent: history.Consent{Purpose: history.PurposeProfiling}, At: tuesday.AddDate(0, 0, -9)}}
		}},
		GateRecognition: {call: "tenure_thanks_call", message: "tenure_thanks_letter", known: func(k *Known) { k.Attributes["recognition"] = " None" }},
	}
}

// Every gate that closes when a night decides closes when the task is opened
// and when the message is sent, by the same code; and it is open where nothing
// stands in the way.
func TestEveryGateHoldsAtDecideOpenAndSend(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Policy.Windowed = []Channel{ChannelPhone, ChannelLetter}
	for i := range 2 {
		offer := cfg.Treatments[i].Offer
		offer.HeldAttribute, offer.LimitAttribute, offer.CommitsMinor = "offers", "credit", 12_000
	}
	p := mustPolicy(t, cfg)
	all := hindrances()
	for _, g := range Gates {
		h, there := all[g]
		if !there {
			t.Errorf("no situation closes %s", g)
			continue
		}
		for _, in := range []bool{false, true} {
			k := ann(tuesday)
			k.Since = tuesday.AddDate(-11, 0, 0)
			k.Attributes["credit"] = "500"
			facts := Facts{}
			if in {
				facts = h.facts
				if h.known != nil {
					h.known(k)
				}
			}
			closed := closedAt(t, p, h, k, &facts)
			for moment, gates := range closed {
				want := in && (moment != AtDecide || !h.late)
				if slices.Contains(gates, g) != want {
					t.Errorf("%s at %s, in its situation %v: closed %v", g, moment, in, gates)
				}
			}
		}
	}
}

// A thank-you that somebody has begun keeps its own call-back and its next
// attempt (R3); one of another task for the same years ends it (R4).
func TestAThankYouDoesNotStopItself(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	for _, tc := range []struct {
		task   TaskID
		closed bool
	}{{1, false}, {2, true}} {
		k := ann(tuesday)
		k.Since = tuesday.AddDate(-11, 0, 0)
		task := readyTask(1, 1)
		task.Treatment, task.Key, task.Milestone = "tenure_thanks_call", "key", 10
		begun := Work{Key: "of a household joined since", Family: FamilyThanks, Started: true, Task: tc.task, Milestone: 10}
		_, c, err := p.Opened(task, k, &Facts{Works: []Work{begun}}, k.Now)
		if err != nil {
			t.Fatal(err)
		}
		if closed := c != nil; closed != tc.closed {
			t.Errorf("begun by task %d: closed %v, want %v: %+v", tc.task, closed, tc.closed, c)
		}
	}
}

// closedAt are the gates that are closed at each moment.
func closedAt(t *testing.T, p *Policy, h hindrance, k *Known, f *Facts) map[Moment][]Gate {
	t.Helper()
	out := map[Moment][]Gate{}
	_, failed := p.Gates(Ask{Treatment: p.Treatment(h.call), Moment: AtDecide, Key: "key", Milestone: 10}, k, f)
	out[AtDecide] = gatesOf(failed)

	task := readyTask(1, 1)
	task.Treatment, task.Key, task.Milestone = h.call, "key", 10
	_, c, err := p.Opened(task, k, f, k.Now)
	if err != nil {
		t.Fatal(err)
	}
	out[AtOpen] = nil
	if c != nil {
		out[AtOpen] = gateIn(c.Changes[0].Why)
	}
	if h.message == "" {
		return out
	}
	m := letterTo(MessageReady)
	m.Treatment, m.Key, m.Milestone = h.message, "key", 10
	s, err := p.BeforeSend(m, k, f, k.Now)
	if err != nil {
		t.Fatal(err)
	}
	out[AtSend] = nil
	if !s.Go {
		out[AtSend] = gateIn(s.Why)
	}
	return out
}

// Calls keep to the hours of the weekday where the customer is, and to none on
// a holiday; the night that plans them does not look.
func TestCallingHoursByWeekdayAndHoliday(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Policy.Holidays = []string{"2026-03-17"}
	p := mustPolicy(t, cfg)
	for _, tc := range []struct {
		name, zone string
		at         time.Time
		open       bool
	}{
		{"a Tuesday at ten", "", tuesday, true},
		{"a Tuesday at nine in the evening", "", tuesday.Add(11 * time.Hour), false},
		{"that evening, and afternoon in New York", "America/New_York", tuesday.Add(11 * time.Hour), true},
		{"a Saturday at three", "", tuesday.AddDate(0, 0, 4).Add(5 * time.Hour), true},
		{"a Saturday at five", "", tuesday.AddDate(0, 0, 4).Add(7 * time.Hour), false},
		{"a Sunday", "", tuesday.AddDate(0, 0, 5), false},
		{"the Tuesday after, a holiday", "", tuesday.AddDate(0, 0, 7), false},
		{"the holiday's eve in New York, the holiday here", "America/New_York", tuesday.AddDate(0, 0, 6).Add(13 * time.Hour), true},
	} {
		for _, moment := range []Moment{AtDecide, AtOpen, AtSend} {
			k := ann(tc.at)
			k.Attributes["time_zone"] = tc.zone
			_, failed := p.Gates(Ask{Treatment: p.Treatment("retention_call"), Moment: moment, Key: "key"}, k, &Facts{})
			if want := tc.open || moment == AtDecide; slices.Contains(gatesOf(failed), GateWindow) == want {
				t.Errorf("%s, at %s: closed %v", tc.name, moment, failed)
			}
		}
	}
}

// gateIn is the gate that a reason speaks of.
func gateIn(why string) []Gate {
	why = strings.TrimPrefix(why, "put off: ")
	if why == NotOnList {
		return []Gate{GateHoldout}
	}
	return []Gate{Gate(why)}
}

// The guide's table of gates names each of them, in their order.
func TestTheGuideNamesEveryGate(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, g := range Gates {
		i := strings.Index(string(text)[at:], "| `"+string(g)+"` |")
		if i < 0 {
			t.Errorf("docs/guide.md has no row for %s after the gate before it", g)
			continue
		}
		at += i
	}
}
