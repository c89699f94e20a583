package nightly

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/model"
	"holdfast/scoring"
	"holdfast/training"
	"holdfast/value"
)

var vocab = history.Vocabulary{Kinds: []string{"other", "purchase"}, Channels: []string{""}}

// town is a shop's customers in so many partitions: they bought for 50.00 every
// ten days for a year, until a day of their own within the last 120.
func town(t testing.TB, customers, partitions int) []*history.Shard {
	t.Helper()
	return assemble(t, townParts(customers, partitions))
}

func townParts(customers, partitions int) []history.Parts {
	parts := make([]history.Parts, partitions)
	for i := range customers {
		id := history.CustomerID(i + 1)
		p := &parts[i%partitions]
		p.Customers = append(p.Customers, history.Customer{ID: id, Source: "shop", Key: strconv.Itoa(i), Name: "Customer " + strconv.Itoa(i)})
		for k := range 36 {
			at := asOf.AddDate(0, 0, -i%120-10*k-1)
			p.Singles = append(p.Singles, history.Event{Stamp: history.Stamp{Customer: id, Ref: int64(k + 1), Occurred: at, Recorded: at}, Kind: 1, AmountMinor: 5000})
		}
		for k, channel := range []string{"phone", "post"} {
			at := asOf.AddDate(-1, 0, 0)
			p.Facts = append(p.Facts, history.Fact{
				Stamp: history.Stamp{Customer: id, Ref: int64(k + 1), Occurred: at, Recorded: at}, Kind: history.FactContactPoint,
				Body: history.ContactPoint{Channel: channel, Value: "somewhere " + strconv.Itoa(i)},
			})
		}
	}
	return parts
}

