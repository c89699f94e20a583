package interventions

import (
	"math"
	"strings"
	"testing"

	"holdfast/internal/fault"
)

// withDevelop is the test's configuration with a treatment that is to make
// customers begin to pay by direct debit.
func withDevelop(spoil func(*Treatment)) Config {
	c := testConfig()
	t := Treatment{
		Name: "grow", Family: FamilyDevelop, Channel: ChannelLetter, Purpose: PurposeMarketing, CostMinor: 90,
		Effect: Effect{Mean: .05, Spread: .02}, Durability: .5, ExpiryDays: 14, GhostShare: .3, Body: "Dear {{.Name}}",
		Outcome: "direct_debit", GainMinor: 6000,
	}
	if spoil != nil {
		spoil(&t)
	}
	c.Treatments = append(c.Treatments, t)
	return c
}

func TestDevelopIsForWhoIsInNoDanger(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, withDevelop(nil))
	last := len(p.Treatments()) - 1
	s := atRisk(tuesday)
	out, _, err := p.Propose(ann(tuesday), s, &Facts{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if at := out.Trace.Considered[last]; at.Why != "in a risk episode: keeping comes first" || at.Lacks != PartRelevance {
		t.Errorf("in an episode: %+v", at)
	}
	s.Episode, s.Risk = 0, .02
	keys := map[string]bool{}
	for _, tenure := range []int{30, 179, 180, 359} {
		s.TenureDays = tenure
		if out, _, err = p.Propose(ann(tuesday), s, &Facts{}, 0); err != nil {
			t.Fatal(err)
		}
		at := out.Trace.Considered[last]
		if at.Worth == nil || math.Abs(at.Worth.Total-(.05*6000*.5-90)) > 1e-9 {
			t.Fatalf("its worth is %+v", at.Worth)
		}
		keys[at.Key] = true
	}
	if len(keys) != 2 || !keys["7/develop/cycle-0"] || !keys["7/develop/cycle-1"] {
		t.Errorf("keys %v", keys)
	}
	_, failed := p.Gates(Ask{Treatment: p.Treatment("grow"), Moment: AtDecide, Key: "key"}, openIssue(ann(tuesday)), &Facts{})
	if len(failed) != 1 || failed[0].Gate != GateIssue {
		t.Errorf("an open issue (R1): %v", failed)
	}
}

// What chance shows of a treatment judged on an event is a difference of
// shares, and moves its own family only.
func TestDevelopLearnsFromItsOwnContrast(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, withDevelop(nil))
	last := len(p.Treatments()) - 1
	learned := p.Learn(Learned{Contrasts: []Contrast{{Treatment: "grow", Reduction: .09, Error: .001, Customers: 4000}}})
	if b := learned.Effect(last, ""); !b.Measured || math.Abs(b.Mean-.09) > .001 {
		t.Errorf("believed %+v, shown .09", b)
	}
	if a, b := p.Effect(0, ""), learned.Effect(0, ""); a.Mean != b.Mean || b.Measured {
		t.Errorf("the call's effect became %+v", b)
	}
}

func TestOutcomesAreChecked(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		spoil func(*Treatment)
		want  string
	}{
		{func(t *Treatment) { t.Outcome = "" }, `outcome is "": develop is judged on what customers begin with`},
		{func(t *Treatment) { t.Outcome = Staying }, `outcome is "staying": develop is judged on`},
		{func(t *Treatment) { t.GainMinor = 0 }, "gain_minor is 0: give the margin that one customer brings who begins with direct_debit"},
		{func(t *Treatment) { t.Channel, t.Attempts, t.DialMinutes = ChannelPhone, 1, 1 }, "channel is phone: the develop family is for messages"},
		{func(t *Treatment) { t.Family, t.Purpose = FamilySave, PurposeRetention }, `outcome is "direct_debit": the save family is judged on staying`},
		{func(t *Treatment) { t.Family, t.Purpose, t.Outcome = FamilySave, PurposeRetention, Staying }, "gain_minor is set: staying is worth the margin at stake"},
		{func(t *Treatment) { t.Purpose = PurposeService }, `purpose is "service": the service family`},
	} {
		err := withDevelop(tc.spoil).Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "treatments[5]."+tc.want) || fault.Of(err) != fault.Invalid {
			t.Errorf("want %q, got %v", tc.want, err)
		}
	}
}
