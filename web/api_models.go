package web

import (
	"net/http"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/nightly"
)

type (
	apiModel struct {
		ID          string      `json:"id"`
		Kind        string      `json:"kind"`
		Name        string      `json:"name"`
		Champion    bool        `json:"champion"`
		TrainedAt   time.Time   `json:"trained_at" doc:"Its as-of."`
		PromotedAt  *time.Time  `json:"promoted_at,omitempty"`
		Reason      string      `json:"reason,omitempty" doc:"Why it was trained or promoted."`
		Description string      `json:"description,omitempty" doc:"Where the rows come from that it learned from."`
		Rows        int         `json:"rows"`
		Leavers     int         `json:"leavers" doc:"Of the rows."`
		Settings    []apiNamed  `json:"settings"`
		Metrics     []apiMetric `json:"metrics" doc:"On later customers."`
		Remarks     []string    `json:"remarks"`
		Drift       *apiWatch   `json:"drift,omitempty"`
	}
	apiNamed struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	apiMetric struct {
		Name   string  `json:"name"`
		Sample string  `json:"sample" doc:"Which rows it was measured on."`
		Value  float64 `json:"value"`
		Low    float64 `json:"low" doc:"95 % interval; as the value where none was computed."`
		High   float64 `json:"high"`
		Naive  float64 `json:"naive" doc:"The naive rule's on the same rows."`
	}
	modelsAnswer struct {
		Body struct {
			Models []apiModel `json:"models"`
			Marks  []apiMarks `json:"marks" doc:"How agents marked the reasons of cards in the last 365 days, the most often untrue first."`
		}
	}
	modelRef struct {
		ID string `path:"id" maxLength:"200"`
	}
	apiBin struct {
		Low      float64 `json:"low"`
		High     float64 `json:"high"`
		Forecast float64 `json:"forecast" doc:"Mean predicted risk."`
		Observed float64 `json:"observed" doc:"Share that left."`
		Count    int     `json:"count"`
	}
	calibrationAnswer struct {
		Body struct {
			Sample string   `json:"sample" doc:"Which customers."`
			Bins   []apiBin `json:"bins"`
		}
	}
)

// modelRoutes are the model page.
func (a *api) modelRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/models", id: "models", tag: "models", action: access.SeeProof,
		summary: "The newest models, the champion first", text: "Twelve at most, with what each learned from and how it was judged, and how far the champion has drifted; and how agents marked the reasons of cards.",
	}, func(c *call, _ *struct{}) (*modelsAnswer, error) {
		out := &modelsAnswer{}
		out.Body.Models = []apiModel{}
		marks, err := a.marks(&c.request)
		if err != nil {
			return nil, err
		}
		out.Body.Marks = apiMarksOf(marks.Rows)
		if a.Deps.Models == nil {
			return out, nil
		}
		list, err := a.Deps.Models.Models(c.Context(), modelsShown)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			shown := apiModelOf(m)
			if m.Champion {
				w, err := watchOf(c.Context(), a.Deps.Models, m.ID)
				if err != nil {
					return nil, err
				}
				shown.Drift = apiWatchOf(w)
			}
			out.Body.Models = append(out.Body.Models, shown)
		}
		return out, nil
	})
	add(a, operation{
		method: http.MethodGet, path: "/models/{id}/calibration", id: "calibration", tag: "models", action: access.SeeProof,
		summary: "Of customers given a risk, how many left", text: "In groups of equal size of customers that the model had not seen. 404 where nothing was kept of it.",
	}, func(c *call, in *modelRef) (*calibrationAnswer, error) {
		if a.Deps.Models == nil {
			return nil, fault.New(fault.NotFound, "there are no models here")
		}
		kept, err := a.Deps.Models.Calibration(c.Context(), in.ID)
		out := &calibrationAnswer{}
		out.Body.Sample, out.Body.Bins = kept.Sample, apiBins(kept.Bins)
		return out, err
	})
}

func apiModelOf(m nightly.ModelRecord) apiModel {
	d := m.Card.Data
	out := apiModel{
		ID: m.ID, Kind: string(m.Kind), Name: m.Name, Champion: m.Champion, TrainedAt: m.TrainedAt.UTC(), PromotedAt: instant(m.Promoted),
		Reason: m.Reason, Description: d.Description, Rows: d.Rows, Leavers: d.Leavers,
		Settings: []apiNamed{}, Metrics: []apiMetric{}, Remarks: append([]string{}, m.Card.Sentences...),
	}
	for _, s := range m.Card.Settings {
		out.Settings = append(out.Settings, apiNamed{s.Name, s.Value})
	}
	for _, x := range m.Card.Metrics {
		out.Metrics = append(out.Metrics, apiMetric{x.Name, x.Sample, x.Value, x.Low, x.High, x.Naive})
	}
	return out
}

func apiBins(bins []stats.ReliabilityBin) []apiBin {
	out := make([]apiBin, len(bins))
	for i, b := range bins {
		out[i] = apiBin{b.Low, b.High, b.Forecast, b.Observed, b.Count}
	}
	return out
}
