package model

import (
	"encoding/binary"
	"fmt"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Hazard is the body of a discrete-time hazard model: boosted trees for each
// period that give the chance of leaving in it, and of another exit, to those
// still there. The risk is cumulative incidence, so that who is gone by another
// exit can no longer leave:
//
//	T(k) = p(k) + (1−p(k))·(1−q(k))·T(k+1)      risk = T(first period)
//
// p is the chance of leaving in period k, q that of another exit of those who did
// not leave. In the first Lead periods any exit is another one.
type Hazard struct {
	Lead  int      // periods before those that count, by the lead time
	Leave []*Model // by period from Lead on
	Other []*Model // by period from the first on; empty when no other exits are known
}

// NewHazard makes a hazard model of boosted trees of one schema without
// calibration.
func NewHazard(schema features.Schema, body *Hazard, card Card) (*Model, error) {
	own := *body
	return build(&Model{kind: KindHazard, schema: schema, hazard: &own, card: card})
}

// Hazard returns the body of a hazard model and nil for any other. It is not to
// be changed.
func (m *Model) Hazard() *Hazard { return m.hazard }

func (h *Hazard) validate(s features.Schema) error {
	if h == nil || len(h.Leave) == 0 || h.Lead < 0 {
		return fault.New(fault.Invalid, "it needs at least one period that counts")
	}
	if n := h.Lead + len(h.Leave); len(h.Other) != 0 && len(h.Other) != n {
		return fault.New(fault.Invalid, "it knows other exits in %d of %d periods", len(h.Other), n)
	}
	hash := s.Hash()
	for _, m := range h.parts() {
		if m == nil || m.kind != KindBoosted || m.calibration.Kind != Uncalibrated || m.hash != hash {
			return fault.New(fault.Invalid, "each of its periods needs uncalibrated boosted trees of the model's own schema")
		}
	}
	return nil
}

// parts lists the trees of every period: those of leaving, then those of other exits.
func (h *Hazard) parts() []*Model {
	return append(append([]*Model(nil), h.Leave...), h.Other...)
}

// margin is the log-odds of the risk at the margins of parts.
func (h *Hazard) margin(at []float64) float64 {
	risk := 0.0
	for k := h.Lead + len(h.Leave) - 1; k >= 0; k-- {
		p, q := h.chances(at, k)
		risk = p + float64((1-p)*(1-q)*risk)
	}
	return stats.Logit(risk)
}

// chances are those of leaving, and of another exit, in period k.
func (h *Hazard) chances(at []float64, k int) (p, q float64) {
	if k >= h.Lead {
		p = stats.Sigmoid(at[k-h.Lead])
	}
	if len(h.Other) > 0 {
		q = stats.Sigmoid(at[len(h.Leave)+k])
	}
	return p, q
}

// slopes writes by how much the margin moves with each of the margins of parts.
func (h *Hazard) slopes(at, dst []float64) {
	n := h.Lead + len(h.Leave)
	after := make([]float64, n+1) // T(k)
	for k := n - 1; k >= 0; k-- {
		p, q := h.chances(at, k)
		after[k] = p + float64((1-p)*(1-q)*after[k+1])
	}
	risk := min(max(after[0], 1e-15), 1-1e-15)
	scale := 1 / (risk * (1 - risk)) // × the share still there
	for k := range n {
		p, q := h.chances(at, k)
		if k >= h.Lead {
			dst[k-h.Lead] = scale * (1 - (1-q)*after[k+1]) * p * (1 - p)
		}
		if len(h.Other) > 0 {
			dst[len(h.Leave)+k] = -scale * (1 - p) * after[k+1] * q * (1 - q)
		}
		scale *= (1 - p) * (1 - q)
	}
}

// hazardRows is how many rows' margins are held at once.
const hazardRows = 256

// sums writes the margin of every row of w numbers of data to dst.
func (h *Hazard) sums(data []float64, w int, dst []float64) {
	parts := h.parts()
	columns := make([]float64, len(parts)*hazardRows)
	at := make([]float64, len(parts))
	for len(dst) > 0 {
		n := min(hazardRows, len(dst))
		for j, m := range parts {
			m.sums(data[:n*w], w, columns[j*hazardRows:][:n])
		}
		for i := range n {
			for j, m := range parts {
				at[j] = m.raw(columns[j*hazardRows+i])
			}
			dst[i] = h.margin(at)
		}
		data, dst = data[n*w:], dst[n:]
	}
}

// pathPoints are where the way from the base to the row is looked at: the sum over
// them is exact to far below 1e-9, for the margin is smooth along the way.
const pathPoints = 32

var path = sync.OnceValues(func() (at, weight []float64) {
	at, weight = make([]float64, pathPoints), make([]float64, pathPoints)
	quad.Legendre{}.FixedLocations(at, weight, 0, 1)
	return at, weight
})

// contributions writes, for every row of data, the Shapley values of each period's
// trees times what those trees' margin is worth to the risk's, on the straight way
// from the base of all periods to the row (Aumann and Shapley 1974), and returns
// the margin at that base.
func (h *Hazard) contributions(data, dst []float64, width int) (base float64, err error) {
	parts := h.parts()
	bases, phi := make([]float64, len(parts)), make([][]float64, len(parts))
	for j, m := range parts {
		phi[j] = make([]float64, len(data))
		if bases[j], err = m.contribute(data, phi[j]); err != nil {
			return 0, fmt.Errorf("explain a period: %w", err)
		}
	}
	points, weights := path()
	far, at := make([]float64, len(parts)), make([]float64, len(parts))
	slope, worth := make([]float64, len(parts)), make([]float64, len(parts))
	for from := 0; from < len(data); from += width {
		clear(worth)
		for j := range parts {
			far[j] = 0
			for _, v := range phi[j][from : from+width] {
				far[j] += v
			}
		}
		for i, t := range points {
			for j := range at {
				at[j] = bases[j] + float64(t*far[j])
			}
			h.slopes(at, slope)
			for j := range worth {
				worth[j] += float64(weights[i] * slope[j])
			}
		}
		for j := range parts {
			for k, v := range phi[j][from : from+width] {
				dst[from+k] += float64(worth[j] * v)
			}
		}
	}
	return h.margin(bases), nil
}

// encode lays the periods out one after another as docs/model-format.md describes.
func (h *Hazard) encode() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, uint32(h.Lead))
	b = le.AppendUint32(b, uint32(len(h.Leave)))
	b = le.AppendUint32(b, uint32(len(h.Other)))
	for _, m := range h.parts() {
		trees := m.trees.encode()
		b = append(le.AppendUint64(b, uint64(len(trees))), trees...)
	}
	return b
}

