package training

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/gbdt"
)

// A contract's outcome window is cut into periods of about thirty days, and every
// snapshot row becomes one row for each period that its customer was still there
// at the start of:
//
//	as-of ├ lead ┼ period 1 ┼ period 2 ┼ … ┤      each: left? another exit? still there?
//
// One set of trees learns who leaves in a period and one who goes another way, with
// the number of the period among the columns and the clocks (time to renewal, age of
// the contract, tenure) set to the period's start. The risk is the cumulative
// incidence of leaving (Prentice et al. 1978, cause-specific hazards).
const (
	periodDays  = 30
	mostPeriods = 6
	// otherLeast is how many other exits it takes to learn who goes that way; of
	// fewer, a customer's time simply ends there.
	otherLeast = 50
	// hazardRows bounds the rows of all periods together.
	hazardRows = 400_000
)

const periodColumn = "hazard_period"

// clocks are the columns that run on from period to period, and which way.
var clocks = map[string]float64{renewalColumn: -1, "contract_age_days": 1, tenureColumn: 1}

// calendar is a window cut into periods, in days from as-of.
type calendar struct {
	lead   int       // periods before the window: 0 or 1
	starts []float64 // of periods, and the end of the last
}

func newCalendar(cfg churn.Config) calendar {
	n := min(max(int(math.Round(float64(cfg.HorizonDays)/periodDays)), 1), mostPeriods)
	var c calendar
	if cfg.LeadTimeDays > 0 {
		c.lead, c.starts = 1, []float64{0}
	}
	for k := range n + 1 {
		c.starts = append(c.starts, float64(cfg.LeadTimeDays)+float64(k*cfg.HorizonDays)/float64(n))
	}
	return c
}

// periods is how many there are with the lead.
func (c calendar) periods() int { return len(c.starts) - 1 }

// at is the period that an exit so many days after as-of falls in.
func (c calendar) at(days float64) int {
	k := 0
	for k+1 < c.periods() && days >= c.starts[k+1] {
		k++
	}
	return k
}

// over is how many periods are over so many days after as-of.
func (c calendar) over(days float64) int {
	k := 0
	for k < c.periods() && c.starts[k+1] <= days {
		k++
	}
	return k
}

// hazard makes the candidate of contracts' hazards.
func (c Config) hazard(def *churn.Definition) Candidate {
	cal := newCalendar(def.Config())
	return Candidate{
		Name: NameHazard, Young: true,
		Fit: func(ctx context.Context, s *Sample, seed uint64) (*model.Model, error) {
			return fitHazard(ctx, cal, s, seed, c.choosing(), c.choosing())
		},
		Refit: func(ctx context.Context, s *Sample, seed uint64, like *model.Model) (*model.Model, error) {
			leave, other, err := hazardSizes(like)
			if err != nil {
				return nil, err
			}
			return fitHazard(ctx, cal, s, seed, leave, other)
		},
	}
}

