package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
	"holdfast/web"
)

// steering changes the day's work for the board.
type steering struct{ *store.Store }

// Agents are who may be given work, by name.
func (s steering) Agents(ctx context.Context) ([]string, error) {
	agents, err := s.AgentsOnDuty(ctx)
	return slices.Sorted(maps.Keys(agents)), err
}

// Owing are those who have promises and call-backs to keep, by name.
func (s steering) Owing(ctx context.Context) (list []web.Owing, err error) {
	owned, err := s.CommitmentsOwned(ctx)
	for _, name := range slices.Sorted(maps.Keys(owned)) {
		list = append(list, web.Owing{Name: name, Tasks: owned[name]})
	}
	return list, err
}

// Reassign gives the promises and call-backs of one agent to another.
func (s steering) Reassign(ctx context.Context, from, to, by string, now time.Time) (given int, stay []error, err error) {
	agents, err := s.AgentsOnDuty(ctx)
	if err != nil {
		return 0, nil, err
	}
	agent, ok := agents[to]
	switch {
	case from == to:
		return 0, nil, fault.New(fault.Invalid, "choose two different people")
	case !ok:
		return 0, nil, fault.New(fault.Invalid, "%q is nobody who is there to work: choose one of the list", to)
	}
	tasks, err := s.OwnedCommitments(ctx, from)
	if err != nil {
		return 0, nil, err
	}
	for _, t := range tasks {
		c, err := interventions.Reassigned(t, from, agent, by, now)
		if fault.Of(err) == fault.Forbidden {
			stay = append(stay, err)
			continue
		}
		if err == nil {
			err = s.SaveStep(ctx, t, c)
		}
		if fault.Of(err) == fault.Conflict { // its owner was faster
			continue
		}
		if err != nil {
			return given, stay, err
		}
		given++
	}
	return given, stay, nil
}
