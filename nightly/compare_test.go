package nightly

import (
	"context"
	"reflect"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// otherPolicy is the default policy of the tests with a change.
func otherPolicy(t *testing.T, change func(*interventions.Config)) *interventions.Policy {
	t.Helper()
	cfg := interventions.DefaultConfig()
	cfg.Roster.Agents = 2
	change(&cfg)
	p, err := interventions.NewPolicy(cfg, time.UTC, []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Two policies on one night: what the one in use gives is what was published,
// the counts of the two fit together, and nothing is written.
func TestCompareTwoPolicies(t *testing.T) {
	t.Parallel()
	d, b := newDesk(town(t, 240, 4)...), newBooks()
	st := stages(t, d, b)
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	released := d.pub.Tally.ByResult[interventions.ResultTreat]
	before := [3]int{len(d.arms), d.published, len(d.work)}
	drafts := reflect.ValueOf(d.drafts).Pointer()

	same, err := st.Compare(context.Background(), run, otherPolicy(t, func(*interventions.Config) {}), true, asOf)
	if err != nil {
		t.Fatal(err)
	}
	if same.Now.Contacts != released || same.Both != released || same.New+same.Dropped+same.Moved != 0 || len(same.Moves) != 0 || released == 0 {
		t.Errorf("one policy beside itself: %+v; %d were released", same, released)
	}
	if !same.Now.Assumed || same.Now.WorthMinor <= 0 || same.Now.Available <= 0 {
		t.Errorf("the plan in use: %+v", same.Now)
	}

	fewer := otherPolicy(t, func(c *interventions.Config) {
		c.Roster.Agents = 1
		c.Treatments[1].Durability = .9
		c.Policy.CoolOffDays = 60
	})
	c, err := st.Compare(context.Background(), run, fewer, true, asOf)
	if err != nil {
		t.Fatal(err)
	}
	if c.Now.Contacts != released || c.Now.Contacts != c.Both+c.Dropped+c.Moved || c.Then.Contacts != c.Both+c.New+c.Moved {
		t.Errorf("the counts do not fit together: %+v", c)
	}
	if len(c.Moves) != c.New+c.Dropped+c.Moved || c.Dropped+c.Moved == 0 || c.Then.Available >= c.Now.Available {
		t.Errorf("half the agents move %d customers by name: %+v", len(c.Moves), c)
	}
	now, then, sum := 0, 0, 0
	for _, g := range c.Groups {
		now, then = now+g.Now, then+g.Then
	}
	for _, line := range c.Then.Treatments {
		sum += line.Contacts
	}
	if now != c.Now.Contacts || then != c.Then.Contacts || sum != c.Then.Contacts {
		t.Errorf("groups have %d and %d, treatments %d: %+v", now, then, sum, c)
	}
	if after := [3]int{len(d.arms), d.published, len(d.work)}; after != before || reflect.ValueOf(d.drafts).Pointer() != drafts {
		t.Errorf("comparing wrote something: %v, before %v", after, before)
	}
}

// Whom a manager excluded before the night is contacted by neither policy.
func TestCompareLeavesTheExcludedAlone(t *testing.T) {
	t.Parallel()
	d, b := newDesk(town(t, 240, 4)...), newBooks()
	st := stages(t, d, b)
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	d.excluded = map[history.CustomerID]*interventions.Exclusion{}
	for _, w := range d.work {
		for _, task := range w.Tasks {
			d.excluded[task.Customer] = &interventions.Exclusion{Customer: task.Customer, At: asOf.AddDate(0, 0, -1), Until: asOf.AddDate(0, 0, 9), Reason: "a complaint is being looked into"}
		}
		for _, m := range w.Messages {
			d.excluded[m.Customer] = &interventions.Exclusion{Customer: m.Customer, At: asOf.AddDate(0, 0, -1), Until: asOf.AddDate(0, 0, 9), Reason: "a complaint is being looked into"}
		}
	}
	c, err := st.Compare(context.Background(), run, otherPolicy(t, func(c *interventions.Config) { c.Roster.Agents = 1 }), false, asOf)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]interventions.Plan{"the one in use": c.Now, "the other": c.Then} {
		if n := p.Reasons[interventions.ResultBlocked][string(interventions.GateExcluded)]; n == 0 || n > len(d.excluded) {
			t.Errorf("%s: %d of %d excluded are blocked: %v", name, n, len(d.excluded), p.Reasons)
		}
	}
}
