package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// ProfitTerms says what contacting one customer is assumed to earn and cost, in
// one currency unit throughout. One value and one acceptance hold for all, so
// the measures made with it choose models and do not count money.
type ProfitTerms struct {
	CLV         float64 // value of a kept customer
	Offer       float64 // d: cost of the offer, paid when it is accepted or the customer would have stayed
	Contact     float64 // f: cost of one contact
	Alpha, Beta float64 // acceptance among leavers ~ Beta(Alpha, Beta)
}

// DefaultProfitTerms are those of the paper and of R's EMP package: CLV 200,
// offer 10, contact 1, acceptance Beta(6, 14) with mean 0.3.
func DefaultProfitTerms() ProfitTerms {
	return ProfitTerms{CLV: 200, Offer: 10, Contact: 1, Alpha: 6, Beta: 14}
}

// Profit is a maximum profit and the share of the base contacted to reach it.
type Profit struct {
	PerCustomer float64 // currency units per customer in the base
	Share       float64 // of the base, 0 to 1
}

func (t ProfitTerms) check() error {
	ok := t.CLV > 0 && t.Offer >= 0 && t.Offer < t.CLV && t.Contact >= 0 && t.Alpha > 0 && t.Beta > 0
	if !ok || math.IsInf(t.CLV+t.Contact+t.Alpha+t.Beta, 0) {
		return fmt.Errorf("profit measure: terms %+v; CLV must exceed the offer, costs must not be negative, alpha and beta must be positive", t)
	}
	return nil
}

// BreakEven is the probability of leaving above which one contact pays for
// itself at the mean acceptance γ: (d+f)/(γ(CLV−d)+d).
func (t ProfitTerms) BreakEven() float64 {
	gamma := t.Alpha / (t.Alpha + t.Beta)
	return (t.Offer + t.Contact) / (float64(gamma*(t.CLV-t.Offer)) + t.Offer)
}

// rocPoint is the share of leavers and of stayers above one threshold.
type rocPoint struct{ leavers, stayers float64 }

// rocHull is the upper convex hull of the ROC curve from (0,0) to (1,1), by a
// monotone chain over the tie groups.
func rocHull(r *Ranking, y []float64, pos, neg float64) []rocPoint {
	hull := []rocPoint{{}}
	found, passed := 0.0, 0.0
	r.groups(y, nil, func(p, n float64) {
		found += p
		passed += n
		next := rocPoint{found / pos, passed / neg}
		for len(hull) > 1 {
			a, b := hull[len(hull)-2], hull[len(hull)-1]
			// Keep b only if it lies strictly above the line from a to next.
			up, along := (b.leavers-a.leavers)*(next.stayers-a.stayers), (next.leavers-a.leavers)*(b.stayers-a.stayers)
			if up > along+1e-15 {
				break
			}
			hull = hull[:len(hull)-1]
		}
		hull = append(hull, next)
	})
	return hull
}

// MPC is the maximum profit measure for churn at the mean acceptance, on the
// convex hull of the ROC curve (Verbeke et al. 2012). y and score have one entry
// per row, high scores mean leaving. ErrUndefined with one class only. Where two
// thresholds earn the same the smaller list is reported.
func MPC(y, score []float64, t ProfitTerms) (Profit, error) {
	hull, pi0, err := profitHull("MPC", y, score, t)
	if err != nil {
		return Profit{}, err
	}
	delta, phi, gamma := t.Offer/t.CLV, t.Contact/t.CLV, t.Alpha/(t.Alpha+t.Beta)
	best := Profit{}
	for _, h := range hull {
		p := t.CLV * (float64((gamma*(1-delta)-phi)*pi0*h.leavers) - float64((delta+phi)*(1-pi0)*h.stayers))
		if p > best.PerCustomer {
			best = Profit{p, float64(pi0*h.leavers) + float64((1-pi0)*h.stayers)}
		}
	}
	return best, nil
}

// EMPC is the expected maximum profit measure for churn, exact over the Beta
// distribution of the acceptance (Verbraken, Verbeke, Baesens 2013, "A novel
// profit maximizing metric for measuring classification performance of customer
// churn prediction models"). Arguments and errors as MPC.
func EMPC(y, score []float64, t ProfitTerms) (Profit, error) {
	hull, pi0, err := profitHull("EMPC", y, score, t)
	if err != nil {
		return Profit{}, err
	}
	delta, phi, pi1 := t.Offer/t.CLV, t.Contact/t.CLV, 1-pi0
	until := t.breakpoints(hull, pi0)
	mean := t.Alpha / (t.Alpha + t.Beta)
	var out Profit
	// Hull point i is best for acceptances in [from, to].
	for i, from := 0, 0.0; i < len(hull) && from < 1; i++ {
		to := until[i]
		mass := mathext.RegIncBeta(t.Alpha, t.Beta, to) - mathext.RegIncBeta(t.Alpha, t.Beta, from)
		first := mean * (mathext.RegIncBeta(t.Alpha+1, t.Beta, to) - mathext.RegIncBeta(t.Alpha+1, t.Beta, from))
		won := t.CLV * (1 - delta) * pi0 * hull[i].leavers
		paid := t.CLV * (float64(phi*pi0*hull[i].leavers) + float64((delta+phi)*pi1*hull[i].stayers))
		out.PerCustomer += float64(won*first) - float64(paid*mass)
		out.Share += float64(mass * (float64(pi0*hull[i].leavers) + float64(pi1*hull[i].stayers)))
		from = to
	}
	return out, nil
}

// breakpoints are the acceptances up to which each point of the hull is the best:
//
//	γ_i = (π1·(δ+φ)·ΔF1_i + π0·φ·ΔF0_i) / (π0·(1−δ)·ΔF0_i), the last 1
func (t ProfitTerms) breakpoints(hull []rocPoint, pi0 float64) []float64 {
	delta, phi, pi1 := t.Offer/t.CLV, t.Contact/t.CLV, 1-pi0
	out := make([]float64, len(hull))
	out[len(hull)-1] = 1
	for i := range hull[:len(hull)-1] {
		dLeavers, dStayers := hull[i+1].leavers-hull[i].leavers, hull[i+1].stayers-hull[i].stayers
		out[i] = math.Min(1, (float64(pi1*(delta+phi)*dStayers)+float64(pi0*phi*dLeavers))/(pi0*(1-delta)*dLeavers))
	}
	return out
}

func profitHull(what string, y, score []float64, t ProfitTerms) ([]rocPoint, float64, error) {
	if err := t.check(); err != nil {
		return nil, 0, err
	}
	if err := checkRows(what, y, score, nil); err != nil {
		return nil, 0, err
	}
	pos, neg := classWeights(y, nil)
	if pos == 0 || neg == 0 {
		return nil, 0, undefined(what, "it needs leavers and stayers")
	}
	r, err := Rank(score)
	if err != nil {
		return nil, 0, err
	}
	return rocHull(r, y, pos, neg), pos / (pos + neg), nil
}
