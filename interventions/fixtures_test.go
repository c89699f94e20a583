package interventions

import (
	"testing"
	"time"

	"holdfast/history"
	"holdfast/scoring"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

// tuesday is a working day at ten in London.
var tuesday = time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)

func testConfig() Config {
	c := DefaultConfig()
	c.Treatments[0].Offer = &Offer{Name: "a month free", CostMinor: 1500, AcceptRate: .1}
	return c
}

func mustPolicy(t testing.TB, c Config) *Policy {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPolicy(c, zone, testKey)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ann is a customer of seven years with a phone and an address.
func ann(now time.Time) *Known {
	return &Known{
		Now: now, Customer: history.Customer{ID: 7, Name: "Ann Smith", Source: "crm", Key: "C7"}, Household: 7,
		Attributes: map[string]string{},
		Points: []history.PointAt{
			{ContactPoint: history.ContactPoint{Channel: "phone", Value: "+44 20 7946 0000"}, Ref: 71, Since: now.AddDate(-1, 0, 0)},
			{ContactPoint: history.ContactPoint{Channel: "post", Value: "1 High Street"}, Ref: 72, Since: now.AddDate(-1, 0, 0)},
		},
		Since: now.AddDate(-7, -1, 0),
	}
}

func atRisk(now time.Time) *scoring.Score {
	return &scoring.Score{
		Customer: 7, Household: 7, AsOf: now, Risk: .4, Band: scoring.BandHigh, Episode: 99, EpisodeStart: now.AddDate(0, 0, -3),
		ValueMinor: 50_000, TenureDays: 2580,
		Reasons: []scoring.Reason{{Concept: "rhythm", Text: "No purchase for 74 days; usually every 21", Weight: .9, Feature: "lapse_ratio", Value: 3.5, Evidence: "last purchase on 26 December"}},
	}
}

func openIssue(k *Known) *Known {
	k.Issues = append(k.Issues, OpenIssue{Ref: 5, Category: "delivery", Severity: 2, Opened: k.Now.AddDate(0, 0, -4)})
	return k
}

func contact(at time.Time, direction string, d Disposition) history.ContactAt {
	return history.ContactAt{Contact: history.Contact{Channel: "phone", Purpose: "retention", Direction: direction, Disposition: string(d), Reached: true}, At: at}
}

var bob = Agent{Name: "bob", CeilingMinor: 2000, Skills: []string{"data"}}

// heldTask is a retention call that bob has begun.
func heldTask(now time.Time) Task {
	return Task{
		ID: 1234, Key: "7/save/episode-99", Customer: 7, Household: 7, Treatment: "retention_call", Family: FamilySave,
		Channel: ChannelPhone, Purpose: PurposeRetention, Episode: 99, State: TaskInProgress, OfferMinor: 1500, Zone: "Europe/London",
		AsOf: now, CreatedAt: now, NotBefore: now, ExpiresAt: now.AddDate(0, 0, 10), Owner: "bob", Fence: 3,
		LeaseUntil: now.Add(LeaseFor), StartedAt: now, WorthMinor: 900, ValuePerMinute: 100,
		Card: Card{Offer: &Offer{Name: "a month free", CostMinor: 1500}},
	}
}

func gatesOf(failed []Stop) []Gate {
	var out []Gate
	for _, s := range failed {
		out = append(out, s.Gate)
	}
	return out
}
