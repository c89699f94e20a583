package interventions

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// crowded is a memory that many use at once and whose Situation does what a
// test wants meanwhile.
type crowded struct {
	*memory
	mu        sync.Mutex
	looked    []history.CustomerID
	meanwhile func(look int) // which one of all, from 1
}

func (c *crowded) Workable(ctx context.Context, now time.Time, skip Skip, limit int) ([]Task, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.memory.Workable(ctx, now, skip, limit)
}

func (c *crowded) TaskCard(ctx context.Context, id TaskID) (Card, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.memory.TaskCard(ctx, id)
}

func (c *crowded) Situation(ctx context.Context, id history.CustomerID, household history.HouseholdID, now time.Time) (Known, Facts, error) {
	c.mu.Lock()
	c.looked = append(c.looked, id)
	look := len(c.looked)
	c.mu.Unlock()
	c.meanwhile(look)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.memory.Situation(ctx, id, household, now)
}

func (c *crowded) SaveStep(ctx context.Context, before Task, step Consequences) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.memory.SaveStep(ctx, before, step)
}

// Agents who ask at the same moment look at tasks of their own, not all at the
// first one.
func TestNextKeepsOutOfOthersWay(t *testing.T) {
	t.Parallel()
	const agents = 6
	c := &crowded{memory: newMemory()}
	for i := range agents {
		task := readyTask(TaskID(1+i), float64(100-i))
		task.Customer, task.Household = history.CustomerID(1+i), history.HouseholdID(1+i)
		c.tasks[task.ID] = task
	}
	var all sync.WaitGroup // until every agent looks at a task
	all.Add(agents)
	c.meanwhile = func(look int) {
		if look <= agents {
			all.Done()
			all.Wait()
		}
	}
	d := NewDesk(mustPolicy(t, testConfig()), c)
	var done sync.WaitGroup
	for range agents {
		done.Go(func() {
			if _, err := d.Next(context.Background(), bob, tuesday); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	slices.Sort(c.looked)
	if want := []history.CustomerID{1, 2, 3, 4, 5, 6}; !slices.Equal(c.looked, want) {
		t.Errorf("they looked at customers %v, want each at one of %v", c.looked, want)
	}
}

// The only task is not withheld from an agent because another looks at it: the
// first to save has it.
func TestNextOfTheOnlyTask(t *testing.T) {
	t.Parallel()
	c := &crowded{memory: newMemory(readyTask(7, 10))}
	d, ctx := NewDesk(mustPolicy(t, testConfig()), c), context.Background()
	eve := bob
	eve.Name = "eve"
	var faster Task
	c.meanwhile = func(look int) {
		if look > 1 {
			return
		}
		var err error
		if faster, err = d.Next(ctx, eve, tuesday); err != nil {
			t.Error(err)
		}
	}
	_, err := d.Next(ctx, bob, tuesday)
	if faster.ID != 7 || fault.Of(err) != fault.NotFound {
		t.Errorf("the faster has task %d, the other %v", faster.ID, err)
	}
	if len(d.hands.tasks) != 0 {
		t.Errorf("nobody looks at %v any more", d.hands.tasks)
	}
}

// What a plan moved since the queue was read is read again, all of it at once,
// and not tried task by task; the first task is still the first.
func TestNextWhileAPlanMovesTheQueue(t *testing.T) {
	t.Parallel()
	c := &crowded{memory: newMemory()}
	for i := range 8 {
		task := readyTask(TaskID(1+i), float64(100-i))
		task.Customer, task.Household = history.CustomerID(1+i), history.HouseholdID(1+i)
		c.tasks[task.ID] = task
	}
	c.meanwhile = func(look int) {
		if look > 1 {
			return
		}
		for id, task := range c.tasks {
			task.Fence++
			c.tasks[id] = task
		}
	}
	got, err := NewDesk(mustPolicy(t, testConfig()), c).Next(context.Background(), bob, tuesday)
	if err != nil || got.ID != 1 || len(c.looked) != 2 {
		t.Errorf("task %d after looking at customers %v: %v", got.ID, c.looked, err)
	}
}