func fitHazard(ctx context.Context, cal calendar, s *Sample, seed uint64, leave, other gbdt.Options) (*model.Model, error) {
	if share := hazardRows / float64((s.Rows()+s.youngRows())*cal.periods()); share < 1 {
		s = s.OfHouseholds(func(h int64) bool { return stats.HashUniform(seed, hazardRows, uint64(h)) < share })
	}
	rows := personPeriods(cal, s)
	grow := func(y []float64, keep []bool, opt gbdt.Options) (*model.Model, error) {
		opt.Seed = seed
		x, labels, w, group := rows.where(y, keep)
		opt.Group = group
		return gbdt.Train(ctx, x, labels, w, opt)
	}
	leaving, err := grow(rows.left, rows.counts, leave)
	if err != nil {
		return nil, fmt.Errorf("who leaves in a period: %w", err)
	}
	body := &model.Hazard{Lead: cal.lead}
	card := model.Card{Settings: leaving.Card().Settings, Importance: rows.importance(leaving)}
	for k := cal.lead; k < cal.periods(); k++ {
		if err := rows.add(&body.Leave, leaving, cal, k); err != nil {
			return nil, err
		}
	}
	others := 0
	for _, v := range rows.gone {
		others += int(v)
	}
	if others >= otherLeast {
		rows.x.Schema.Columns = free(rows.x.Schema.Columns)
		going, err := grow(rows.gone, rows.stayed, other)
		if err != nil {
			return nil, fmt.Errorf("who goes another way in a period: %w", err)
		}
		for k := range cal.periods() {
			if err := rows.add(&body.Other, going, cal, k); err != nil {
				return nil, err
			}
		}
		for _, v := range going.Card().Settings {
			card.Settings = append(card.Settings, model.Setting{Name: otherPrefix + v.Name, Value: v.Value})
		}
	}
	card.Sentences = []string{fmt.Sprintf(
		"The risk is that of leaving in one of %d periods by a customer who is still there, each with a chance of its own; %d other exits in training end a customer's time.",
		len(body.Leave), others)}
	if n := s.youngRows(); n > 0 {
		card.Sentences = append(card.Sentences, fmt.Sprintf(
			"%d rows are of %d dates whose outcome is not final: they tell of the periods that are over, and of no later one.", n, len(s.Young.Dates)))
	}
	return model.NewHazard(s.X.Schema, body, card)
}

// free takes the signs from columns: what makes customers leave need not make them go
// another way.
func free(columns []features.Column) []features.Column {
	out := slices.Clone(columns)
	for i := range out {
		out[i].Monotone = 0
	}
	return out
}

// otherPrefix marks the settings of the trees of other exits.
const otherPrefix = "other exits: "

// hazardSizes are the sizes of both sets of trees. A model that knew no other exits
// has none for them; they are then chosen.
func hazardSizes(like *model.Model) (leave, other gbdt.Options, err error) {
	if like.Kind() != model.KindHazard {
		return leave, other, fault.New(fault.Invalid, "a %s model has no hazards", like.Kind())
	}
	var own, theirs []model.Setting
	for _, s := range like.Card().Settings {
		if name, isOther := strings.CutPrefix(s.Name, otherPrefix); isOther {
			theirs = append(theirs, model.Setting{Name: name, Value: s.Value})
		} else {
			own = append(own, s)
		}
	}
	if leave, err = gbdt.SizesIn(own); err != nil {
		return leave, other, fmt.Errorf("the sizes of a hazard model: %w", err)
	}
	if len(theirs) == 0 {
		return leave, gbdt.Options{Folds: 3, MaxChoiceRows: boostedChoiceRows}, nil
	}
	other, err = gbdt.SizesIn(theirs)
	return leave, other, err
}

// personRows are the rows of customers and periods.
type personRows struct {
	x          features.Matrix // of the sample's columns and the period's number
	schema     features.Schema // the sample's
	w          []float64
	household  []int64
	left, gone []float64 // left in the period; went another way in it
	counts     []bool    // in a period that counts
	stayed     []bool    // did not leave in the period
}

func personPeriods(cal calendar, s *Sample) *personRows {
	p := &personRows{schema: s.X.Schema}
	p.x.Schema = s.X.Schema
	p.x.Schema.Columns = append(slices.Clone(s.X.Schema.Columns), features.Column{Name: periodColumn})
	p.follow(cal, s, func(int) int { return cal.periods() })
	if s.Young != nil {
		p.follow(cal, s.Young, func(i int) int { return cal.over(s.Young.Until[s.Young.Date[i]]) })
	}
	p.x.Rows = len(p.w)
	return p
}

