package web

import (
	"fmt"
	"slices"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// masked stands where personal data would.
const masked = "•••"

// scoped narrows a question about the risk list to what the user may see: the
// segments that are theirs, and nothing found by who somebody is.
func scoped(u access.User, q RiskQuery) (RiskQuery, error) {
	if q.Text != "" && !access.Can(u.Role, access.SeePersonal) {
		return q, fault.New(fault.Forbidden, "your role, %s, may not %s: it cannot search for people", u.Role, access.SeePersonal)
	}
	if q.Segment != "" && !u.Sees(q.Segment) {
		return q, fault.New(fault.Forbidden, "the segment %q is not one of yours", q.Segment)
	}
	q.Segments = u.Segments
	return q, nil
}

// rowFor is a row of the risk list as the user may see it.
func rowFor(u access.User, r RiskRow) RiskRow {
	if !access.Can(u.Role, access.SeePersonal) {
		r.Name = ""
	}
	return r
}

// fileFor opens a customer's file as the user may see it: there is none outside
// their segments. The sealed decision goes no further (R7), and reading is
// written down.
func (s *site) fileFor(r *request, id history.CustomerID, detail string) (File, error) {
	f, err := s.Customers.File(r.Context(), id, s.Now())
	if err != nil {
		return f, fmt.Errorf("read the file of customer %d: %w", id, err)
	}
	if !r.user.Sees(f.Segment) {
		return File{}, fault.New(fault.NotFound, "there is no such customer among yours")
	}
	if f.Decision != nil {
		d := f.Decision.Public()
		f.Decision = &d
	}
	f.Tasks = slices.DeleteFunc(slices.Clone(f.Tasks), func(t interventions.Task) bool { return t.Ghost })
	f.Elsewhere = len(f.Household)
	f.Household = slices.DeleteFunc(slices.Clone(f.Household), func(m Member) bool { return !r.user.Sees(m.Segment) })
	f.Elsewhere -= len(f.Household)
	if !access.Can(r.user.Role, access.SeeRiskList) {
		f = f.withoutRisk()
	}
	if !access.Can(r.user.Role, access.SeePersonal) {
		f = f.masked()
	}
	return f, s.note(r, "read a customer's file", f.Card.Key, detail)
}

// theirs is NotFound when one of the customers is unknown, or of a segment that
// is not the user's.
func (s *site) theirs(r *request, ids []history.CustomerID) error {
	segments, err := s.segmentsOf(r, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !r.user.Sees(segments[id]) {
			return fault.New(fault.NotFound, "there is no such customer among yours")
		}
	}
	return nil
}

// segmentsOf is the segment of each customer: NotFound when one is unknown.
func (s *site) segmentsOf(r *request, ids []history.CustomerID) (map[history.CustomerID]string, error) {
	rows, err := s.Risk.RiskOf(r.Context(), ids)
	if err != nil {
		return nil, fmt.Errorf("read the chosen customers: %w", err)
	}
	segments := make(map[history.CustomerID]string, len(ids))
	for _, row := range rows {
		segments[row.Customer] = row.Segment
	}
	for _, id := range ids {
		if _, listed := segments[id]; listed {
			continue
		}
		f, err := s.Customers.File(r.Context(), id, s.Now())
		if err != nil {
			return nil, fmt.Errorf("read customer %d: %w", id, err)
		}
		segments[id] = f.Segment
	}
	return segments, nil
}

// taskFor opens a task by its number as the user may: those of others only with
// the skills they need, or to see to others' work, and none of a customer outside
// their segments, unless the desk gave it to them or they did the last attempt.
func (s *site) taskFor(r *request, id interventions.TaskID) (interventions.Task, error) {
	f, err := s.taskFile(r, id)
	return f.Task, err
}

// taskFile is taskFor with what was done about the task.
func (s *site) taskFile(r *request, id interventions.TaskID) (interventions.TaskFile, error) {
	f, err := s.Tasks.TaskFile(r.Context(), id)
	if err != nil {
		return f, fmt.Errorf("read task %d: %w", id, err)
	}
	if err := mayRead(r.user, f.Task); err != nil {
		return interventions.TaskFile{}, err
	}
	tried := f.Last != nil && f.Last.By == r.user.Name
	if len(r.user.Segments) == 0 || f.Task.Owner == r.user.Name || tried {
		return f, nil
	}
	if err := s.theirs(r, []history.CustomerID{f.Task.Customer}); err != nil {
		return interventions.TaskFile{}, err
	}
	return f, nil
}

// tasksFor leaves out of a list what taskFor would not open for the customer's
// segment.
func (s *site) tasksFor(r *request, list []interventions.Task) ([]interventions.Task, error) {
	if len(r.user.Segments) == 0 {
		return list, nil
	}
	var ids []history.CustomerID
	for _, t := range list {
		ids = append(ids, t.Customer)
	}
	slices.Sort(ids)
	segments, err := s.segmentsOf(r, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(list), func(t interventions.Task) bool {
		return t.Owner != r.user.Name && !r.user.Sees(segments[t.Customer])
	}), nil
}

// withoutRisk is the file as an agent may see it: what the card of a customer
// who rings says, whatever arm they are in, and no number of the risk.
func (f File) withoutRisk() File {
	f.Episode, f.Excluded = time.Time{}, ""
	f.Card.Risk, f.Card.Band, f.Card.Worth = 0, "", interventions.Worth{}
	if f.Decision != nil {
		d := *f.Decision
		d.Trace, d.Worth = interventions.Trace{}, interventions.Worth{}
		f.Decision = &d
	}
	return f
}

// masked is the file without who the customer is, and without the words that
// people wrote about them.
func (f File) masked() File {
	f.Card = maskedCard(f.Card)
	for i := range f.Tasks {
		f.Tasks[i].Card = maskedCard(f.Tasks[i].Card)
	}
	f.Promises = slices.Clone(f.Promises)
	for i := range f.Promises {
		f.Promises[i].What = masked
	}
	for i := range f.Household { // a clone
		f.Household[i].Name = ""
	}
	return f
}

func maskedCard(c interventions.Card) interventions.Card {
	c.Name, c.Attributes, c.Opening, c.Avoid, c.Marks = "", nil, "", nil, nil
	c.Points = slices.Clone(c.Points)
	for i := range c.Points {
		c.Points[i].Value = masked
	}
	c.Contacts = slices.Clone(c.Contacts)
	for i := range c.Contacts {
		if c.Contacts[i].Note != "" {
			c.Contacts[i].Note = masked
		}
	}
	return c
}

// mayRead says whether the user may open a task: those of others only with the
// skills they need, or to see to others' work.
func mayRead(u access.User, t interventions.Task) error {
	if t.Owner == u.Name || access.Can(u.Role, access.SeeOthersWork) {
		return nil
	}
	t.OfferMinor = 0 // who may not grant it may read of it
	if err := agentOf(u).May(t); err != nil {
		return fmt.Errorf("read task %d: %w", t.ID, err)
	}
	return nil
}
