package store

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/scoring"
)

// The kinds of counts that are kept with a list.
const (
	facetOwner   = "owner"
	facetConcept = "concept"
	facetRisk    = "risk"
)

// riskStep is the width of a bar of the distribution of risk, in percent.
const riskStep = 5

// RiskBar counts customers of one band between two risks, in percent: From is
// inside and To is not, but in the last.
type RiskBar struct {
	Band      scoring.Band
	From, To  int
	Customers int
}

// Facets are what a list can be filtered by and how its risks lie. Who was
// taken off the list since it was made is still counted.
type Facets struct {
	Owners   []string // by name
	Concepts []string // what the strongest reasons are about, by name
	Risks    []RiskBar
}

// facetKey is a kind of count and what was counted.
type facetKey struct{ facet, value string }

// facetCounts counts the customers of a partition in the population.
type facetCounts map[facetKey]int64

func (c facetCounts) add(owner, concept string, s *scoring.Score) {
	if s.Band == "" {
		return
	}
	if owner != "" {
		c[facetKey{facetOwner, owner}]++
	}
	if concept != "" {
		c[facetKey{facetConcept, concept}]++
	}
	from := min(int(math.Floor(100*s.Risk/riskStep))*riskStep, 100-riskStep)
	c[facetKey{facetRisk, string(s.Band) + " " + strconv.Itoa(from)}]++
}

func (c facetCounts) rows(pub int64, partition int) (rows [][]any) {
	for k, n := range c {
		rows = append(rows, []any{pub, partition, k.facet, k.value, n})
	}
	return rows
}

// Facets returns what the list that is shown can be filtered by.
//
// web: for the risk list.
func (s *Store) Facets(ctx context.Context) (f Facets, err error) {
	err = s.read(ctx, "read what the risk list can be filtered by", func(t *tx) error {
		f = Facets{}
		pub, err := shownList(t)
		if err != nil || pub == 0 {
			return err
		}
		return t.each(`SELECT facet, value, SUM(customers) FROM list_facets WHERE publication = ? GROUP BY facet, value
			HAVING SUM(customers) > 0 ORDER BY facet, value`, []any{pub}, func(r scanner) error {
			var facet, value string
			var n int
			if err := r.Scan(&facet, &value, &n); err != nil {
				return err
			}
			return f.take(facet, value, n)
		})
	})
	return f, err
}

func (f *Facets) take(facet, value string, n int) error {
	switch facet {
	case facetOwner:
		f.Owners = append(f.Owners, value)
	case facetConcept:
		f.Concepts = append(f.Concepts, value)
	case facetRisk:
		band, lower, _ := strings.Cut(value, " ")
		from, err := strconv.Atoi(lower)
		if err != nil {
			return fmt.Errorf("read the bar %q of the distribution of risk: %w", value, err)
		}
		f.Risks = append(f.Risks, RiskBar{scoring.Band(band), from, from + riskStep, n})
	}
	return nil
}

// AssignOwner makes somebody the one who looks after customers, from now on, as
// a dated attribute of theirs: a feed that says otherwise later wins. The list
// that is shown says so at once. All of them or none.
//
// web: from the risk list.
func (s *Store) AssignOwner(ctx context.Context, customers []history.CustomerID, owner string, now time.Time) error {
	attribute := s.opts.OwnerAttribute
	if attribute == "" {
		return fault.New(fault.Invalid, "nothing says which attribute holds who looks after a customer: set measurement.owner_attribute in the configuration")
	}
	return s.write(ctx, small, "say who looks after customers", func(t *tx) error {
		pub, err := shownList(t)
		if err != nil {
			return err
		}
		facts := make([]history.Fact, len(customers))
		for i, id := range customers {
			root, err := rootCustomer(t, id)
			if err != nil {
				return err
			}
			facts[i] = history.Fact{
				Stamp: history.Stamp{Customer: root.ID, Ref: micros(now), Occurred: now},
				Kind:  history.FactProfile, Body: history.Profile{Attributes: map[string]string{attribute: owner}},
			}
			if err := relist(t, pub, root, owner); err != nil {
				return err
			}
		}
		return recordFacts(t, now, facts)
	})
}

// relist writes a customer's new owner into the list that is shown, and its counts.
func relist(t *tx, pub int64, c history.Customer, owner string) error {
	var before []string
	where := ` WHERE publication = ? AND partition = ? AND customer = ? AND band <> ''`
	if err := t.list(&before, `SELECT owner FROM listed`+where, pub, c.Partition, int64(c.ID)); err != nil || len(before) == 0 {
		return err
	}
	err := t.moving(pub, int64(c.Partition), int64(c.ID), func() error {
		_, err := t.exec(`UPDATE listed SET owner = ?`+where, owner, pub, c.Partition, int64(c.ID))
		return err
	})
	if err != nil {
		return err
	}
	for _, moved := range []struct {
		value string
		by    int64
	}{{before[0], -1}, {owner, 1}} {
		if moved.value == "" {
			continue
		}
		if err := t.insert("list_facets", "publication, partition, facet, value, customers", [][]any{{pub, c.Partition, facetOwner, moved.value, moved.by}},
			`ON CONFLICT (publication, partition, facet, value) DO UPDATE SET customers = list_facets.customers + excluded.customers`); err != nil {
			return err
		}
	}
	return nil
}
