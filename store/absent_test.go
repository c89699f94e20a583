package store_test

import (
	"testing"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/store"
)

// Who is marked absent is missing from the night's roster until they are back.
func TestAbsence(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for _, u := range []access.User{{Name: "ann", Role: access.Agent, Skills: []string{"polish"}}, {Name: "lea", Role: access.Lead}} {
			u.PasswordHash, u.Created = "x", noon
			must(t, s.AddUser(ctx, u))
			must(t, s.SetAbsent(ctx, u.Name, true))
		}
		if err := s.SetAbsent(ctx, "ann", true); fault.Of(err) != fault.Conflict {
			t.Errorf("absent twice: %v", err)
		}
		if err := s.SetAbsent(ctx, "nobody", true); fault.Of(err) != fault.NotFound {
			t.Errorf("nobody is absent: %v", err)
		}
		c, err := s.Committed(ctx, noon)
		must(t, err)
		if len(c.Absent) != 1 || c.Absent[0].Name != "ann" || c.Absent[0].Skills[0] != "polish" {
			t.Errorf("absent are %+v, want ann alone: a lead is not rostered", c.Absent)
		}
		must(t, s.SetAbsent(ctx, "ann", false))
		if list, err := s.AbsentAgents(ctx); err != nil || len(list) != 0 {
			t.Errorf("after she is back %v are absent, %v", list, err)
		}
		if err := s.SetAbsent(ctx, "ann", false); fault.Of(err) != fault.Conflict {
			t.Errorf("back twice: %v", err)
		}
	})
}

// Work is given to nobody whose role has none: an auditor at the desk keeps no
// promise.
func TestOnDutyAreThoseWhoWorkTasks(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for _, role := range access.Roles {
			must(t, s.AddUser(ctx, access.User{Name: string(role), Role: role, PasswordHash: "x", Created: noon}))
		}
		must(t, s.SetAbsent(ctx, string(access.Lead), true))
		agents, err := s.AgentsOnDuty(ctx)
		must(t, err)
		for _, role := range access.Roles {
			_, got := agents[string(role)]
			if want := access.Can(role, access.WorkTasks) && role != access.Lead; got != want {
				t.Errorf("%s is on duty: %v, want %v", role, got, want)
			}
		}
	})
}
