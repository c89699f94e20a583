package training

import (
	"context"
	"time"

	"holdfast/history"
)

// Practice is what this business itself did to its customers, so that a model
// can learn what they do when left alone. A customer's time ends when we
// contact them: what they do afterwards is no longer their own. Who is left is
// no fair sample of who there was, so the time that is left is weighted by one
// over the probability of being left alone until then.
//
//	release to be contacted ends it   ──┤
//	held back (ghost, global holdout)  ─────────────────  × 1/P(held back)
//	never selected                     ─────────────────  × 1
//
// What is learned holds for customers whom nobody contacted within memory.
// Those whom a contact kept look like others who are less likely to leave, since
// their like who were held back have gone; as long as their arm stands they are
// contacted whenever they are selected, so no weight can tell (−9 % in
// TestModelsThatSurviveTheirOwnSuccess, and −3 % over all customers).
//
// Nobody is left out for what they did after as-of. Leaving out everybody who
// was called keeps those who left before the call and loses those who lived
// until it.
type Practice struct {
	// Draws returns the selections of a partition's customers.
	Draws func(ctx context.Context, partition int) ([]Draw, error)
	// Held says whether a household is, or would be if it was selected, in the
	// global holdout all the time between two instants. Nil: there is none.
	Held func(h history.HouseholdID, from, to time.Time) bool
	// MemoryDays is how long a contact counts: after so many days it is history
	// like any other. Arms are drawn anew after a holdout year, so a year is right.
	MemoryDays int
}

// Draw is a customer's selection for contact, with the chances it was drawn at.
type Draw struct {
	history.Exposure
	Global float64 // share of households held out of everything when the household's arm was drawn
	Ghost  float64 // share held out of this treatment
}

// armTreat is the arm of who is to be contacted.
const armTreat = "treat"

// purposeService is the purpose of contacts that are the same for all arms.
const purposeService = "service"

// leftAlone says how much of a row's time was left to itself.
type leftAlone struct {
	over     bool    // a contact within memory lies before as-of
	censored bool    // a contact came before the outcome was decided
	undrawn  bool    // that contact was nobody's draw: a call outside the lists, or a treatment without held-back twins
	days     float64 // from as-of until the contact or the decision
	chance   float64 // of being left alone until the outcome was decided, by the draws
}

// alone follows one customer's draws (oldest first) and contacts from the
// beginning of memory to the instant at which the outcome was decided. A drawn
// contact ends the time at the release and not at the call: whom the queue
// reaches, and when, is no draw, and who left before the call stays comparable.
func (p *Practice) alone(draws []Draw, contacts []history.ContactAt, asOf, decided time.Time) leftAlone {
	since, end := asOf.AddDate(0, 0, -p.MemoryDays), decided
	out := leftAlone{chance: 1}
	var shares layers
	for _, d := range draws {
		if d.Purpose == purposeService || d.At.Before(since) || !d.At.Before(end) {
			continue
		}
		random := d.Global > 0 || d.Ghost > 0
		switch {
		case random && d.Arm == armTreat:
			end = d.At
		case random:
			shares.add(d)
		case !d.Contacted.IsZero() && d.Contacted.Before(end):
			end, out.undrawn = d.Contacted, true
		}
	}
	for _, c := range contacts {
		if c.Proactive && c.Purpose != purposeService && !c.At.Before(since) && c.At.Before(end) {
			end, out.undrawn = c.At, true
		}
	}
	out.over = end.Before(asOf)
	out.censored = end.Before(decided)
	out.undrawn = out.undrawn && out.censored
	out.days = end.Sub(asOf).Hours() / 24
	out.chance = shares.chance()
	return out
}

// layers are the shares of the arms that a household drew, each layer once.
type layers struct {
	global float64
	names  []string
	ghosts []float64
}

func (l *layers) add(d Draw) {
	l.global = max(l.global, d.Global)
	for _, n := range l.names {
		if n == d.Treatment {
			return // the same arm stands for its whole year
		}
	}
	l.names, l.ghosts = append(l.names, d.Treatment), append(l.ghosts, d.Ghost)
}

// chance is the probability that every arm drawn was the held-back one: held
// out of everything, or of each treatment in turn.
//
//	g + (1−g)·h₁·h₂·…
func (l *layers) chance() float64 {
	if len(l.names) == 0 {
		return 1
	}
	each := 1.0
	for _, h := range l.ghosts {
		each *= h
	}
	return l.global + float64((1-l.global)*each)
}
