package web

import (
	"fmt"
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

// Range is the bar's risks, in words.
func (b RiskBar) Range() string { return fmt.Sprintf("%d to %d %%", b.From, b.To) }

// spreadPicture is how many customers are at which risk, in their bands.
func spreadPicture(bars []RiskBar, within string) template.HTML {
	if len(bars) == 0 {
		return ""
	}
	h := picture.Histogram{
		Title: "Customers by risk of leaving " + within, Description: "How many customers of the list have which risk, and in which band they are.",
		X: picture.Axis{Title: "Risk", Unit: "%"}, Y: picture.Axis{Title: "Customers"}, To: 100, Bins: 20,
	}
	for _, band := range []scoring.Band{scoring.BandHigh, scoring.BandMedium, scoring.BandLow} {
		layer := picture.Layer{Name: string(band), Counts: make([]float64, h.Bins)}
		for _, b := range bars {
			if b.Band == band && b.From >= 0 && b.From < 100 {
				layer.Counts[b.From*h.Bins/100] += float64(b.Customers)
			}
		}
		h.Layers = append(h.Layers, layer)
	}
	return h.HTML()
}
