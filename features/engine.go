package features

import (
	"fmt"
	"math"
	"sync"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/locale"
)

// Version is raised whenever a feature function changes its meaning: a model
// trained on other meanings then refuses today's rows.
const Version = 1

// Engine fills rows. It is made once per configuration and vocabulary; any
// number of goroutines may share it.
type Engine struct {
	cfg     Config
	vocab   history.Vocabulary
	schema  Schema
	blocks  []block
	sources []source // of each column
	cuts    []int    // days before as-of at which some window begins, ascending
	slots   []int16  // by event kind code: index into cfg.Events, or -1
	active  []int    // by index into cfg.Events: 1 where its role is activity
	pool    sync.Pool
}

// block fills a run of neighbouring columns.
type block struct {
	from, to int
	fill     func(w *work, dst []float64)
}

// work is the memory of one row in the making.
type work struct {
	view    history.View
	asOf    int64    // microseconds
	tallies []tally  // [segment × kind], segment s is between cuts s-1 and s
	rhythms []rhythm // by kind, and one for all activity
	traces  []trace  // by kind
	marks   []mark   // of activity, newest first
	seasons []season // of as-ofs met before
}

// New makes an engine. Event kinds that the vocabulary does not have yet have
// no events; that is no error.
func New(cfg Config, vocab history.Vocabulary) (*Engine, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg.withDefaults(), vocab: vocab, schema: Schema{Version: Version}}
	e.cuts = cutsOf(e.cfg.Windows)
	e.slots = make([]int16, len(vocab.Kinds))
	for code, kind := range vocab.Kinds {
		e.slots[code] = -1
		for slot, k := range e.cfg.Events {
			if k.Name == kind {
				e.slots[code] = int16(slot)
			}
		}
	}
	for _, k := range e.cfg.Events {
		active := 0
		if k.Role == Activity {
			active = 1
		}
		e.active = append(e.active, active)
	}
	e.plan()
	seen := make(map[string]bool, len(e.schema.Columns))
	for _, c := range e.schema.Columns {
		if seen[c.Name] {
			return nil, fault.New(fault.Invalid, "two features would be called %s; rename an event kind, attribute or channel", c.Name)
		}
		seen[c.Name] = true
	}
	if err := e.sign("rises", e.cfg.Rises, 1); err != nil {
		return nil, err
	}
	if err := e.sign("falls", e.cfg.Falls, -1); err != nil {
		return nil, err
	}
	e.pool.New = func() any { return e.newWork() }
	return e, nil
}

// sign marks the features with which the risk may only rise, or only fall.
func (e *Engine) sign(field string, names []string, sign int8) error {
	for i, name := range names {
		j := e.schema.Index(name)
		switch {
		case j < 0:
			return fault.New(fault.Invalid, "%s[%d] is %q, and no feature is called that: holdfast explain CUSTOMER lists the names", field, i, name)
		case e.schema.Columns[j].Kind == Categorical:
			return fault.New(fault.Invalid, "%s[%d] is %q, a category, which neither rises nor falls", field, i, name)
		case e.schema.Columns[j].Monotone != 0:
			return fault.New(fault.Invalid, "%s[%d] is %q, which stands in rises and falls more than once", field, i, name)
		}
		e.schema.Columns[j].Monotone = sign
	}
	return nil
}

func (e *Engine) newWork() *work {
	kinds := len(e.cfg.Events)
	return &work{
		tallies: make([]tally, (len(e.cuts)+1)*kinds),
		rhythms: make([]rhythm, kinds+1),
		traces:  make([]trace, kinds),
		seasons: make([]season, 0, 32),
	}
}

// plan lays the columns out.
func (e *Engine) plan() {
	e.planTenure()
	for slot := range e.cfg.Events {
		e.planKind(slot)
	}
	e.planActivity()
	e.planMargin()
	if e.cfg.Subscriptions {
		e.planSubscriptions()
	}
	if e.cfg.Issues {
		e.planIssues()
	}
	e.planContacts()
	for _, a := range e.cfg.Attributes {
		e.planAttribute(a)
	}
	if e.cfg.Household {
		e.planHousehold()
	}
	if e.cfg.Calendar {
		e.planCalendar()
	}
}

// add appends a block of columns and the function that fills them; it returns
// the sources of the columns, to be narrowed to what each of them counts.
func (e *Engine) add(src source, columns []Column, fill func(w *work, dst []float64)) []source {
	from := len(e.schema.Columns)
	e.schema.Columns = append(e.schema.Columns, columns...)
	for range columns {
		e.sources = append(e.sources, src)
	}
	e.blocks = append(e.blocks, block{from, len(e.schema.Columns), fill})
	return e.sources[from:]
}

// Writer writes as the business does.
func (e *Engine) Writer() locale.Writer { return e.cfg.Writer }

// Schema describes the rows.
func (e *Engine) Schema() Schema { return e.schema }

// Prepare makes the attributes declared immutable known at every instant. Call
// it once on each shard before rows are made of it, in training and in scoring
// alike.
func (e *Engine) Prepare(s *history.Shard) {
	var names []string
	for _, a := range e.cfg.Attributes {
		if a.Immutable {
			names = append(names, a.Name)
		}
	}
	s.DeclareImmutable(names)
}

// Row fills dst, which has one place per column, from one view. Missing is NaN.
// It panics when dst has another length.
func (e *Engine) Row(v history.View, dst []float64) {
	if len(dst) != len(e.schema.Columns) {
		panic(fmt.Sprintf("features: a row has %d columns, not %d", len(e.schema.Columns), len(dst)))
	}
	w := e.pool.Get().(*work)
	w.view, w.asOf = v, v.AsOf().UnixMicro()
	e.pass(w)
	for _, b := range e.blocks {
		b.fill(w, dst[b.from:b.to:b.to])
	}
	w.view = history.View{}
	e.pool.Put(w)
}

// Rows visits every customer in [from, to) of the shard at each as-of, customer
// by customer so that a history is read while it is near, with the view and its
// row. Both are overwritten by the next visit. Callers split the customers
// between goroutines.
func (e *Engine) Rows(s *history.Shard, from, to int, asOfs []time.Time, visit func(i, date int, v history.View, row []float64) error) error {
	var scratch history.Scratch
	row := make([]float64, len(e.schema.Columns))
	for i := from; i < to; i++ {
		for date, asOf := range asOfs {
			v := s.View(i, asOf, &scratch)
			e.Row(v, row)
			if err := visit(i, date, v, row); err != nil {
				return err
			}
		}
	}
	return nil
}

var missing = math.NaN()

const dayMicros = 24 * 3600 * 1e6

// days is the time from t to as-of in days.
func (w *work) days(t time.Time) float64 { return float64(w.asOf-t.UnixMicro()) / dayMicros }

// since is the time from the event at a position to as-of in days, missing
// when there is none.
func (w *work) since(at int32) float64 {
	if at < 0 {
		return missing
	}
	return float64(w.asOf-w.view.Occurred()[at]) / dayMicros
}
