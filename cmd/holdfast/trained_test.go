package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/interventions"
)

func TestCallsThatNobodyMayMake(t *testing.T) {
	t.Parallel()
	call := func(name, signatory string, skills ...string) interventions.Treatment {
		return interventions.Treatment{Name: name, Channel: interventions.ChannelPhone, Signatory: signatory, Skills: skills}
	}
	letter := call("letter", "the chair", "calligraphy")
	letter.Channel = interventions.ChannelLetter
	offer := call("offer", "", "retention")
	offer.Offer = &interventions.Offer{Name: "a month free", CostMinor: 2500}
	cheap := offer
	cheap.Name, cheap.Offer = "cheap", &interventions.Offer{Name: "a coupon", CostMinor: 500}
	treatments := []interventions.Treatment{
		offer, cheap, call("plain", ""), call("retention", "", "retention"), call("polish", "", "retention", "polsih"), //nolint:misspell // the misspelling is the bad input
		call("both", "", "retention", "billing"), call("thanks", "the chair"), call("mine", "ben"), call("thanks_billing", "ben", "retention"), letter,
	}
	ann := access.User{Name: "ann", Role: access.Agent, Skills: []string{"retention", "polish"}, CeilingMinor: 500}
	ben := access.User{Name: "ben", Role: access.Senior, CeilingMinor: 5000, Skills: []string{"billing"}, Signs: []string{"the director"}}
	off := access.User{Name: "eve", Role: access.Agent, Skills: []string{"polsih"}, Signs: []string{"the chair"}, Disabled: true} //nolint:misspell // likewise
	oli := access.User{Name: "oli", Role: access.Operator, Skills: []string{"polsih"}, Signs: []string{"the chair"}}              //nolint:misspell // likewise
	want := []string{
		`offer offers "a month free", and nobody who may make it has a ceiling that high`,
		`polish needs "retention", "polsih", and no user has that; the skills they have: "billing", "polish", "retention"`, //nolint:misspell // likewise
		`both needs "retention", "billing", and no user has that; the skills they have: "billing", "polish", "retention"`,
		`thanks is made by "the chair", and no user is them or signs for them; they sign for: "the director"`,
		`thanks_billing needs "retention" and is made by "ben", and no user has both`,
	}
	if diff := cmp.Diff(want, untrained(treatments, []access.User{ann, ben, off, oli})); diff != "" {
		t.Errorf("calls that nobody may make (-want +got):\n%s", diff)
	}
	if got := untrained(treatments, []access.User{off, oli}); got != nil {
		t.Errorf("without anybody who works: %q", got)
	}
}

// A misspelt skill is told by the users there are: check-config warns of it, and
// so does doctor.
func TestAMisspeltSkillIsSaid(t *testing.T) {
	t.Parallel()
	b := newShop(t, `interventions:
  treatments:
    - {name: call, family: save, channel: phone, purpose: retention, talk_minutes: 5, reach: 0.5, durability: 0.8, effect: {mean: 0.1, spread: 0.1},
       expiry_days: 5, skills: [retnetion]}
`)
	check := func() result {
		return holdfast(t, time.Now, b.env, "", "--config", b.path("holdfast.yaml"), "check-config")
	}
	says := `call needs "retnetion", and no user has that; the skills they have: "retention"`
	if r := check(); r.code != 0 || strings.Contains(r.stderr, "warning") {
		t.Errorf("without a database: %+v", r)
	}
	b.must(t, time.Now, "migrate")
	if r := check(); r.code != 0 || strings.Contains(r.stderr, "warning") {
		t.Errorf("without users: %+v", r)
	}
	if r := holdfast(t, time.Now, b.env, "correct horse battery\n", "--config", b.path("holdfast.yaml"), "--quiet", "user", "add", "ann", "--role", "agent", "--skills", "retention"); r.code != 0 {
		t.Fatalf("add a user: %+v", r)
	}
	if r := check(); r.code != 0 || !strings.Contains(r.stdout, "is good") || !strings.Contains(r.stderr, "warning: "+says+": correct it") {
		t.Errorf("with a misspelt skill: %+v", r)
	}
	if f := decode[diagnosis](t, b.run(t, time.Now, "doctor", "--json").stdout).find("skills"); f.Verdict != warning || f.Says != says {
		t.Errorf("doctor says %+v", f)
	}
	b.replace(t, "retnetion", "retention")
	if r := check(); r.code != 0 || strings.Contains(r.stderr, "warning") {
		t.Errorf("put right: %+v", r)
	}
}
