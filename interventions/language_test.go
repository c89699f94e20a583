package interventions

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/internal/fault"
	"holdfast/scoring"
)

// What could take for ever or say another thing each time is refused with its
// place.
func TestExpressionsAreBounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`any(1..1000000, any(1..1000000, # > 0))`:              "line 1, column 6: there are no ranges",
		"risk > 0 and\n  keys(attributes)[0] == 'a'":           "line 2, column 3: there is no function keys; there are all, any,",
		`values(attributes)[0] == 'a'`:                         "line 1, column 1: there is no function values",
		`toPairs(attributes)[0][0] == 'a'`:                     "line 1, column 1: there is no function toPairs",
		`len(repeat(plan, 100000)) > 1`:                        "there is no function repeat",
		`len(map(reasons, #)) > 1`:                             "there is no function map",
		`now().Year() > 2000`:                                  "",
		`let a = plan + plan; a != ''`:                         "there is no let",
		`any(reasons, any(reasons, # == #))`:                   "any stands in any: no loop stands in another",
		`count(reasons, "x" in split(plan, "")) > 1`:           "split stands in count",
		`risk > 0` + strings.Repeat(" and risk > 0", 400):      "it has 5208 bytes: shorten it to 4096",
		`reasons | filter(# == "price") | len() > 0`:           "there is no function filter",
		`unknown(risk)`:                                        "there is no function unknown",
		`any(reasons, # == "price") and none(reasons, len(#))`: "line 1",
	} {
		_, err := compile(text, nil)
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{
		`"price" in reasons and any(reasons, # startsWith "p")`, `reasons | count(# == "price") > 1`,
		`lower(trim(attributes["plan"] ?? "")) == "a" ? risk > .1 : max(risk, .2) > .1`, `attributes?.plan matches "^a+$"`,
		`any(split(attributes["tags"] ?? "", ","), trim(#) == "vip")`, `int(attributes["age"] ?? "0") > 60`, `tier == "gold"`,
	} {
		if _, err := compile(text, nil); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Each of the three expressions is asked in its order and says which it was,
// and a customer whom nothing fits has the reason of what came nearest.
func TestEligibilityRelevanceSuitability(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		eligible, relevant, suitable string
		lacks                        Part
		why, reason                  string
	}{
		{"", "", "", "", "", ""},
		{"risk < 0", "risk < 1", "risk < 0", PartEligibility, "not eligible: risk < 0", ReasonNotEligible},
		{"risk > 0", "risk < 0", "risk < 0", PartRelevance, "not relevant: risk < 0", ReasonNotRelevant},
		{"risk > 0", "risk > 0", "risk < 0", PartSuitability, "not suitable: risk < 0", ReasonNotSuitable},
		{"risk > 0", `tier == "silver"`, `tier != "gold"`, "", "", ""},
	} {
		cfg := testConfig()
		cfg.Treatments = cfg.Treatments[:1]
		cfg.Treatments[0].Eligibility, cfg.Treatments[0].Relevance, cfg.Treatments[0].Suitability = tc.eligible, tc.relevant, tc.suitable
		out, cands, err := mustPolicy(t, cfg).Propose(ann(tuesday), atRisk(tuesday), &Facts{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		at := out.Trace.Considered[0]
		if at.Lacks != tc.lacks || at.Why != tc.why || out.Reason != tc.reason || (len(cands) > 0) != (tc.why == "") {
			t.Errorf("%q %q %q: lacks %q, %q; the reason is %q with %d candidates", tc.eligible, tc.relevant, tc.suitable, at.Lacks, at.Why, out.Reason, len(cands))
		}
	}
	cfg := testConfig()
	cfg.Treatments[0].Suitability = `int(plan) > 1`
	_, _, err := mustPolicy(t, cfg).Propose(ann(tuesday), atRisk(tuesday), &Facts{}, 0)
	if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "retention_call to customer 7: suitability: line 1, column") {
		t.Errorf("one that fails: %v", err)
	}
}

// Customers of a tier are contacted over its channels alone, service aside, and
// their tasks count as often as its urgency says.
func TestTiersBoundChannelsAndOrder(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Tiers[0].Channels, cfg.Tiers[2].Urgency = []Channel{ChannelEmail, ChannelLetter}, 3
	p := mustPolicy(t, cfg)
	per := map[string]float64{}
	for tier, value := range map[string]int64{"standard": 29_999, "silver": 30_000, "gold": 100_000} {
		k, s := openIssue(ann(tuesday)), atRisk(tuesday)
		s.ValueMinor = value
		out, _, err := p.Propose(k, s, &Facts{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		call, letter, service := out.Trace.Considered[0], out.Trace.Considered[1], out.Trace.Considered[2]
		if (call.Why == "customers of the tier standard are not contacted by phone") != (tier == "standard") || letter.Why != "" || service.Why != "" {
			t.Errorf("%s: call %q, letter %q, service %q", tier, call.Why, letter.Why, service.Why)
		}
		task, err := p.task(1, 0, &call, Subject{Known: k, Score: s, Decision: &Decision{Result: ResultTreat, Worth: Worth{Total: 1000}, Minutes: 10}})
		if err != nil {
			t.Fatal(err)
		}
		per[tier] = task.ValuePerMinute
	}
	if want := fmt.Sprint(map[string]float64{"standard": 100, "silver": 100, "gold": 300}); fmt.Sprint(per) != want {
		t.Errorf("value per minute %v, want %s", per, want)
	}
}

func TestWhoWantsNoThanksGetsNone(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	for answer, closed := range map[string]bool{"": false, "yes": false, "no": true, "None ": true, "NEVER": true, "private": true, "phone": false} {
		k := ann(tuesday)
		k.Attributes["recognition"] = answer
		for _, name := range []string{"tenure_thanks_call", "tenure_thanks_letter", "retention_call"} {
			_, failed := p.Gates(Ask{Treatment: p.Treatment(name), Moment: AtDecide, Key: "key", Milestone: 5}, k, &Facts{})
			if got := len(failed) == 1 && failed[0].Gate == GateRecognition; got != (closed && name != "retention_call") {
				t.Errorf("%q, %s: %v", answer, name, failed)
			}
		}
	}
}

// A language is that of all its regions: for who may have a treatment, and for
// who may work the task.
func TestALanguageIsThatOfItsRegions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		language  string
		languages []string
		yes       bool
	}{
		{"de", []string{"de"}, true},
		{"de-AT", []string{"pl", "de"}, true},
		{"de-AT", []string{"de-AT"}, true},
		{"de", []string{"de-AT"}, false},
		{"de-AT", []string{"de-CH"}, false},
		{"den", []string{"de"}, false},
		{"en", []string{"de"}, false},
	} {
		cfg := testConfig()
		cfg.Treatments[0].Languages = tc.languages
		k := ann(tuesday)
		k.Attributes["language"] = tc.language
		p := mustPolicy(t, cfg)
		if why := p.unsuitable(&cfg.Treatments[0], k, &scoring.Score{}); (why == "") != tc.yes {
			t.Errorf("%s by %v: %q", tc.language, tc.languages, why)
		}
		task := readyTask(1, 1)
		task.Language = tc.language
		if err := (Agent{Name: "ben", Languages: tc.languages, CeilingMinor: 5000}).May(task); (err == nil) != tc.yes {
			t.Errorf("an agent who speaks %v may work in %s: %v", tc.languages, tc.language, err)
		}
	}
}
