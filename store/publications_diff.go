package store

import (
	"context"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// ListVolume is how much a list asks of people, as everybody may see it.
type ListVolume struct {
	ID        interventions.PublicationID    `json:"id"`
	AsOf      time.Time                      `json:"as_of"`
	State     interventions.PublicationState `json:"state"`
	Contacts  int                            `json:"contacts"`
	Minutes   float64                        `json:"minutes"`    // of agents, expected
	CostMinor float64                        `json:"cost_minor"` // of contacts and offers, expected
	Treatment map[string]int                 `json:"treatments"`
}

// ListMove is a customer whom two lists treat differently. An empty treatment
// is none, and Was or Now says why.
type ListMove struct {
	Customer history.CustomerID `json:"-"`

	Key  string `json:"customer"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	Was  string `json:"was,omitempty"`
	Now  string `json:"now,omitempty"`
	// WorthMinor is the worth of what the list does with them less that of what
	// the one before did, minor units; nothing is worth nothing.
	WorthMinor float64 `json:"worth_minor"`
}

// SegmentsOn returns the segments of customers as a list has them; who has none,
// or is no longer kept there, is left out.
func (s *Store) SegmentsOn(ctx context.Context, pub interventions.PublicationID, customers []history.CustomerID) (map[history.CustomerID]string, error) {
	var of map[history.CustomerID]string
	err := s.read(ctx, "read the segments of customers", func(t *tx) error {
		of = map[history.CustomerID]string{}
		for _, c := range customers {
			partition, err := partitionOf(t, c)
			if fault.Of(err) == fault.NotFound { // erased meanwhile
				continue
			}
			if err != nil {
				return err
			}
			var found []string
			if err := t.list(&found, `SELECT segment FROM listed WHERE publication = ? AND partition = ? AND customer = ? AND segment <> ''`,
				int64(pub), partition, int64(c)); err != nil {
				return err
			}
			if len(found) > 0 {
				of[c] = found[0]
			}
		}
		return nil
	})
	return of, err
}

// notInFile is why a customer was on no list.
const notInFile = "not in the file"

// ListDiff compares a list with the newest one before it that people saw, and
// calls each with every customer whom the two treat differently. It is NotFound
// when there is no list before it, or its decisions are no longer kept.
func (s *Store) ListDiff(ctx context.Context, id interventions.PublicationID, each func(ListMove) error) (list, before ListVolume, err error) {
	err = s.read(ctx, "compare two lists", func(t *tx) error {
		now, err := findList(t, `id = ?`, int64(id))
		if err != nil {
			return err
		}
		was, err := findList(t, `as_of < ? AND state IN ('released', 'withdrawn') ORDER BY as_of DESC LIMIT 1`, micros(now.AsOf))
		if fault.Of(err) == fault.NotFound {
			return fault.New(fault.NotFound, "there is no list before it")
		}
		if err != nil {
			return err
		}
		list, before = volumeOf(now), volumeOf(was)
		for partition := range s.fixed.partitions {
			a, err := listDecisions(t, was.ID, partition, &before)
			if err != nil {
				return err
			}
			b, err := listDecisions(t, now.ID, partition, &list)
			if err != nil {
				return err
			}
			if err := eachMove(t, a, b, each); err != nil {
				return err
			}
		}
		return nil
	})
	return list, before, err
}

func volumeOf(p interventions.Publication) ListVolume {
	return ListVolume{ID: p.ID, AsOf: p.AsOf, State: p.State, Treatment: map[string]int{}}
}

// listDecisions reads the public decisions of a partition and adds them to the
// volume.
func listDecisions(t *tx, pub interventions.PublicationID, partition int, v *ListVolume) (map[history.CustomerID]interventions.Decision, error) {
	rows, found, err := loadLines[interventions.Decision](t, sealedSegments, int64(pub), segDecisions, partition)
	if err == nil && !found {
		return nil, fault.New(fault.NotFound, "the decisions of list %d are not kept: it has not been decided, or retention let them go", pub)
	}
	if err != nil {
		return nil, fmt.Errorf("read the decisions of list %d: %w", pub, err)
	}
	public := make(map[history.CustomerID]interventions.Decision, len(rows))
	for _, d := range rows {
		d = d.Public()
		d.Trace = interventions.Trace{}
		public[d.Customer] = d
		if d.Treatment != "" {
			v.Contacts++
			v.Treatment[d.Treatment]++
			v.Minutes += d.Minutes
			v.CostMinor += d.Worth.ContactCost + d.Worth.Accept*d.Worth.OfferCost
		}
	}
	return public, nil
}

func eachMove(t *tx, was, now map[history.CustomerID]interventions.Decision, each func(ListMove) error) error {
	var moved []history.CustomerID
	for id, d := range now {
		if d.Treatment != was[id].Treatment {
			moved = append(moved, id)
		}
	}
	for id, d := range was {
		if _, there := now[id]; !there && d.Treatment != "" {
			moved = append(moved, id)
		}
	}
	version, err := manifestVersion(t)
	if err != nil {
		return err
	}
	return chunks(len(moved), chunkRows, func(from, to int) error {
		keys := map[history.CustomerID]string{}
		customers, err := readCustomers(t, version, moved[from:to])
		if err != nil {
			return err
		}
		for _, c := range customers {
			keys[c.ID] = c.Key
		}
		for _, id := range moved[from:to] {
			m := ListMove{Customer: id, Key: keys[id]}
			m.From, m.Was = side(was, id)
			m.To, m.Now = side(now, id)
			m.WorthMinor = worthOn(now, id) - worthOn(was, id)
			if err := each(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// side is what one list does with a customer: a treatment, or why none.
func side(list map[history.CustomerID]interventions.Decision, id history.CustomerID) (treatment, why string) {
	d, there := list[id]
	switch {
	case !there:
		return "", notInFile
	case d.Treatment != "":
		return d.Treatment, ""
	}
	return "", d.Reason
}

// worthOn is the worth of what a list does with a customer.
func worthOn(list map[history.CustomerID]interventions.Decision, id history.CustomerID) float64 {
	if d := list[id]; d.Treatment != "" {
		return d.Worth.Total
	}
	return 0
}