// follow adds the rows of a sample's customers in the periods of which everything is
// known, the first so many. An exit after them has not been seen.
func (p *personRows) follow(cal calendar, s *Sample, over func(i int) int) {
	rates := clockRates(s.X.Schema)
	for i := range s.Y {
		last, exits := over(i)-1, s.Exit[i] > 0
		if exits {
			at := cal.at(s.Exit[i])
			if s.Y[i] == 1 { // also where a clock was put back on the way
				at = max(at, cal.lead)
			}
			exits, last = at <= last, min(at, last)
		}
		for k := range last + 1 {
			p.x.Data = append(p.x.Data, s.X.Row(i)...)
			p.x.Data = append(p.x.Data, float64(k))
			row := p.x.Data[len(p.x.Data)-len(p.x.Schema.Columns):]
			for j, rate := range rates {
				row[j] += float64(rate * cal.starts[k])
			}
			left, gone := 0.0, 0.0
			if exits && k == last {
				left, gone = s.Y[i], 1-s.Y[i]
			}
			p.w, p.household = append(p.w, s.W[i]), append(p.household, s.Household[i])
			p.left, p.gone = append(p.left, left), append(p.gone, gone)
			p.counts, p.stayed = append(p.counts, k >= cal.lead), append(p.stayed, left == 0)
		}
	}
}

// clockRates are the days by which each clock of the schema moves in a day.
func clockRates(schema features.Schema) map[int]float64 {
	out := make(map[int]float64)
	for name, rate := range clocks {
		if j := schema.Index(name); j >= 0 {
			out[j] = rate
		}
	}
	return out
}

// where takes the rows that are kept.
func (p *personRows) where(y []float64, keep []bool) (x *features.Matrix, labels, w []float64, group []int64) {
	x = &features.Matrix{Schema: p.x.Schema}
	for i, ok := range keep {
		if ok {
			x.Data = append(x.Data, p.x.Row(i)...)
			labels, w, group = append(labels, y[i]), append(w, p.w[i]), append(group, p.household[i])
		}
	}
	x.Rows = len(labels)
	return x, labels, w, group
}

// add turns the trees of all periods into those of one, on the sample's columns.
func (p *personRows) add(to *[]*model.Model, all *model.Model, cal calendar, k int) error {
	moved := make(map[int]float64)
	for j, rate := range clockRates(p.schema) {
		moved[j] = rate * cal.starts[k]
	}
	trees := atPeriod(all.Trees(), p.schema.Columns, p.x.Schema.Index(periodColumn), float64(k), moved)
	m, err := model.NewBoosted(p.schema, trees, model.Card{})
	if err != nil {
		return fmt.Errorf("the trees of period %d: %w", k, err)
	}
	*to = append(*to, m)
	return nil
}

// importance is that of the sample's columns.
func (p *personRows) importance(m *model.Model) []model.Importance {
	return slices.DeleteFunc(slices.Clone(m.Card().Importance), func(i model.Importance) bool { return i.Column == periodColumn })
}

// atPeriod resolves the splits on the period's number and turns the clocks back in
// those on clocks: a row moved by so much goes left where x + moved ≤ threshold.
func atPeriod(t *model.Trees, levels []features.Column, period int, k float64, moved map[int]float64) *model.Trees {
	out := &model.Trees{Base: t.Base}
	var put func(n int32) int32
	put = func(n int32) int32 {
		for t.Feature[n] == int32(period) {
			if k <= t.Threshold[n] {
				n = t.Left[n]
			} else {
				n = t.Right[n]
			}
		}
		f := int(t.Feature[n])
		if f < 0 {
			return out.AddLeaf(t.Value[n], t.Cover[n])
		}
		var at int32
		if t.Set[n] >= 0 {
			words := model.SetWords(len(levels[f].Levels))
			at = out.AddSetSplit(f, t.Sets[t.Set[n]:int(t.Set[n])+words], t.MissingLeft[n], t.Cover[n])
		} else {
			at = out.AddSplit(f, t.Threshold[n]-moved[f], t.MissingLeft[n], t.Cover[n])
		}
		left := put(t.Left[n])
		out.Join(at, left, put(t.Right[n]))
		return at
	}
	for _, root := range t.Roots {
		out.Roots = append(out.Roots, put(root))
	}
	return out
}
