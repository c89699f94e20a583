package interventions

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); run with -update if it is meant:\n%s", path, diff)
	}
}

func TestGoldenTraces(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	for name, tc := range map[string]struct {
		k *Known
		f Facts
		s func() (excluded string)
	}{
		"trace_candidate": {k: ann(tuesday)},
		"trace_issue":     {k: openIssue(ann(tuesday))},
		"trace_blocked": {k: ann(tuesday), f: Facts{
			Works:    []Work{{Key: "7/save/episode-99", Open: true, Task: 1}, thankedFor(5)},
			Contacts: []OwnContact{{At: tuesday.AddDate(0, 0, -2), Channel: ChannelPhone, Purpose: PurposeRetention, Reached: true}},
		}},
		"trace_excluded": {k: ann(tuesday), s: func() string { return "no purchase within 180 days" }},
	} {
		s := atRisk(tuesday)
		if tc.s != nil {
			s.Excluded = tc.s()
		}
		pr, cands, err := p.Propose(tc.k, s, &tc.f, 3)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, struct {
			Proposal   Proposal
			Candidates []Candidate
		}{pr, cands})
	}
}

func TestGoldenTask(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	var out Assignment
	for _, treatment := range []string{"retention_call", "tenure_thanks_call", "tenure_thanks_letter"} {
		if err := p.Assign(5, subject(t, p, treatment, ResultTreat), &out); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "assignment", out)
	var ghost Assignment
	if err := p.Assign(5, subject(t, p, "retention_call", ResultGhost), &ghost); err != nil {
		t.Fatal(err)
	}
	twin := ghost.Tasks[0]
	if !twin.Ghost || twin.State != TaskGhost || ghost.Exposures[0].Arm != ArmGhost {
		t.Errorf("%+v", twin)
	}
	twin.Ghost, twin.State = false, TaskReady
	if diff := cmp.Diff(out.Tasks[0], twin); diff != "" {
		t.Errorf("a ghost is not its task's twin:\n%s", diff)
	}
	var card Card
	blob, err := json.Marshal(out.Tasks[0].Card)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(blob, &card); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(out.Tasks[0].Card, card); diff != "" {
		t.Errorf("a card changes on its way through JSON:\n%s", diff)
	}
}

// Worth by hand: 0.4 risk × 0.15 = 0.06; × 50,000 × 0.8 = 2,400;
// − 0.1 × 1,500 = 150; − 0; − 20: 2,230.
func TestWorth(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	w := p.worth(0, ann(tuesday), atRisk(tuesday))
	if math.Abs(w.Total-2230) > 1e-9 || math.Abs(w.Tau-.06) > 1e-12 || !w.Assumed {
		t.Errorf("%+v", w)
	}
	harmful := testConfig()
	harmful.Treatments[0].Effect.Mean = -.1
	if w := mustPolicy(t, harmful).worth(0, ann(tuesday), atRisk(tuesday)); w.Total >= 0 {
		t.Errorf("contact that makes people leave is worth %v", w.Total)
	}
	if got := p.Treatment("retention_call").Minutes(); math.Abs(got-(2.2*1.5+.6*9)) > 1e-12 {
		t.Errorf("a call takes %v minutes", got)
	}
	if got := p.Treatment("tenure_thanks_call").Minutes(); got != 0 {
		t.Errorf("a director's call takes %v minutes of the agents", got)
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	for i := range cfg.Treatments {
		if cfg.Treatments[i].Name == "offer_message" {
			cfg.Treatments[i].Texts = map[string]Texts{
				"de": {Subject: "Für Sie, {{.Name}}", Body: "Ihr Vertrag läuft seit {{.Since}}."},
				"fr": {Subject: "Pour vous", Body: "Merci."},
			}
		}
	}
	p := mustPolicy(t, cfg)
	k, s := ann(tuesday), atRisk(tuesday)
	for language, want := range map[string][2]string{ // the language asked for to that served and its subject
		"": {"", "Something for you, Ann Smith"}, "it": {"", "Something for you, Ann Smith"}, "de": {"de", "Für Sie, Ann Smith"},
		"de-AT": {"de", "Für Sie, Ann Smith"}, "fr": {"fr", "Pour vous"},
	} {
		k.Attributes["language"] = language
		texts, served, err := p.Preview("offer_message", k, s)
		if err != nil || served != want[0] || texts.Subject != want[1] {
			t.Errorf("%q: %q in %q, %v", language, texts.Subject, served, err)
		}
		if strings.HasPrefix(language, "de") && texts.Body != "Ihr Vertrag läuft seit "+k.Since.Format("2006-01")+"." {
			t.Errorf("%q: %q", language, texts.Body)
		}
	}
	delete(k.Attributes, "language")
	if texts, _, err := p.Preview("offer_message", k, s); err != nil || !strings.Contains(texts.Body, "offer you a month free") {
		t.Errorf("%q %v", texts.Body, err)
	}
	if texts, _, _ := p.Preview("offer_message", openIssue(k), s); strings.Contains(texts.Body, "a month free") {
		t.Errorf("an offer is rendered while an issue is open: %q", texts.Body)
	}
	if _, _, err := p.Preview("nothing", k, s); err == nil {
		t.Error("an unknown treatment was rendered")
	}
}

func TestTenureYears(t *testing.T) {
	t.Parallel()
	s := atRisk(tuesday)
	for since, want := range map[string]int{"2016-03-10": 10, "2016-03-11": 9, "2026-03-09": 0, "2024-02-29": 2} {
		k := ann(tuesday)
		k.Since, _ = time.Parse(time.DateOnly, since)
		if got := tenureYears(k, s); got != want {
			t.Errorf("since %s: %d years, want %d", since, got, want)
		}
	}
	if got := tenureYears(&Known{Now: tuesday}, s); got != 7 {
		t.Errorf("2,580 days are %d years", got)
	}
}

func BenchmarkPropose(b *testing.B) {
	p := mustPolicy(b, testConfig())
	k, s := ann(tuesday), atRisk(tuesday)
	k.Contacts = append(k.Contacts, history.ContactAt{At: tuesday.AddDate(0, -2, 0)})
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := p.Propose(k, s, &Facts{}, 0); err != nil {
			b.Fatal(err)
		}
	}
}