// mostPeriods bounds what a file may ask for.
const mostPeriods = 1000

func decodeHazard(body []byte, schema features.Schema, version uint32) (*Hazard, error) {
	bad := func() (*Hazard, error) {
		return nil, fault.New(fault.Invalid, "its periods do not fit the %d bytes that they take", len(body))
	}
	if len(body) < 12 {
		return bad()
	}
	r := bodyReader{body}
	h := &Hazard{Lead: int(r.uint32())}
	leave, other := int(r.uint32()), int(r.uint32())
	if h.Lead > mostPeriods || leave > mostPeriods || other > 2*mostPeriods {
		return bad()
	}
	for k := range leave + other {
		if len(r.rest) < 8 {
			return bad()
		}
		n := r.uint64()
		if n > uint64(len(r.rest)) {
			return bad()
		}
		trees, err := decodeTrees(r.rest[:n], version)
		if err != nil {
			return nil, fmt.Errorf("period %d: %w", k+1, err)
		}
		m, err := NewBoosted(schema, trees, Card{})
		if err != nil {
			return nil, fmt.Errorf("period %d: %w", k+1, err)
		}
		if r.rest = r.rest[n:]; k < leave {
			h.Leave = append(h.Leave, m)
		} else {
			h.Other = append(h.Other, m)
		}
	}
	if len(r.rest) > 0 {
		return bad()
	}
	return h, nil
}
