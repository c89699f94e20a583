package measurement

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/interventions"
)

var origin = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func day(n int) time.Time { return origin.AddDate(0, 0, n) }

// contracts asks whether a contract ended by choice within 42 days; an outcome
// is final after seven days of grace.
func contracts(t testing.TB) *churn.Definition {
	t.Helper()
	d, err := churn.New(churn.Config{Kind: churn.Contract, HorizonDays: 42, GraceDays: 7, Exits: []string{churn.Voluntary}}, history.Vocabulary{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func fact(c history.CustomerID, ref int64, at time.Time, kind history.FactKind, body any) history.Fact {
	return history.Fact{Stamp: history.Stamp{Customer: c, Ref: ref, Occurred: at, Recorded: at}, Kind: kind, Body: body}
}

// contract runs from long ago; it ends on a day when one is given.
func contract(c history.CustomerID, ends ...int) []history.Fact {
	out := []history.Fact{fact(c, 1, day(-500), history.FactSubscription, history.Subscription{Start: day(-500), PeriodMonths: 1})}
	for _, d := range ends {
		out = append(out, fact(c, 1, day(d), history.FactSubscriptionEnd, history.SubscriptionEnd{Kind: churn.Voluntary}))
	}
	return out
}

func claim(at int, purpose string, d interventions.Disposition) history.Fact {
	return fact(1, int64(1000+at), day(at), history.FactContact, history.Contact{
		Channel: "phone", Purpose: purpose, Direction: "out", Proactive: true, Disposition: string(d), Reached: true,
	})
}

func shard(t testing.TB, facts ...[]history.Fact) *history.Shard {
	t.Helper()
	p := history.Parts{Facts: slices.Concat(facts...)}
	for _, f := range p.Facts {
		p.Customers = append(p.Customers, history.Customer{ID: f.Customer})
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func exposed(c history.CustomerID, h history.HouseholdID, at int, treatment, arm string) history.Exposure {
	return history.Exposure{Customer: c, Household: h, At: day(at), Purpose: "retention", Treatment: treatment, Arm: arm}
}

func TestRows(t *testing.T) {
	t.Parallel()
	const call, mail = "retention_call", "offer_message"
	base := Row{Treatment: call, Customer: 1, Household: 1, At: day(0)}
	with := func(change func(*Row)) []Row { r := base; change(&r); return []Row{r} }
	one := []history.Exposure{exposed(1, 1, 0, call, interventions.ArmTreat)}
	for name, c := range map[string]struct {
		facts     [][]history.Fact
		exposures []history.Exposure
		known     int
		want      []Row
	}{
		"stays":              {[][]history.Fact{contract(1)}, one, 49, with(func(r *Row) { r.Matured = true })},
		"leaves":             {[][]history.Fact{contract(1, 20)}, one, 49, with(func(r *Row) { r.Matured, r.Left = true, true })},
		"leaves afterwards":  {[][]history.Fact{contract(1, 42)}, one, 60, with(func(r *Row) { r.Matured = true })},
		"immature":           {[][]history.Fact{contract(1, 20)}, one, 48, with(func(*Row) {})},
		"not in the shard":   {[][]history.Fact{contract(2)}, one, 49, nil},
		"ghost":              {[][]history.Fact{contract(1)}, []history.Exposure{exposed(1, 1, 0, call, interventions.ArmGhost)}, 49, with(func(r *Row) { r.Matured, r.Held = true, true })},
		"globally held out":  {[][]history.Fact{contract(1)}, []history.Exposure{exposed(1, 1, 0, call, interventions.ArmGlobalHoldout)}, 49, with(func(r *Row) { r.Matured, r.Held, r.Global = true, true, true })},
		"contact took place": {[][]history.Fact{contract(1)}, []history.Exposure{{Customer: 1, Household: 1, At: day(0), Treatment: call, Arm: "treat", Contacted: day(1)}}, 49, with(func(r *Row) { r.Matured, r.Contacted = true, true })},
		"later selections change nothing": {
			[][]history.Fact{contract(1, 20)},
			[]history.Exposure{exposed(1, 1, 30, call, interventions.ArmGhost), one[0], exposed(1, 1, 7, call, interventions.ArmGhost)},
			49, with(func(r *Row) { r.Matured, r.Left = true, true }),
		},
		"nor do those of the household": {
			[][]history.Fact{contract(1), contract(2, 20)},
			[]history.Exposure{exposed(2, 1, 8, call, interventions.ArmTreat), one[0]},
			80, with(func(r *Row) { r.Matured = true }),
		},
		"each treatment has its own": {
			[][]history.Fact{contract(1)},
			[]history.Exposure{one[0], exposed(1, 1, 9, mail, interventions.ArmTreat)},
			49,
			[]Row{{Treatment: mail, Customer: 1, Household: 1, At: day(9)}, {Treatment: call, Customer: 1, Household: 1, At: day(0), Matured: true}},
		},
		"claimed": {
			[][]history.Fact{contract(1), {claim(3, "retention", interventions.SavedNoOffer)}},
			one, 49,
			with(func(r *Row) { r.Matured, r.Claimed, r.KeptFrom = true, true, day(93) }),
		},
		"sustained": {
			[][]history.Fact{contract(1), {claim(3, "retention", interventions.PartialSave)}},
			one, 93,
			with(func(r *Row) { r.Matured, r.Claimed, r.Kept, r.KeptKnown = true, true, true, true }),
		},
		"claimed and gone on day 89": {
			[][]history.Fact{contract(1, 92), {claim(3, "retention", interventions.SavedWithOffer)}},
			one, 93,
			with(func(r *Row) { r.Matured, r.Claimed, r.KeptKnown, r.Accepted = true, true, true, true }),
		},
		"claimed and gone on day 90": {
			[][]history.Fact{contract(1, 93), {claim(3, "retention", interventions.SavedWithOffer)}},
			one, 94,
			with(func(r *Row) { r.Matured, r.Claimed, r.KeptKnown, r.Accepted = true, true, true, true }),
		},
		"claimed before": {[][]history.Fact{contract(1), {claim(-1, "retention", interventions.SavedNoOffer)}}, one, 49, with(func(r *Row) { r.Matured = true })},
		"no claim":       {[][]history.Fact{contract(1), {claim(3, "retention", interventions.Undecided)}}, one, 49, with(func(r *Row) { r.Matured = true })},
		"other purpose":  {[][]history.Fact{contract(1), {claim(3, "service", interventions.SavedNoOffer)}}, one, 49, with(func(r *Row) { r.Matured = true })},
		"the claim belongs to the newest selection": {
			[][]history.Fact{contract(1), {claim(12, "retention", interventions.SavedNoOffer)}},
			[]history.Exposure{exposed(1, 1, 0, mail, interventions.ArmTreat), exposed(1, 1, 9, call, interventions.ArmTreat)},
			30,
			[]Row{{Treatment: mail, Customer: 1, Household: 1, At: day(0)}, {Treatment: call, Customer: 1, Household: 1, At: day(9), Claimed: true, KeptFrom: day(102)}},
		},
	} {
		got := Rows(shard(t, c.facts...), c.exposures, contracts(t), "", 100, day(c.known), nil)
		for i := range got { // these have a test of their own
			got[i].Traits = [3]float64{}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Without contracts a claim is sustained by anything that happens afterwards.
func TestSustainedWithoutContracts(t *testing.T) {
	t.Parallel()
	vocab := history.Vocabulary{Kinds: []string{"other", "purchase"}}
	lapse, err := churn.New(churn.Config{Kind: churn.Lapse, SilenceDays: 42, Activity: []string{"purchase"}}, vocab)
	if err != nil {
		t.Fatal(err)
	}
	for bought, want := range map[int]Row{
		2:  {Matured: true, Claimed: true, KeptKnown: true},
		50: {Matured: true, Left: true, Claimed: true, KeptKnown: true, Kept: true},
		93: {Matured: true, Left: true, Claimed: true, KeptKnown: true},
	} {
		s, err := history.AssembleShard(history.Parts{
			Customers: []history.Customer{{ID: 1}}, Vocab: vocab, Facts: []history.Fact{claim(3, "retention", interventions.SavedNoOffer)},
			Singles: []history.Event{{Stamp: history.Stamp{Customer: 1, Ref: 9, Occurred: day(bought), Recorded: day(bought)}, Kind: 1}},
		})
		if err != nil {
			t.Fatal(err)
		}
		want.Treatment, want.Customer, want.Household, want.At = "call", 1, 1, day(0)
		got := Rows(s, []history.Exposure{exposed(1, 1, 0, "call", interventions.ArmTreat)}, lapse, "", 100, day(100), nil)
		got[0].Traits = [3]float64{}
		if diff := cmp.Diff([]Row{want}, got); diff != "" {
			t.Errorf("bought on day %d (-want +got):\n%s", bought, diff)
		}
	}
}

// The rows that count, and so the effects, are the same however a household's
// members are spread over shards and whatever the order of their exposures.
func TestPartitionsDoNotMatter(t *testing.T) {
	t.Parallel()
	def := contracts(t)
	rapid.Check(t, func(rt *rapid.T) {
		var facts [][]history.Fact
		var exposures []history.Exposure
		for c := history.CustomerID(1); c <= 12; c++ {
			facts = append(facts, contract(c))
			if rapid.Bool().Draw(rt, "leaves") {
				facts[c-1] = contract(c, rapid.IntRange(1, 60).Draw(rt, "on"))
			}
			for range rapid.IntRange(0, 3).Draw(rt, "exposures") {
				h := history.HouseholdID(100 + c/3)
				arm := []string{interventions.ArmTreat, interventions.ArmGhost, interventions.ArmGlobalHoldout}[h%3]
				exposures = append(exposures, exposed(c, h, rapid.IntRange(0, 3).Draw(rt, "at"), rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "treatment"), arm))
			}
		}
		whole, err := Measure(Rows(shard(t, facts...), exposures, def, "", 100, day(80), nil))
		if err != nil {
			rt.Fatal(err)
		}
		var rows []Row
		for part := range 3 {
			var some [][]history.Fact
			for c := range facts {
				if c%3 == part {
					some = append(some, facts[c])
				}
			}
			rows = append(rows, Rows(shard(t, some...), rapid.Permutation(exposures).Draw(rt, "order"), def, "", 100, day(80), nil)...)
		}
		split, err := Measure(rows)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(whole, split); diff != "" {
			rt.Fatalf("one shard and three differ:\n%s", diff)
		}
	})
}
