package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"holdfast/access"
	"holdfast/history"
	"holdfast/interventions"
)

// Preview is what a customer would be told now. Nothing is sent.
type Preview struct {
	Language string // of the treatment's texts; empty is its own
	interventions.Texts
}

// previewView is a treatment's message for one customer.
type previewView struct {
	Preview
	Customer   history.CustomerID
	Name       string
	Chosen     interventions.Treatment
	Asked      string // language; empty is the customer's
	Treatments []interventions.Treatment
	Languages  []string // that the chosen treatment has texts in beside its own
}

func (s *site) previewPage(w http.ResponseWriter, r *request) error {
	id, err := customerID(r)
	if err != nil {
		return err
	}
	f, err := s.fileFor(r, id, "to preview what they are told")
	if err != nil {
		return err
	}
	v := previewView{Customer: id, Name: f.Card.Called(), Treatments: spoken(s.Policy.Treatments())}
	if len(v.Treatments) > 0 {
		if v.Chosen = v.Treatments[0]; r.FormValue("treatment") != "" {
			v.Chosen = treatmentNamed(v.Treatments, r.FormValue("treatment"))
		}
		v.Languages = slices.Sorted(maps.Keys(v.Chosen.Texts))
		if v.Asked = r.FormValue("language"); !slices.Contains(v.Languages, v.Asked) {
			v.Asked = "" // that of another treatment
		}
		if v.Preview, err = s.preview(r, id, r.FormValue("treatment"), v); err != nil {
			return err
		}
	}
	return s.show(w, r, "preview", "Preview", v)
}

// preview renders the chosen treatment; one that is not there is refused by
// the name that was asked for.
func (s *site) preview(r *request, id history.CustomerID, asked string, v previewView) (Preview, error) {
	name := cmp.Or(v.Chosen.Name, asked)
	p, err := s.Customers.Preview(r.Context(), id, name, v.Asked, s.Now())
	if err != nil {
		return p, fmt.Errorf("preview %s for customer %d: %w", name, id, err)
	}
	return p, nil
}

// spoken are the treatments that have something to say.
func spoken(all []interventions.Treatment) []interventions.Treatment {
	return slices.DeleteFunc(slices.Clone(all), func(t interventions.Treatment) bool { return t.Script == "" && t.Body == "" })
}

func treatmentNamed(all []interventions.Treatment, name string) interventions.Treatment {
	if i := slices.IndexFunc(all, func(t interventions.Treatment) bool { return t.Name == name }); i >= 0 {
		return all[i]
	}
	return interventions.Treatment{}
}

type (
	previewCall struct {
		CustomerRef
		Treatment string `query:"treatment" required:"true" minLength:"1" maxLength:"200" doc:"By its name in the configuration."`
		Language  string `query:"language" maxLength:"35" doc:"One of the treatment's texts; empty is the customer's."`
	}
	previewAnswer struct {
		Body struct {
			Treatment string `json:"treatment"`
			Language  string `json:"language,omitempty" doc:"Of the treatment's texts; absent is its own."`
			Script    string `json:"script,omitempty" doc:"Talk track of a call."`
			Subject   string `json:"subject,omitempty"`
			Body      string `json:"body,omitempty"`
		}
	}
)

func (a *api) previewRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/customers/{id}/preview", id: "preview", tag: "customers", action: access.AskForWork,
		summary: "What a customer would be told now",
		text:    "A treatment's texts filled in for the customer, in their language or another of its own. Nothing is sent. Reading it is in the audit. The texts are plain: escape them where they are shown.",
	}, func(c *call, in *previewCall) (*previewAnswer, error) {
		if _, err := a.fileFor(&c.request, in.id(), "to preview what they are told, by token "+c.caller.Token.Name); err != nil {
			return nil, err
		}
		p, err := a.Customers.Preview(c.Context(), in.id(), in.Treatment, in.Language, a.Now())
		if err != nil {
			return nil, err
		}
		out := &previewAnswer{}
		out.Body.Treatment, out.Body.Language = in.Treatment, p.Language
		out.Body.Script, out.Body.Subject, out.Body.Body = p.Script, p.Subject, p.Body
		return out, nil
	})
}