func assemble(t testing.TB, parts []history.Parts) []*history.Shard {
	t.Helper()
	out := make([]*history.Shard, len(parts))
	for i := range parts {
		parts[i].Partition, parts[i].Vocab = i, vocab
		var err error
		if out[i], err = history.AssembleShard(parts[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// silence is a model in which 30 days of silence are a risk of one half.
func silence(t testing.TB, schema features.Schema) *model.Model {
	t.Helper()
	body := &model.Linear{Intercept: -3, Columns: make([]model.LinearColumn, len(schema.Columns))}
	body.Columns[schema.Index("purchase_days_since")] = model.LinearColumn{Shape: model.Raw, High: 1000, Terms: []model.Term{{Weight: .1}}}
	m, err := model.NewLinear(schema, body, model.Card{})
	if err != nil {
		t.Fatal(err)
	}
	if m, err = m.WithCalibration(model.LogisticCalibration(stats.LogitCalibration{Slope: 1})); err != nil {
		t.Fatal(err)
	}
	return m
}

func stages(t testing.TB, d *desk, b *books) *Stages {
	t.Helper()
	st := &Stages{
		Store: d, Run: b, Config: Default(), Zone: time.UTC, Scoring: scoring.Default(), Training: training.Default(),
		Binary: "test", Now: clock, Log: slog.New(slog.DiscardHandler),
	}
	var err error
	if st.Engine, err = features.New(features.Default(), vocab); err != nil {
		t.Fatal(err)
	}
	if st.Churn, err = churn.New(churn.Config{
		Kind: churn.Lapse, SilenceDays: 90, Activity: []string{"purchase"}, Population: churn.Population{ActiveWithinDays: 100},
	}, vocab); err != nil {
		t.Fatal(err)
	}
	if st.Value, err = value.New(value.Default(), vocab); err != nil {
		t.Fatal(err)
	}
	cfg := interventions.DefaultConfig()
	cfg.Roster.Agents = 2
	if st.Policy, err = interventions.NewPolicy(cfg, time.UTC, []byte("0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
	st.Judges = st.Training.NewJudges(st.Churn, clock)
	m := silence(t, st.Engine.Schema())
	d.models["m-0"], d.champion = m, "m-0"
	d.records["m-0"] = ModelRecord{ID: "m-0", Schema: m.SchemaHash(), TrainedAt: asOf.AddDate(0, 0, -7)}
	return st
}

// work runs the night to its end and returns it.
func work(t testing.TB, st *Stages, b *books, run Run) Run {
	t.Helper()
	n := New(b, st.Steps(), st.Store.Partitions(), clock, st.Log)
	if _, _, err := n.Start(context.Background(), run); err != nil {
		t.Fatal(err)
	}
	for len(b.open()) > 0 {
		if err := b.run(n, b.open()[0]); err != nil {
			t.Fatal(err)
		}
		if b.runs[run.ID].State != Running {
			break
		}
	}
	return *b.runs[run.ID]
}

// A night scores everybody, decides once for each, adds up to the file and
// publishes; the same however the customers are spread over partitions.
func TestAWholeNight(t *testing.T) {
	t.Parallel()
	var first interventions.Tally
	for _, partitions := range []int{1, 4} {
		d, b := newDesk(town(t, 240, partitions)...), newBooks()
		st := stages(t, d, b)
		measured := 0
		st.Import = func(context.Context, time.Time) (Counts, error) { return Counts{"rows": 5}, nil }
		st.Measure = func(context.Context, Run, func(int) (*history.Shard, error)) (Counts, error) {
			measured++
			return Counts{}, nil
		}
		run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
		if run.State != Completed || run.Model != "m-0" || run.Version != 9 || d.published != 1 || d.cleaned != 1 || d.folded != 1 || measured != 1 {
			t.Fatalf("%+v; published %d, cleaned %d, measured %d", run, d.published, d.cleaned, measured)
		}
		tally := d.pub.Tally
		if err := tally.Check(240); err != nil {
			t.Error(err)
		}
		if tally.ByResult[interventions.ResultTreat] == 0 || tally.ByResult[interventions.ResultGhost] == 0 || tally.ByResult[interventions.ResultOut] == 0 {
			t.Errorf("results %v", tally.ByResult)
		}
		tasks, ghosts, exposures := 0, 0, 0
		for _, w := range d.work {
			for _, task := range w.Tasks {
				tasks++
				if task.Ghost {
					ghosts++
				}
			}
			exposures += len(w.Exposures)
			tasks += len(w.Messages)
			for _, m := range w.Messages {
				if m.Ghost {
					ghosts++
				}
			}
		}
		if tasks != exposures || ghosts != tally.ByResult[interventions.ResultGhost] || tasks-ghosts != tally.ByResult[interventions.ResultTreat] {
			t.Errorf("%d works, %d of them ghosts, %d exposures; tally %v", tasks, ghosts, exposures, tally.ByResult)
		}
		if partitions == 1 {
			first = tally
		} else if diff := cmp.Diff(first, tally, cmpopts.IgnoreFields(tally, "Minutes")); diff != "" {
			t.Errorf("other partitions, other decisions:\n%s", diff)
		}
	}
}

// Doing a shard twice leaves what doing it once leaves.
func TestRepeatedShardsAreHarmless(t *testing.T) {
	t.Parallel()
	d, b := newDesk(town(t, 120, 2)...), newBooks()
	st := stages(t, d, b)
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	scores, decisions, arms, made := d.scores, d.decisions, len(d.arms), d.work
	d.scores, d.decisions, d.work = map[int][]scoring.Score{}, map[int][]interventions.Decision{}, map[int]interventions.Assignment{}
	for _, step := range st.Steps() {
		shards := 1
		if step.PerPartition {
			shards = 2
		}
		for k := range 2 * shards {
			if _, err := step.Do(context.Background(), run, k%shards); err != nil {
				t.Fatalf("%s again: %v", step.Stage, err)
			}
		}
	}
	if diff := cmp.Diff(scores, d.scores); diff != "" {
		t.Errorf("scores: %s", diff)
	}
	if diff := cmp.Diff(decisions, d.decisions); diff != "" {
		t.Errorf("decisions: %s", diff)
	}
	if diff := cmp.Diff(made, d.work); diff != "" {
		t.Errorf("work: %s", diff)
	}
	if len(d.arms) != arms || d.published != 1 {
		t.Errorf("%d arms after %d, published %d times", len(d.arms), arms, d.published)
	}
}

// A dry run decides and leaves everything as it was.
func TestDryRun(t *testing.T) {
	t.Parallel()
	d, b := newDesk(town(t, 120, 2)...), newBooks()
	st := stages(t, d, b)
	st.Import = func(context.Context, time.Time) (Counts, error) { t.Error("a dry run imported"); return nil, nil }
	st.Measure = func(context.Context, Run, func(int) (*history.Shard, error)) (Counts, error) {
		t.Error("a dry run measured")
		return nil, nil
	}
	run := work(t, st, b, Run{ID: "d1", AsOf: asOf, DryRun: true})
	if run.State != Completed || d.published+d.cleaned+d.folded != 0 || d.champion != "m-0" {
		t.Errorf("%+v; published %d, cleaned %d, folded %d", run, d.published, d.cleaned, d.folded)
	}
	if got := b.stages["d1"][7].Counts["would be released"]; got == 0 || got != int64(d.pub.Tally.ByResult[interventions.ResultTreat]) {
		t.Errorf("would release %d", got)
	}
}

func TestChecks(t *testing.T) {
	t.Parallel()
	fresh := asOf.Add(-time.Hour)
	for name, c := range map[string]struct {
		arrivals []Arrival
		required []string
		want     string // of the reason the night is held; empty when it is not
	}{
		"nothing":           {nil, nil, ""},
		"never arrived":     {nil, []string{"orders"}, "the required feed orders has never arrived"},
		"arrived":           {[]Arrival{{Feed: "orders", Published: fresh}}, []string{"orders"}, ""},
		"arrived too early": {[]Arrival{{Feed: "orders", Published: asOf.AddDate(0, 0, -1).Add(-time.Minute)}}, []string{"orders"}, "the required feed orders has brought nothing since 2026-05-30 23:59"},
		"one file again":    {[]Arrival{{Feed: "orders", Published: fresh, Rows: 120, Usual: 120, UsualNew: 80, Before: 3}}, []string{"orders"}, "the required feed orders brought 120 rows and every one of them was known already, where usually 80 say something new: deliver the file of the day and run `holdfast nightly resume --from import`; "},
		"let pass":          {[]Arrival{{Feed: "orders", Published: fresh, Rows: 120, Usual: 120, UsualNew: 80, Before: 3, Seen: true}}, []string{"orders"}, ""},
		"one row is new":    {[]Arrival{{Feed: "orders", Published: fresh, Rows: 120, Usual: 120, New: 1, UsualNew: 80, Before: 3}}, []string{"orders"}, ""},
		"seldom news":       {[]Arrival{{Feed: "orders", Published: fresh, Rows: 120, Usual: 120, UsualNew: 3, Before: 8}}, []string{"orders"}, ""},
		"not required":      {[]Arrival{{Feed: "orders", Published: fresh, Rows: 120, Usual: 120, UsualNew: 80, Before: 3}}, nil, ""},
		"half the rows":     {[]Arrival{{Feed: "orders", Published: fresh, Rows: 50, Usual: 100, Before: 3}}, nil, "the feed orders brought 50 rows where 100 are usual"},
		"sixty of hundred":  {[]Arrival{{Feed: "orders", Published: fresh, Rows: 60, Usual: 100, Before: 3}}, nil, ""},
		"who knows yet":     {[]Arrival{{Feed: "orders", Published: fresh, Rows: 5, Usual: 100, Before: 2}}, nil, ""},
		"few by chance":     {[]Arrival{{Feed: "issues", Published: fresh, Rows: 6, Usual: 12, Before: 8}}, nil, ""},
		"an empty feed":     {[]Arrival{{Feed: "issues", Published: fresh, Rows: 0, Usual: 12, Before: 8}}, nil, "the feed issues brought 0 rows"},
	} {
		d, b := newDesk(town(t, 8, 1)...), newBooks()
		d.arrivals = c.arrivals
		st := stages(t, d, b)
		st.Required = c.required
		run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
		if c.want == "" && run.State != Completed {
			t.Errorf("%s: %s, %s", name, run.State, run.Reason)
		}
		if c.want != "" && (run.State != HeldBack || !strings.HasPrefix(run.Reason, c.want) || d.published != 0) {
			t.Errorf("%s: %s, %q, want held: %s", name, run.State, run.Reason, c.want)
		}
	}
}

func TestListChecks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before [2]int64
		want   string
	}{
		"the first night":          {},
		"as before":                {before: [2]int64{400, 100}},
		"a population that fell":   {[2]int64{600, 60}, "the population fell from 600 to 400 customers"},
		"a list that grew":         {[2]int64{400, 10}, "the list grew from 10 to "},
		"no list the night before": {before: [2]int64{400, 0}},
	} {
		d, b := newDesk(town(t, 480, 1)...), newBooks()
		d.before = c.before
		st := stages(t, d, b)
		run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
		if (c.want == "") != (run.State == Completed) || !strings.HasPrefix(run.Reason, c.want) {
			t.Errorf("%s: %s, %q (released %d)", name, run.State, run.Reason, d.pub.Tally.ByResult[interventions.ResultTreat])
		}
		if c.want == "" {
			continue
		}
		// Somebody looks and releases the list as it is: the night goes on.
		d.pub.State = interventions.PublicationReleased
		if _, err := b.ResumeRun(context.Background(), "n1", "", clock()); err != nil {
			t.Fatal(err)
		}
		n := New(b, st.Steps(), 1, clock, st.Log)
		for len(b.open()) > 0 {
			if err := b.run(n, b.open()[0]); err != nil {
				t.Fatal(err)
			}
		}
		if b.runs["n1"].State != Completed {
			t.Errorf("%s, released: %+v", name, b.runs["n1"])
		}
	}
}

func TestTrainStage(t *testing.T) {
	t.Parallel()
	d, b := newDesk(), newBooks()
	d.champion = "none"
	st := stages(t, d, b)
	d.champion = "none"
	if _, err := st.train(context.Background(), Run{ID: "n1", AsOf: asOf}); fault.Of(err) != fault.Held || !strings.Contains(err.Error(), "no history to learn from") {
		t.Errorf("nothing at all: %v", err)
	}
	// An old champion stays when no better one can be trained.
	d, b = newDesk(town(t, 40, 2)...), newBooks()
	st = stages(t, d, b)
	rec := d.records["m-0"]
	rec.TrainedAt = asOf.AddDate(-1, 0, 0)
	d.records["m-0"] = rec
	st.Training.MinLeavers = 1000
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	if run.State != Completed || run.Model != "m-0" || b.stages["n1"][2].Counts["champion kept"] != 1 {
		t.Errorf("%+v, %v", run, b.stages["n1"][2].Counts)
	}
	if b.stages["n1"][2].Counts[CountRefused] != 1 {
		t.Errorf("nobody will know that it was tried: %v", b.stages["n1"][2].Counts)
	}
	if w := d.watch; w.Kept == "" || strings.HasPrefix(w.Kept, "train: ") {
		t.Errorf("nobody will know why: %q", w.Kept)
	}
	// The next night does not try again; a week later one does.
	for _, tried := range []bool{false, true} {
		d.refused, d.refusedAt = 1, asOf.AddDate(0, 0, map[bool]int{true: -7, false: -1}[tried])
		if counts, err := st.train(context.Background(), Run{ID: "n1", AsOf: asOf}); err != nil || (counts[CountRefused] == 1) != tried {
			t.Errorf("refused as of %v: %v, %v", d.refusedAt, counts, err)
		}
		// What the night saw is kept, with the reason.
		if w := d.watch; w.Model != "m-0" || !w.AsOf.Equal(asOf) || w.Due != tried || !strings.Contains(w.Why, "365 days old") || w.Refused != 1 || len(w.Signs) != 5 {
			t.Errorf("kept of the night: %+v", w)
		}
	}
	d.refused = 0
	// But not when it expects other rows.
	rec.Schema = "other"
	d.records["m-0"] = rec
	if _, err := st.train(context.Background(), Run{ID: "n1", AsOf: asOf}); fault.Of(err) != fault.Held {
		t.Errorf("an unusable champion: %v", err)
	}
}

// leaving makes customers who buy every few weeks and leave for good after any
// purchase: every other one often, who buys less often too.
func leaving(t testing.TB, customers int) *history.Shard {
	t.Helper()
	p := history.Parts{Vocab: vocab}
	for i := range customers {
		id := history.CustomerID(i + 1)
		p.Customers = append(p.Customers, history.Customer{ID: id, Source: "shop", Key: strconv.Itoa(i)})
		since := asOf.AddDate(0, 0, -800)
		p.Facts = append(p.Facts, history.Fact{
			Stamp: history.Stamp{Customer: id, Ref: 1, Occurred: since, Recorded: since}, Kind: history.FactContactPoint,
			Body: history.ContactPoint{Channel: "phone", Value: "somewhere " + strconv.Itoa(i)},
		})
		random := stats.Stream(21, uint64(i))
		for k, day := 0, -700+int(random.Float64()*300); day < 0; k++ {
			at := asOf.AddDate(0, 0, day)
			p.Singles = append(p.Singles, history.Event{Stamp: history.Stamp{Customer: id, Ref: int64(k + 1), Occurred: at, Recorded: at}, Kind: 1, AmountMinor: 5000})
			if random.Float64() < []float64{.01, .15}[i%2] {
				break
			}
			day += []int{10, 30}[i%2] + int(random.Float64()*30)
		}
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Where two people release, a night leaves what it trained in the registry, the
// champion stays, and no further night trains until they have; without a usable
// champion the night is held and says what to do.
func TestTwoPeopleRelease(t *testing.T) {
	t.Parallel()
	d, b := newDesk(leaving(t, 800)), newBooks()
	st := stages(t, d, b)
	st.Training.TwoPersonRelease, st.Training.Snapshots, st.Training.RowBudget = true, 6, 1500
	st.Judges.Candidates = st.Judges.Candidates[:1]
	rec := d.records["m-0"]
	rec.TrainedAt = asOf.AddDate(-1, 0, 0)
	d.records["m-0"] = rec
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	counts := b.stages["n1"][2].Counts
	if run.State != Completed || run.Model != "m-0" || d.champion != "m-0" || counts["champion kept"] != 1 || counts["models waiting for release"] != 1 || counts[CountRefused] != 0 {
		t.Fatalf("%+v, %v, champion %s", run, counts, d.champion)
	}
	if _, ok := d.records["m-n1"]; !ok {
		t.Fatalf("the registry holds %v", d.records)
	}
	e, err := st.evidence(t.Context(), Run{AsOf: asOf.AddDate(0, 0, 1)}, 0, rec, nil)
	if err != nil {
		t.Fatal(err)
	}
	if due, why := st.Training.Due(e); due || why != "model m-n1 waits to be released by two people" {
		t.Errorf("due %v: %s", due, why)
	}
	rec.Schema = "other"
	d.records["m-0"] = rec
	_, err = st.train(context.Background(), Run{ID: "n2", AsOf: asOf.AddDate(0, 0, 1)})
	if fault.Of(err) != fault.Held || !strings.Contains(err.Error(), "two people release it, each with holdfast model promote m-n1 --by NAME") {
		t.Errorf("an unusable champion: %v", err)
	}
	d.champion = "m-n1"
	if _, err = st.train(context.Background(), Run{ID: "n1", AsOf: asOf.AddDate(0, 0, 1)}); err != nil {
		t.Errorf("released: %v", err)
	}
	// Its nights count features into the cells of its card.
	if run = work(t, st, b, Run{ID: "n3", AsOf: asOf.AddDate(0, 0, 1)}); run.Model != "m-n1" {
		t.Fatalf("%+v", run)
	}
	score := b.stages["n3"][3].Counts
	seen := score.features()
	if len(seen) != len(d.models["m-n1"].Card().Cells) || len(seen) < 10 {
		t.Errorf("%d features were counted and the card names %d", len(seen), len(d.models["m-n1"].Card().Cells))
	}
	for column, cells := range seen {
		sum := 0.0
		for _, n := range cells {
			sum += n
		}
		if int64(sum) != score["population"] {
			t.Errorf("column %d counts %v of %d customers", column, sum, score["population"])
		}
	}
}

func TestScoresOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	d, b := newDesk(town(t, 80, 1)...), newBooks()
	st := stages(t, d, b)
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	d.scores[0][3].Customer = 99
	if _, err := st.propose(context.Background(), run, 0); err == nil || !strings.Contains(err.Error(), "are of other customers") {
		t.Error(err)
	}
	d.scores[0] = d.scores[0][:79]
	if _, err := st.decide(context.Background(), run, 0); err == nil || !strings.Contains(err.Error(), "80 customers and 79 scores") {
		t.Error(err)
	}
}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		`at: "2 am" is not`:              func(c *Config) { c.At = "2 am" },
		`release_by: "7" is not`:         func(c *Config) { c.ReleaseBy = "7" },
		`feeds_due: "25:00" is not`:      func(c *Config) { c.Deadline = "25:00" },
		`days: "monday" is not`:          func(c *Config) { c.Days = []string{"monday"} },
		"checks.min_rows_share: 1 is":    func(c *Config) { c.Checks.MinRowsShare = 1 },
		"checks.max_list_growth: 0.5 wo": func(c *Config) { c.Checks.MaxListGrowth = .5 },
		"checks.min_population: -1 is":   func(c *Config) { c.Checks.MinPopulation = -1 },
		"retention.draft_hours: 0 must":  func(c *Config) { c.Retention.DraftHours = 0 },
	} {
		c := Default()
		change(&c)
		if err := c.Validate(); fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
