package measurement

import (
	"time"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/value"
)

// Flow is how many customers came and went in a time, with their margin of the
// twelve months before, minor units:
//
//	closing = opening + won + back − lost
type Flow struct {
	Opening      int     `json:"opening"`
	Won          int     `json:"won"`  // for the first time
	Back         int     `json:"back"` // had left before
	Lost         int     `json:"lost"`
	OpeningMinor int64   `json:"opening_minor"`
	LostMinor    int64   `json:"lost_minor"`
	Expected     float64 `json:"expected"` // lost of the opening by the curve of selection alone
}

// Closing is how many there are at the end.
func (f Flow) Closing() int { return f.Opening + f.Won + f.Back - f.Lost }

// Add adds a flow of other customers in the same time.
func (f *Flow) Add(o Flow) {
	f.Opening += o.Opening
	f.Won += o.Won
	f.Back += o.Back
	f.Lost += o.Lost
	f.OpeningMinor += o.OpeningMinor
	f.LostMinor += o.LostMinor
	f.Expected += o.Expected
}

// MoveKind says in which direction a customer moved.
type MoveKind string

// The moves.
const (
	MoveWon  MoveKind = "won"
	MoveBack MoveKind = "back"
	MoveLost MoveKind = "lost"
)

// Move is one customer who came or went: what the counts are followed down to.
type Move struct {
	Customer   history.CustomerID
	At         time.Time
	Kind       MoveKind
	Reason     string // of the lost: the feed's word, or the kind of end
	Segment    string
	Owner      string
	Cohort     string
	ValueMinor int64 // margin of the twelve months before
}

// Survivors counts how long those who joined in one year have stayed, by whole
// months: Lost[m] left in month m, counted from 0, Running[m] had been watched
// for m whole months. Who left in a month that is not over yet for those who
// joined with them is among the latter: their like have not all had the chance.
type Survivors struct {
	Lost    []int `json:"lost"`
	Running []int `json:"running"`
}

// Portion is the attrition of the customers of one segment. A customer counts
// in the segment and with the owner they have now, and in the tenure cohort
// they had when the year began, so that every group balances.
type Portion struct {
	Segment string          `json:"segment"`
	Months  []Flow          `json:"months"` // see Attrition.Months
	Tenure  map[string]Flow `json:"tenure"` // of the year
	Owners  map[string]Flow `json:"owners"`
	Reasons map[string]int  `json:"reasons"` // of the year's lost
	// Stayed has, by the year of joining, how long customers stayed the first time.
	Stayed map[int]*Survivors `json:"stayed"`
}

// Year is the flow of the twelve whole months.
func (p Portion) Year() Flow {
	var y Flow
	if len(p.Months) == 0 {
		return y
	}
	y.Opening, y.OpeningMinor = p.Months[0].Opening, p.Months[0].OpeningMinor
	for _, m := range p.Months[:months] {
		y.Won += m.Won
		y.Back += m.Back
		y.Lost += m.Lost
		y.LostMinor += m.LostMinor
		y.Expected += m.Expected
	}
	return y
}

// Attrition is who came and went in the twelve whole calendar months before a
// night and in the running one.
type Attrition struct {
	AsOf     time.Time   `json:"as_of"`
	Months   []time.Time `json:"months"` // beginnings: thirteen, and as-of
	Portions []Portion   `json:"portions"`
	// Alpha and Beta are those of the curve of selection alone (sBG), fitted to
	// everybody who joined since the history began; both 0 when nothing decides it.
	Alpha      float64              `json:"alpha"`
	Beta       float64              `json:"beta"`
	Period     int                  `json:"period"`     // months from one chance to leave to the next
	ShiftDays  int                  `json:"shift_days"` // from joining to the beginning of the first of these periods
	Value      *value.Concentration `json:"value"`      // of the margin of those here now; nil without any
	ManyOwners bool                 `json:"many_owners"`
	GraceDays  int                  `json:"grace_days"`
	// FirstLost is when the first customer is known to have left: of those who
	// joined before, who had left is not known any more. FirstEvent is since when
	// there is margin. Both are zero without any.
	FirstLost  time.Time `json:"first_lost,omitzero"`
	FirstEvent time.Time `json:"first_event,omitzero"`
}

const (
	months    = 12
	maxOwners = 200 // an attribute of more values is no owner
	maxStay   = 240 // months of a stay that are told apart
	monthDays = 30  // in which the curve of a lapse is shifted
)

// The tenure cohorts, by years with us when the year began.
var (
	cohortNames = []string{"under 1 year", "1 to 2 years", "2 to 3 years", "3 to 5 years", "5 to 10 years", "over 10 years"}
	cohortYears = []int{1, 2, 3, 5, 10}
)

// CohortNew is the cohort of those who joined within the year.
const CohortNew = "joined within the year"

// Cohorts lists the tenure cohorts in their order.
func Cohorts() []string { return append(append([]string(nil), cohortNames...), CohortNew) }

func cohortOf(joined, began time.Time) string {
	if !joined.Before(began) {
		return CohortNew
	}
	for i, y := range cohortYears {
		if joined.After(began.AddDate(-y, 0, 0)) {
			return cohortNames[i]
		}
	}
	return cohortNames[len(cohortNames)-1]
}

// Attritions counts attrition shard by shard. It is for one goroutine.
type Attritions struct {
	churn    *churn.Definition
	margin   *value.Margin
	segment  string
	owner    string
	out      Attrition
	portions map[string]*counting
	owners   map[string]bool
	values   []float64
	stays    map[stay]int
	periods  map[int]int // months of a contract's period → contracts
}

