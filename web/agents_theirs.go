package web

import (
	"context"
	"fmt"

	"holdfast/access"
)

// Staff reads who may sign in.
type Staff interface {
	// Users returns everybody, by name, who left among them.
	Users(ctx context.Context) ([]access.User, error)
}

// theirAgents says whom the user may compare. Counts of an agent are of all
// their customers, so that who sees some segments alone compares those whose
// segments are all among these: a lead their team, a manager of a segment those
// who work in it. Nobody sees of an agent more than of the customers behind it.
func (s *site) theirAgents(r *request) (func(agent string) bool, error) {
	if len(r.user.Segments) == 0 {
		return func(string) bool { return true }, nil
	}
	all, err := s.Staff.Users(r.Context())
	if err != nil {
		return nil, fmt.Errorf("read who is at the desk: %w", err)
	}
	their := map[string]bool{}
	for _, u := range all {
		their[u.Name] = within(u.Segments, r.user)
	}
	return func(agent string) bool { return their[agent] }, nil
}

// within says whether somebody who sees these segments sees nobody whom the
// user does not; none means all.
func within(segments []string, u access.User) bool {
	for _, segment := range segments {
		if !u.Sees(segment) {
			return false
		}
	}
	return len(segments) > 0 || len(u.Segments) == 0
}
