package store_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/interventions"
)

// What is known here of an address stands when a feed gives it again, as a daily
// dump of all customers does. Another one is used at once, and the same one once
// a person here says that it is right after all.
func TestAnEndedAddressGivenAgainStaysEnded(t *testing.T) {
	forEachBench(t, func(b bench) {
		cfg := history.DefaultConfig()
		cfg.Feeds = []history.Feed{
			{Name: "crm", Kind: history.FeedCustomers, Columns: map[string]string{"customer": "id", "email": "mail", "phone": "tel"}},
			{Name: "shop", Kind: history.FeedCustomers, Columns: map[string]string{"customer": "id", "email": "mail", "occurred": "changed", "recorded": "changed"}},
		}
		must(b.T, cfg.Validate())
		one := history.NewCustomerID("main", "7")
		comes := func(d int, feed, rows string) {
			b.Helper()
			m := history.Importer{Store: b.Store, Config: cfg, Now: func() time.Time { return day(1, d) }, TempDir: b.TempDir()}
			path := filepath.Join(b.TempDir(), "in.csv")
			must(b.T, os.WriteFile(path, []byte(rows), 0o600))
			_, err := m.Run(b.Context(), feed, []string{path}, history.Options{})
			must(b.T, err)
		}
		know := func(at time.Time) interventions.Known {
			b.Helper()
			k, _, err := b.Situation(b.Context(), one, history.HouseholdID(one), at)
			must(b.T, err)
			return k
		}
		usable := func(at time.Time, want ...string) {
			b.Helper()
			var got []string
			for _, p := range know(at).Points {
				got = append(got, p.Value)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				b.Errorf("on %s: %s", at.Format(time.DateOnly), diff)
			}
		}
		const head, dated = "id,mail,tel\n", "id,mail,changed\n"

		comes(2, "crm", head+"7,a@b.example,0201\n")
		usable(day(1, 2), "a@b.example", "0201")
		ended := day(1, 3)
		k, p := know(ended), &interventions.Policy{}
		mail := interventions.Message{Customer: one, Channel: interventions.ChannelEmail, To: "a@b.example"}
		call := interventions.Message{Customer: one, Channel: interventions.ChannelPhone, To: "0201"}
		facts := append(p.NoAddress(&mail, &k, ended), p.NoAddress(&call, &k, ended)...)
		must(b.T, b.RecordFacts(b.Context(), ended, facts))
		usable(ended)

		comes(5, "crm", head+"7,a@b.example,0201\n8,x@b.example,\n")
		usable(day(1, 5))
		comes(6, "shop", dated+"7,A@b.example,2026-01-06\n") // a feed with a date of its own, in capitals
		usable(day(1, 7))
		comes(8, "crm", head+"7,c@d.example,0202\n")
		usable(day(1, 8), "c@d.example", "0202")
		comes(9, "crm", head+"7,a@b.example,0201\n9,x@b.example,\n") // and back to what is none
		usable(day(1, 9))

		right := facts[0]
		right.Body = history.ContactPoint{Channel: "email", Value: "a@b.example"}
		must(b.T, b.RecordFacts(b.Context(), day(1, 10), []history.Fact{right}))
		usable(day(1, 10), "A@b.example", "a@b.example")
		comes(12, "crm", head+"7,a@b.example,0201\n10,x@b.example,\n")
		usable(day(1, 12), "A@b.example", "a@b.example")

		usable(day(1, 2), "a@b.example", "0201") // what was known then
	})
}
