package web

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

type (
	apiTreatment struct {
		Name    string  `json:"name"`
		Family  string  `json:"family"`
		Channel string  `json:"channel"`
		Purpose string  `json:"purpose"`
		Offer   string  `json:"offer,omitempty"`
		Minutes float64 `json:"minutes" doc:"One of them is expected to take."`
	}
	treatmentsAnswer struct {
		Body struct {
			Treatments []apiTreatment `json:"treatments"`
		}
	}
	requestsCall struct {
		Body struct {
			Customers []int64 `json:"customers" minItems:"1" maxItems:"500"`
			Treatment string  `json:"treatment"`
			Override  bool    `json:"override,omitempty" doc:"Also if the household is held back: for one customer, by a named director, with a reason."`
			Reason    string  `json:"reason,omitempty" maxLength:"300" doc:"Of an override, or of work for several customers."`
		}
	}
	requestsAnswer struct {
		Body struct {
			Queued int `json:"queued" doc:"Customers: all that were named, whatever their arms."`
		}
	}
	exclusionsCall struct {
		Body struct {
			Customers []int64 `json:"customers" minItems:"1" maxItems:"500"`
			Until     string  `json:"until" format:"date" doc:"The day on which they take part again, a year away at most."`
			Reason    string  `json:"reason" maxLength:"300" doc:"It is kept, and shown on the file."`
		}
	}
	exclusionsAnswer struct {
		Body struct {
			LeftAlone int `json:"left_alone" doc:"Customers: all that were named."`
		}
	}
	apiRequest struct {
		Treatment string    `json:"treatment"`
		By        string    `json:"by"`
		At        time.Time `json:"at"`
		Until     time.Time `json:"until" doc:"Nights of then or later leave it out."`
		Override  bool      `json:"override,omitempty"`
		Reason    string    `json:"reason,omitempty"`
	}
	apiExclusion struct {
		By     string    `json:"by"`
		At     time.Time `json:"at"`
		Until  time.Time `json:"until"`
		Reason string    `json:"reason"`
	}
)

// askingRoutes are what managers want to be done with customers.
func (a *api) askingRoutes() {
	ask := operation{tag: "customers", action: access.AskForWork}
	o := ask
	o.method, o.path, o.id, o.summary = http.MethodGet, "/treatments", "treatments", "What can be asked for"
	o.text = "The treatments of the configuration, by the names that requests use."
	add(a, o, a.treatments)
	o = ask
	o.method, o.path, o.id, o.summary = http.MethodPost, "/requests", "ask-for-work", "Ask for a treatment for customers"
	o.text = "For a week it takes its turn with the nights' work, through the same gates, limits and arms. All customers or none."
	add(a, o, a.askForWork)
	o = ask
	o.method, o.path, o.id, o.summary = http.MethodPost, "/exclusions", "leave-alone", "Leave customers alone until a day"
	o.text = "No list chooses them and nothing that waits for them is handed out; promises are kept and who rings is served. All customers or none."
	add(a, o, a.leaveAlone)
	a.ownerRoutes()
	a.previewRoutes()
	o = ask
	o.method, o.path, o.id, o.summary = http.MethodPost, "/customers/{id}/readmit", "readmit", "End leaving a customer alone"
	o.text = "They take part again from the next night on. 409 for somebody who is not left alone."
	o.status = http.StatusNoContent
	add(a, o, func(c *call, in *CustomerRef) (*nothing, error) {
		return &nothing{}, a.endExclusion(&c.request, in.id())
	})
}

func (a *api) treatments(*call, *struct{}) (*treatmentsAnswer, error) {
	out := &treatmentsAnswer{}
	out.Body.Treatments = []apiTreatment{}
	for _, t := range a.Policy.Treatments() {
		one := apiTreatment{Name: t.Name, Family: string(t.Family), Channel: string(t.Channel), Purpose: string(t.Purpose), Minutes: t.Minutes()}
		if t.Offer != nil {
			one.Offer = t.Offer.Name
		}
		out.Body.Treatments = append(out.Body.Treatments, one)
	}
	return out, nil
}

func (a *api) askForWork(c *call, in *requestsCall) (*requestsAnswer, error) {
	ids, err := customersOf(in.Body.Customers)
	if err != nil {
		return nil, err
	}
	if in.Body.Override && len(ids) > 1 {
		return nil, fault.New(fault.Invalid, "an override is for one customer: ask for each by itself, with its reason")
	}
	ask := wish{in.Body.Treatment, in.Body.Override, strings.TrimSpace(in.Body.Reason)}
	if len(ids) > 1 {
		if ask.reason, err = whyMany(ask.reason); err != nil {
			return nil, err
		}
	}
	out := &requestsAnswer{}
	out.Body.Queued = len(ids)
	return out, a.queueAll(&c.request, ids, ask, c.idKey(ask.treatment, ask.reason))
}

func (a *api) leaveAlone(c *call, in *exclusionsCall) (*exclusionsAnswer, error) {
	ids, err := customersOf(in.Body.Customers)
	if err != nil {
		return nil, err
	}
	out := &exclusionsAnswer{}
	out.Body.LeftAlone = len(ids)
	return out, a.excludeAll(&c.request, ids, in.Body.Until, in.Body.Reason, c.idKey(in.Body.Until, in.Body.Reason))
}

// customersOf is each customer once.
func customersOf(numbers []int64) ([]history.CustomerID, error) {
	ids := make([]history.CustomerID, len(numbers))
	for i, n := range numbers {
		if n < 1 {
			return nil, fault.New(fault.Invalid, "%d is no customer: take the ids of the risk list or of a search", n)
		}
		ids[i] = history.CustomerID(n)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// idKey makes ids of the call's idempotency key and of what is asked: done
// again, because the server died before it answered, nothing is there twice.
func (c *call) idKey(asked ...string) idKey {
	key := c.Header.Get("Idempotency-Key")
	if key == "" {
		return noKey
	}
	return func(what string, of history.CustomerID, _ int64) int64 {
		return idOf("%q %d %d %q %q", what, of, c.caller.Token.ID, key, asked)
	}
}

// idOf makes an id of what is written by a format: positive, and the same for
// the same.
func idOf(format string, args ...any) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, format, args...))
	return int64(binary.LittleEndian.Uint64(sum[:])>>1) | 1
}

func apiRequestsOf(list []interventions.Request) []apiRequest {
	out := make([]apiRequest, len(list))
	for i, r := range list {
		out[i] = apiRequest{r.Treatment, r.By, r.At.UTC(), r.Until.UTC(), r.Override, r.Reason}
	}
	return out
}

func apiExclusionOf(e *interventions.Exclusion) *apiExclusion {
	if e == nil {
		return nil
	}
	return &apiExclusion{e.By, e.At.UTC(), e.Until.UTC(), e.Reason}
}
