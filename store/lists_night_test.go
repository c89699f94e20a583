package store_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/scoring"
	"holdfast/store"
)

// file makes n customers in each of two partitions, with the ids of scoresOf.
func file(t *testing.T, s *store.Store, n int) {
	t.Helper()
	ctx := t.Context()
	imp, err := s.BeginImport(ctx, history.Import{Feed: "crm", Started: noon})
	must(t, err)
	for partition := range 2 {
		customers := make([]history.Customer, n)
		for i := range customers {
			id := history.CustomerID(1 + partition*1_000_000 + i)
			customers[i] = history.Customer{ID: id, Partition: partition, Source: "crm", Key: fmt.Sprintf("K%d", id), Name: fmt.Sprintf("Name%d Miller", id)}
		}
		_, err := s.SaveCustomers(ctx, imp, customers)
		must(t, err)
	}
	_, err = s.PublishImport(ctx, history.Import{ID: imp}, noon)
	must(t, err)
}

// decide makes the decisions for scores: of every ten in a risk episode one is
// a ghost, one is held out, and the others are treated.
func decide(scores []scoring.Score) []interventions.Decision {
	out := make([]interventions.Decision, len(scores))
	for i, sc := range scores {
		d := interventions.Decision{Customer: sc.Customer, Household: sc.Household, AsOf: sc.AsOf, Result: interventions.ResultNoTreatment, Reason: interventions.ReasonNotRelevant}
		switch {
		case sc.Excluded != "":
			d.Result, d.Reason = interventions.ResultOut, sc.Excluded
		case sc.Episode != 0:
			d.Treatment, d.Minutes, d.Episode, d.Propensity = "call", 8, sc.Episode, .8
			d.Worth = interventions.Worth{Tau: sc.Risk / 4, AtStake: float64(sc.ValueMinor), Total: sc.Risk / 4 * float64(sc.ValueMinor)}
			d.Result, d.Reason = interventions.ResultTreat, interventions.ReasonReleased
			if i%2 == 0 {
				d.Treatment = "mail"
			}
			switch i % 10 {
			case 4, 7:
				d.Result, d.Reason = interventions.ResultGhost, interventions.ReasonHeldBack
			case 5:
				d.Result, d.Reason = interventions.ResultHoldout, interventions.ReasonHeldBack
			}
			d.Trace.Considered = []interventions.Considered{{Treatment: d.Treatment, Relevant: true, Worth: &d.Worth, Key: workKey(d)}}
		}
		out[i] = d
	}
	return out
}

func workKey(d interventions.Decision) string {
	return fmt.Sprintf("%d/save/episode-%d", d.Household, d.Episode)
}

// assign makes the work of decisions, as Policy.Assign does.
func assign(pub interventions.PublicationID, partition int, decisions []interventions.Decision) (w interventions.Assignment) {
	for _, d := range decisions {
		if d.Treatment == "" {
			continue
		}
		ghost := d.Result != interventions.ResultTreat
		id := int64(stats.Hash(uint64(pub), uint64(d.Customer)) >> 1)
		arm := map[bool]string{true: interventions.ArmGhost, false: interventions.ArmTreat}[ghost]
		w.Exposures = append(w.Exposures, history.Exposure{Customer: d.Customer, Household: d.Household, At: d.AsOf, Purpose: "retention", Treatment: d.Treatment, Arm: arm, Propensity: d.Propensity})
		if d.Treatment == "mail" {
			m := interventions.Message{
				ID: interventions.MessageID(id), IdempotencyKey: "send/" + workKey(d), Publication: pub, Key: workKey(d), Customer: d.Customer,
				Household: d.Household, Partition: partition, Treatment: d.Treatment, Family: interventions.FamilySave,
				Channel: interventions.ChannelEmail, Purpose: interventions.PurposeRetention, Episode: d.Episode, State: interventions.MessageReady,
				To: "a@example.org", Body: "Dear customer", AsOf: d.AsOf, CreatedAt: d.AsOf, NotBefore: d.AsOf, ExpiresAt: d.AsOf.AddDate(0, 0, 7),
			}
			if ghost {
				m.Ghost, m.State = true, interventions.MessageGhost
			}
			w.Messages = append(w.Messages, m)
			continue
		}
		task := interventions.Task{
			ID: interventions.TaskID(id), Publication: pub, Key: workKey(d), Customer: d.Customer, Household: d.Household, Partition: partition,
			Treatment: d.Treatment, Family: interventions.FamilySave, Channel: interventions.ChannelPhone, Purpose: interventions.PurposeRetention,
			Episode: d.Episode, State: interventions.TaskReady, WorthMinor: int64(d.Worth.Total), Minutes: d.Minutes,
			ValuePerMinute: d.Worth.Total / 8, Zone: "UTC", AsOf: d.AsOf, CreatedAt: d.AsOf, NotBefore: d.AsOf, ExpiresAt: d.AsOf.AddDate(0, 0, 7),
			Card: interventions.Card{Customer: d.Customer, Name: "Somebody", Treatment: d.Treatment, AsOf: d.AsOf},
		}
		if ghost {
			task.Ghost, task.State = true, interventions.TaskGhost
		}
		w.Tasks = append(w.Tasks, task)
	}
	return w
}

// armsOf are the arms drawn for decisions.
func armsOf(decisions []interventions.Decision) (arms []interventions.Arm) {
	for _, d := range decisions {
		if d.Treatment != "" {
			arms = append(arms, interventions.Arm{
				Household: d.Household, Layer: interventions.Layer(d.Treatment), Held: d.Result == interventions.ResultGhost, Share: .2,
				From: d.AsOf, Until: d.AsOf.AddDate(1, 0, 0),
			})
		}
	}
	return arms
}

// draftNight makes the draft list of a night over n customers a partition.
func draftNight(t *testing.T, s *store.Store, id string, asOf time.Time, n int) (pub interventions.Publication, skipped int) {
	t.Helper()
	ctx := t.Context()
	startNight(t, s, id, asOf)
	pub, err := s.Draft(ctx, id, interventions.Publication{AsOf: asOf, CreatedAt: noon, Policy: "p1"})
	must(t, err)
	skipped = fillDraft(t, s, id, pub, n)
	return pub, skipped
}

func fillDraft(t *testing.T, s *store.Store, id string, pub interventions.Publication, n int) (skipped int) {
	t.Helper()
	ctx := t.Context()
	var tally interventions.Tally
	var all interventions.Allocation
	for partition := range 2 {
		scores := scoresOf(partition, n, pub.AsOf)
		for i := range scores { // one episode from night to night
			if scores[i].Episode != 0 {
				scores[i].EpisodeStart = noon
			}
		}
		must(t, s.SaveScores(ctx, id, partition, scores))
		decisions := decide(scores)
		all.NewArms = append(all.NewArms, armsOf(decisions)...)
		must(t, s.SaveDecisions(ctx, pub.ID, partition, decisions, scores))
		k, err := s.SaveWork(ctx, pub.ID, partition, assign(pub.ID, partition, decisions))
		must(t, err)
		skipped += k
		tally.Count(decisions)
	}
	must(t, s.SaveAllocation(ctx, pub.ID, all))
	must(t, s.OrderList(ctx, pub.ID))
	must(t, s.SaveTally(ctx, pub.ID, tally))
	return skipped
}

func publish(t *testing.T, s *store.Store, id string, pub interventions.PublicationID, at time.Time) nightly.Counts {
	t.Helper()
	counts, err := s.Publish(t.Context(), id, pub, at)
	must(t, err)
	return counts
}
