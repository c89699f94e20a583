package interventions

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What a ghost did closes gates as a contact would, so that arms stay alike;
// but everybody reads of the customer what they read of a twin who was never
// selected (R7). Where a real contact closed the gate too, that is said.
func TestGhostsCloseGatesUnseen(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	before := func(days int) time.Time { return tuesday.AddDate(0, 0, -days) }
	call := OwnContact{Customer: 7, At: before(2), Channel: ChannelPhone, Purpose: PurposeRetention, Work: "task/1", Reached: true}
	begun := func(k *Known) Work {
		return Work{Key: workKey(k.Household, FamilySave, "episode-99"), Family: FamilySave, Started: true, Task: 1}
	}
	ghost := func(f Facts) Facts {
		for i := range f.Contacts {
			f.Contacts[i].Ghost = true
		}
		for i := range f.Works {
			f.Works[i].Ghost = true
		}
		return f
	}
	k := ann(tuesday)
	facts := func() Facts { return Facts{Contacts: []OwnContact{call}, Works: []Work{begun(k), thankedFor(5)}} }
	both := ghost(facts())
	both.Contacts = append(both.Contacts, OwnContact{At: before(4), Channel: ChannelEmail, Purpose: PurposeService, Work: "message/9", Reached: true})
	for name, tc := range map[string]struct {
		facts  Facts
		result Result
		reason string
	}{
		"nothing":               {Facts{}, "", ""},
		"a call":                {facts(), ResultBlocked, string(GateOpenWork)},
		"a ghost":               {ghost(facts()), ResultNotSelected, ReasonHeldBefore},
		"a ghost and a message": {both, ResultBlocked, string(GateCoolOff)},
	} {
		s := atRisk(tuesday)
		s.Episode = 99
		pr, cands, err := p.Propose(k, s, &tc.facts, 0)
		if err != nil {
			t.Fatal(err)
		}
		if pr.Result != tc.result || pr.Reason != tc.reason || (tc.result != "") != (len(cands) == 0) {
			t.Errorf("%s: %s, %q with %d candidates, want %s, %q", name, pr.Result, pr.Reason, len(cands), tc.result, tc.reason)
		}
		if name != "a ghost" {
			continue
		}
		twin, _, err := p.Propose(k, s, &Facts{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		twin.Result = ResultNotSelected
		public := func(pr Proposal) Decision {
			return Decision{Customer: pr.Customer, Result: pr.Result, Reason: pr.Reason, Trace: pr.Trace}.Public()
		}
		if diff := cmp.Diff(public(twin), public(pr)); diff != "" {
			t.Errorf("a ghost's decision differs from a twin's who was never selected:\n%s", diff)
		}
	}
}
