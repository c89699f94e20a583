package interventions

import (
	"time"

	"holdfast/history"
	"holdfast/scoring"
)

// Fields is what a treatment's expressions may speak of. Amounts are in whole
// currency units.
//
//	in_episode and value > 200 and attributes["segment"] != "trade"
type Fields struct {
	Risk             float64           `expr:"risk"`               // probability of leaving within the horizon
	Band             string            `expr:"band"`               // low, medium, high
	InEpisode        bool              `expr:"in_episode"`         // in a risk episode
	EpisodeDays      int               `expr:"episode_days"`       // since it began; 0 outside
	Value            float64           `expr:"value"`              // margin of the last twelve months
	ValueAtRisk      float64           `expr:"value_at_risk"`      // risk × value
	Tier             string            `expr:"tier"`               // value tier; empty without
	TenureDays       int               `expr:"tenure_days"`        // with us
	TenureYears      int               `expr:"tenure_years"`       // completed
	OpenIssues       int               `expr:"open_issues"`        // open service issues
	IssueSeverity    int               `expr:"issue_severity"`     // the worst of them; 0 without
	IssueDays        int               `expr:"issue_days"`         // age of the oldest; 0 without
	RenewsInDays     int               `expr:"renews_in_days"`     // of the running contract; -1 without
	Plan             string            `expr:"plan"`               // of the running contract; empty without
	PlanValue        float64           `expr:"plan_value"`         // its price of one period
	DaysSinceContact int               `expr:"days_since_contact"` // in either direction; -1 never
	Reasons          []string          `expr:"reasons"`            // concepts of the reasons, strongest first
	Attributes       map[string]string `expr:"attributes"`         // as the feed gave them
}

func (p *Policy) fields(k *Known, s *scoring.Score) Fields {
	unit := float64(p.cfg.Writer.Unit())
	f := Fields{
		Tier: p.tier(s.ValueMinor),
		Risk: s.Risk, Band: string(s.Band), InEpisode: s.Episode != 0,
		Value: float64(s.ValueMinor) / unit, ValueAtRisk: s.Risk * float64(s.ValueMinor) / unit,
		TenureDays: s.TenureDays, TenureYears: tenureYears(k, s),
		OpenIssues: len(k.Issues), RenewsInDays: -1, DaysSinceContact: -1, Attributes: p.usable(k.Attributes),
	}
	if !s.EpisodeStart.IsZero() {
		f.EpisodeDays = days(k.Now.Sub(s.EpisodeStart))
	}
	for _, i := range k.Issues {
		f.IssueSeverity = max(f.IssueSeverity, i.Severity)
		f.IssueDays = max(f.IssueDays, days(k.Now.Sub(i.Opened)))
	}
	if sub := running(k); sub != nil {
		f.Plan, f.PlanValue = sub.Plan, float64(sub.ValueMinor)/unit
		if !sub.RenewsAt.IsZero() {
			f.RenewsInDays = max(0, days(sub.RenewsAt.Sub(k.Now)))
		}
	}
	if n := len(k.Contacts); n > 0 {
		f.DaysSinceContact = days(k.Now.Sub(k.Contacts[n-1].At))
	}
	for _, r := range s.Reasons {
		f.Reasons = append(f.Reasons, r.Concept)
	}
	return f
}

// running is the newest subscription that has not ended, nil if none.
func running(k *Known) *history.SubscriptionState {
	for i := len(k.Subscriptions) - 1; i >= 0; i-- {
		if s := &k.Subscriptions[i]; s.Ended.IsZero() {
			return s
		}
	}
	return nil
}

// tenureYears counts completed years of the relationship.
func tenureYears(k *Known, s *scoring.Score) int {
	if k.Since.IsZero() {
		return int(float64(s.TenureDays) / 365.25)
	}
	n := k.Now.Year() - k.Since.Year()
	if k.Since.AddDate(n, 0, 0).After(k.Now) {
		n--
	}
	return max(n, 0)
}

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }
