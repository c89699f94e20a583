package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

// Boards reads what happens at the desk now.
type Boards interface {
	Board(ctx context.Context, now time.Time) (Board, error)
	// Due returns the tasks whose promise or call-back is to be kept by until,
	// the earliest first, whoever has them.
	Due(ctx context.Context, until time.Time, limit int) ([]interventions.Task, error)
}

// Board is the desk at one moment. Ghosts are in none of it.
type Board struct {
	Rows         []BoardRow // by treatment, the most minutes waiting first
	Rostered     float64    // minutes of all agents today, without the absent
	Absent       []string   // agents marked absent, by name
	Left         float64    // of these, before the last calling window closes
	PromisesOpen int
	PromisesLate int           // past their time
	PromisesDue  int           // within the hour
	Skips        []BoardCount  // of today, the most frequent first
	People       []BoardPerson // who is or was at the desk today, by name
	// Revision is the newest of today of the list that is worked; nil without.
	Revision *interventions.Revision
}

// BoardRow is the work of one treatment.
type BoardRow struct {
	Treatment string
	Family    interventions.Family // of work without a treatment
	Waiting   int                  // ready to be handed out
	Minutes   float64              // of agents' hours; 0 for work that none are planned for
	InHand    int
	Later     int // snoozed, promised or called back
	Blocked   int
	Done      int // today
}

// BoardCount is how often something was given as a reason.
type BoardCount struct {
	Reason string
	Count  int
}

// BoardPerson is what one agent does, and did today.
type BoardPerson struct {
	Name    string
	State   access.PresenceState // said today; empty when nothing was
	Since   time.Time
	With    []string // treatments, or families, of the tasks before them
	Handled int      // wrapped up, whatever came of it
	Done    int
	Skips   int
}

// Add counts tasks of a state.
func (r *BoardRow) Add(state interventions.TaskState, tasks int, minutes float64) {
	switch state {
	case interventions.TaskReady:
		r.Waiting += tasks
		r.Minutes += minutes
	case interventions.TaskLeased, interventions.TaskInProgress:
		r.InHand += tasks
	case interventions.TaskSnoozed, interventions.TaskCallback:
		r.Later += tasks
	case interventions.TaskBlocked:
		r.Blocked += tasks
	case interventions.TaskDone:
		r.Done += tasks
	}
}

// Unplanned says that work waits which no agents' hours are planned for: that of
// senior managers, and what comes up by itself.
func (r BoardRow) Unplanned() bool { return r.Waiting > 0 && r.Minutes == 0 }

// boardView adds what the rows sum up to.
type boardView struct {
	Board
	At        time.Time
	Sum       BoardRow
	Short     float64 // minutes waiting beyond those left
	Unplanned int     // waiting that no agents' hours are planned for
	Held      int     // waiting whose treatment is paused
	Late      string  // a list was not released by its deadline; empty without

	Approvals []approvalView // offers that wait for the reader's answer, the oldest first
	MaySteer  bool
	Pauses    []interventions.Pause
	Running   []string // treatments that are not paused
	Agents    []string // who may be given work
	Owing     []Owing  // who has promises and call-backs to keep
}

// Waits is how many tasks of a treatment wait for the desk.
func (v *boardView) Waits(treatment string) int {
	for _, row := range v.Rows {
		if row.Treatment == treatment {
			return row.Waiting
		}
	}
	return 0
}

// Paused says whether a treatment is.
func (v *boardView) Paused(treatment string) bool {
	return slices.ContainsFunc(v.Pauses, func(p interventions.Pause) bool { return p.Treatment == treatment })
}

func (s *site) boardPage(w http.ResponseWriter, r *request) error {
	v, err := s.board(r)
	if err != nil {
		return err
	}
	if err := s.steer(r, v); err != nil {
		return err
	}
	return s.show(w, r, "board", "Board", v)
}

// boardLive answers the script of an open board with what it says now.
func (s *site) boardLive(w http.ResponseWriter, r *request) error {
	v, err := s.board(r)
	if err != nil {
		return err
	}
	return s.part(w, r, "board", "boardnow", v)
}

// board reads what the board says, without how it may be changed.
func (s *site) board(r *request) (*boardView, error) {
	b, err := s.Boards.Board(r.Context(), s.Now())
	if err != nil {
		return nil, fmt.Errorf("read the board: %w", err)
	}
	v := &boardView{Board: b, At: s.Now()}
	if v.Pauses, err = s.pauses(r); err != nil {
		return nil, err
	}
	for _, row := range b.Rows {
		v.Sum.Waiting += row.Waiting
		if row.Unplanned() {
			v.Unplanned += row.Waiting
		}
		if v.Paused(row.Treatment) {
			v.Held += row.Waiting
		}
		v.Sum.Minutes += row.Minutes
		v.Sum.InHand += row.InHand
		v.Sum.Later += row.Later
		v.Sum.Blocked += row.Blocked
		v.Sum.Done += row.Done
	}
	v.Short = max(0, v.Sum.Minutes-b.Left)
	if v.Late, err = s.late(r); err != nil {
		return nil, err
	}
	if v.Approvals, err = s.toAnswer(r); err != nil {
		return nil, err
	}
	return v, nil
}

// pauses reads what is paused.
func (s *site) pauses(r *request) ([]interventions.Pause, error) {
	list, err := s.Steering.Pauses(r.Context())
	if err != nil {
		return nil, fmt.Errorf("read what is paused: %w", err)
	}
	return list, nil
}

// steer adds what may be changed.
func (s *site) steer(r *request, v *boardView) (err error) {
	if v.MaySteer = access.Can(r.user.Role, access.AskForWork); !v.MaySteer {
		return nil
	}
	for _, t := range s.Policy.Treatments() {
		if !v.Paused(t.Name) {
			v.Running = append(v.Running, t.Name)
		}
	}
	if v.Agents, err = s.Steering.Agents(r.Context()); err != nil {
		return fmt.Errorf("read who is there to work: %w", err)
	}
	if v.Owing, err = s.Steering.Owing(r.Context()); err != nil {
		return fmt.Errorf("read who has promises to keep: %w", err)
	}
	return nil
}
