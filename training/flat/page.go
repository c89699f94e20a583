package flat

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"

	"holdfast/internal/picture"
	"holdfast/internal/stats"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("card").Funcs(template.FuncMap{
	"figure":  func(v float64) string { return fmt.Sprintf("%.4f", v) },
	"percent": func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) },
	"count":   func(n int) string { return thousands(n) },
}).Parse(pageText))

// pageData is what the card's page shows.
type pageData struct {
	Style      template.CSS
	Title      string
	Data       *Data
	Fitted     *Fitted
	Rate       float64
	Rows       int
	Validation string
	Figures    []pageFigure
	Pictures   []template.HTML
	Importance []Importance
}

type pageFigure struct {
	Measure Measure
	Spread  Spread
}

// WritePage writes the model's card as one HTML file that asks nothing of the
// outside: figures, pictures, columns, settings and limits.
func (out *Fitted) WritePage(w io.Writer, d *Data, title string) error {
	p := pageData{
		Style: picture.Stylesheet, Title: title, Data: d, Fitted: out, Rows: len(d.Y),
		Rate: float64(d.Left) / float64(len(d.Y)), Validation: out.validation(),
		Importance: out.Importance[:min(len(out.Importance), 30)],
	}
	for _, m := range Measures {
		if s, ok := out.CV[m.Key]; ok {
			p.Figures = append(p.Figures, pageFigure{m, s})
		}
	}
	var err error
	if p.Pictures, err = out.pictures(d); err != nil {
		return fmt.Errorf("draw the card of %s: %w", title, err)
	}
	if err := page.Execute(w, p); err != nil {
		return fmt.Errorf("write the card of %s: %w", title, err)
	}
	return nil
}

// pictures draws calibration and lift from the scores of models that had not
// seen the row, and the importance of the features.
func (out *Fitted) pictures(d *Data) ([]template.HTML, error) {
	var list []template.HTML
	if out.CV != nil {
		c, err := calibrationPicture(d.Y, out.OutOfFold)
		if err != nil {
			return nil, err
		}
		list = append(list, c, liftPicture(d, out.OutOfFold))
	}
	return append(list, out.importancePicture()), nil
}

func calibrationPicture(y, p []float64) (template.HTML, error) {
	bins, err := stats.EqualFrequencyBins(y, p, 10)
	if err != nil {
		return "", err
	}
	narrow, err := stats.EqualWidthBins(y, p, 40)
	if err != nil {
		return "", err
	}
	iso, err := stats.FitIsotonic(y, p, nil)
	if err != nil {
		return "", err
	}
	return picture.Calibration{
		Title:       "Of 100 customers given a risk, so many left",
		Description: "Predicted risk against the share that left, in ten groups of equally many customers, each scored by a model that had not seen them.",
		X:           picture.Axis{Title: "Predicted risk"}, Y: picture.Axis{Title: "Share that left"},
		Bins: bins, CORP: iso, Histogram: narrow,
	}.HTML(), nil
}

// liftPicture shows which share of the leavers one finds among the riskiest
// customers.
func liftPicture(d *Data, p []float64) template.HTML {
	const points = 50
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] > p[b]:
			return -1
		case p[a] < p[b]:
			return 1
		}
		return 0
	})
	model := picture.Line{Name: "by this model", X: []float64{0}, Y: []float64{0}}
	found := 0.0
	next := 1
	for place, row := range order {
		found += d.Y[row]
		if place+1 == next*len(order)/points || place+1 == len(order) {
			model.X = append(model.X, float64(place+1)/float64(len(order)))
			model.Y = append(model.Y, found/float64(d.Left))
			next++
		}
	}
	rate := float64(d.Left) / float64(len(d.Y))
	share := picture.Axis{Format: picture.Percent, Include: []float64{0, 1}}
	x, y := share, share
	x.Title, y.Title = "Share of customers contacted, the riskiest first", "Share of all leavers among them"
	return picture.Lines{
		Title:       "Leavers found by contacting the riskiest first",
		Description: "The share of all leavers found among a growing share of the riskiest customers, beside a random order and a perfect one.",
		X:           x, Y: y,
		Series: []picture.Line{
			model,
			{Name: "in random order", X: []float64{0, 1}, Y: []float64{0, 1}},
			{Name: "knowing who leaves", X: []float64{0, rate, 1}, Y: []float64{0, 1, 1}},
		},
	}.HTML()
}

// importancePicture compares the weightiest features.
func (out *Fitted) importancePicture() template.HTML {
	const shown = 15
	rows := make([]picture.Effect, 0, shown)
	for _, f := range out.Importance[:min(len(out.Importance), shown)] {
		rows = append(rows, picture.Effect{Label: f.Feature, Estimate: f.Share, Low: 0, High: f.Share, Note: fmt.Sprintf("%.1f %%", 100*f.Share)})
	}
	return picture.Effects{
		Title:       "What moves the risk",
		Description: "Each feature's share of all contributions to the log-odds of leaving, in absolute size.",
		X:           picture.Axis{Title: "Share of all contributions", Format: picture.Percent},
		Rows:        rows,
	}.HTML()
}

// thousands writes a whole number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