// stay is a first stay: of whom, from which month on, how long it was and could
// have been watched. In months of the curve, lost is 0 for who is still here.
type stay struct {
	segment        string
	joined         int // months since the year 0
	left, followed int // whole months since joining
	lost, watched  int // of the curve; watched is -1 before its first month
}

// counting is a Portion with how many of each opening came to which month of
// their stay, for the curve.
type counting struct {
	Portion
	reach   [months + 1][]int
	tenures map[string][]int
	owners  map[string][]int
}

// NewAttritions counts as of a night, in its time zone. Segment and owner name
// profile attributes, and may be empty.
func NewAttritions(def *churn.Definition, margin *value.Margin, segment, owner string, asOf time.Time) *Attritions {
	y, m, _ := asOf.Date()
	a := &Attritions{
		churn: def, margin: margin, segment: segment, owner: owner,
		portions: map[string]*counting{}, owners: map[string]bool{}, periods: map[int]int{}, stays: map[stay]int{},
		out: Attrition{AsOf: asOf, GraceDays: def.Config().GraceDays},
	}
	if c := def.Config(); c.Kind == churn.Lapse { // nobody can lapse sooner: the first month ends with the first silence
		a.out.ShiftDays = c.SilenceDays - monthDays
	}
	for k := range months + 1 {
		a.out.Months = append(a.out.Months, time.Date(y, m-months+time.Month(k), 1, 0, 0, 0, 0, asOf.Location()))
	}
	a.out.Months = append(a.out.Months, asOf)
	return a
}

// Add counts the customers of a shard and returns who of them moved, by
// customer and time.
func (a *Attritions) Add(s *history.Shard) []Move {
	var moves []Move
	var scratch history.Scratch
	for _, at := range s.Events.Occurred {
		a.out.FirstEvent = earlier(a.out.FirstEvent, time.UnixMicro(at))
	}
	for i := range s.Customers {
		v := s.View(i, a.out.AsOf, &scratch)
		spells := a.churn.Spells(v)
		if len(spells) == 0 {
			continue
		}
		moves = a.customer(moves, s.Customers[i].ID, v, spells)
	}
	return moves
}

// earlier is the earlier of two instants, of which the zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// member is one customer while being counted.
type member struct {
	id      history.CustomerID
	view    history.View
	to      *counting
	segment string
	owner   string
}

func (a *Attritions) customer(moves []Move, id history.CustomerID, v history.View, spells []churn.Spell) []Move {
	m := member{id: id, view: v}
	if a.segment != "" {
		m.segment, _ = v.Attribute(a.segment)
	}
	if a.owner != "" && len(a.owners) <= maxOwners {
		m.owner, _ = v.Attribute(a.owner)
		a.owners[m.owner] = true
	}
	if m.to = a.portions[m.segment]; m.to == nil {
		m.to = &counting{
			Portion: Portion{
				Segment: m.segment, Months: make([]Flow, months+1), Tenure: map[string]Flow{}, Owners: map[string]Flow{}, Reasons: map[string]int{},
				Stayed: map[int]*Survivors{},
			},
			tenures: map[string][]int{}, owners: map[string][]int{},
		}
		a.portions[m.segment] = m.to
	}
	for _, sub := range v.Subscriptions() {
		if sub.PeriodMonths > 0 {
			a.periods[sub.PeriodMonths]++
		}
	}
	a.stay(m, spells[0])
	for n, spell := range spells {
		a.out.FirstLost = earlier(a.out.FirstLost, spell.To)
		moves = a.spell(moves, m, spell, n > 0)
	}
	if last := spells[len(spells)-1]; last.To.IsZero() {
		a.values = append(a.values, float64(a.margin.Trailing(v)))
	}
	return moves
}

// stay counts a first stay.
func (a *Attritions) stay(m member, first churn.Spell) {
	in := first.From.In(a.out.AsOf.Location())
	from := a.begin(first)
	st := stay{
		segment: m.segment, joined: in.Year()*12 + int(in.Month()) - 1,
		followed: min(wholeMonths(first.From, a.out.AsOf), maxStay), left: -1, watched: min(wholeMonths(from, a.out.AsOf), maxStay),
	}
	if !first.To.IsZero() {
		st.left, st.lost = wholeMonths(first.From, first.To), min(max(monthsBegun(from, first.To), 1), maxStay)
	}
	a.stays[st]++
}

// begin is when the first month of the curve begins.
func (a *Attritions) begin(s churn.Spell) time.Time { return s.From.AddDate(0, 0, a.out.ShiftDays) }

func count(list []int, n int) []int {
	for len(list) <= n {
		list = append(list, 0)
	}
	list[n]++
	return list
}

// wholeMonths is how many whole calendar months lie between two instants, -1
// when they are the other way round.
func wholeMonths(from, to time.Time) int {
	if to.Before(from) {
		return -1
	}
	to = to.In(from.Location())
	n := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	if n > 0 && from.AddDate(0, n, 0).After(to) {
		n--
	}
	return n
}

// monthsBegun is wholeMonths rounded up; half a day more than a whole number
// is that number.
func monthsBegun(from, to time.Time) int {
	n := wholeMonths(from, to)
	if n >= 0 && to.Sub(from.AddDate(0, n, 0)) > 12*time.Hour {
		n++
	}
	return n
}
