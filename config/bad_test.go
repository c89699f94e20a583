package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/fault"
)

// refusals are the exact messages for testdata/NAME.bad.yaml.
var refusals = map[string]string{
	"attribute":        `9:26: interventions.protected_attributes[0] speaks of the attribute "gendre", which no feed brings (they bring language, segment): correct it, or add it to the attributes of a feed`,
	"attrition_cohort": `2:20: measurement.cohort_targets has "ten years", which is no tenure cohort with customers at the beginning of a year; write under 1 year, 1 to 2 years, 2 to 3 years, 3 to 5 years, 5 to 10 years, over 10 years`,
	"attrition_owner":  `2:19: measurement.owner_targets names owners and owner_attribute is empty; write the profile attribute that says who looks after a customer`,
	"attrition":        `2:28: measurement.segment_targets.trade is 15; give the share of customers that may be lost in a year, such as 0.15, or 0 for none`,
	"activity":         `2:24: churn.activity[1] is "vist", which is not one of history.event_kinds (purchase, return, payment, failed_payment, login, visit, usage, complaint, survey, price_change): add it there, or correct it here`,
	"bands":            `2:15: scoring.high_leave: 0.4 must lie between medium_enter 0.15 and high_enter 0.3, which must be below 1`,
	"candidate":        `2:15: training.candidates: there is no candidate "oracle"; choose from logistic, forest, boosted, hazard, bgnbd, mbgnbd, paretonbd`,
	"subscriber":       `2:16: channels.subscribers: there is no event "task.finished"; choose of [task.ready task.done promise.due publication.released save.claimed customer.left]`,
	"carrier":          `2:21: channels.carriers.email: there is no carrier "pigeon"; use file, webhook or smtp`,
	"carrier_url":      `2:21: channels.carriers.email: a webhook needs an address; write it under url`,
	"carrier_smtp":     `4:24: channels.smtp.bounces: "bounce+x@example.com" is not a plain address such as bounce@example.com; it comes back with +KEY before the @`,
	"carrier_from":     `3:10: channels.smtp.from is missing: name who messages are from, such as Ann of Example <ann@example.com>`,
	"carrier_bounces":  `3:10: channels.smtp.bounces is missing: name the address that returned mail comes to, such as bounce@example.com`,
	"carrier_letter":   `2:22: channels.carriers.letter: smtp carries e-mail only; use file or webhook`,
	"smtp_link":        `1:1: web.public_url is "" and channels.carriers.email smtp: messages carry a link to unsubscribe, so write the https address that customers reach the desk's server at`,
	"churn":            `2:3: churn.horizon_days is missing; say how long the outcome window is`,
	"locale":           `2:11: business.locale: "de" is no locale that is known here: choose of cs-CZ, da-DK, de-CH, de-DE, en-GB, en-IE, en-US, es-ES, fi-FI, fr-FR, it-IT, ja-JP, nb-NO, nl-NL, pl-PL, pt-PT, sv-SE`,
	"currency":         `2:13: business.currency: "Euro" is not a three-letter currency such as EUR`,
	"documents":        `3:1: a second document begins; keep everything in one`,
	"duration":         `2:10: queue.lease is "soon"; write a duration such as 30s or 10m`,
	"episodes":         `2:21: scoring.episode_max_days is 90 and interventions.episode_days 180; both say when an episode ends: give them one number`,
	"expression_name":  `12:20: interventions.treatments[0].eligibility of call: line 1, column 16: unknown name teir`,
	"expression_range": `12:18: interventions.treatments[0].relevance of call: line 1, column 6: there are no ranges: compare with < and > instead`,
	"expression_type":  `12:20: interventions.treatments[0].suitability of call: line 1, column 6: invalid operation: > (mismatched types string and int)`,
	"feature_kind":     `4:14: features.events[1].name is "reutrn", which is not one of history.event_kinds (purchase, return, payment, failed_payment, login, visit, usage, complaint, survey, price_change): add it there, or correct it here`,
	"feed_column":      `5:17: history.feeds[0].columns.occurred is missing; name the column that holds it, or give it under constants`,
	"feed_kind":        `4:13: history.feeds[0].kind is "parcels"; write customers, events, subscriptions, issues, contacts, consents, relations or roster`,
	"give_up":          `2:18: channels.give_up_after: 10m0s is outside 1h to 168h, which is a week`,
	"hazard":           `3:15: training.candidates has hazard, which is for contracts that end, and churn.kind is lapse: take it out`,
	"lag":              `5:12: history.feeds[0].lag: lag "two days" is not a duration; write 2d, 36h or 1d12h`,
	"listen":           `2:11: web.listen: "everywhere" is not an address such as 127.0.0.1:8080`,
	"margin":           `3:15: value.margin_rates.purchase is 20000; give parts per ten thousand from -10000 to 10000`,
	"night_day":        `2:9: nightly.days: "monday" is not a weekday; write mon, tue, wed, thu, fri, sat or sun`,
	"resolve":          `2:20: nightly.resolve_minutes: 45 is not 5, 6, 10, 12, 15, 20, 30 or 60, nor 0 to plan the day again only when the roster changes or somebody asks`,
	"not_a_list":       `2:16: history.event_kinds is "purchase"; write a list`,
	"not_a_number":     `2:15: business.partitions is "many"; write a whole number`,
	"not_a_section":    `2:3: web is a list; write the keys tls, metrics, trusted_proxies, listen, public_url, secure_cookies, session_hours, idle_minutes, api_per_minute, language, languages, sso, digest`,
	"not_a_share":      `2:15: scoring.high_enter is "high"; write a number`,
	"not_a_truth":      `2:13: features.calendar is "maybe"; write true or false`,
	"not_whole":        `2:15: training.every_days is "7.5"; write a whole number`,
	"partitions":       `2:15: business.partitions: 48 is not a power of two from 1 to 4096`,
	"password":         `2:8: store.url holds a password: take it out and set PGPASSWORD, or set HOLDFAST_DATABASE_URL to the whole address`,
	"protected":        `12:18: interventions.treatments[0].relevance of call: it uses the attribute "gender", which is protected: take it out`,
	"protected_model":  `3:19: features.attributes[0].name is "gender", which interventions.protected_attributes protects: no model may use it, so take it out of one of them`,
	"no_channel":       `2:6: interventions.treatments[0].channel is "": write phone, email, webhook or letter`,
	"negative_cost":    `2:80: interventions.treatments[0].cost_minor is -5: give a number from 0 to 1e+12`,
	"outcome":          `12:16: interventions.treatments[0].outcome is "direct_debti", which is not one of history.event_kinds (purchase, return, payment, failed_payment, login, visit, usage, complaint, survey, price_change): add it there, or correct it here`,
	"percent":          `2:15: scoring.high_enter is "12.5%"; write 0.125, which is 12.5 % as a share`,
	"percent_margin":   `2:27: value.margin_rates.payment is "40%"; write 4000, which is 40 % in parts per ten thousand`,
	"share_margin":     `2:27: value.margin_rates.payment is "0.405"; write 4050, which is 40.5 % in parts per ten thousand`,
	"queue":            `2:16: queue.outstanding is 1000: give a number from 32 to 256`,
	"redis_password":   `3:5: queue.redis has no key "password"; the keys are addr, sentinels, master, username, db, tls`,
	"relevance":        `12:18: interventions.treatments[0].relevance of call: line 1, column 16: unknown name valeu`,
	"renewal":          `1:1: features.subscriptions is false and churn.kind is contract; write true: the rule that every model must beat looks at the time to renewal`,
	"retention":        `3:15: nightly.retention.job_days: 0 must be at least 1`,
	"rhythm":           `1:56: churn.rhythm.max_days is 60; give a number from silence_days, 90, to 36500`,
	"rhythm_buying":    `3:15: training.candidates has bgnbd, which foresees silence of one length, and churn.rhythm.times is 3: take one of them out`,
	"script":           `15:13: interventions.treatments[1].body cannot be filled in: body:1:7: there is no field Nmae in .Nmae; the fields are Name, TenureYears, Milestone, Since, Signatory, Offer, Plan, RenewsOn and Attributes`,  //nolint:misspell // the misspelling is the bad input
	"script_branch":    `15:13: interventions.treatments[1].body cannot be filled in: body:1:20: there is no field Nmae in .Nmae; the fields are Name, TenureYears, Milestone, Since, Signatory, Offer, Plan, RenewsOn and Attributes`, //nolint:misspell // the misspelling is the bad input
	"segment":          `5:45: training.stakes.segments[2] is "region", and no feature is called so: write a feature's name, which is profile_NAME for one of features.attributes`,
	"silence":          `5:5: features.events lacks "purchase", the first of churn.activity; add it: the rule that every model must beat looks at the silence since`,
	"tab":              `2:1: a tab stands here; indent with spaces`,
	"timezone":         `2:13: business.timezone: "Mars/Olympus" is not a known time zone; write an IANA name such as Europe/London`,
	"translation":      `16:36: interventions.treatments[0].texts.de.body cannot be filled in: body:1:8: there is no field Nmae in .Nmae; the fields are Name, TenureYears, Milestone, Since, Signatory, Offer, Plan, RenewsOn and Attributes`, //nolint:misspell // the misspelling is the bad input
	"translation_part": `16:14: interventions.treatments[0].texts.de.subject is missing: give each language what the treatment's own texts have`,
	"twice":            `3:3: the key "name" stands in line 2 already; keep one of them`,
	"unclosed":         `2:1: a comma or } is missing`,
	"unknown_key":      `5:5: queue.redis has no key "adress"; the keys are addr, sentinels, master, username, db, tls`,                                                                                 //nolint:misspell // the misspelling is the bad input
	"unknown_section":  `1:1: there is no key "businesss"; the keys are business, store, queue, history, churn, features, value, training, scoring, interventions, measurement, nightly, channels, web`, //nolint:misspell // the misspelling is the bad input
	"webhook_secret":   `2:3: channels has no key "secret"; the keys are carriers, folder, url, smtp, per_minute, timeout, give_up_after, subscribers`,
	"window":           `3:23: interventions.contact_policy.windows.funday is no weekday: write monday, tuesday … sunday`,
	"windows":          `2:17: features.windows[1] is 7; give days from 1 to 3650, ascending`,
	"words":            `1:1: the file is "just words"; write the keys business, store, queue, history, churn, features, value, training, scoring, interventions, measurement, nightly, channels, web`,
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".bad.yaml")
		seen[name] = true
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(name, text)
		switch {
		case err == nil:
			t.Errorf("%s was accepted", path)
		case fault.Of(err) != fault.Invalid:
			t.Errorf("%s: the kind is %v", path, fault.Of(err))
		case err.Error() != name+":"+refusals[name]:
			t.Errorf("%s\n got  %s\n want %s:%s", path, err, name, refusals[name])
		case strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: more than one line: %s", path, err)
		}
	}
	for name := range refusals {
		if !seen[name] {
			t.Errorf("there is no testdata/%s.bad.yaml", name)
		}
	}
}
