package interventions

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
)

func TestDefaultConfigIsValid(t *testing.T) {
	t.Parallel()
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidateNamesTheField(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		spoil func(c *Config)
		want  string
	}{
		{func(c *Config) { c.Treatments[0].Name = "" }, `treatments[0].name is ""`},
		{func(c *Config) { c.Treatments[1].Name = "retention_call" }, `treatments[1].name is "retention_call" a second time`},
		{func(c *Config) { c.Treatments[0].Family = "x" }, `treatments[0].family is "x": write save, offer, thanks, service or develop`},
		{func(c *Config) { c.Treatments[0].Channel = "" }, `treatments[0].channel is ""`},
		{func(c *Config) { c.Treatments[0].Purpose = "sales" }, `treatments[0].purpose is "sales"`},
		{func(c *Config) { c.Treatments[0].Purpose = PurposeService }, `treatments[0].purpose is "service": the service family`},
		{func(c *Config) { c.Treatments[1].Offer = nil }, "treatments[1].offer is missing"},
		{func(c *Config) { c.Limits.Signatories = map[string]int{"the managing directro": 3} }, `limits.signatories has "the managing directro", who is the signatory of no thank-you call`}, //nolint:misspell // the misspelling is the bad input
		{func(c *Config) { c.Limits.Signatories = map[string]int{"the managing director": -1} }, "limits.signatories.the managing director is -1"},
		{func(c *Config) { c.Treatments[2].Offer = &Offer{} }, "treatments[2].offer is set"},
		{func(c *Config) { c.Treatments[2].GhostShare = .1 }, "treatments[2].ghost_share is 0.1: service contact"},
		{func(c *Config) { c.Treatments[0].CostMinor = -1 }, "treatments[0].cost_minor is -1: give a number from 0"},
		{func(c *Config) { c.Treatments[0].Effect.Mean = 1.5 }, "treatments[0].effect.mean is 1.5: give a number from -1 to 1"},
		{func(c *Config) { c.Treatments[0].Durability = 0 }, "treatments[0].durability is missing"},
		{func(c *Config) { c.Treatments[0].Effect = Effect{} }, "treatments[0].effect is missing"},
		{func(c *Config) { c.Treatments[0].ExpiryDays = 0 }, "treatments[0].expiry_days is 0"},
		{func(c *Config) { c.Treatments[1].Offer.AcceptRate = 2 }, "treatments[1].offer.accept_rate is 2"},
		{func(c *Config) { c.Treatments[0].DialMinutes, c.Treatments[0].TalkMinutes = 0, 0 }, "treatments[0].attempts and dial_minutes"},
		{func(c *Config) { c.Treatments[1].Body = "" }, "treatments[1].body is missing"},
		{func(c *Config) { c.Treatments[0].MilestoneYears = []int{5} }, "treatments[0].milestone_years is set"},
		{func(c *Config) { c.Treatments[3].MilestoneYears = []int{5, 5} }, "treatments[3].milestone_years[1] is 5"},
		{func(c *Config) { c.Treatments[0].Relevance = "risk > " }, "treatments[0].relevance of retention_call: line 1, column"},
		{func(c *Config) { c.Treatments[0].Relevance = "risk > 0 and\nriskk > 1" }, "treatments[0].relevance of retention_call: line 2, column 1: unknown name riskk"},
		{func(c *Config) { c.Treatments[0].Relevance = `risk > "high"` }, "treatments[0].relevance of retention_call: line 1, column 6: invalid operation"},
		{func(c *Config) { c.Treatments[0].Relevance = "risk" }, "treatments[0].relevance of retention_call: "},
		{func(c *Config) { c.Treatments[0].Eligibility = "teir == 'gold'" }, "treatments[0].eligibility of retention_call: line 1, column 1: unknown name teir"},
		{func(c *Config) { c.Treatments[0].Suitability = "tier > 3" }, "treatments[0].suitability of retention_call: line 1, column 6: invalid operation"},
		{func(c *Config) { c.Tiers[0].Channels = []Channel{"fax"} }, `value_tiers[0].channels[0] is "fax": write phone`},
		{func(c *Config) { c.Tiers[0].Urgency = -1 }, "value_tiers[0].urgency is -1: give how many times"},
		{func(c *Config) { c.Treatments[1].Body = "Dear {{.Nam}}" }, "treatments[1].body cannot be filled in: "},
		{func(c *Config) { c.Treatments[1].Body = "{{if .Offer}}{{.Offfer}}{{end}}" }, "treatments[1].body cannot be filled in: body:1:15: there is no field Offfer in .Offfer; the fields are Name, "},
		{func(c *Config) {
			c.Treatments[1].Body = "{{if .Offer}}{{else if .Plan}}{{else}}{{with $.Nam}}{{end}}{{end}}"
		}, "treatments[1].body cannot be filled in: "},
		{func(c *Config) { c.Treatments[1].Body = "{{with .Offer}}{{.Name}}{{end}}" }, "treatments[1].body cannot be filled in: body:1:17: there is no field Name in .Name"},
		{func(c *Config) { c.Treatments[1].Body = "{{range .Attributes}}{{else}}{{printf .Nam}}{{end}}" }, "treatments[1].body cannot be filled in: body:1:"},
		{func(c *Config) { c.Treatments[1].Body = "{{if gt .Milestone 5}}{{.Plan.Name}}{{end}}" }, "treatments[1].body cannot be filled in: body:1:29: there is no field Name in .Plan.Name"},
		{func(c *Config) { c.Treatments[1].Subject = "{{" }, "treatments[1].subject cannot be filled in: "},
		{func(c *Config) { c.Policy.Windows["funday"] = nil }, "contact_policy.windows.funday is no weekday"},
		{func(c *Config) { c.Policy.Windows["monday"] = []string{"9 to 5"} }, `contact_policy.windows.monday[0] is "9 to 5": write a span`},
		{func(c *Config) { c.Policy.Windows["monday"] = []string{"09:00-12:00", "11:00-13:00"} }, "contact_policy.windows.monday[1]"},
		{func(c *Config) { c.Policy.Holidays = []string{"25/12"} }, `contact_policy.holidays[0] is "25/12"`},
		{func(c *Config) { c.Policy.Caps[0].Days = 0 }, "contact_policy.caps[0] is max 2 in 0 days"},
		{func(c *Config) { c.Policy.Caps[0].Channel = "fax" }, `contact_policy.caps[0].channel is "fax"`},
		{func(c *Config) { c.Policy.Caps[0].Purpose = "retentoin" }, `contact_policy.caps[0].purpose is "retentoin": write retention`},
		{func(c *Config) {
			c.Policy.Consent.Required = []ConsentKey{{Purpose: PurposeMarketing}, {Purpose: "maketing"}}
		}, `contact_policy.consent.required[1].purpose is "maketing": write retention`},
		{func(c *Config) { c.Policy.Consent.Required = []ConsentKey{{Channel: "mail"}} }, `contact_policy.consent.required[0].channel is "mail": write phone`},
		{func(c *Config) { c.Policy.Windowed = []Channel{"fax"} }, `contact_policy.windowed[0] is "fax"`},
		{func(c *Config) { c.Policy.CoolOffDays = -1 }, "contact_policy.cool_off_days is -1"},
		{func(c *Config) { c.Roster.Agents = -1 }, "roster.agents is -1"},
		{func(c *Config) { c.Roster.Minutes["monday"] = 2000 }, "roster.minutes.monday is 2000"},
		{func(c *Config) { c.Roster.Inbound = 1.1 }, "roster.inbound is 1.1"},
		{func(c *Config) { c.Chance.GlobalHoldout = -.5 }, "chance.global_holdout is -0.5"},
		{func(c *Config) { c.Chance.HoldoutDays = 0 }, "chance.holdout_days is 0"},
		{func(c *Config) { c.Tiers[1].FromMinor = 0 }, "value_tiers[1]"},
		{func(c *Config) { c.Attempts.Max = 0 }, "attempts.max is 0"},
	} {
		c := DefaultConfig()
		tc.spoil(&c)
		err := c.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) || fault.Of(err) != fault.Invalid {
			t.Errorf("want %q, got %v", tc.want, err)
		}
	}
	if _, err := NewPolicy(DefaultConfig(), time.UTC, []byte("short")); fault.Of(err) != fault.Invalid {
		t.Errorf("a short key was accepted: %v", err)
	}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	c := testConfig()
	c.Roster = Roster{Agents: 2, Minutes: map[string]int{"tuesday": 400}, Inbound: .25}
	c.Policy.Holidays = []string{"2026-03-17"}
	p := mustPolicy(t, c)
	for _, tc := range []struct {
		day  int
		open Committed
		want float64
	}{
		{10, Committed{}, 600}, {10, Committed{Minutes: 100}, 500}, {10, Committed{Minutes: 1e6}, 0}, {11, Committed{}, 0}, {17, Committed{}, 0},
	} {
		minutes := p.Capacity(time.Date(2026, 3, tc.day, 0, 0, 0, 0, time.UTC), tc.open)[0].Amount
		if minutes != tc.want {
			t.Errorf("10 + %d March: %v minutes, want %v", tc.day-10, minutes, tc.want)
		}
	}
	c.Roster.Agents, c.Roster.Skills = 2, map[string]int{"polish": 1}
	second := c.Treatments[3]
	second.Name, second.DailyQuota = "tenure_thanks_call_again", 5
	c.Treatments = append(c.Treatments, second)
	c.Treatments[0].Skills = []string{"polish"}
	c.Limits = Limits{OfferBudgetMinor: 5000, Channels: map[Channel]int{ChannelLetter: 40}}
	got := mustPolicy(t, c).Capacity(tuesday, Committed{
		Minutes: 100, ByTreatment: map[string]float64{"retention_call": 60}, Slots: map[string]int{"tenure_thanks_call": 2, "tenure_thanks_letter": 60},
	})
	want := []Limit{
		{Kind: LimitMinutes, Amount: 500},
		{Kind: LimitSkill, Name: "polish", Amount: 240},
		{Kind: LimitBudget, Amount: 5000},
		{Kind: LimitQuota, Name: "offer_message", Amount: 500},
		{Kind: LimitQuota, Name: "tenure_thanks_call", Amount: 1},
		{Kind: LimitQuota, Name: "tenure_thanks_letter"},
		{Kind: LimitQuota, Name: "tenure_thanks_call_again", Amount: 5},
		{Kind: LimitSignatory, Name: "the managing director", Amount: 3},
		{Kind: LimitChannel, Name: "letter", Amount: 40},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

// What a template may say is not refused for a branch that is not taken.
func TestTemplatesThatCanBeFilledIn(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"{{if .Offer}}We offer {{.Offer}}.{{else if .Plan}}{{.Plan}}{{else}}{{$.Name}}{{end}}",
		"{{with .Attributes}}{{.region}}{{end}}{{with .Offer}}{{.}} for {{$.Name}}{{else}}{{.Name}}{{end}}",
		"{{range $k, $v := .Attributes}}{{$k}} {{$v}}{{end}}{{index .Attributes \"region\"}}{{.Attributes.region}}",
		"{{define \"by\"}}{{.Signatory}}{{end}}{{template \"by\" .}}{{if gt (len .Name) 20}}{{slice .Name 0 20}}{{end}}",
		"{{$n := .Name}}{{with printf \"%s!\" $n}}{{.}}{{end}}{{/* nothing */}}",
	} {
		c := testConfig()
		c.Treatments[1].Body = body
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}
