package web

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/internal/picture"
	"holdfast/internal/stats"
	"holdfast/measurement"
)

// Handled reads what came of the work of people at the desk.
type Handled interface {
	// AgentReport returns the newest night's comparison; a zero one before the first.
	AgentReport(ctx context.Context) (measurement.AgentReport, error)
	// HandledBy returns what somebody did in [from, to), the newest first, at
	// most measurement.MostHandled of it.
	HandledBy(ctx context.Context, who string, from, to time.Time) ([]measurement.Handled, error)
	// BestSaves returns the saves claimed in [from, to) of customers of these
	// segments, none meaning all, that are worth most; with sustained only those
	// still here at day 90.
	BestSaves(ctx context.Context, from, to time.Time, sustained bool, segments []string, limit int) ([]measurement.Handled, error)
	// ReasonMarks counts how agents marked each reason since a day, in no order.
	ReasonMarks(ctx context.Context, since time.Time) ([]measurement.ReasonMarks, error)
	Lost
}

// Lost reads the calls in which customers said that they leave.
type Lost interface {
	// LostCounts counts them by agent, treatment, list and reason.
	LostCounts(ctx context.Context, q measurement.LostQuery) ([]measurement.LostCount, error)
	// LostCalls returns a page of them, the newest first.
	LostCalls(ctx context.Context, q measurement.LostQuery) ([]measurement.Handled, error)
}

// agentsView is how agents compare.
type agentsView struct {
	AsOf     time.Time
	Days     int // that are looked back
	Least    int // attempts of which something is said
	Rows     []agentRow
	Kept     []keptRow     // how they kept promises
	Proof    bool          // the reader may follow to it
	Others   int           // who are not shown, because they see customers whom the reader does not
	Segments []string      // that the reader sees; none means all
	Picture  template.HTML // of claimed saves; empty with fewer than two agents

	BySegment bool // there is how promises were kept by segment, and the reader may follow to it
}

// agentRow is one agent.
type agentRow struct {
	Agent    string
	Hidden   bool
	Tasks    int
	Attempts int
	Counts   []comparedView // reached, claimed, sustained
}

// comparedView is one count beside what was expected.
type comparedView struct {
	measurement.Compared
	Ratio *stats.Interval // nil where nothing is said
}

// agentCounts names the counts of a row, as CSV does.
var agentCounts = []string{"reached", "claimed", "sustained"}

func rowOf(a measurement.AgentLine) agentRow {
	row := agentRow{Agent: a.Agent, Hidden: a.Hidden, Tasks: a.Tasks, Attempts: a.Reached.Attempts}
	for _, c := range []measurement.Compared{a.Reached, a.Claimed, a.Sustained} {
		v := comparedView{Compared: c}
		if iv, known := c.Ratio(); known {
			v.Ratio = &iv
		}
		row.Counts = append(row.Counts, v)
	}
	return row
}

// agents reads the comparison of the agents whom the user may compare.
func (s *site) agents(r *request) (v agentsView, err error) {
	their, err := s.theirAgents(r)
	if err != nil {
		return v, err
	}
	report, err := s.Handled.AgentReport(r.Context())
	if err != nil {
		return v, fmt.Errorf("read how agents compare: %w", err)
	}
	v.AsOf, v.Days, v.Least = report.AsOf, measurement.AgentDays, measurement.MinAttempts
	v.Segments, v.Proof = r.user.Segments, access.Can(r.user.Role, access.SeeProof)
	for _, a := range report.Agents {
		if !their(a.Agent) {
			v.Others++
			continue
		}
		v.Rows = append(v.Rows, rowOf(a))
	}
	v.Kept = r.in.keptRows(report.Kept.Agents, func(agent string) bool { return agent != "" && their(agent) })
	v.BySegment = segmented(report) && access.Can(r.user.Role, access.SeeMorning)
	v.Picture = r.in.claimsPicture(v.Rows)
	return v, nil
}

// agentsDrawn is how many agents a picture shows: those with most attempts.
const agentsDrawn = 20

// claimsPicture sets how many saves agents claim against what their cases would
// give. They stand by name: it is no ranking.
func (in *speech) claimsPicture(rows []agentRow) template.HTML {
	most := slices.Clone(rows)
	most = slices.DeleteFunc(most, func(r agentRow) bool { return r.Hidden || r.Counts[1].Ratio == nil })
	if len(most) < 2 {
		return ""
	}
	slices.SortStableFunc(most, func(a, b agentRow) int { return cmp.Compare(b.Attempts, a.Attempts) })
	most = most[:min(len(most), agentsDrawn)]
	slices.SortFunc(most, func(a, b agentRow) int { return cmp.Compare(a.Agent, b.Agent) })
	p := picture.Effects{
		In: in, Title: in.Text("Claimed saves beside what each agent’s cases would give"),
		Description: in.Text("How many per cent more or fewer saves each agent claims than the team’s rates would have given with the same cases, with 95 % intervals."),
		X:           picture.Axis{Title: in.Text("More or fewer than their cases would give"), Unit: "%"},
		Below:       in.Text("fewer"), Above: in.Text("more"),
	}
	for _, r := range most {
		iv := r.Counts[1].Ratio
		p.Rows = append(p.Rows, picture.Effect{
			Label: r.Agent, Estimate: 100 * (iv.Estimate - 1), Low: 100 * (iv.Low - 1), High: 100 * (iv.High - 1),
			Note: "n = " + in.number(r.Attempts),
		})
	}
	return p.HTML()
}

