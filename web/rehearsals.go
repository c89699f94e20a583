package web

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
)

// rehearse keeps a policy to be compared.
func (s *site) rehearse(w http.ResponseWriter, r *request) error {
	text, err := policyText(r)
	if err != nil {
		return err
	}
	id, err := s.askRehearsal(r, text, r.PostFormValue("night"), "")
	if k := fault.Of(err); k == fault.Invalid || k == fault.Conflict {
		return s.refusePolicy(w, r, text, err)
	}
	if err != nil {
		return err
	}
	return s.then(w, r, rehearsalPath(id), r.in.Text("The dry run is under way."))
}

// refusePolicy shows the room with what was typed and why it cannot be used.
func (s *site) refusePolicy(w http.ResponseWriter, r *request, text string, why error) error {
	v, err := s.policyRoom(r)
	if err != nil {
		return err
	}
	v.Typed, v.Sent, v.Error, v.Line = text, true, r.in.say(why), refusedLine(text, why)
	f := s.frame(r, "Policy", v)
	return s.render(w, status(why), "policy", f)
}

// refusedLine is the line of a text that is refused; empty where no line is.
func refusedLine(text string, why error) string {
	if _, args := fault.Words(cause(why)); len(args) > 0 {
		if line, ok := args[0].(fault.Line); ok {
			lines := strings.Split(text, "\n")
			return lines[min(max(int(line), 1), len(lines))-1]
		}
	}
	return ""
}

func rehearsalPath(id int64) string { return "/policy/dry-runs/" + strconv.FormatInt(id, 10) }

// askRehearsal checks who asks and what, keeps it, and writes down who asked.
// Night is a date, empty for the newest.
func (s *site) askRehearsal(r *request, text, night, by string) (int64, error) {
	if err := wholeBusinessOnly(r.user); err != nil {
		return 0, err
	}
	if len(text) > maxPolicyText {
		return 0, fault.New(fault.Invalid, "the policy has %s bytes: it may have %s at most", machine.number(len(text)), machine.number(maxPolicyText))
	}
	ask := nightly.Rehearsal{By: r.user.Name, At: s.Now(), Policy: text}
	if night != "" {
		at, err := time.ParseInLocation(time.DateOnly, night, s.zone)
		if err != nil {
			return 0, fault.New(fault.Invalid, "%q is not the date of a night: write it as 2026-03-31", night)
		}
		ask.AsOf = at
	}
	id, err := s.Policies.AskRehearsal(r.Context(), ask)
	if err != nil {
		return 0, fmt.Errorf("ask for a dry run: %w", err)
	}
	return id, s.note(r, "try a policy", strconv.FormatInt(id, 10), by)
}

func wholeBusinessOnly(u access.User) error {
	if len(u.Segments) > 0 {
		return fault.New(fault.Forbidden, "this is of the whole business, and you see the segments %s", strings.Join(u.Segments, ", "))
	}
	return nil
}

// policyText is the policy of a form: the file's that was chosen, else what was
// typed.
func policyText(r *request) (string, error) {
	if err := r.ParseMultipartForm(maxBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return "", err
		}
		return "", fault.New(fault.Invalid, "the form cannot be read: %w", err)
	}
	text := r.PostFormValue("policy") // of a form in parts it is there only now
	if r.MultipartForm != nil && len(r.MultipartForm.File["file"]) > 0 {
		f, err := r.MultipartForm.File["file"][0].Open()
		if err != nil {
			return "", fault.New(fault.Invalid, "the file cannot be read: %w", err)
		}
		body, err := io.ReadAll(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", fault.New(fault.Invalid, "the file cannot be read: %w", err)
		}
		if len(body) > 0 {
			text = string(body)
		}
	}
	return strings.ReplaceAll(text, "\r\n", "\n"), nil
}

// rehearsalView is one dry run with what came of it.
type rehearsalView struct {
	nightly.Rehearsal
	Sums       []sideRow
	Treatments []sideLine
	Groups     []sideRow
	Protected  []sideLine
	Final      bool // the night's outcomes are known
	Assumed    bool
	Prices     [2][]priceRow
}

// sideRow is one number under the policy in use and under the other.
type sideRow struct {
	Text, Kind string // kind: count, money, minutes
	Now, Then  float64
}

// Is says of which kind it is.
func (r sideRow) Is(kind string) bool { return r.Kind == kind }

// Change is how much more it is under the other.
func (r sideRow) Change() float64 { return r.Then - r.Now }

// Hours is Change in hours, of minutes.
func (r sideRow) Hours() float64 { return r.Change() / 60 }

// sideLine is one treatment, or one group, under both.
type sideLine struct {
	Text      string
	Customers int // of a group
	Now, Then interventions.PlanLine
}

func (s *site) rehearsalPage(w http.ResponseWriter, r *request) error {
	one, err := s.rehearsal(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := rehearsalView{Rehearsal: one}
	if one.Result != nil {
		v.tell(r.in, one.Result, s.Now())
	}
	return s.show(w, r, "rehearsal", "Dry run", v)
}

// rehearsal reads one for who may see the whole business.
func (s *site) rehearsal(r *request, id string) (nightly.Rehearsal, error) {
	if err := wholeBusinessOnly(r.user); err != nil {
		return nightly.Rehearsal{}, err
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nightly.Rehearsal{}, fault.New(fault.NotFound, "there is no such dry run")
	}
	one, err := s.Policies.Rehearsal(r.Context(), n)
	if err != nil {
		return one, fmt.Errorf("read dry run %d: %w", n, err)
	}
	return one, nil
}

// tell puts a comparison into rows.
func (v *rehearsalView) tell(in *speech, c *nightly.Comparison, now time.Time) {
	v.Assumed, v.Final = c.Now.Assumed || c.Then.Assumed, !now.Before(c.Evidence.Final)
	v.Sums = []sideRow{
		{in.Text("Contacts"), "count", float64(c.Now.Contacts), float64(c.Then.Contacts)},
		{in.Text("Agents’ time taken"), "minutes", c.Now.Minutes, c.Then.Minutes},
		{in.Text("Agents’ time there is"), "minutes", c.Now.Available, c.Then.Available},
		{in.Text("Cost of contacts and offers"), "money", c.Now.CostMinor, c.Then.CostMinor},
		{in.Text("Expected worth, costs taken off"), "money", c.Now.WorthMinor, c.Then.WorthMinor},
	}
	names := slices.Collect(maps.Keys(c.Now.Treatments))
	names = slices.AppendSeq(names, maps.Keys(c.Then.Treatments))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		v.Treatments = append(v.Treatments, sideLine{Text: in.words(name), Now: c.Now.Treatments[name], Then: c.Then.Treatments[name]})
	}
	for _, g := range c.Groups {
		v.Groups = append(v.Groups, sideRow{in.Say("Risk %s, %s", in.lower(g.Band), or(g.Tier, in.Text("no tier"))), "count", float64(g.Now), float64(g.Then)})
	}
	for _, g := range c.Protected {
		v.Protected = append(v.Protected, sideLine{
			in.words(g.Attribute) + ": " + or(g.Value, in.Text("unknown, or fewer than 20 customers")), g.Customers,
			interventions.PlanLine{Contacts: g.Now, WorthMinor: g.NowMinor},
			interventions.PlanLine{Contacts: g.Then, WorthMinor: g.ThenMinor},
		})
	}
	v.Prices = [2][]priceRow{in.pricesOf(c.Now.Limits), in.pricesOf(c.Then.Limits)}
}
