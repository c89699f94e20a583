package web

import (
	"fmt"
	"html/template"
	"math"

	"holdfast/internal/picture"
	"holdfast/internal/stats"
	"holdfast/measurement"
	"holdfast/value"
)

// trendPicture is the share lost in each whole month beside what selection
// alone would lose.
func (in *speech) trendPicture(rows []flowRow, curve bool) template.HTML {
	lost, expected := picture.BarSeries{Name: in.Text("lost")}, picture.BarSeries{Name: in.Text("selection alone")}
	var names []string
	for _, row := range rows {
		if row.Part {
			continue
		}
		names = append(names, row.Short)
		lost.Values = append(lost.Values, 100*row.Rate())
		expected.Values = append(expected.Values, 100*row.ExpectedRate())
	}
	p := picture.Bars{
		In: in, Title: in.Text("Customers lost, month by month"),
		Description: in.Text("The share of the customers at the beginning of each month that left within it."),
		Y:           picture.Axis{Title: in.Text("Lost"), Unit: in.Text("% of the opening")}, Categories: names, Series: []picture.BarSeries{lost},
	}
	if curve {
		p.Series = append(p.Series, expected)
	}
	return p.HTML()
}

// Rows of a group that are drawn: the table has the others.
const (
	rowsDrawn  = 8
	leastDrawn = 20 // customers at the beginning, below which a share says little
)

// groupPicture is the share lost of each part of the customers, with its 95 %
// interval, beside its target and what selection alone would lose.
func (in *speech) groupPicture(g flowGroup, curve bool) template.HTML {
	lost, target, expected := picture.BarSeries{Name: in.Text("lost")}, picture.BarSeries{Name: in.Text("target")}, picture.BarSeries{Name: in.Text("selection alone")}
	p := picture.Bars{
		In: in, Title: g.Of,
		Description: in.Text("The share of those at the beginning that left, with its 95 % interval, beside what was aimed at."),
		Y:           picture.Axis{Title: in.Text("Lost"), Unit: in.Text("% of the opening")},
	}
	targets := false
	for _, row := range g.Rows {
		if row.Opening < leastDrawn || len(p.Categories) == rowsDrawn {
			continue
		}
		iv, err := stats.Wilson(stats.Proportion{Events: float64(min(row.Lost, row.Opening)), Trials: float64(row.Opening)}, measurement.Level)
		if err != nil {
			continue
		}
		p.Categories = append(p.Categories, row.Text)
		lost.Values, lost.Low, lost.High = append(lost.Values, 100*row.Rate()), append(lost.Low, 100*iv.Low), append(lost.High, 100*iv.High)
		aim := math.NaN()
		if row.Target > 0 {
			aim, targets = 100*row.Target, true
		}
		target.Values, expected.Values = append(target.Values, aim), append(expected.Values, 100*row.ExpectedRate())
	}
	if len(p.Categories) < 2 {
		return ""
	}
	p.Series = []picture.BarSeries{lost}
	if targets {
		p.Series = append(p.Series, target)
	}
	if curve {
		p.Series = append(p.Series, expected)
	}
	return p.HTML()
}

// reasonPicture is the most frequent reasons.
func (in *speech) reasonPicture(rows []reasonRow) template.HTML {
	if len(rows) == 0 {
		return ""
	}
	bars := picture.BarSeries{}
	p := picture.Bars{
		In: in, Title: in.Text("Customers lost, by reason"), Description: in.Text("Why customers left in the twelve months, as the source says it."),
		Y: picture.Axis{Title: in.Text("Lost"), Unit: in.Text("customers")},
	}
	for _, row := range rows[:min(len(rows), 8)] {
		p.Categories = append(p.Categories, row.Text)
		bars.Values = append(bars.Values, float64(row.Count))
	}
	p.Series = []picture.BarSeries{bars}
	return p.HTML()
}

// widestStay is the widest interval of a share that is still drawn.
const widestStay = .4

// survivalPicture is how long the cohorts stayed, with the curve that selection
// alone would give. A cohort's line ends where too few were watched to say: with
// nobody left of the last ones, or an interval wider than the page can mean.
func (in *speech) survivalPicture(a measurement.Attrition, p measurement.Portion) template.HTML {
	pic := picture.Lines{
		In: in, Title: in.Text("Still with us, by year of joining"),
		Description: in.Text("The share of those who joined in a year that were still here after so many months (Kaplan–Meier)."),
		X:           picture.Axis{Title: in.Text("Since joining"), Unit: in.Text("months"), Include: []float64{0}, Every: 6},
		Y:           picture.Axis{Title: in.Text("Still here"), Format: picture.Percent, Include: []float64{0, 1}},
	}
	longest := 0
	for _, year := range cohortYears(p) {
		line := picture.Line{Name: fmt.Sprint(year), Step: true}
		curve := p.Stayed[year].StillHere(measurement.Level)
		for m, iv := range curve {
			if iv.Estimate == 0 || iv.High-iv.Low > widestStay {
				curve = curve[:m]
				break
			}
			line.X, line.Y = append(line.X, float64(m)), append(line.Y, iv.Estimate)
		}
		longest = max(longest, len(curve)-1)
		pic.Series = append(pic.Series, line)
	}
	if len(pic.Series) == 0 {
		return ""
	}
	if curve, known := a.Curve(); known {
		line := picture.Line{Name: in.Text("selection alone"), Step: true}
		line.X, line.Y = []float64{0}, []float64{1}
		for n := 0; ; n++ {
			at := float64(a.ShiftDays)/30 + float64(n*a.Period)
			if at > float64(longest) {
				break
			}
			if at > 0 {
				line.X, line.Y = append(line.X, at), append(line.Y, curve.Survived(n))
			}
		}
		line.X, line.Y = append(line.X, float64(longest)), append(line.Y, line.Y[len(line.Y)-1])
		pic.Series = append(pic.Series, line)
	}
	return pic.HTML()
}

// worthOf puts a concentration into tenths and a picture.
func (in *speech) worthOf(c *value.Concentration) *worthView {
	v := &worthView{Customers: c.Customers, Total: int64(c.Total), Gini: c.Gini}
	for i, t := range c.Tenths {
		v.Tenths = append(v.Tenths, worthRow{Text: in.Say("%s tenth", in.ordinal(i+1)), Count: t.Customers, Least: int64(t.Least), Share: t.Share})
	}
	line, even := picture.Line{Name: in.Text("as it is")}, picture.Line{Name: in.Text("all worth the same"), X: []float64{0, 1}, Y: []float64{0, 1}}
	for i, y := range c.Lorenz {
		line.X, line.Y = append(line.X, float64(i)/100), append(line.Y, y)
	}
	v.Picture = picture.Lines{
		In: in, Title: in.Text("Where the value sits"),
		Description: in.Text("The share of all margin that the least valuable customers bring in together (Lorenz's curve)."),
		X:           picture.Axis{Title: in.Text("Customers, the least valuable first"), Format: picture.Percent, Include: []float64{0, 1}},
		Y:           picture.Axis{Title: in.Text("Share of the margin"), Format: picture.Percent, Include: []float64{0, 1}}, Series: []picture.Line{line, even},
	}.HTML()
	return v
}