func (s *site) agentsPage(w http.ResponseWriter, r *request) error {
	v, err := s.agents(r)
	if err != nil {
		return err
	}
	return s.show(w, r, "agents", "Agents", v)
}

func agentColumns() []string {
	columns := []string{"agent", "tasks", "attempts"}
	for _, c := range agentCounts {
		columns = append(columns, c, c+"_expected", c+"_ratio", c+"_low", c+"_high", c+"_shrunken", c+"_verdict")
	}
	return append(columns, "sustained_attempts", "promises_kept", "promises_broken", "promises_rate", "promises_low", "promises_high")
}

// agentsExport is the comparison as CSV. Who took it is written down.
func (s *site) agentsExport(w http.ResponseWriter, r *request) error {
	v, err := s.agents(r)
	if err != nil {
		return err
	}
	if err := s.note(r, "export how agents compare", "", ""); err != nil {
		return err
	}
	columns := agentColumns()
	return s.download(w, "agents", columns, func(write func(...string) error) error {
		for _, row := range v.Rows {
			cells := []string{row.Agent}
			if !row.Hidden {
				cells = row.cells()
			}
			promises := keptCells(keptOf(v.Kept, row.Agent))
			blank := make([]string, len(columns)-len(cells)-len(promises))
			if err := write(slices.Concat(cells, blank, promises)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// cells is a row as text; nothing is said of what is not known.
func (row agentRow) cells() []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	cells := []string{row.Agent, strconv.Itoa(row.Tasks), strconv.Itoa(row.Attempts)}
	for _, c := range row.Counts {
		if c.Ratio == nil {
			cells = append(cells, "", "", "", "", "", "", "")
			continue
		}
		cells = append(cells, strconv.Itoa(c.Count), number(c.Expected), number(c.Ratio.Estimate), number(c.Ratio.Low), number(c.Ratio.High),
			number(c.Shrunken), string(c.Verdict))
	}
	return append(cells, strconv.Itoa(row.Counts[2].Attempts))
}

// keptCells are how somebody kept promises, as text.
func keptCells(k *keptRow) []string {
	if k == nil || k.Share == nil {
		return make([]string, 5)
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	return []string{strconv.Itoa(k.Kept), strconv.Itoa(k.Broken), number(k.Share.Estimate), number(k.Share.Low), number(k.Share.High)}
}

type (
	apiCompared struct {
		Attempts int     `json:"attempts"`
		Count    int     `json:"count"`
		Expected float64 `json:"expected" doc:"With the team's rates for the same mix of cases."`
		Ratio    float64 `json:"ratio" doc:"Count by expected."`
		Low      float64 `json:"low" doc:"Exact 95 % interval of the ratio."`
		High     float64 `json:"high"`
		Shrunken float64 `json:"shrunken" doc:"The ratio, drawn towards 1 as far as chance explains it."`
		Verdict  string  `json:"verdict,omitempty" enum:"more,fewer" doc:"Given where chance hardly explains the difference."`
	}
	apiAgent struct {
		Agent     string       `json:"agent"`
		Hidden    bool         `json:"hidden,omitempty" doc:"Fewer than 20 attempts: nothing is said."`
		Tasks     int          `json:"tasks,omitempty"`
		Reached   *apiCompared `json:"reached,omitempty"`
		Claimed   *apiCompared `json:"claimed,omitempty"`
		Sustained *apiCompared `json:"sustained,omitempty"` // of attempts whose day 90 has come
	}
	agentsAnswer struct {
		Body struct {
			AsOf   *time.Time `json:"as_of,omitempty" doc:"None before the first night."`
			Days   int        `json:"days" doc:"That are looked back."`
			Agents []apiAgent `json:"agents"`
			Kept   []apiKept  `json:"kept" doc:"How each kept the promises they gave that fell due in these days."`
		}
	}
)

func apiComparedOf(c comparedView) *apiCompared {
	if c.Ratio == nil {
		return nil
	}
	return &apiCompared{c.Attempts, c.Count, c.Expected, c.Ratio.Estimate, c.Ratio.Low, c.Ratio.High, c.Shrunken, string(c.Verdict)}
}

func (a *api) handledRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/agents", id: "agents", tag: "lists", action: access.SeeAgents, summary: "Agents by their mix of cases",
		text: "As of the newest night; for owners with segments of the agents alone whose own segments lie within. What each agent reached and claimed in the last 90 days, and what was sustained of the 90 before, beside what the team's rates for the same treatments, bands, segments, times of day and repeats would have given. It proves nothing about anybody: cases are not handed out by lot, and only the comparison with the held-back proves a save.",
	}, func(c *call, _ *struct{}) (*agentsAnswer, error) {
		v, err := a.agents(&c.request)
		out := &agentsAnswer{}
		out.Body.AsOf, out.Body.Days, out.Body.Agents, out.Body.Kept = instant(v.AsOf), v.Days, []apiAgent{}, apiKeptsOf(v.Kept)
		for _, row := range v.Rows {
			one := apiAgent{Agent: row.Agent, Hidden: row.Hidden}
			if !row.Hidden {
				one.Tasks, one.Reached, one.Claimed, one.Sustained = row.Tasks, apiComparedOf(row.Counts[0]), apiComparedOf(row.Counts[1]), apiComparedOf(row.Counts[2])
			}
			out.Body.Agents = append(out.Body.Agents, one)
		}
		return out, err
	})
}
