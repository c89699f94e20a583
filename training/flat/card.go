package flat

import (
	"fmt"
	"slices"

	"holdfast/internal/stats"
	"holdfast/model"
)

// The card's names for what a model must know of the table it came from.
const (
	labelSetting    = "label"
	positiveSetting = "value that means leaving"
	idSetting       = "id"
	sourceSetting   = "SHA-256 of the table"
	missingSetting  = "word for a missing value"
)

// Origin is what a model's card says about the table it was trained on; fields
// are empty where it says nothing, as in a model from another program.
type Origin struct {
	Label, Positive, ID, Sum string
	Missing                  []string
}

// OriginOf reads it from a card.
func OriginOf(c model.Card) Origin {
	var o Origin
	for _, s := range c.Settings {
		switch s.Name {
		case labelSetting:
			o.Label = s.Value
		case positiveSetting:
			o.Positive = s.Value
		case idSetting:
			o.ID = s.Value
		case sourceSetting:
			o.Sum = s.Value
		case missingSetting:
			o.Missing = append(o.Missing, s.Value)
		}
	}
	return o
}

// finishCard adds to a fitted model's card what is known about the table and the
// figures. p are the probabilities of all rows by the model itself.
func (f *fitter) finishCard(m *model.Model, out *Fitted, p []float64) model.Card {
	c := m.Card()
	c.Settings = append([]model.Setting{{Name: labelSetting, Value: f.d.Label}, {Name: positiveSetting, Value: f.d.Positive}}, c.Settings...)
	if f.d.IDColumn != "" {
		c.Settings = append(c.Settings, model.Setting{Name: idSetting, Value: f.d.IDColumn})
	}
	for _, word := range f.opt.Missing {
		c.Settings = append(c.Settings, model.Setting{Name: missingSetting, Value: word})
	}
	if f.d.Sum != "" {
		c.Settings = append(c.Settings, model.Setting{Name: sourceSetting, Value: f.d.Sum})
	}
	if kind := m.Calibration().Kind; kind != model.Uncalibrated {
		c.Settings = append(c.Settings, model.Setting{Name: "calibration", Value: fmt.Sprintf("%s, fitted to scores of the cross-validation", kind)})
	}
	c.Sentences = slices.Clone(c.Sentences)
	if out.Contest != nil {
		c.Sentences = append(c.Sentences, out.Contest.Decided)
	}
	for _, w := range f.d.Warnings {
		c.Sentences = append(c.Sentences, sentence(w))
	}
	c.Metrics = out.metrics(f.d)
	if out.CV == nil {
		c.Sentences = append(c.Sentences, "The model was neither cross-validated nor calibrated.")
	}
	sorted := slices.Clone(p)
	slices.Sort(sorted)
	c.Profile = nil
	for q := range 21 {
		c.Profile = append(c.Profile, model.Quantile{P: float64(q) / 20, Score: sorted[q*(len(sorted)-1)/20]})
	}
	return c
}

// metrics are the figures as lines of a card, beside those of a model that gives
// everybody the rate of leaving.
func (out *Fitted) metrics(d *Data) []model.Metric {
	if out.CV == nil {
		return nil
	}
	rate := make([]float64, len(d.Y))
	for i := range rate {
		rate[i] = float64(d.Left) / float64(len(d.Y))
	}
	naive := Figures{"auc": 0.5, "lift_at_10": 1, "pr_auc": rate[0]}
	naive["log_loss"], _ = stats.LogLoss(d.Y, rate, nil) // labels and rates were checked long ago
	naive["brier"], _ = stats.Brier(d.Y, rate, nil)
	var list []model.Metric
	for _, m := range Measures {
		if s, ok := out.CV[m.Key]; ok {
			list = append(list, model.Metric{
				Name: m.Name, Value: s.Mean, Naive: naive[m.Key], Low: s.Mean, High: s.Mean,
				Sample: fmt.Sprintf("%s, standard deviation %.4f between folds", out.validation(), s.SD),
			})
		}
	}
	return list
}

// validation says in words how the figures came about.
func (out *Fitted) validation() string {
	if out.Repeats > 1 {
		return fmt.Sprintf("%d times %d-fold cross-validation", out.Repeats, out.Folds)
	}
	return fmt.Sprintf("%d-fold cross-validation", out.Folds)
}

// sentence begins with a capital letter and ends with a period.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if c := s[0]; c >= 'a' && c <= 'z' {
		s = string(c-'a'+'A') + s[1:]
	}
	return s + "."
}
