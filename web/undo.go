package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// undo is what one did last with a task, and may take back: an outcome is
// corrected, and what was snoozed, skipped or handed on is taken up again.
type undo struct {
	Task interventions.TaskID
	Name string // of the customer
	Laid bool   // put out of hand without an outcome
	// As they were before it was laid down.
	fence  int64
	skills []string
}

const undoKey = "undo"

// undoRoutes is what takes something back by itself; an outcome is corrected at
// its task.
func (s *site) undoRoutes() []route {
	return []route{{"POST /tasks/{id}/back", access.WorkTasks, false, s.takeBack}}
}

// remember keeps in the session what may be undone.
func (s *site) remember(r *request, u undo) {
	v := url.Values{"task": {strconv.FormatInt(int64(u.Task), 10)}, "name": {u.Name}, "fence": {strconv.FormatInt(u.fence, 10)}, "skill": u.skills}
	if u.Laid {
		v.Set("laid", "1")
	}
	s.sessions.Put(r.Context(), undoKey, v.Encode())
}

// undoOf is what this agent may undo; nil without anything.
func (s *site) undoOf(r *request) *undo {
	v, err := url.ParseQuery(s.sessions.GetString(r.Context(), undoKey))
	if err != nil {
		return nil
	}
	id, err := strconv.ParseInt(v.Get("task"), 10, 64)
	if err != nil {
		return nil
	}
	fence, _ := strconv.ParseInt(v.Get("fence"), 10, 64) // 0 is nobody's
	return &undo{Task: interventions.TaskID(id), Name: v.Get("name"), Laid: v.Has("laid"), fence: fence, skills: v["skill"]}
}

// takeBack takes up again what one has just snoozed, skipped or handed on. The
// session says that it was theirs, and the fence that nobody has had it since:
// whom it was handed to does not matter.
func (s *site) takeBack(w http.ResponseWriter, r *request) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	u := s.undoOf(r)
	mine := u != nil && u.Laid && u.Task == id
	if _, err := s.taskFor(r, id); err != nil && !mine {
		return err
	}
	if !mine {
		return fault.New(fault.Conflict, "it is not what you laid down last: open it from the desk")
	}
	t, err := s.Desk.TakeBack(r.Context(), id, agentOf(r.user), u.fence, u.skills, s.Now())
	if err != nil {
		return fmt.Errorf("take task %d back: %w", id, err)
	}
	s.sessions.Remove(r.Context(), undoKey)
	return s.then(w, r, taskPath(t.ID), r.in.Say("Taken back: %s.", t.Card.Called()))
}
