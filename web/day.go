package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/nightly"
)

// dayView is one's own day.
type dayView struct {
	Day      time.Time
	Earlier  string // address of the day before; empty where it is too long ago
	Later    string // of the day after; empty for today
	Sum      daySum
	ToKeep   int // promises and call-backs of one's own still due today
	Today    bool
	Rows     []dayRow
	More     bool         // there is more than is shown
	Said     []dayRow     // what customers said when they were thanked
	Own      *agentRow    // beside the team's rates; nil before the first night, or of too few attempts
	OwnNames []string     // of its counts
	Report   reportedDays // what Own is of
}

// reportedDays is what a comparison looks at.
type reportedDays struct {
	AsOf        time.Time
	Days, Least int
}

// daySum is a day in numbers.
type daySum struct {
	Attempts, Tasks int
	Reached         int
	Claimed         int
	ClaimedMinor    int64 // value in a year of those claimed
	Kept            int   // promises and call-backs
	Minutes         float64
}

// dayRow is one attempt.
type dayRow struct {
	measurement.Handled
	Who  string // name, else key; empty outside one's segments
	Text string // what came of it
}

// daysBack is how many days ago one may look at.
const daysBack = 31

// ownDay reads what the user did on a day of the business's zone, so many days
// ago.
func (s *site) ownDay(r *request, ago int) (v dayView, err error) {
	from := nightly.StartOfDay(s.Now(), s.zone, -ago)
	v.Day, v.Today = from, ago == 0
	list, err := s.Handled.HandledBy(r.Context(), r.user.Name, from, nightly.StartOfDay(s.Now(), s.zone, 1-ago))
	if err != nil {
		return v, fmt.Errorf("read what %s did: %w", r.user.Name, err)
	}
	v.More = len(list) == measurement.MostHandled
	tasks := map[interventions.TaskID]bool{}
	for _, h := range list {
		row := dayRow{Handled: h, Text: r.in.disposition(h.Disposition)}
		if r.user.Sees(h.Segment) {
			row.Who = or(h.Name, h.Key)
		}
		tasks[h.Task] = true
		v.Sum.add(h)
		v.Rows = append(v.Rows, row)
		if h.Disposition == interventions.Thanked && h.Note != "" {
			v.Said = append(v.Said, row)
		}
	}
	v.Sum.Tasks = len(tasks)
	if v.Today {
		v.ToKeep, err = s.toKeep(r)
	}
	return v, err
}

func (d *daySum) add(h measurement.Handled) {
	d.Attempts++
	d.Minutes += h.Minutes()
	if h.Reached {
		d.Reached++
	}
	if h.Claimed {
		d.Claimed++
		d.ClaimedMinor += h.ValueMinor
	}
	if h.KeptPromise {
		d.Kept++
	}
}

// toKeep counts the user's own promises and call-backs that are due today.
func (s *site) toKeep(r *request) (n int, err error) {
	list, err := s.Tasks.Commitments(r.Context(), r.user.Name, nightly.StartOfDay(s.Now(), s.zone, 1), commitmentsShown)
	if err != nil {
		return 0, fmt.Errorf("read what was promised: %w", err)
	}
	for _, t := range list {
		if t.Owner == r.user.Name {
			n++
		}
	}
	return n, nil
}

// dayPage is what an agent did on a day, and how they compare: their own
// numbers, which nobody else reads here.
func (s *site) dayPage(w http.ResponseWriter, r *request) error {
	ago, err := daysAgo(r.URL.Query().Get("ago"))
	if err != nil {
		return err
	}
	v, err := s.ownDay(r, ago)
	if err != nil {
		return err
	}
	if ago > 0 {
		v.Later = dayPath(ago - 1)
	}
	if ago < daysBack {
		v.Earlier = dayPath(ago + 1)
	}
	report, err := s.Handled.AgentReport(r.Context())
	if err != nil {
		return fmt.Errorf("read how agents compare: %w", err)
	}
	v.Report = reportedDays{report.AsOf, measurement.AgentDays, measurement.MinAttempts}
	v.OwnNames = []string{r.in.Text("Reached"), r.in.Text("Claimed saves"), r.in.Text("Sustained saves")}
	for _, a := range report.Agents {
		if a.Agent == r.user.Name && !a.Hidden {
			row := rowOf(a)
			v.Own = &row
		}
	}
	return s.show(w, r, "day", "My day", v)
}

