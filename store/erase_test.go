package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/queue"
	"holdfast/store"
)

// What is deleted of a person is deleted on both databases; the totals of the
// night and everybody else stay.
func TestErase(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		pub, _ := draftNight(t, s, "a", noon, 200)
		if _, err := s.Erase(ctx, store.Person{}, noon); fault.Of(err) != fault.Conflict {
			t.Errorf("erasing under a running night gives %v", err)
		}
		publish(t, s, "a", pub.ID, noon)
		must(t, s.FailRun(ctx, "a", noon, "the test ends it"))
		now := noon.Add(time.Hour)
		task := begin(t, s, agentTasks(t, s, now)[0], now)
		var found store.Person
		for _, c := range customersOf(t, s, task.Partition) {
			if c.ID == task.Customer {
				p, err := s.Person(ctx, c.Key)
				must(t, err)
				found = p
			}
		}
		words := typeOf(t, s, &found)
		tasks, listed := store.CountRows(t, s, "tasks"), store.CountRows(t, s, "listed")
		must(t, s.RecordEvents(ctx, noon, []history.Event{{Stamp: history.Stamp{Customer: task.Customer, Ref: 7, Occurred: noon.AddDate(0, 0, -1)}}}))
		_, err := s.FoldEvents(ctx, noon)
		must(t, err)
		tell := func(name, payload string) {
			job, err := queue.New(store.TellJob, name, json.RawMessage(payload), noon)
			must(t, err)
			_, err = s.InsertJob(ctx, job)
			must(t, err)
		}
		tell("of-them", fmt.Sprintf(`{"subscriber":"crm","event":{"type":"task.done","data":{"task":1,"customer":%d}}}`, task.Customer))
		tell("of-another", fmt.Sprintf(`{"subscriber":"crm","event":{"type":"task.done","data":{"task":1,"customer":%d1}}}`, task.Customer))
		jobs := store.CountRows(t, s, "jobs")
		for key, body := range map[string]string{
			"by-key": `{"customer":"` + found.Keys[0].Key + `"}`, "by-id": fmt.Sprintf(`{"id":%d}`, task.Customer), "of-nobody": `{"queued":true}`,
		} {
			must(t, s.KeepAnswer(ctx, 1, key, access.Answer{Request: key, Status: 200, Body: []byte(body), At: noon}, noon.AddDate(0, 0, -1)))
		}
		for token, payload := range map[string]string{"of-a-draft": "\x0c\xff\x00note\x0bQuirina Zyxwvut\x00 rang", "of-nobody": "\x0c\xff\x00note"} {
			must(t, s.Sessions().CommitCtx(ctx, token, []byte(payload), noon.AddDate(100, 0, 0)))
		}
		n, err := s.Erase(ctx, found, now)
		must(t, err)
		if left, _ := store.TextsWith(t, s, words...); len(left) > 0 {
			t.Errorf("the person is still in %s", strings.Join(left, ", "))
		}
		kept, _ := store.TextsWith(t, s, "kept for everybody")
		for _, column := range store.FreeTexts() { // a rejected row goes whole, and so does a search
			if !slices.Contains(kept, column) && !strings.HasPrefix(column, "rejections.") && column != "saved_views.query" {
				t.Errorf("what else was typed into %s is gone", column)
			}
		}
		if chain, err := s.CheckAudit(ctx); err != nil || chain.Broken != 0 || chain.Erased != 3 {
			t.Errorf("the audit's chain is %+v (%v)", chain, err)
		}
		if got := store.CountRows(t, s, "jobs"); got != jobs-1 {
			t.Errorf("%d of %d jobs are left: one told of the person", got, jobs)
		}
		for key, left := range map[string]fault.Kind{"by-key": fault.NotFound, "by-id": fault.NotFound, "of-nobody": fault.Of(nil)} {
			if _, err := s.Answer(ctx, 1, key); fault.Of(err) != left {
				t.Errorf("the answer %s: %v", key, err)
			}
		}
		for token, left := range map[string]bool{"of-a-draft": false, "of-nobody": true} {
			if _, found, err := s.Sessions().FindCtx(ctx, token); err != nil || found != left {
				t.Errorf("the session %s is there: %v (%v)", token, found, err)
			}
		}
		// The event is there once as it came and once folded.
		if n.Customers != 1 || n.Events != 2 || n.Nights < 2 || n.Work == 0 {
			t.Errorf("erased %+v", n)
		}
		must(t, s.Compact(ctx))
		if a, b := store.CountRows(t, s, "tasks"), store.CountRows(t, s, "listed"); a >= tasks || b != listed-1 {
			t.Errorf("%d of %d tasks and %d of %d rows are left", a, tasks, b, listed)
		}
		if _, err := s.Person(ctx, found.Keys[0].Key); fault.Of(err) != fault.NotFound {
			t.Errorf("the person is still found: %v", err)
		}
		e, err := s.Erasures(ctx)
		if err != nil || !e.Has(task.Customer) || e.Has(task.Customer+1) || !e.Has(history.NewCustomerID("crm", found.Keys[0].Key)) {
			t.Errorf("the erased are %d (%v)", len(e.Hashes), err)
		}
		if got, err := s.Publication(ctx, pub.ID); err != nil || got.Tally.Customers != 400 {
			t.Errorf("the totals of the night are %+v (%v)", got.Tally, err)
		}
		begin(t, s, agentTasks(t, s, now)[0], now) // the queue goes on
	})
}

// typeOf gives the person a name, a phone number and an e-mail address, types
// them with the key into every free text that there is and the audit, and
// returns them.
func typeOf(t *testing.T, s *store.Store, p *store.Person) []string {
	t.Helper()
	c := &p.Customers[0]
	c.Name = "Quirina van Zyxwvut"
	for i, point := range []history.ContactPoint{{Channel: "phone", Value: "+44 20 7946 0958"}, {Channel: "email", Value: "quirina@zyxwvut.example"}} {
		must(t, s.RecordFacts(t.Context(), noon, []history.Fact{{
			Stamp: history.Stamp{Customer: c.ID, Ref: int64(100 + i), Occurred: noon.AddDate(0, 0, -2)}, Kind: history.FactContactPoint, Body: point,
		}}))
	}
	key := p.Keys[0].Key
	typed := "QUIRINA ZYXWVUT (" + key + ", Quirina@zyxwvut.example) rang from 020 7946 0958, kept for everybody"
	store.TypeEverywhere(t, s, typed)
	for _, e := range []access.Entry{
		{What: "try a policy", Detail: typed},
		{What: "export the risk list", Detail: "band=high&text=zyxw+quir"},
		{What: "read a customer's file", Subject: key},
		{What: "read a customer's file", Subject: key + "0", Detail: "kept for everybody"},
	} {
		e.Who, e.At = "mia", noon
		must(t, s.Audit(t.Context(), e))
	}
	words := []string{"quirina", "zyxw", "7946 0958", "(" + key + ",", `"` + key + `"`}
	found, looked := store.TextsWith(t, s, words...)
	for _, column := range store.FreeTexts() {
		if !slices.Contains(found, column) {
			t.Errorf("the person was not typed into %s: the test would not find what is left of it", column)
		}
	}
	if looked < 100 {
		t.Errorf("only %d columns of text were looked through", looked)
	}
	return words
}

func customersOf(t *testing.T, s *store.Store, partition int) []history.Customer {
	t.Helper()
	shard, err := s.LoadShard(t.Context(), partition, 0)
	must(t, err)
	return shard.Customers
}
