package interventions

// DefaultConfig returns the configuration in use when the file says nothing:
// five treatments for a business of private customers, one agent, amounts in
// hundredths.
func DefaultConfig() Config {
	week := map[string][]string{"saturday": {"10:00-16:00"}}
	shift := map[string]int{}
	for _, d := range weekdays[1:6] {
		week[d] = []string{"09:00-20:00"}
		shift[d] = 360
	}
	return Config{
		Treatments: defaultTreatments(),
		Policy: ContactPolicy{
			Caps: []Cap{
				{Purpose: PurposeRetention, Max: 2, Days: 60},
				{Purpose: PurposeThanks, Max: 1, Days: 365},
				{Max: 4, Days: 90},
			},
			CoolOffDays: 7, Windows: week, Windowed: []Channel{ChannelPhone},
		},
		Roster:   Roster{Agents: 1, Minutes: shift, Inbound: .1},
		Chance:   Chance{ExplorationShare: .05, GlobalHoldout: -1, HoldoutDays: 365, Salt: "1"},
		Attempts: AttemptRules{Max: 6, WithinDays: 10, ApartHours: 4},
		Tiers: []Tier{
			{Name: "standard"}, {Name: "silver", FromMinor: 30_000}, {Name: "gold", FromMinor: 100_000},
		},
		EpisodeDays: 180, ZoneAttribute: "time_zone", LanguageAttribute: "language",
		RecognitionAttribute: "recognition",
	}
}

func defaultTreatments() []Treatment {
	return []Treatment{
		{
			Name: "retention_call", Family: FamilySave, Channel: ChannelPhone, Purpose: PurposeRetention,
			DialMinutes: 1.5, TalkMinutes: 9, Attempts: 2.2, Reach: .6, HarmMinor: 20,
			Effect: Effect{Mean: .15, Spread: .1}, Durability: .8, ExpiryDays: 10, GhostShare: .3,
			Script: "I am calling because we would like to know how things are going for you.",
			Avoid:  []string{"that we think they may leave"},
		},
		{
			Name: "offer_message", Family: FamilyOffer, Channel: ChannelLetter, Purpose: PurposeRetention,
			CostMinor: 90, HarmMinor: 10, Offer: &Offer{Name: "a month free", CostMinor: 1500, AcceptRate: .05},
			Effect: Effect{Mean: .06, Spread: .05}, Durability: .6, DailyQuota: 500, ExpiryDays: 7, GhostShare: .3,
			Subject: "Something for you, {{.Name}}",
			Body:    "Dear {{.Name}},\n\nthank you for being with us. We would like to offer you {{.Offer}}.\n",
		},
		{
			Name: "service_recovery", Family: FamilyService, Channel: ChannelPhone, Purpose: PurposeService,
			DialMinutes: 1.5, TalkMinutes: 12, Attempts: 2, Reach: .7,
			Effect: Effect{Mean: .2, Spread: .1}, Durability: .8, ExpiryDays: 5,
			Relevance: "issue_days >= 2 and value > 100",
			Script:    "I am calling about what went wrong, and I would like to put it right.",
			Avoid:     []string{"offers of any kind"},
		},
		{
			Name: "tenure_thanks_call", Family: FamilyThanks, Channel: ChannelPhone, Purpose: PurposeThanks,
			DialMinutes: 1.5, TalkMinutes: 5, Attempts: 2, Reach: .7,
			Effect: Effect{Mean: .1, Spread: .1}, Durability: .8, MilestoneYears: []int{10, 15, 20, 25, 30},
			DailyQuota: 3, Signatory: "the managing director", ExpiryDays: 21, GhostShare: .2,
			Script: "I only want to thank you for {{.TenureYears}} years with us.",
			Avoid:  []string{"anything that sells"},
		},
		{
			Name: "tenure_thanks_letter", Family: FamilyThanks, Channel: ChannelLetter, Purpose: PurposeThanks,
			CostMinor: 90, Effect: Effect{Mean: .05, Spread: .05}, Durability: .8, MilestoneYears: []int{5, 10, 15, 20, 25, 30},
			DailyQuota: 50, Signatory: "the managing director", ExpiryDays: 21, GhostShare: .2,
			Subject: "Thank you",
			Body:    "Dear {{.Name}},\n\nyou have been with us for {{.TenureYears}} years. Thank you.\n\n{{.Signatory}}\n",
		},
	}
}
