package training

import (
	"fmt"
	"math"
	"slices"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Stakes say what contact costs and earns in this business, for the measures
// that are in money, and which parts of the base are looked at one by one.
type Stakes struct {
	ValueMinor   int64    `yaml:"value_minor"`   // worth of a kept customer, minor units; 0 takes the mean margin of the training rows' last year
	OfferMinor   int64    `yaml:"offer_minor"`   // cost of the offer that a contacted customer takes up
	ContactMinor int64    `yaml:"contact_minor"` // cost of one contact
	Alpha        float64  `yaml:"accept_alpha"`  // acceptance among leavers ~ Beta(alpha, beta)
	Beta         float64  `yaml:"accept_beta"`
	Capacity     int      `yaml:"capacity"` // customers that a night's list reaches; 0 derives it from the roster
	Segments     []string `yaml:"segments"` // features by which results are shown; thirds of numbers, levels of categories
}

// DefaultStakes are an offer of 10.00, a contact of 1.00 and three acceptances
// in ten, as in the papers on profit measures, and segments by tenure.
func DefaultStakes() Stakes {
	return Stakes{OfferMinor: 1000, ContactMinor: 100, Alpha: 6, Beta: 14, Segments: []string{tenureColumn}}
}

// The features that stakes read where a configuration makes them.
const (
	tenureColumn = "tenure_days"
	marginColumn = "margin_365d"
)

// Validate refuses what cannot work, naming the field.
func (k Stakes) Validate() error {
	switch {
	case k.ValueMinor < 0 || k.OfferMinor < 0 || k.ContactMinor < 0:
		return fault.New(fault.Invalid, "stakes: an amount is below 0")
	case k.ValueMinor > 0 && k.OfferMinor >= k.ValueMinor:
		return fault.New(fault.Invalid, "stakes.offer_minor: an offer of %d costs as much as the customer is worth, %d", k.OfferMinor, k.ValueMinor)
	case !(k.Alpha > 0 && k.Beta > 0):
		return fault.New(fault.Invalid, "stakes.accept_alpha: alpha %v and beta %v must be above 0", k.Alpha, k.Beta)
	case k.Capacity < 0:
		return fault.New(fault.Invalid, "stakes.capacity: %d is below 0", k.Capacity)
	}
	return nil
}

// yardstick is Stakes with what they take from the training rows.
type yardstick struct {
	Stakes
	profit   stats.ProfitTerms // CLV 0: no measure in money
	segments []segmentBy
}

// segmentBy cuts the rows by one feature.
type segmentBy struct {
	column string
	index  int
	levels []string  // of a category
	cuts   []float64 // of a number, ascending
}

// measuredOn takes the worth of a customer and the cuts of the segments from
// the training rows, so that nothing of the test date decides how it is judged.
func (k Stakes) measuredOn(train *Sample) yardstick {
	out := yardstick{Stakes: k, profit: stats.ProfitTerms{
		CLV: float64(k.ValueMinor), Offer: float64(k.OfferMinor), Contact: float64(k.ContactMinor), Alpha: k.Alpha, Beta: k.Beta,
	}}
	if j := train.X.Schema.Index(marginColumn); j >= 0 && k.ValueMinor == 0 {
		out.profit.CLV = meanOf(train.X.Column(j, nil))
	}
	if !(out.profit.CLV > out.profit.Offer) {
		out.profit.CLV = 0
	}
	for _, name := range k.Segments {
		j := train.X.Schema.Index(name)
		if j < 0 {
			continue
		}
		by := segmentBy{column: name, index: j, levels: train.X.Schema.Columns[j].Levels}
		if len(by.levels) == 0 {
			by.cuts = thirds(train.X.Column(j, nil))
		}
		out.segments = append(out.segments, by)
	}
	return out
}

func meanOf(v []float64) float64 {
	sum, n := 0.0, 0.0
	for _, x := range v {
		if !math.IsNaN(x) {
			sum, n = sum+x, n+1
		}
	}
	return sum / n
}

// thirds cuts values into three parts of about equal size.
func thirds(v []float64) []float64 {
	v = slices.DeleteFunc(v, math.IsNaN)
	slices.Sort(v)
	if len(v) == 0 {
		return nil
	}
	return slices.Compact([]float64{math.Round(stats.SortedQuantile(v, 1./3)), math.Round(stats.SortedQuantile(v, 2./3))})
}

// name says which segment a row is in.
func (b segmentBy) name(row []float64) string {
	v := row[b.index]
	switch {
	case math.IsNaN(v):
		return b.column + " unknown"
	case len(b.levels) > 0:
		return fmt.Sprintf("%s %s", b.column, b.levels[int(v)])
	}
	k, _ := slices.BinarySearch(b.cuts, v)
	switch {
	case len(b.cuts) == 0:
		return b.column
	case k == len(b.cuts):
		return fmt.Sprintf("%s above %g", b.column, b.cuts[k-1])
	case k == 0:
		return fmt.Sprintf("%s up to %g", b.column, b.cuts[0])
	}
	return fmt.Sprintf("%s above %g up to %g", b.column, b.cuts[k-1], b.cuts[k])
}

// judge is Judge with the measures in money.
func (m yardstick) judge(s *Sample, p []float64) (Metrics, error) {
	out, err := Judge(s.Y, p, s.W)
	if err != nil {
		return out, err
	}
	if err := m.profitOf(&out, s.Y, p); err != nil {
		return out, err
	}
	night, err := m.list(s, p)
	if err != nil {
		return out, fmt.Errorf("judge %d rows by margin: %w", s.Rows(), err)
	}
	out.Capture = night.captured(s.Y, func(int) bool { return true })
	return out, nil
}

// profitOf fills in the expected maximum profit where a customer's worth is known.
func (m yardstick) profitOf(out *Metrics, y, p []float64) error {
	if m.profit.CLV == 0 {
		return nil
	}
	profit, err := stats.EMPC(y, p, m.profit)
	if err != nil {
		return fmt.Errorf("judge %d rows in money: %w", len(y), err)
	}
	out.EMPC, out.EMPCShare = profit.PerCustomer, profit.Share
	return nil
}

// nightList is whom a night reaches, and everybody's margin, none below 0. Both
// are nil where margin or capacity are not known.
type nightList struct {
	on     []bool
	margin []float64
}

// list fills the capacity of a night by risk times margin.
func (m yardstick) list(s *Sample, p []float64) (out nightList, err error) {
	j := s.X.Schema.Index(marginColumn)
	if j < 0 || m.Capacity == 0 {
		return out, nil
	}
	out.margin, out.on = s.X.Column(j, nil), make([]bool, len(p))
	atStake := make([]float64, len(p))
	for i, v := range out.margin {
		if out.margin[i] = math.Max(v, 0); math.IsNaN(v) {
			out.margin[i] = 0
		}
		atStake[i] = p[i] * out.margin[i]
	}
	rank, err := stats.Rank(atStake)
	if err != nil {
		return out, err
	}
	for _, i := range rank.First(m.Capacity) {
		out.on[i] = true
	}
	return out, nil
}

// captured is the share of the margin of those who left, among the rows that are
// meant, that stands on the list; 0 without any.
func (l nightList) captured(y []float64, meant func(i int) bool) float64 {
	found, all := 0.0, 0.0
	for i, v := range l.margin {
		if y[i] == 0 || !meant(i) {
			continue
		}
		all += v
		if l.on[i] {
			found += v
		}
	}
	if all == 0 {
		return 0
	}
	return found / all
}

// Segment is one part of the base, judged alone.
type Segment struct {
	Name    string  `json:"name"`
	Metrics Metrics `json:"metrics"`
	Few     bool    `json:"few,omitempty"` // too few leavers or stayers to judge; the counts alone are filled in
}

// segmentLeast is how many leavers, and how many stayers, a segment needs.
const segmentLeast = 20

// apart judges every segment alone, in the order of their names; the night's
// list is that of all of them.
func (m yardstick) apart(s *Sample, p []float64) ([]Segment, error) {
	night, err := m.list(s, p)
	if err != nil {
		return nil, err
	}
	var out []Segment
	for _, by := range m.segments {
		rows := make(map[string][]int)
		for i := range p {
			name := by.name(s.X.Row(i))
			rows[name] = append(rows[name], i)
		}
		names := make([]string, 0, len(rows))
		for name := range rows {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			seg, err := m.judgeRows(name, rows[name], s, p)
			if err != nil {
				return nil, err
			}
			if !seg.Few {
				seg.Metrics.Capture = night.captured(s.Y, func(i int) bool { return by.name(s.X.Row(i)) == name })
			}
			out = append(out, seg)
		}
	}
	return out, nil
}

func (m yardstick) judgeRows(name string, rows []int, s *Sample, p []float64) (Segment, error) {
	out := Segment{Name: name}
	y, q, w := make([]float64, len(rows)), make([]float64, len(rows)), make([]float64, len(rows))
	left := 0
	for k, i := range rows {
		y[k], q[k], w[k] = s.Y[i], p[i], s.W[i]
		left += int(s.Y[i])
	}
	if min(left, len(rows)-left) < segmentLeast {
		out.Few, out.Metrics = true, Metrics{Rows: len(rows), Left: left}
		return out, nil
	}
	var err error
	if out.Metrics, err = Judge(y, q, w); err != nil {
		return out, fmt.Errorf("judge the segment %s: %w", name, err)
	}
	err = m.profitOf(&out.Metrics, y, q)
	return out, err
}
