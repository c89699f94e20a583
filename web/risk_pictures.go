package web

import (
	"html/template"

	"holdfast/internal/picture"
	"holdfast/scoring"
)

// RiskBar counts customers of one band between two risks, in percent.
type RiskBar struct {
	Band      scoring.Band
	From, To  int
	Customers int
}

// spreadPicture is how many customers are at which risk, in their bands.
func (in *speech) spreadPicture(bars []RiskBar, within string) template.HTML {
	if len(bars) == 0 {
		return ""
	}
	h := picture.Histogram{
		In: in, Title: in.Say("Customers by risk of leaving %s", within), Description: in.Text("How many customers of the list have which risk, and in which band they are."),
		X: picture.Axis{Title: in.Text("Risk"), Unit: "%"}, Y: picture.Axis{Title: in.Text("Customers")}, To: 100, Bins: 20,
	}
	for _, band := range []scoring.Band{scoring.BandHigh, scoring.BandMedium, scoring.BandLow} {
		layer := picture.Layer{Name: in.lower(band), Counts: make([]float64, h.Bins)}
		for _, b := range bars {
			if b.Band == band && b.From >= 0 && b.From < 100 {
				layer.Counts[b.From*h.Bins/100] += float64(b.Customers)
			}
		}
		h.Layers = append(h.Layers, layer)
	}
	return h.HTML()
}
