package value

import (
	"fmt"
	"math"
	"slices"

	"holdfast/internal/fault"
)

// The ways to foresee what a customer who stays brings in.
const (
	ByTrailing = "trailing" // as much as in the last twelve months
	ByBuying   = "buying"   // a model of how often they buy and what a purchase earns
	ByPlan     = "plan"     // the price of their contracts, its margin, and how long such contracts last
)

// StakeModel says what a customer who stays brings in over the next twelve
// months: the margin at stake. It is part of a champion's card.
type StakeModel struct {
	By       string
	Activity []string // event kinds whose days are purchases
	// Buying is the model of how often, times in days; Spend that of the margin
	// of a purchase. Both are empty unless By is buying.
	Buying     Kind               `json:",omitempty"`
	Parameters map[string]float64 `json:",omitempty"`
	Spend      map[string]float64 `json:",omitempty"`
	// Share is the part of contracts' price that has been margin, Credit the amount
	// billed from which a customer's own share counts for half, in minor units, and
	// Hazards how contracts end, by the months of their period. Empty unless By is
	// plan; without a share the price is margin, without a hazard contracts go on.
	Share   float64        `json:",omitempty"`
	Credit  float64        `json:",omitempty"`
	Hazards map[string]SBG `json:",omitempty"`
	// Cells lead from what is foreseen to what such customers who stayed have
	// brought in, with the 90 % interval of their mean; rising.
	Cells []StakeCell
	Proof StakeProof
}

// StakeCell is a tenth of the customers by what was foreseen of them; amounts
// are minor units.
type StakeCell struct {
	Foreseen  float64 // mean
	Mean      float64 // of what they brought in
	Low, High float64 // 90 % interval of the mean, by household
	Customers int
}

// StakeProof is how the model did on customers held out.
type StakeProof struct {
	AsOf      string // the date it foresaw from, a year before it was judged
	Customers int    // held out, who stayed
	// Error is the model's deviance as a multiple of that of the last twelve
	// months' margin, with its 95 % interval by household: below 1 is better.
	Error     float64
	Low, High float64
	Total     float64 // foreseen ÷ brought in, all together
	TotalThen float64 // that of the last twelve months' margin
}

// Words says in a sentence what the model foresees and how it was proven.
func (m *StakeModel) Words() string {
	how := "how often customers buy and what a purchase earns"
	if m.By == ByPlan {
		how = "what the contracts cost"
		if m.Share > 0 {
			how += fmt.Sprintf(", of which %.0f %% is margin", 100*m.Share)
		}
		if len(m.Hazards) > 0 {
			how += ", and how many of such contracts are renewed"
		}
	}
	p := m.Proof
	return fmt.Sprintf("The margin at stake is what customers of the same forecast who stayed brought in within a year, foreseen from %s: "+
		"on %d customers held out from %s its error was %.2f times that of the last twelve months' margin, 95 %% interval %.2f to %.2f.",
		how, p.Customers, p.AsOf, p.Error, p.Low, p.High)
}

// Stake is a customer's margin at stake, minor units, with the 90 % interval of
// what customers like them brought in on average; the last twelve months' margin
// has none.
type Stake struct {
	Minor, Low, High int64
	By               string
}

// Staker values customers. Any number of goroutines may share it.
type Staker struct {
	ledger *Ledger
	model  *StakeModel
	buying Buying
	spend  GammaGamma
}

// NewStaker makes a valuer of customers. Without a model the margin at stake is
// that of the last twelve months.
func NewStaker(m *Margin, model *StakeModel) (*Staker, error) {
	if model == nil {
		model = &StakeModel{By: ByTrailing}
	}
	s := &Staker{ledger: m.Ledger(model.Activity), model: model}
	switch model.By {
	case ByTrailing:
	case ByPlan:
		for months, h := range model.Hazards {
			if !(h.Alpha > 0 && h.Beta > 0) {
				return nil, fault.New(fault.Invalid, "the hazard of contracts of %s months has alpha %v and beta %v: both are above 0", months, h.Alpha, h.Beta)
			}
		}
	case ByBuying:
		var err error
		if s.buying, err = NewBuying(model.Buying, model.Parameters); err != nil {
			return nil, err
		}
		if s.spend, err = NewGammaGamma(model.Spend); err != nil {
			return nil, err
		}
	default:
		return nil, fault.New(fault.Invalid, "the margin at stake is foreseen by %q, which this program does not know", model.By)
	}
	if model.By != ByTrailing && len(model.Cells) == 0 {
		return nil, fault.New(fault.Invalid, "the model of the margin at stake has no cells")
	}
	return s, nil
}

// By says how the margin at stake is foreseen.
func (s *Staker) By() string { return s.model.By }

// Ledger returns the reader of standings.
func (s *Staker) Ledger() *Ledger { return s.ledger }

// year is the horizon of the margin at stake, in days.
const year = 365.25

// foreseen is what the model foresees, before it is led to what was brought in.
func (s *Staker) foreseen(at Standing) float64 {
	switch s.model.By {
	case ByBuying:
		if at.Days == 0 {
			return 0
		}
		each := s.spend.Mean()
		if m := at.Each(); m > 0 {
			each = s.spend.Expected(Spend{Purchases: at.Days, Mean: m})
		}
		return each * s.buying.Expected(at.Behaviour, year) / max(s.buying.StillCustomer(at.Behaviour), 1e-9)
	case ByPlan:
		return s.model.plan(at)
	}
	return at.Trailing
}

// Of values a customer.
func (s *Staker) Of(at Standing) Stake {
	v := s.foreseen(at)
	if s.model.By == ByTrailing {
		return Stake{Minor: minor(v), By: ByTrailing}
	}
	c := between(s.model.Cells, v)
	return Stake{Minor: minor(c.Mean), Low: minor(c.Low), High: minor(c.High), By: s.model.By}
}

// between takes means and limits straight between cells, and beyond the first
// and the last in proportion to them.
func between(cells []StakeCell, v float64) StakeCell {
	i, _ := slices.BinarySearchFunc(cells, v, func(c StakeCell, v float64) int {
		if c.Foreseen < v {
			return -1
		}
		return 1
	})
	if i == 0 || i == len(cells) {
		c := cells[min(i, len(cells)-1)]
		scale := 1.0
		if c.Foreseen > 0 && !math.IsInf(v, 0) {
			scale = max(v, 0) / c.Foreseen
		}
		return StakeCell{Mean: c.Mean * scale, Low: c.Low * scale, High: c.High * scale}
	}
	a, b := cells[i-1], cells[i]
	t := (v - a.Foreseen) / (b.Foreseen - a.Foreseen)
	mix := func(x, y float64) float64 { return x + t*(y-x) }
	return StakeCell{Mean: mix(a.Mean, b.Mean), Low: mix(a.Low, b.Low), High: mix(a.High, b.High)}
}