// daysAgo reads how many days ago a day is; nothing is today.
func daysAgo(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > daysBack {
		return 0, fault.New(fault.Invalid, "choose a day of the last %d", daysBack)
	}
	return n, nil
}

func dayPath(ago int) string {
	if ago == 0 {
		return "/desk/day"
	}
	return fmt.Sprintf("/desk/day?ago=%d", ago)
}

type (
	dayCall struct {
		Ago int `query:"ago" minimum:"0" maximum:"31" doc:"Days ago; 0 is today in the business's time zone."`
	}
	apiHandled struct {
		Task        int64     `json:"task"`
		At          time.Time `json:"at"`
		By          string    `json:"by"`
		Customer    int64     `json:"customer,omitempty" doc:"Absent outside the owner's segments."`
		Key         string    `json:"key,omitempty"`
		Name        string    `json:"name,omitempty"`
		Treatment   string    `json:"treatment,omitempty" doc:"Absent for a customer who rang."`
		Disposition string    `json:"disposition"`
		Reason      string    `json:"reason,omitempty" doc:"Why they leave."`
		ValueMinor  int64     `json:"value_minor" doc:"Of the customer in a year."`
		Note        string    `json:"note,omitempty"`
	}
	dayAnswer struct {
		Body struct {
			Day          time.Time    `json:"day" doc:"When it began."`
			Tasks        int          `json:"tasks"`
			Attempts     int          `json:"attempts"`
			Reached      int          `json:"reached"`
			Claimed      int          `json:"claimed_saves"`
			ClaimedMinor int64        `json:"claimed_minor" doc:"Value in a year of the customers claimed as saved."`
			Kept         int          `json:"promises_kept"`
			ToKeep       int          `json:"promises_to_keep" doc:"Of one's own, still due today."`
			Minutes      float64      `json:"minutes" doc:"From taking a task to saving what came of it."`
			Handled      []apiHandled `json:"handled" doc:"The newest first, 500 at most."`
		}
	}
)

func apiHandledOf(h measurement.Handled, known bool) apiHandled {
	out := apiHandled{
		Task: int64(h.Task), At: h.At.UTC(), By: h.Agent, Treatment: h.Treatment, Disposition: string(h.Disposition), Reason: h.Reason, ValueMinor: h.ValueMinor,
	}
	if known {
		out.Customer, out.Key, out.Name, out.Note = int64(h.Customer), h.Key, h.Name, h.Note
	}
	return out
}

func (a *api) dayRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/desk/day", id: "own-day", tag: "tasks", action: access.WorkTasks, summary: "What the token's owner did on a day",
		text: "Their own work and nobody else's.",
	}, func(c *call, in *dayCall) (*dayAnswer, error) {
		v, err := a.ownDay(&c.request, in.Ago)
		out := &dayAnswer{}
		b := &out.Body
		b.Day, b.Tasks, b.Attempts, b.Reached, b.Claimed, b.ClaimedMinor = v.Day.UTC(), v.Sum.Tasks, v.Sum.Attempts, v.Sum.Reached, v.Sum.Claimed, v.Sum.ClaimedMinor
		b.Kept, b.ToKeep, b.Minutes, b.Handled = v.Sum.Kept, v.ToKeep, v.Sum.Minutes, []apiHandled{}
		for _, row := range v.Rows {
			b.Handled = append(b.Handled, apiHandledOf(row.Handled, row.Who != ""))
		}
		return out, err
	})
}
