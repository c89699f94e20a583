package store_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/nightly"
	"holdfast/scoring"
	"holdfast/store"
)

// scoresOf makes n scores of a partition, every seventh out of the population.
func scoresOf(partition, n int, asOf time.Time) []scoring.Score {
	scores := make([]scoring.Score, n)
	for i := range scores {
		id := history.CustomerID(1 + partition*1_000_000 + i)
		s := scoring.Score{Customer: id, Household: history.HouseholdID(id), AsOf: asOf, ValueMinor: int64(1000 + i*37%9000), TenureDays: i % 4000, Model: "m1"}
		switch {
		case i%7 == 3:
			s.Excluded = "gone already"
		default:
			s.Risk = float64(i*131%997) / 1000
			s.Band = scoring.BandLow
			if s.Risk > .15 {
				s.Band = scoring.BandMedium
			}
			if s.Risk > .3 {
				s.Band, s.Episode, s.EpisodeStart = scoring.BandHigh, int64(id)*10+1, asOf.AddDate(0, 0, -3)
			}
			s.Reasons = []scoring.Reason{
				{Concept: "silence", Text: fmt.Sprintf("No purchase for %d days; usually every 21", i%90), Weight: .8, Feature: "days_since", Value: float64(i % 90)},
				{Concept: "service", Text: "2 complaints in 30 days", Weight: .3, Feature: "complaints_30", Value: 2},
			}
		}
		scores[i] = s
	}
	return scores
}

func TestScoresAreKeptAndReplaced(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		startNight(t, s, "a", noon)
		for _, n := range []int{1000, 0, 777} {
			want := scoresOf(1, n, noon)
			must(t, s.SaveScores(ctx, "a", 1, want))
			got, err := s.LoadScores(ctx, "a", 1)
			must(t, err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%d scores: %s", n, diff)
			}
		}
		if _, err := s.LoadScores(ctx, "a", 2); fault.Of(err) != fault.NotFound {
			t.Errorf("scores that were not made give %v", err)
		}
		if err := s.SaveScores(ctx, "b", 1, nil); fault.Of(err) != fault.NotFound {
			t.Errorf("scores of no run give %v", err)
		}
		store.Damage(t, s, "night_segments", "payload")
		if _, err := s.LoadScores(ctx, "a", 1); fault.Of(err) != fault.Invalid {
			t.Errorf("a damaged segment gives %v", err)
		}
	})
}

// Hysteresis needs what the newest completed night said, and no other.
func TestPreviousScores(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if prev, err := s.PreviousScores(ctx, 1, noon); err != nil || len(prev) != 0 {
			t.Fatalf("before any night: %v, %v", prev, err)
		}
		for i, id := range []string{"a", "b", "c"} {
			asOf := noon.AddDate(0, 0, i)
			startNight(t, s, id, asOf)
			scores := scoresOf(1, 50, asOf)
			for k := range scores {
				scores[k].Risk += float64(i)
			}
			must(t, s.SaveScores(ctx, id, 1, scores))
			if id != "c" {
				for range threeStages {
					finishAll(t, s, id)
				}
			}
		}
		third := scoresOf(1, 50, noon.AddDate(0, 0, 1))
		want := map[history.CustomerID]scoring.Previous{}
		for _, sc := range third {
			if sc.Excluded == "" {
				want[sc.Customer] = scoring.Previous{Band: sc.Band, Episode: sc.Episode, EpisodeStart: sc.EpisodeStart, Risk: sc.Risk + 1}
			}
		}
		got, err := s.PreviousScores(ctx, 1, noon.AddDate(0, 0, 30)) // c is not completed
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got, err = s.PreviousScores(ctx, 1, noon); err != nil || len(got) != 0 {
			t.Errorf("before the first night: %d, %v", len(got), err)
		}
		if got, err = s.PreviousScores(ctx, 1, noon.AddDate(0, 0, 1)); err != nil || len(got) == 0 || got[1_000_001].Risk > 1 {
			t.Errorf("as of the second night: %+v, %v, want what the first said", got[1_000_001], err)
		}
	})
}

func linearModel(t *testing.T, weight float64) *model.Model {
	t.Helper()
	schema := features.Schema{Columns: []features.Column{{Name: "days_since", Concept: "silence"}}}
	m, err := model.NewLinear(schema, &model.Linear{Intercept: -1, Columns: []model.LinearColumn{
		{Shape: model.Raw, High: 365, Terms: []model.Term{{Weight: weight, Mean: 30}}},
	}}, model.Card{Name: "logistic"})
	must(t, err)
	return m
}

