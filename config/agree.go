package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/training"
)

// agree refuses sections that are good each by itself and do not fit together.
func (c *Config) agree() error {
	if c.Scoring.EpisodeMaxDays != c.Interventions.EpisodeDays {
		return fault.New(fault.Invalid, "scoring.episode_max_days is %d and interventions.episode_days %d; both say when an episode ends: give them one number",
			fault.Exact(c.Scoring.EpisodeMaxDays), fault.Exact(c.Interventions.EpisodeDays))
	}
	if c.Channels.Mails() && !strings.HasPrefix(c.Web.PublicURL, "https://") {
		return fault.New(fault.Invalid, "web.public_url is %q and channels.carriers.email smtp: messages carry a link to unsubscribe, so write the https address that customers reach the desk's server at", c.Web.PublicURL)
	}
	for i, a := range c.Features.Attributes {
		if slices.Contains(c.Interventions.Protected, a.Name) {
			return fault.New(fault.Invalid, "features.attributes[%d].name is %q, which interventions.protected_attributes protects: no model may use it, so take it out of one of them", fault.Exact(i), a.Name)
		}
	}
	if err := c.kindsAreKnown(); err != nil {
		return err
	}
	if err := c.attributesAreBrought(); err != nil {
		return err
	}
	if err := c.segmentsAreMade(); err != nil {
		return err
	}
	if c.Churn.Kind == churn.Contract && !c.Features.Subscriptions {
		return fault.New(fault.Invalid, "features.subscriptions is false and churn.kind is contract; "+
			"write true: the rule that every model must beat looks at the time to renewal")
	}
	if c.Churn.Kind == churn.Lapse {
		if slices.Contains(c.Training.Candidates, training.NameHazard) {
			return fault.New(fault.Invalid, "training.candidates has hazard, which is for contracts that end, and churn.kind is lapse: take it out")
		}
		if own := training.FixedSilence(c.Training.Candidates); own != "" && c.Churn.Rhythm.Times > 0 {
			return fault.New(fault.Invalid, "training.candidates has %s, which foresees silence of one length, and churn.rhythm.times is %g: take one of them out", own, c.Churn.Rhythm.Times)
		}
		for _, e := range c.Features.Events {
			if e.Name == c.Churn.Activity[0] {
				return nil
			}
		}
		return fault.New(fault.Invalid, "features.events lacks %q, the first of churn.activity; "+
			"add it: the rule that every model must beat looks at the silence since", c.Churn.Activity[0])
	}
	return nil
}

// kindsAreKnown refuses event kinds that no feed can bring: a wrong letter
// there would make features, margins and activity empty without a word.
func (c *Config) kindsAreKnown() error {
	type use struct{ field, kind string }
	var uses []use
	for i, e := range c.Features.Events {
		uses = append(uses, use{fmt.Sprintf("features.events[%d].name", i), e.Name})
	}
	for _, kind := range slices.Sorted(maps.Keys(c.Value.MarginRates)) {
		uses = append(uses, use{"value.margin_rates." + kind, kind})
	}
	for i, kind := range c.Churn.Activity {
		uses = append(uses, use{fmt.Sprintf("churn.activity[%d]", i), kind})
	}
	for i := range c.Interventions.Treatments {
		if kind := c.Interventions.Treatments[i].Event(); kind != "" {
			uses = append(uses, use{fmt.Sprintf("interventions.treatments[%d].outcome", i), kind})
		}
	}
	for _, u := range uses {
		if u.kind != "other" && !slices.Contains(c.History.EventKinds, u.kind) {
			return fault.New(fault.Invalid, "%s is %q, which is not one of history.event_kinds (%s): add it there, or correct it here",
				u.field, u.kind, strings.Join(c.History.EventKinds, ", "))
		}
	}
	return nil
}

// attributesAreBrought refuses profile attributes that no feed brings: a wrong
// letter would protect nothing, or let everybody or nobody through, without a
// word. Without a feed of customers nothing is known of them.
func (c *Config) attributesAreBrought() error {
	brought, customers := map[string]bool{}, false
	for i := range c.History.Feeds {
		f := &c.History.Feeds[i]
		customers = customers || f.Kind == history.FeedCustomers
		for name := range f.Attributes {
			brought[name] = true
		}
	}
	for _, u := range c.Interventions.Uses() {
		switch {
		case !customers || brought[u.Attribute]:
		case len(brought) == 0:
			return fault.New(fault.Invalid, "interventions.%s speaks of the attribute %q, and no feed brings any: correct it, or add it to the attributes of a feed", u.Field, u.Attribute)
		default:
			return fault.New(fault.Invalid, "interventions.%s speaks of the attribute %q, which no feed brings (they bring %s): correct it, or add it to the attributes of a feed",
				u.Field, u.Attribute, strings.Join(slices.Sorted(maps.Keys(brought)), ", "))
		}
	}
	return nil
}

// segmentsAreMade refuses segments by features that no row has: results would be
// shown by nothing without a word.
func (c *Config) segmentsAreMade() error {
	made := c.Features
	made.Events = slices.Clone(made.Events)
	for i := range made.Events {
		made.Events[i].MarginRate = c.Value.MarginRates[made.Events[i].Name]
	}
	engine, err := features.New(made, history.Vocabulary{Kinds: c.History.EventKinds, Channels: c.History.Channels})
	if err != nil {
		return fmt.Errorf("features.%w", err)
	}
	for i, name := range c.Training.Stakes.Segments {
		if engine.Schema().Index(name) < 0 {
			return fault.New(fault.Invalid, "training.stakes.segments[%d] is %q, and no feature is called so: write a feature's name, which is profile_NAME for one of features.attributes", fault.Exact(i), name)
		}
	}
	return nil
}