// Two different people consent; a release uses their consents up.
func TestConsents(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if _, err := s.Waiting(ctx); fault.Of(err) != fault.NotFound {
			t.Errorf("nothing waits: %v", err)
		}
		for i, id := range []string{"m-old", "m-new", "i-1"} {
			at := noon.Add(time.Duration(i) * time.Hour)
			must(t, s.SaveModel(ctx, nightly.ModelRecord{ID: id, Name: "logistic", TrainedAt: at, Created: at}, linearModel(t, .5)))
		}
		rec, err := s.Waiting(ctx)
		must(t, err)
		if rec.ID != "m-new" || rec.Name != "logistic" || !rec.TrainedAt.Equal(noon.Add(time.Hour)) || rec.Schema != linearModel(t, .5).SchemaHash() {
			t.Errorf("%+v waits", rec)
		}
		consent := func(who string, minute int) ([]string, error) {
			return s.Consent(ctx, "m-new", who, noon.Add(time.Duration(minute)*time.Minute))
		}
		for round := range 2 {
			people, err := consent("zoe", 1)
			must(t, err)
			if !slices.Equal(people, []string{"zoe"}) {
				t.Errorf("round %d: %v", round, people)
			}
			if _, err := consent("zoe", 2); fault.Of(err) != fault.Conflict || !strings.Contains(err.Error(), "another person has to") {
				t.Errorf("the same person again: %v", err)
			}
			people, err = consent("ann", 3)
			must(t, err)
			if !slices.Equal(people, []string{"zoe", "ann"}) {
				t.Errorf("round %d: %v", round, people)
			}
			must(t, s.Promote(ctx, "m-new", noon, "released"))
			must(t, s.Promote(ctx, "m-old", noon, "rolled back"))
		}
		if _, err := s.Consent(ctx, "m-none", "ann", noon); fault.Of(err) != fault.NotFound {
			t.Errorf("no such model: %v", err)
		}
		if rec, err := s.Waiting(ctx); fault.Of(err) != fault.NotFound {
			t.Errorf("all were champions, %+v waits (%v)", rec, err)
		}
	})
}

func TestModelsAndTheChampion(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if _, _, err := s.Champion(ctx); fault.Of(err) != fault.NotFound {
			t.Fatalf("no champion gives %v", err)
		}
		first, second := linearModel(t, .5), linearModel(t, .7)
		for i, m := range []*model.Model{first, second, first} { // the third has the id of the second: left out
			rec := nightly.ModelRecord{ID: fmt.Sprintf("m%d", min(i, 1)), Name: "logistic", TrainedAt: noon, Created: noon.Add(time.Duration(i) * time.Hour), Reason: "first"}
			must(t, s.SaveModel(ctx, rec, m))
		}
		_, got, err := s.Model(ctx, "m1")
		must(t, err)
		var a, b bytes.Buffer
		must(t, got.Write(&a))
		must(t, second.Write(&b))
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Error("the model came back as another")
		}
		if err := s.Promote(ctx, "m9", noon, "why not"); fault.Of(err) != fault.NotFound {
			t.Errorf("promoting nothing gives %v", err)
		}
		for i, id := range []string{"m0", "m1", "m1", "m0"} {
			must(t, s.Promote(ctx, id, noon.Add(time.Duration(i)*time.Hour), fmt.Sprintf("step %d", i)))
		}
		rec, m, err := s.Champion(ctx)
		must(t, err)
		want := nightly.ModelRecord{
			ID: "m0", Kind: model.KindLinear, Name: "logistic", Schema: first.SchemaHash(), Champion: true, TrainedAt: noon, Created: noon,
			Promoted: noon.Add(3 * time.Hour), Reason: "step 3", Card: first.Card(),
		}
		if diff := cmp.Diff(want, rec); diff != "" {
			t.Error(diff)
		}
		if m.SchemaHash() != first.SchemaHash() {
			t.Error("another model came with the champion's record")
		}
		list, err := s.Models(ctx, 10)
		must(t, err)
		if len(list) != 2 || list[0].ID != "m1" || list[0].Champion || list[0].Reason != "step 1" {
			t.Errorf("the list is %+v", list)
		}
	})
}
